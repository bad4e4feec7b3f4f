import { Button, Skeleton, Text } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { type ReactNode, useEffect, useRef, useState } from 'react'
import { eventsQuery } from '../api/queries'
import type { StreamEvent } from '../api/types'
import { useProject } from '../app/project'
import { matches } from '../lib/events'
import { EventRow } from './EventRow'
import { Failure } from './Failure'
import { PauseIcon, PlayIcon } from './icons'

const POLL_MS = 3000

/** The newest events, asked for again and again unless paused or while one is open to be read. */
export function useEventStream(limit: number) {
  const project = useProject()
  const [paused, setPaused] = useState(false)
  const [open, setOpen] = useState<string | null>(null)
  const held = paused || open !== null
  const query = useQuery({ ...eventsQuery(project.id, limit), refetchInterval: held ? false : POLL_MS })
  return { query, paused, setPaused, open, setOpen, held }
}

type Stream = ReturnType<typeof useEventStream>

/** Holds what is asked for again and again; going on closes what is open. */
export function PauseButton({ stream: { held, setPaused, setOpen } }: { stream: Pick<Stream, 'held' | 'setPaused' | 'setOpen'> }) {
  const press = () => {
    setPaused(!held)
    if (held) setOpen(null)
  }
  return (
    <Button
      size="compact-sm"
      variant="default"
      leftSection={held ? <PlayIcon size={14} /> : <PauseIcon size={14} />}
      onClick={press}
      data-testid="live-pause"
    >
      {held ? 'Resume' : 'Pause'}
    </Button>
  )
}

/** The rows of a stream that contain `filter`. */
export function EventStream({ stream, filter = '', empty }: { stream: Stream; filter?: string; empty: ReactNode }) {
  const { query, open, setOpen } = stream
  const fresh = useFresh(query.data)
  const shown = (query.data ?? []).filter((event) => !filter.trim() || matches(event, filter))
  if (query.error && !query.data) return <Failure error={query.error} retry={() => void query.refetch()} />
  return (
    <div data-testid="live-events" aria-busy={!query.data}>
      {!query.data && Array.from({ length: 6 }, (_, place) => <Skeleton key={place} height={18} m="sm" w="auto" />)}
      {shown.map((event) => (
        <EventRow
          key={event.accept_id}
          event={event}
          open={open === event.accept_id}
          fresh={fresh.has(event.accept_id)}
          toggle={() => setOpen(open === event.accept_id ? null : event.accept_id)}
        />
      ))}
      {query.data && shown.length === 0 && (
        <Text p="lg" c="dimmed" size="sm" ta="center">{filter.trim() ? `None of the latest ${query.data.length} events matches “${filter.trim()}”.` : empty}</Text>
      )}
    </div>
  )
}

/** The events that came with the last answer; none with the first. */
function useFresh(events: StreamEvent[] | undefined): ReadonlySet<string> {
  const known = useRef<ReadonlySet<string> | null>(null)
  const [fresh, setFresh] = useState<ReadonlySet<string>>(new Set())
  useEffect(() => {
    if (!events) return
    const ids = events.map((event) => event.accept_id)
    setFresh(new Set(known.current ? ids.filter((id) => !known.current!.has(id)) : []))
    known.current = new Set(ids)
  }, [events])
  return fresh
}
