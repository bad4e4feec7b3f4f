import { queryOptions } from '@tanstack/react-query'
import { get } from './client'
import { inside } from './queries'
import type { Role, User } from './types'

// People, keys and settings. The server's side: protocols/native/{people,keys,projects}.py, web/account.py.

export type OpenSession = { id: number; browser: string; created: number; last_seen: number; current: boolean }
export type Offer = { email: string; project: string | null; role: Role; known: boolean }
export type Member = { id: number; email: string | null; name: string; admin: boolean; role: Role; last_seen: number | null }
export type Invitation = { id: number; email: string; project_id: number | null; role: Role; created: number; expires: number }
export type People = { people: Member[]; invitations: Invitation[] }
export type ServiceAccount = { username: string; role: Role; created: number }
export type NewAccount = { username: string; secret: string }
export type Setting = boolean | number | string | string[]
export type ProjectDetails = {
  project_id: number
  name: string
  timezone: string
  identity: string
  week_start: number
  settings: Record<string, Setting>
}
export type CreatedProject = { project_id: number; name: string; token: string; secret: string; service_account: NewAccount }

export const sessionsQuery = () =>
  queryOptions({
    queryKey: ['sessions'],
    queryFn: async ({ signal }) => (await get<{ sessions: OpenSession[] }>('/api/v1/account/sessions', signal)).sessions,
    staleTime: 0,
  })

export const offerQuery = (link: string) =>
  queryOptions({
    queryKey: ['offer', link],
    queryFn: ({ signal }) => get<Offer>(`/api/v1/invitations/${encodeURIComponent(link)}`, signal),
    retry: false,
  })

export const peopleQuery = (project: number) =>
  queryOptions({
    queryKey: ['people', project],
    queryFn: ({ signal }) => get<People>(inside(project, 'people'), signal),
    staleTime: 0,
  })

export const usersQuery = () =>
  queryOptions({
    queryKey: ['users'],
    queryFn: async ({ signal }) => (await get<{ users: User[] }>('/api/v1/users', signal)).users,
    staleTime: 0,
  })

export const accountsQuery = (project: number) =>
  queryOptions({
    queryKey: ['service-accounts', project],
    queryFn: async ({ signal }) => (await get<{ accounts: ServiceAccount[] }>(inside(project, 'service-accounts'), signal)).accounts,
    staleTime: 0,
  })

export const detailsQuery = (project: number) =>
  queryOptions({
    queryKey: ['details', project],
    queryFn: ({ signal }) => get<ProjectDetails>(`/api/v1/projects/${project}`, signal),
    staleTime: 0,
  })
