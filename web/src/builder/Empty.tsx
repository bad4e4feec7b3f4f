import { Button, Stack, Text } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { namesQuery } from '../api/queries'
import type { DateRange, EventName, EventSelector } from '../api/types'
import { useProject } from '../app/project'
import { addDays, today } from '../lib/dates'
import { eventName, isNamed } from '../lib/events'
import { conditionsOf, inWords } from '../lib/filters'
import { moment } from '../lib/format'

const AROUND_DAYS = 30

type Props = { events: EventSelector[]; filtered?: string | null; choose: (range: DateRange) => void }

/** Why there is nothing to draw, and the nearest range in which there would be. */
export function Empty({ events, filtered, choose }: Props) {
  const { id, timezone } = useProject()
  const names = useQuery(namesQuery(id)).data
  const wanted = [...new Set(events.flatMap((one) => one.names ?? []))]
  const called = [...new Set(events.filter(isNamed).map(eventName))]
  const last = lastOf(names ?? [], wanted)
  const conditions = events.flatMap((one) => conditionsOf(one.filter).filters.map(inWords))
  const filters = [...conditions, ...(filtered ? [filtered] : [])]
  return (
    <Stack align="center" gap="xs" py={72} px="md" ta="center" data-testid="empty">
      <Text fw={600} style={{ overflowWrap: 'anywhere' }}>
        {called.length === 0 ? 'There are no events in this range.' : `“${eventName({ names: called })}” did not happen in this range.`}
      </Text>
      {filters.length > 0 && <Text size="sm" style={{ overflowWrap: 'anywhere' }}>Or none of them passes the filter: {filters.join(' and ')}.</Text>}
      {names && <Text size="sm" c="dimmed">{last === null ? never(wanted) : `The last one was on ${moment(last, timezone)}.`}</Text>}
      {last !== null && <Button size="compact-sm" variant="light" mt="xs" onClick={() => choose(around(last, timezone))}>Show the days before that</Button>}
    </Stack>
  )
}

const never = (wanted: string[]) =>
  wanted.length === 0 ? 'This project has not received any event yet.' : 'This project has never received an event of that name. Names are case-sensitive.'

function lastOf(names: EventName[], wanted: string[]): number | null {
  const times = names.filter((name) => name.count > 0 && (wanted.length === 0 ? !name.control : wanted.includes(name.name))).map((name) => name.last_seen)
  return times.length ? Math.max(...times) : null
}

function around(time: number, timezone: string): DateRange {
  const to = today(timezone, time)
  return { type: 'between', from: addDays(to, 1 - AROUND_DAYS), to }
}
