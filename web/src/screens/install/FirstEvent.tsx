import { Group, Loader, Stack, Text } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { useRef } from 'react'
import { eventsQuery, statusQuery } from '../../api/queries'
import type { StreamEvent } from '../../api/types'
import { useProject } from '../../app/project'
import { ChartButton } from '../../components/ChartLink'
import { Failure } from '../../components/Failure'
import { CheckIcon } from '../../components/icons'
import { JsonView } from '../../components/JsonView'
import { eventJson, firstOf } from '../../lib/events'
import { full } from '../../lib/format'

const POLL_MS = 2000
const LOOKED_AT = 50

/** Waits for the first event and shows it as soon as it is there. */
export function FirstEvent() {
  const project = useProject()
  const status = useQuery({
    ...statusQuery(project.id),
    refetchInterval: (query) => (query.state.data?.events ? false : POLL_MS),
  })
  const count = status.data?.events ?? 0
  const events = useQuery({ ...eventsQuery(project.id, LOOKED_AT), enabled: count > 0 })
  const waited = useRef(false)
  if (status.data && count === 0) waited.current = true
  const event = waited.current ? firstOf(events.data ?? []) : (events.data?.find((one) => !one.control) ?? events.data?.[0])
  const error = status.error ?? events.error
  if (error && !event) return <Failure error={error} retry={() => void status.refetch()} />
  return event ? <Arrived event={event} first={waited.current} count={count} /> : <Waiting />
}

function Waiting() {
  return (
    <div className="card" style={{ padding: '14px 16px' }} role="status" data-testid="waiting">
      <Group gap="sm">
        <Loader size="xs" type="dots" />
        <Text fw={550}>Waiting for your first event…</Text>
      </Group>
    </div>
  )
}

function Arrived({ event, first, count }: { event: StreamEvent; first: boolean; count: number }) {
  return (
    <div className="card arrived" role="status" data-testid="first-event">
      <Group justify="space-between" gap="sm" mb="sm">
        <Group gap="sm" wrap="nowrap" style={{ minWidth: 0, flex: '1 1 240px' }}>
          <span className="arrived-sign"><CheckIcon size={18} /></span>
          <Stack gap={0} style={{ minWidth: 0 }}>
            <Text fw={650}>{first ? 'Your first event is here' : 'Your events arrive'}</Text>
            <Text size="sm" c="dimmed" className="clip" title={event.name}>
              {first ? event.name : `${full(count)} so far, the latest: ${event.name}`}
            </Text>
          </Stack>
        </Group>
        <ChartButton event={event.name} />
      </Group>
      <JsonView text={eventJson(event)} height={first ? 260 : 160} testId="first-event-json" />
    </div>
  )
}
