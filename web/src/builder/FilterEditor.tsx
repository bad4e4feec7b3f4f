import { ActionIcon, Group, SegmentedControl, Select, Text, UnstyledButton } from '@mantine/core'
import type { Compare, Filter, Property, Scope } from '../api/types'
import { CloseIcon, FilterIcon } from '../components/icons'
import { type Conditions, OPERATORS, conditionsOf, filterOf, inWords, isProfile, withOperator } from '../lib/filters'
import { PropertyPicker } from './PropertyPicker'
import { ValueInput } from './ValueInput'

type Props = {
  filter: Filter | null | undefined
  change: (filter: Filter | null) => void
  event: string | null
  /** Properties of people have their value of the time of the event as well, unless there is no event. */
  atEvent?: boolean
  /** Only properties of this scope, and cohorts. */
  only?: Scope
  add?: string
  testId?: string
}

/** Conditions that all hold, or any of them. */
export function FilterEditor({ filter, change, event, atEvent = true, only, add = 'Filter', testId = 'filter' }: Props) {
  const { join, filters } = conditionsOf(filter)
  const become = (next: Conditions) => change(filterOf(next))
  const replace = (place: number, next: Filter | null) =>
    become({ join, filters: filters.flatMap((one, at) => (at !== place ? [one] : next ? [next] : [])) })
  const more = (next: Filter) => become({ join, filters: [...filters, next] })
  return (
    <div className="conditions" data-testid={`${testId}s`}>
      {filters.map((one, place) => (
        // A condition has no name of its own; places are stable while one of them is edited.
        <div key={place} className="condition" data-testid="condition">
          {place > 0 && <Join join={join} choose={(next) => become({ join: next, filters })} first={place === 1} />}
          <Condition condition={one} event={event} atEvent={atEvent} only={only} change={(next) => replace(place, next)} />
        </div>
      ))}
      <PropertyPicker
        label="Filter by a property"
        look="add"
        shown={`+ ${filters.length ? 'Another condition' : add}`}
        event={event}
        property={null}
        only={only}
        choose={(property) => more({ type: 'compare', property, operator: 'equals', values: [] })}
        chooseCohort={({ id, name }) => more({ type: 'in_cohort', id, name })}
        testId={testId}
      />
    </div>
  )
}

function Join({ join, choose, first }: { join: 'all' | 'any'; choose: (join: 'all' | 'any') => void; first: boolean }) {
  if (!first) return <Text size="xs" c="dimmed" pl={2}>{join === 'all' ? 'and' : 'or'}</Text>
  return (
    <SegmentedControl
      size="xs"
      aria-label="All or any of the conditions"
      data={[{ value: 'all', label: 'and' }, { value: 'any', label: 'or' }]}
      value={join}
      onChange={(value) => choose(value as 'all' | 'any')}
    />
  )
}

type ConditionProps = { condition: Filter; event: string | null; atEvent: boolean; only: Scope | undefined; change: (next: Filter | null) => void }

function Condition({ condition, event, atEvent, only, change }: ConditionProps) {
  if (condition.type === 'compare') return <Comparison condition={condition} event={event} atEvent={atEvent} only={only} change={change} />
  const inside = condition.type === 'not' ? condition.filter : condition
  return (
    <Group gap={6} wrap="nowrap">
      <span className="condition-sign"><FilterIcon size={14} /></span>
      <Text size="xs" className="clip" flex={1} title={inWords(condition)}>{inWords(condition)}</Text>
      {inside.type === 'in_cohort' && (
        <UnstyledButton fz="xs" c="dimmed" onClick={() => change(condition.type === 'not' ? inside : { type: 'not', filter: inside })}>
          {condition.type === 'not' ? 'is in' : 'not in'}
        </UnstyledButton>
      )}
      <Remove name={inWords(condition)} act={() => change(null)} />
    </Group>
  )
}

function Comparison({ condition, event, atEvent, only, change }: ConditionProps & { condition: Compare }) {
  const set = (part: Partial<Compare>) => change({ ...condition, ...part })
  return (
    <>
      <Group gap={6} wrap="nowrap">
        <div style={{ flex: '1 1 0', minWidth: 0 }}>
          <PropertyPicker label="Property" event={event} property={condition.property} only={only} choose={(property) => set({ property, values: [] })} testId="filter-property" />
        </div>
        {atEvent && isProfile(condition.property) && <AtSwitch property={condition.property} choose={(property) => set({ property })} />}
        <Remove name={inWords(condition)} act={() => change(null)} />
      </Group>
      <Group gap={6} align="flex-start" wrap="nowrap">
        <Select
          size="xs"
          w={104}
          style={{ flex: 'none' }}
          aria-label="Operator"
          data={OPERATORS.map(({ value, label }) => ({ value, label }))}
          value={condition.operator}
          allowDeselect={false}
          onChange={(operator) => operator && change(withOperator(condition, operator))}
          comboboxProps={{ width: 190, position: 'bottom-start' }}
          data-testid="operator"
        />
        <ValueInput key={`${condition.property.key} ${condition.operator}`} condition={condition} event={event} choose={(values) => set({ values })} />
      </Group>
    </>
  )
}

/** Whether a person's property counts as it is now, or as it was when the event happened. */
export function AtSwitch({ property, choose }: { property: Property; choose: (property: Property) => void }) {
  return (
    <SegmentedControl
      size="xs"
      style={{ flex: 'none' }}
      aria-label={`Value of ${property.key}`}
      data={[{ value: 'now', label: 'now' }, { value: 'event', label: 'at event' }]}
      value={property.at ?? 'now'}
      onChange={(at) => choose({ ...property, at: at as 'now' | 'event' })}
      data-testid="at"
    />
  )
}

export function Remove({ name, act }: { name: string; act: () => void }) {
  return (
    <ActionIcon size={26} variant="subtle" color="gray" aria-label={`Remove ${name}`} onClick={act} style={{ flex: 'none' }}>
      <CloseIcon size={13} />
    </ActionIcon>
  )
}
