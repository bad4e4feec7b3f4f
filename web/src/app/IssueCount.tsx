import { Badge } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { useRouterState } from '@tanstack/react-router'
import { issueCountsQuery } from '../api/queries'
import { total } from '../lib/issues'
import { compact, full } from '../lib/format'
import { useProject } from './project'
import { useDark } from './theme'

const POLL_MS = 60_000
/** Beside the screen itself the two numbers should not differ for long. */
const POLL_BESIDE_MS = 3000

/** What was rejected or corrected in the last 24 hours; nothing where that is nothing, or not known. */
export function IssueCount() {
  const project = useProject()
  const beside = useRouterState({ select: (state) => state.location.pathname.endsWith('/issues') })
  const { data } = useQuery({ ...issueCountsQuery(project.id), refetchInterval: beside ? POLL_BESIDE_MS : POLL_MS })
  const dark = useDark()
  const count = total(data ?? [])
  if (count === 0) return null
  return (
    <Badge size="xs" px={4} variant="light" color="orange" c={dark ? 'orange.2' : 'dark.7'} title={`${full(count)} rejected or corrected in the last 24 hours`} data-testid="issue-count">
      {compact(count)}
      <span className="only-heard"> in the last 24 hours</span>
    </Badge>
  )
}
