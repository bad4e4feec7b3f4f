import { useQuery } from '@tanstack/react-query'
import { figureQuery } from '../api/queries'
import type { Property, Scalar, Segmentation } from '../api/types'
import { useProject } from '../app/project'

const MOST = 200

/** What a property held lately, the most frequent first; asked for once somebody wants to choose. */
export function useValues(property: Property, event: string | null, wanted: boolean): { values: Scalar[]; loading: boolean } {
  const project = useProject()
  const question: Segmentation = {
    type: 'segmentation',
    metrics: [{ event: { names: event === null ? [] : [event] }, measure: 'total' }],
    range: { type: 'last', count: 30, unit: 'day' },
    interval: 'quarter',
    breakdowns: [{ property }],
    limit: MOST,
  }
  const found = useQuery({ ...figureQuery(project.id, question), enabled: wanted, refetchInterval: false, staleTime: 300_000 })
  return { values: (found.data?.series ?? []).map((series) => series.breakdown[0] ?? null), loading: found.isFetching }
}
