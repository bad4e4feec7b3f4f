import { Button, Drawer, Group, Stack, Switch, TagsInput, Text, TextInput, Textarea } from '@mantine/core'
import { type FormEvent, useState } from 'react'
import { describeEvent, describeProperty } from '../../api/lexicon'
import type { Said } from '../../api/types'
import { useProject } from '../../app/project'
import { ChartButton } from '../../components/ChartLink'
import { Problem } from '../../components/Problem'
import { useAction } from '../../components/useAction'
import { full, moment } from '../../lib/format'
import { type Line, example, scopeName } from '../../lib/lexicon'
import { mayEdit } from '../../lib/roles'

type Props = { line: Line | undefined; events: boolean; close: () => void }

/** What is known about a name, beside the list; editors say more about it here. */
export function Describe({ line, events, close }: Props) {
  return (
    <Drawer opened={line !== undefined} onClose={close} position="right" size={440} title={<span className="anywhere">{line?.name || '(no name)'}</span>} closeButtonProps={{ 'aria-label': 'Close' }} styles={{ title: { fontWeight: 650, minWidth: 0 } }}>
      {line && (
        <Stack gap="md" key={line.key} data-testid="describe">
          <Facts line={line} events={events} />
          <Form line={line} events={events} close={close} />
        </Stack>
      )}
    </Drawer>
  )
}

function Facts({ line, events }: { line: Line; events: boolean }) {
  const { timezone } = useProject()
  return (
    <div className="facts">
      <Text size="sm">{events ? `${full(line.count)} events` : `${scopeName(line.scope ?? '')} property, on ${full(line.count)} of the latest sampled events`}</Text>
      {line.first > 0 && <Text size="sm" c="dimmed">First {moment(line.first, timezone)}, last {moment(line.last, timezone)}</Text>}
      {line.examples.length > 0 && (
        <div className="lexicon-under" style={{ marginTop: 8 }}>
          {line.examples.map((value, place) => <code key={place} className="example clip" title={example(value)}>{example(value)}</code>)}
        </div>
      )}
      {events && line.count > 0 && <Group mt="sm"><ChartButton event={line.name} /></Group>}
    </div>
  )
}

function Form({ line, events, close }: { line: Line; events: boolean; close: () => void }) {
  const project = useProject()
  const [said, setSaid] = useState<Said>({ display_name: line.display_name, description: line.description, tags: line.tags, hidden: line.hidden, dropped: line.dropped, owner: line.owner })
  const save = useAction(
    () => (events ? describeEvent(project.id, line.name, said) : describeProperty(project.id, line.scope ?? 'event', line.name, said)),
    [[events ? 'names' : 'properties', project.id]],
    close,
  )
  const submit = (event: FormEvent) => {
    event.preventDefault()
    save.mutate()
  }
  const set = (change: Partial<Said>) => setSaid({ ...said, ...change })
  const fixed = !mayEdit(project.role)
  return (
    <form onSubmit={submit} noValidate>
      <Stack gap="sm">
        <TextInput label="Display name" placeholder={line.name} value={said.display_name} onChange={(event) => set({ display_name: event.currentTarget.value })} maxLength={255} readOnly={fixed} />
        <Textarea label="Description" autosize minRows={3} maxRows={10} value={said.description} onChange={(event) => set({ description: event.currentTarget.value })} maxLength={10000} readOnly={fixed} />
        <TagsInput label="Tags" description={fixed ? undefined : 'Enter adds one'} value={said.tags} onChange={(tags) => set({ tags })} maxTags={50} readOnly={fixed} />
        <TextInput label="Owner" description="Whom to ask about it" value={said.owner} onChange={(event) => set({ owner: event.currentTarget.value })} maxLength={255} readOnly={fixed} />
        <Switch label="Hidden" description="Left out of menus; still counted" checked={said.hidden} onChange={(event) => set({ hidden: event.currentTarget.checked })} disabled={fixed} />
        <Switch label="Not to be sent any more" description="A mark for those who write the code; what is sent is still stored" checked={said.dropped} onChange={(event) => set({ dropped: event.currentTarget.checked })} disabled={fixed} />
        <Problem text={save.error?.message} />
        {fixed
          ? <Text size="sm" c="dimmed">Viewers cannot change the lexicon.</Text>
          : <Button type="submit" loading={save.isPending}>Save</Button>}
      </Stack>
    </form>
  )
}
