import { Button, Stack, Text } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { namesQuery } from '../../api/queries'
import type { EventName } from '../../api/types'
import { useProject } from '../../app/project'
import { addDays, today } from '../../lib/dates'
import type { Period } from '../../lib/period'
import type { Report } from '../../lib/report'
import { moment } from '../../lib/format'
import type { Change } from './useReport'

const AROUND_DAYS = 30

/** Why there is nothing to draw, and the nearest range in which there would be. */
export function Empty({ report, change }: { report: Report; change: Change }) {
  const { id, timezone } = useProject()
  const names = useQuery(namesQuery(id)).data
  const last = lastOf(names ?? [], report.event)
  return (
    <Stack align="center" gap="xs" py={72} px="md" ta="center" data-testid="empty">
      <Text fw={600} style={{ overflowWrap: 'anywhere' }}>
        {report.event === null ? 'There are no events in this range.' : `“${report.event}” did not happen in this range.`}
      </Text>
      {names && <Text size="sm" c="dimmed">{last === null ? never(report.event) : `The last one was on ${moment(last, timezone)}.`}</Text>}
      {last !== null && (
        <Button size="compact-sm" variant="light" mt="xs" onClick={() => change({ period: around(last, timezone), interval: 'day' })}>
          Show the days before that
        </Button>
      )}
    </Stack>
  )
}

const never = (event: string | null) =>
  event === null ? 'This project has not received any event yet.' : 'This project has never received an event of that name. Names are case-sensitive.'

function lastOf(names: EventName[], event: string | null): number | null {
  const times = names.filter((name) => (event === null ? !name.control : name.name === event)).map((name) => name.last_seen)
  return times.length ? Math.max(...times) : null
}

function around(time: number, timezone: string): Period {
  const to = today(timezone, time)
  return { kind: 'between', from: addDays(to, 1 - AROUND_DAYS), to }
}
