import { useQueryClient } from '@tanstack/react-query'
import { useRef, useState } from 'react'
import { type DashboardContent, type Saved, change, dashboardsQuery } from '../../api/saved'
import { useProject } from '../../app/project'
import { mayEdit } from '../../lib/roles'

type Changes = { name?: string; description?: string; content?: DashboardContent }

/**
 * A dashboard as it is edited: a change shows at once and is saved behind it, one after the other. What viewers change
 * they see alone, until they leave.
 */
export function useBoard(saved: Saved<DashboardContent>) {
  const project = useProject()
  const client = useQueryClient()
  const [board, setBoard] = useState(saved)
  const [problem, setProblem] = useState<string | undefined>()
  const latest = useRef(saved)
  const queue = useRef(Promise.resolve())
  const save = (changes: Changes) => {
    setBoard((now) => ({ ...now, ...changes }))
    if (!mayEdit(project.role)) return
    queue.current = queue.current.then(async () => {
      try {
        const kept = await change('dashboards', project.id, latest.current, changes)
        latest.current = kept
        setProblem(undefined)
        client.setQueryData(dashboardsQuery(project.id).queryKey, (all) => all?.map((one) => (one.id === kept.id ? kept : one)))
      } catch (error) {
        setProblem(`This was not saved: ${error instanceof Error ? error.message : String(error)}`)
      }
    })
  }
  return { board, problem, save, put: (content: Partial<DashboardContent>) => save({ content: { ...board.content, ...content } }) }
}
