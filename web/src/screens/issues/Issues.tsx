import { Group, SegmentedControl, Skeleton, Text } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { useNavigate, useSearch } from '@tanstack/react-router'
import { useState } from 'react'
import { issuesQuery } from '../../api/queries'
import { useProject } from '../../app/project'
import { PauseButton } from '../../components/EventStream'
import { Failure } from '../../components/Failure'
import { Page } from '../../components/Page'
import { ISSUE_PERIODS, type IssuePeriod, MOST_REASONS, readIssuePeriod } from '../../lib/issues'
import type { Search } from '../../lib/report'
import { IssueTable } from './IssueTable'
import { NoIssues } from './NoIssues'

const POLL_MS = 3000

/** What clients sent and was not stored, or not as it was sent: by reason, with the latest of each. */
export function Issues() {
  const { period, choose } = usePeriod()
  const stream = useIssues(period)
  const { query, open, setOpen } = stream
  const issues = query.data
  return (
    <Page title="Ingestion issues" lead="Records that were rejected, or stored in another form than they were sent" width={1100}>
      <Group justify="space-between">
        <SegmentedControl
          size="xs"
          aria-label="Period"
          data={ISSUE_PERIODS.map(({ id, label }) => ({ value: id, label }))}
          value={period.id}
          onChange={(id) => choose(readIssuePeriod(id))}
          data-testid="issue-period"
        />
        <PauseButton stream={stream} />
      </Group>
      {query.error && !issues && <Failure error={query.error} retry={() => void query.refetch()} />}
      {query.isPending && <Loading />}
      {issues && (
        <div className={query.isPlaceholderData ? 'busy' : undefined} aria-busy={query.isPlaceholderData} data-testid="issues">
          {issues.length === 0 ? <NoIssues period={period} choose={choose} /> : <IssueTable issues={issues} period={period} open={open} setOpen={setOpen} />}
          {issues.length >= MOST_REASONS && <Text size="xs" c="dimmed" mt="xs">These are the {MOST_REASONS} reasons that came last; there may be more.</Text>}
        </div>
      )}
    </Page>
  )
}

/** The issues, asked for again and again unless paused or while one is open to be read. */
function useIssues(period: IssuePeriod) {
  const project = useProject()
  const [paused, setPaused] = useState(false)
  const [open, setOpen] = useState<string | null>(null)
  const held = paused || open !== null
  const query = useQuery({ ...issuesQuery(project.id, period), refetchInterval: held ? false : POLL_MS })
  return { query, setPaused, open, setOpen, held }
}

/** The period in the address. */
function usePeriod(): { period: IssuePeriod; choose: (period: IssuePeriod) => void } {
  const { since } = useSearch({ strict: false }) as Search
  const params = { projectId: String(useProject().id) }
  const navigate = useNavigate()
  const choose = ({ id }: IssuePeriod) => void navigate({ to: '/p/$projectId/issues', params, search: { since: id }, resetScroll: false })
  return { period: readIssuePeriod(since), choose }
}

function Loading() {
  return (
    <div className="card" role="status" aria-label="Loading" data-testid="issues-loading">
      {Array.from({ length: 5 }, (_, place) => <Skeleton key={place} height={18} m="md" w="auto" />)}
    </div>
  )
}
