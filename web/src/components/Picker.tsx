import { Button, Combobox, Group, InputBase, Loader, Text, useCombobox } from '@mantine/core'
import { type ReactNode, useId, useMemo, useState } from 'react'

export type Choice = { value: string; label: string; hint?: string; aside?: string }
export type ChoiceGroup = { label: string; choices: Choice[] }
type Props = {
  label: string
  /** `field`: an input with the label above it; `plain`: without; `add`: a small button with the label on it. */
  look?: 'field' | 'plain' | 'add'
  shown: ReactNode
  groups: ChoiceGroup[]
  chosen: string | null
  choose: (value: string) => void
  search: string
  nothing: string
  loading: boolean
  footer?: ReactNode
  onOpen?: () => void
  testId: string
}

/** More rows than this are not drawn; the search finds the others. */
const MOST = 200

/** A button that opens a searchable menu of names with hints. */
export function Picker(props: Props) {
  const { label, groups, chosen, choose, search, nothing, loading, footer, onOpen } = props
  const [text, setText] = useState('')
  const combobox = useCombobox({
    onDropdownClose: () => {
      combobox.resetSelectedOption()
      combobox.focusTarget()
      setText('')
    },
    onDropdownOpen: () => {
      combobox.focusSearchInput()
      onOpen?.()
    },
  })
  const found = useMemo(() => narrowed(groups, text), [groups, text])
  const pick = (value: string) => {
    choose(value)
    combobox.closeDropdown()
  }
  return (
    <Combobox store={combobox} onOptionSubmit={pick} width={340} position="bottom-start" withinPortal keepMounted={false}>
      <Combobox.Target targetType="button">{target(props, () => combobox.toggleDropdown())}</Combobox.Target>
      <Combobox.Dropdown>
        <Combobox.Search
          value={text}
          onChange={(event) => {
            setText(event.currentTarget.value)
            combobox.selectFirstOption()
          }}
          placeholder={search}
          aria-label={search}
          rightSection={loading ? <Loader size={14} /> : null}
        />
        <Combobox.Options mah={360} style={{ overflowY: 'auto' }} aria-label={label}>
          {found.groups.map((group) => (
            <Combobox.Group key={group.label} label={group.label}>
              {group.choices.map((choice) => <Row key={choice.value} choice={choice} active={choice.value === chosen} />)}
            </Combobox.Group>
          ))}
          {found.count === 0 && <Combobox.Empty>{loading ? 'Loading…' : nothing}</Combobox.Empty>}
          {found.left > 0 && <Text size="xs" c="dimmed" p="xs">{found.left} more: type to find them</Text>}
        </Combobox.Options>
        {footer && <Combobox.Footer>{footer}</Combobox.Footer>}
      </Combobox.Dropdown>
    </Combobox>
  )
}

/** The element itself, not a component around it: the menu gives it a ref and attributes. */
function target({ label, look = 'field', shown, testId }: Props, toggle: () => void) {
  if (look === 'add') {
    return <Button size="compact-sm" variant="subtle" className="add" onClick={toggle} data-testid={testId}>{shown}</Button>
  }
  return <Field label={label} labelled={look === 'field'} shown={shown} toggle={toggle} testId={testId} />
}

type FieldProps = { label: string; labelled: boolean; shown: ReactNode; toggle: () => void; testId: string }

function Field({ label, labelled, shown, toggle, testId, ...rest }: FieldProps & React.ComponentPropsWithRef<'button'>) {
  const id = useId()
  return (
    <InputBase
      {...rest}
      component="button"
      type="button"
      pointer
      size={labelled ? 'sm' : 'xs'}
      label={labelled ? label : undefined}
      labelProps={{ id: `${id}-label` }}
      classNames={{ root: 'picker', label: 'field-label', input: 'clip' }}
      rightSection={<Combobox.Chevron />}
      rightSectionPointerEvents="none"
      onClick={toggle}
      {...(labelled ? { 'aria-labelledby': `${id}-label ${id}-value` } : { 'aria-label': typeof shown === 'string' ? `${label}: ${shown}` : label })}
      data-testid={testId}
    >
      <span id={`${id}-value`}>{shown}</span>
    </InputBase>
  )
}

function Row({ choice, active }: { choice: Choice; active: boolean }) {
  return (
    <Combobox.Option value={choice.value} active={active} selected={active} fw={active ? 650 : undefined}>
      <Group justify="space-between" wrap="nowrap" gap="sm">
        <div style={{ minWidth: 0 }}>
          <div className="clip" title={choice.label}>{choice.label}</div>
          {choice.hint && <div className="clip hint" title={choice.hint}>{choice.hint}</div>}
        </div>
        {choice.aside && <span className="hint number">{choice.aside}</span>}
      </Group>
    </Combobox.Option>
  )
}

function narrowed(groups: ChoiceGroup[], text: string): { groups: ChoiceGroup[]; count: number; left: number } {
  const wanted = text.trim().toLowerCase()
  const matching = groups.map((group) => ({ ...group, choices: group.choices.filter(({ label, hint = '' }) => `${label}\n${hint}`.toLowerCase().includes(wanted)) }))
  const all = matching.reduce((sum, group) => sum + group.choices.length, 0)
  let room = MOST
  const shown = matching.map((group) => {
    const choices = group.choices.slice(0, room)
    room -= choices.length
    return { ...group, choices }
  })
  return { groups: shown.filter((group) => group.choices.length > 0), count: all, left: Math.max(0, all - MOST) }
}
