import { expect, test } from 'vitest'
import type { Issue } from '../api/types'
import { ALL, DAY, ISSUE_PERIODS, issueKey, issuesPath, readIssuePeriod, total, vendorOf } from './issues'

const issue = (fields: Partial<Issue> = {}): Issue => ({
  kind: 'rejected', reason: 'event_type is missing', protocol: 'amplitude', field: 'event_type', count: 1, first: 0, latest: 0, samples: [], ...fields,
})

test('periods in addresses', () => {
  for (const period of ISSUE_PERIODS) expect(readIssuePeriod(period.id)).toBe(period)
  expect([readIssuePeriod(undefined), readIssuePeriod('forever')]).toEqual([DAY, DAY])
})

test('what the server is asked', () => {
  const now = Date.UTC(2026, 0, 31)
  expect(issuesPath(7, ALL, now)).toBe(`/api/v1/ingestion/issues?project_id=7&since=${Date.UTC(2026, 0, 1)}`)
  expect(issuesPath(7, DAY, now, 0)).toBe(`/api/v1/ingestion/issues?project_id=7&since=${Date.UTC(2026, 0, 30)}&samples=0`)
  expect(issuesPath(7, DAY, 1)).toContain('since=0')
})

test('rows are told apart by kind, reason, protocol and field', () => {
  const rows = [issue(), issue({ kind: 'corrected' }), issue({ reason: 'x' }), issue({ protocol: 'x' }), issue({ field: 'x' })]
  expect(new Set(rows.map(issueKey)).size).toBe(5)
  expect(issueKey(issue({ count: 2, latest: 3, samples: ['{}'] }))).toBe(issueKey(issue()))
})

test('the total of all reasons', () => expect([total([]), total([issue({ count: 2 }), issue({ count: 3 })])]).toEqual([0, 5]))

test('names of protocols', () => expect(['segment', 'native'].map(vendorOf)).toEqual(['Segment', 'native']))
