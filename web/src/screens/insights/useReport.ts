import { useNavigate, useSearch } from '@tanstack/react-router'
import { useCallback, useMemo } from 'react'
import { useProject } from '../../app/project'
import { type Report, type Search, fromSearch, toSearch } from '../../lib/report'

export type Change = (part: Partial<Report>) => void

/** The report in the address; a change is a new entry of the browser's history. */
export function useReport(): { report: Report; change: Change } {
  const search = useSearch({ strict: false }) as Search
  const project = useProject()
  const navigate = useNavigate()
  const report = useMemo(() => fromSearch(search), [search])
  const change = useCallback<Change>(
    (part) =>
      void navigate({
        to: '/p/$projectId/insights',
        params: { projectId: String(project.id) },
        search: toSearch({ ...report, ...part }),
        resetScroll: false,
      }),
    [navigate, project.id, report],
  )
  return { report, change }
}
