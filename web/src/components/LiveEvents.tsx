import { Badge, Button, Code, Collapse, Group, Paper, Stack, Text, TextInput, UnstyledButton } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { Link } from 'wouter'
import { type Project, type StreamEvent, api } from '../lib/api'
import { moment } from '../lib/format'
import { DEFAULT, toAddress } from '../lib/question'
import { Failure } from './Failure'

/** The newest events, polled; a row opens to the event's JSON. */
export function LiveEvents({ project, limit, filterable = false }: { project: Project; limit: number; filterable?: boolean }) {
  const [paused, setPaused] = useState(false)
  const [text, setText] = useState('')
  const events = useQuery({
    queryKey: ['events', project.id, limit],
    queryFn: () => api.events(project.id, limit),
    refetchInterval: paused ? false : 3000,
    staleTime: 0,
  })
  const wanted = text.trim().toLowerCase()
  const shown = (events.data ?? []).filter((event) => !wanted || `${event.name} ${event.distinct_id}`.toLowerCase().includes(wanted))
  return (
    <Stack gap="xs">
      <Group justify="space-between">
        {filterable ? (
          <TextInput size="xs" placeholder="Filter by event or id" aria-label="Filter by event or id" value={text} onChange={(e) => setText(e.currentTarget.value)} w={260} />
        ) : <Text fw={600}>Live events</Text>}
        <Button size="compact-xs" variant="default" onClick={() => setPaused(!paused)} data-testid="live-pause">{paused ? 'Resume' : 'Pause'}</Button>
      </Group>
      {events.error && <Failure error={events.error} />}
      <Paper withBorder style={{ overflow: 'hidden' }} data-testid="live-events">
        {shown.map((event) => <Row key={event.accept_id} event={event} project={project} />)}
        {events.data && shown.length === 0 && (
          <Text p="md" c="dimmed" size="sm">{wanted ? 'No recent event matches the filter.' : 'No events yet.'}</Text>
        )}
        {!events.data && !events.error && <Text p="md" c="dimmed" size="sm" className="pulse">Loading events…</Text>}
      </Paper>
    </Stack>
  )
}

function Row({ event, project }: { event: StreamEvent; project: Project }) {
  const [open, setOpen] = useState(false)
  const { accept_id: _, ...shown } = event
  return (
    <div style={{ borderBottom: '1px solid var(--mantine-color-default-border)' }} data-testid="live-event">
      <UnstyledButton className="row-button" px="sm" py={7} onClick={() => setOpen(!open)} aria-expanded={open}>
        <Group gap="sm" wrap="nowrap" justify="space-between">
          <Group gap="xs" wrap="nowrap" style={{ minWidth: 0 }}>
            <Text size="sm" fw={550} className="clip">{event.name}</Text>
            {event.control && <Badge size="xs" variant="light" color="gray">control</Badge>}
            <Text size="xs" c="dimmed" className="clip">{event.distinct_id || 'no id'}</Text>
          </Group>
          <Text size="xs" c="dimmed" className="number" style={{ whiteSpace: 'nowrap' }}>{moment(event.time, project.timezone)}</Text>
        </Group>
      </UnstyledButton>
      <Collapse expanded={open}>
        {open && (
          <Stack gap="xs" px="sm" pb="sm">
            <Code block mah={320} style={{ overflow: 'auto' }}>{JSON.stringify(shown, null, 2)}</Code>
            <Group>
              <Button component={Link} size="compact-xs" variant="light" href={`/p/${project.id}/insights?${toAddress({ ...DEFAULT, event: event.name, measure: 'total' })}`}>
                Chart this event
              </Button>
            </Group>
          </Stack>
        )}
      </Collapse>
    </div>
  )
}
