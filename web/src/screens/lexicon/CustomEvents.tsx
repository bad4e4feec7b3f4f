import { Button, Drawer, Group, Stack, Text, TextInput, Textarea } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { type FormEvent, useState } from 'react'
import { type Alternative, type CustomEventContent, type Saved, change, create, customEventsQuery, remove } from '../../api/saved'
import { useProject } from '../../app/project'
import { replaced, without } from '../../lib/rows'
import { EventPicker } from '../../builder/EventPicker'
import { FilterEditor } from '../../builder/FilterEditor'
import { Failure } from '../../components/Failure'
import { PlusIcon } from '../../components/icons'
import { Problem } from '../../components/Problem'
import { useAction } from '../../components/useAction'
import { inWords as filterInWords } from '../../lib/filters'
import { mayEdit } from '../../lib/roles'

type CustomEvent = Saved<CustomEventContent>
type Draft = { id?: number; version?: number; name: string; description: string; events: Alternative[] }

const NEW: Draft = { name: '', description: '', events: [] }
const inWords = ({ name, filter }: Alternative) => `${name || '(no name)'}${filter ? ` with ${filterInWords(filter)}` : ''}`
const draftOf = ({ id, version, name, description, content }: CustomEvent): Draft => ({ id, version, name, description, events: content.events })

/** Events that are one under a name of their own, in every report. */
export function CustomEvents({ search }: { search: string }) {
  const project = useProject()
  const saved = useQuery(customEventsQuery(project.id))
  const [draft, setDraft] = useState<Draft | null>(null)
  const wanted = search.trim().toLowerCase()
  const found = saved.data?.filter(({ name, description }) => `${name} ${description}`.toLowerCase().includes(wanted))
  const edits = mayEdit(project.role)
  return (
    <Stack gap="sm">
      <Group justify="space-between">
        <Text size="sm" c="dimmed">Several events, each with its own filter, that count as one in reports.</Text>
        {edits && <Button size="xs" leftSection={<PlusIcon size={14} />} onClick={() => setDraft(NEW)} data-testid="new-custom-event">New custom event</Button>}
      </Group>
      {saved.error && !saved.data && <Failure error={saved.error} retry={() => void saved.refetch()} />}
      {found?.length === 0 && <Text c="dimmed" data-testid="no-custom-events">{saved.data?.length ? 'Nothing fits the search.' : 'No custom events yet.'}</Text>}
      {found && found.length > 0 && (
        <div className="card" style={{ overflow: 'hidden' }}>
          <table className="issue-table lexicon" aria-label="Custom events">
            <thead><tr><th scope="col">Custom event</th><th scope="col" className="wide">Is any of</th></tr></thead>
            <tbody>
              {found.map((one) => (
                <tr key={one.id} data-testid="custom-event">
                  <td>
                    <button type="button" className="link-button" onClick={() => setDraft(draftOf(one))}>{one.name}</button>
                    {one.description && <div className="hint anywhere">{one.description}</div>}
                  </td>
                  <td className="wide anywhere">{one.content.events.map(inWords).join(' or ')}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
      <Drawer opened={draft !== null} onClose={() => setDraft(null)} position="right" size={480} title={draft?.id ? 'Custom event' : 'New custom event'} closeButtonProps={{ 'aria-label': 'Close' }} styles={{ title: { fontWeight: 650 } }}>
        {draft && <Form key={draft.id ?? 'new'} first={draft} close={() => setDraft(null)} edits={edits} />}
      </Drawer>
    </Stack>
  )
}

function Form({ first, close, edits }: { first: Draft; close: () => void; edits: boolean }) {
  const project = useProject()
  const [draft, setDraft] = useState(first)
  const set = (part: Partial<Draft>) => setDraft({ ...draft, ...part })
  const { events } = draft
  const stale = [['custom-events', project.id]]
  const save = useAction(
    () => {
      const { name, description, id, version } = draft
      const content = { events }
      if (id === undefined || version === undefined) return create('custom-events', project.id, name, content, description)
      return change('custom-events', project.id, { id, version }, { name, description, content })
    },
    stale,
    close,
  )
  const drop = useAction(() => remove('custom-events', project.id, draft.id!), stale, close)
  const submit = (event: FormEvent) => {
    event.preventDefault()
    save.mutate()
  }
  return (
    <form onSubmit={submit} noValidate data-testid="custom-event-form">
      <Stack gap="sm">
        <TextInput label="Name" value={draft.name} onChange={(event) => set({ name: event.currentTarget.value })} maxLength={255} readOnly={!edits} data-testid="custom-event-name" />
        <Textarea label="Description" autosize minRows={2} maxRows={8} value={draft.description} onChange={(event) => set({ description: event.currentTarget.value })} maxLength={10000} readOnly={!edits} />
        <Text size="sm" fw={600}>Is any of</Text>
        {events.map((one, place) => (
          <div key={place} className="part-row" data-testid="alternative">
            <Group gap={6} wrap="nowrap" justify="space-between">
              <EventPicker label={`Event ${place + 1}`} event={{ names: [one.name] }} any={false} customs={false} choose={({ names }) => names?.[0] !== undefined && set({ events: replaced(events, place, { ...one, name: names[0] }) })} />
              {edits && <Button size="compact-xs" variant="subtle" color="gray" aria-label={`Remove ${one.name}`} onClick={() => set({ events: without(events, place) })}>Remove</Button>}
            </Group>
            <FilterEditor filter={one.filter} change={(filter) => set({ events: replaced(events, place, { ...one, filter }) })} event={one.name} />
          </div>
        ))}
        {edits && <div><EventPicker look="add" label="Add an event" shown="+ Event" event={{}} any={false} customs={false} choose={({ names }) => names?.[0] !== undefined && set({ events: [...events, { name: names[0], filter: null }] })} testId="add-alternative" /></div>}
        <Problem text={(save.error ?? drop.error)?.message} />
        {edits && (
          <Group justify="space-between">
            {draft.id === undefined ? <span /> : <Button variant="default" color="red" loading={drop.isPending} onClick={() => drop.mutate()} data-testid="delete-custom-event">Delete</Button>}
            <Button type="submit" loading={save.isPending} disabled={!draft.name.trim() || events.length === 0} data-testid="save-custom-event">Save</Button>
          </Group>
        )}
      </Stack>
    </form>
  )
}
