import { queryOptions } from '@tanstack/react-query'
import { get, post, send } from './client'
import type { Cohort } from './cohorts'
import type { DateRange, Filter, Json, Question } from './types'

// What people save. The server's side: protocols/native/{saved,reports}.py.

export type Kind = 'reports' | 'cohorts' | 'dashboards' | 'custom-events'
export type Saved<C> = { id: number; name: string; description: string; version: number; content: C; created: number; created_by: string; updated: number; updated_by: string }
export type ReportContent = { question: Question; display: { [key: string]: Json } }
export type CohortContent = { cohort: Cohort }
export type Tile = { report?: number | null; text?: string; x: number; y: number; width: number; height: number }
export type DashboardContent = { tiles: Tile[]; range?: DateRange | null; filter?: Filter | null }
export type Alternative = { name: string; filter?: Filter | null }
export type CustomEventContent = { events: Alternative[] }
type Contents = { reports: ReportContent; cohorts: CohortContent; dashboards: DashboardContent; 'custom-events': CustomEventContent }

const inProject = (kind: Kind, project: number, number?: number) => `/api/v1/${kind}${number === undefined ? '' : `/${number}`}?project_id=${project}`

export const savedQuery = <K extends Kind>(kind: K, project: number) =>
  queryOptions({
    queryKey: [kind, project],
    queryFn: async ({ signal }) => (await get<{ saved: Saved<Contents[K]>[] }>(inProject(kind, project), signal)).saved,
    staleTime: 5_000,
  })

export const reportsQuery = (project: number) => savedQuery('reports', project)
export const cohortsQuery = (project: number) => savedQuery('cohorts', project)
export const dashboardsQuery = (project: number) => savedQuery('dashboards', project)
export const customEventsQuery = (project: number) => savedQuery('custom-events', project)

export const create = <K extends Kind>(kind: K, project: number, name: string, content: Contents[K], description = '') =>
  post<Saved<Contents[K]>>(`/api/v1/${kind}`, { project_id: project, name, description, content })

type Changes<C> = { name?: string; description?: string; content?: C }

export const change = <K extends Kind>(kind: K, project: number, saved: { id: number; version: number }, changes: Changes<Contents[K]>) =>
  send<Saved<Contents[K]>>('PATCH', inProject(kind, project, saved.id), { version: saved.version, ...changes })

export const remove = (kind: Kind, project: number, number: number) => send<unknown>('DELETE', inProject(kind, project, number))

export const restore = (kind: Kind, project: number, number: number) => send<unknown>('POST', `/api/v1/${kind}/${number}/restore?project_id=${project}`)

export const deletedQuery = <K extends Kind>(kind: K, project: number) =>
  queryOptions({
    queryKey: ['deleted', kind, project],
    queryFn: async ({ signal }) => (await get<{ saved: Saved<Contents[K]>[] }>(`${inProject(kind, project)}&deleted=true`, signal)).saved,
    staleTime: 0,
  })

export type Version<C> = { version: number; name: string; content: C; created: number; created_by: string }

export const versionsQuery = <K extends Kind>(kind: K, project: number, number: number) =>
  queryOptions({
    queryKey: ['versions', kind, project, number],
    queryFn: async ({ signal }) => (await get<{ versions: Version<Contents[K]>[] }>(`/api/v1/${kind}/${number}/versions?project_id=${project}`, signal)).versions,
    staleTime: 0,
  })
