import { queryOptions } from '@tanstack/react-query'
import { post } from './client'
import type { Saved, CohortContent } from './saved'
import type { DateRange, EventSelector, Filter, InCohort, Property } from './types'
import type { Comparison, Tally } from '../lib/cohorts'

// Cohorts' conditions; names are those of the JSON. The server's side: query/parts.py.

export type Duration = { count: number; unit: 'second' | 'minute' | 'hour' | 'day' | 'week' }
export type When = DateRange | { type: 'first_use'; within: Duration } | null
export type Condition =
  | { type: 'did'; event?: EventSelector; tally?: Tally; property?: Property | null; operator?: Comparison; value?: number; when?: When }
  | { type: 'did_more'; event: EventSelector; than: EventSelector; operator?: Comparison; when?: When }
  | { type: 'in_order'; steps: EventSelector[]; within?: Duration | null; when?: When }
  | { type: 'latest'; filter: Filter; event?: EventSelector; when?: When }
  | { type: 'profile'; filter: Filter; at?: string | null }
  | { type: 'on_list'; list: string }
  | InCohort
  | { type: 'all' | 'any'; conditions: Condition[] }
  | { type: 'not'; condition: Condition }
export type Cohort = { condition: Condition; group_type?: string }
export type Uploaded = { saved: Saved<CohortContent>; known: number; unknown: string[] }

export const uploadCohort = (project: number, name: string, ids: string[]) => post<Uploaded>('/api/v1/cohorts/upload', { project_id: project, name, ids })

/** How many are in a cohort now. */
export const sizeQuery = (project: number, cohort: Cohort) =>
  queryOptions({
    queryKey: ['answer', project, 'size', cohort],
    queryFn: async ({ signal }) => {
      const question = { type: 'cohort_sizes', cohorts: [{ type: 'in_cohort', cohort }] }
      const answer = await post<{ series: { size: number }[] }>('/api/v1/query', { project_id: project, question }, signal)
      return answer.series[0]!.size
    },
    staleTime: 60_000,
    retry: false,
  })
