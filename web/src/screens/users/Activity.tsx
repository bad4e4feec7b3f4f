import { Button, Group, Skeleton, Text, TextInput } from '@mantine/core'
import { useInfiniteQuery } from '@tanstack/react-query'
import { useMemo, useState } from 'react'
import { type Place, activityQuery } from '../../api/people'
import { useProject } from '../../app/project'
import { EventRow } from '../../components/EventRow'
import { Failure } from '../../components/Failure'
import { localDay } from '../../lib/format'
import { byDay } from '../../lib/people'

const NONE: ReadonlySet<string> = new Set()

/** What the person did, day by day, the latest first; read from now or from a day on, in both directions. */
export function Activity({ id }: { id: string }) {
  const { id: project, timezone } = useProject()
  const [day, setDay] = useState('')
  const [open, setOpen] = useState<ReadonlySet<string>>(NONE)
  const start: Place = /^\d{4}-\d\d-\d\d$/.test(day) ? { until: day } : {}
  const pages = useInfiniteQuery(activityQuery(project, id, start))
  const days = useMemo(() => byDay(pages.data?.pages.flatMap((page) => page.events) ?? [], (time) => localDay(time, timezone)), [pages.data, timezone])
  const toggle = (event: string) => setOpen(open.has(event) ? new Set([...open].filter((one) => one !== event)) : new Set([...open, event]))
  return (
    <div data-testid="activity">
      <Group justify="space-between" p="sm" gap="xs" align="flex-end">
        <TextInput size="xs" type="date" label="Up to the day" w={150} value={day} onChange={(event) => setDay(event.currentTarget.value)} data-testid="activity-day" />
        <Group gap={6}>
          {day && <Button size="xs" variant="default" onClick={() => setDay('')}>Latest</Button>}
          {pages.hasPreviousPage && <Button size="xs" variant="default" loading={pages.isFetchingPreviousPage} onClick={() => void pages.fetchPreviousPage()} data-testid="newer">Newer</Button>}
        </Group>
      </Group>
      {pages.error && !pages.data && <div style={{ padding: 12 }}><Failure error={pages.error} retry={() => void pages.refetch()} /></div>}
      {pages.isPending && Array.from({ length: 8 }, (_, place) => <Skeleton key={place} height={18} m="sm" w="auto" />)}
      {days.map(({ day: name, of }) => (
        <section key={`${name} ${of[0]!.accept_id}`} aria-label={name}>
          <h3 className="day" data-testid="day">{name}</h3>
          {of.map((event) => <EventRow key={event.accept_id} event={event} open={open.has(event.accept_id)} fresh={false} toggle={() => toggle(event.accept_id)} />)}
        </section>
      ))}
      {pages.data && days.length === 0 && <Text p="lg" c="dimmed" size="sm" ta="center">{day ? 'Nothing up to this day.' : 'This person has a profile, but no events.'}</Text>}
      {pages.hasNextPage && <Group justify="center" p="sm"><Button size="xs" variant="default" loading={pages.isFetchingNextPage} onClick={() => void pages.fetchNextPage()} data-testid="older">Older</Button></Group>}
    </div>
  )
}
