import type { Issue } from '../api/types'

/** How far back the screen looks. The server keeps 30 days. */
export type IssuePeriod = { id: string; label: string; name: string; ms: number }

const HOUR = 3_600_000

export const DAY: IssuePeriod = { id: '24h', label: '24H', name: 'the last 24 hours', ms: 24 * HOUR }
export const ALL: IssuePeriod = { id: '30d', label: '30D', name: 'the last 30 days', ms: 30 * 24 * HOUR }
export const ISSUE_PERIODS: IssuePeriod[] = [
  { id: '1h', label: '1H', name: 'the last hour', ms: HOUR },
  DAY,
  { id: '7d', label: '7D', name: 'the last 7 days', ms: 7 * 24 * HOUR },
  ALL,
]

/** The server tells at most as many reasons, and cuts samples to as many characters. */
export const MOST_REASONS = 200
export const SAMPLE_LENGTH = 2000

export const readIssuePeriod = (text: string | undefined) => ISSUE_PERIODS.find((period) => period.id === text) ?? DAY

/** Where to ask for the issues of a period that ends now. */
export function issuesPath(project: number, period: IssuePeriod, now: number, samples?: number): string {
  const path = `/api/v1/ingestion/issues?project_id=${project}&since=${Math.max(0, now - period.ms)}`
  return samples === undefined ? path : `${path}&samples=${samples}`
}

/** What tells one row from the others. */
export const issueKey = ({ kind, reason, protocol, field }: Issue) => JSON.stringify([kind, reason, protocol, field])

export const total = (issues: Issue[]) => issues.reduce((sum, issue) => sum + issue.count, 0)

const VENDORS: Record<string, string> = { mixpanel: 'Mixpanel', amplitude: 'Amplitude', segment: 'Segment' }

export const vendorOf = (protocol: string) => VENDORS[protocol] ?? protocol
