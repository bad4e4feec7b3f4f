import { queryOptions } from '@tanstack/react-query'
import { get, post, send } from './client'
import type { Saved } from './saved'

// What happened at a time, for all charts of the project. `time` and `until`: UTC milliseconds.

export type Annotation = Saved<{ time: number; until?: number | null; tags?: string[] }>

export const annotationsQuery = (project: number) =>
  queryOptions({
    queryKey: ['annotations', project],
    queryFn: async ({ signal }) => (await get<{ saved: Annotation[] }>(`/api/v1/annotations?project_id=${project}`, signal)).saved,
    staleTime: 30_000,
  })

export const annotate = (project: number, name: string, time: number) => post<Annotation>('/api/v1/annotations', { project_id: project, name, content: { time } })
export const unannotate = (project: number, number: number) => send<unknown>('DELETE', `/api/v1/annotations/${number}?project_id=${project}`)
