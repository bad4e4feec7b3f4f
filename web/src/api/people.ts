import { infiniteQueryOptions, queryOptions } from '@tanstack/react-query'
import { get, post } from './client'
import { inside } from './queries'
import type { Filter, Json, StreamEvent } from './types'

// People. The server's side: protocols/native/{persons,identity}.py. Times are UTC milliseconds.

export type Order = 'updated' | 'recent'
export type PeopleSearch = { text: string; filter: Filter | null; order: Order }
export type FoundPerson = { id: string; person: string; properties: Record<string, Json>; updated: number | null; last_seen: number | null }
type FoundPeople = { people: FoundPerson[]; next: string | null }

export type PersonDetails = {
  id: string
  person: string
  ids: string[]
  properties: Record<string, Json>
  updated: number | null
  events: number
  first_seen: number | null
  last_seen: number | null
}
/** From `time` on the property had this value; null: it was not set. */
export type PropertyChange = { time: number; key: string; value: Json }
export type ActivityPage = { events: StreamEvent[]; older: string | null; newer: string | null }
/** `effect`: counts, no effect, taken back, or why it was refused. */
export type Said = { actor: string; person: string; kind: string; source: string; time: number; received: number; effect: string }
export type WhoIs = { id: string; person: string; owner: string; ids: string[]; log: Said[] }
/** Where reading begins: at the latest event, at the end of a day, or at a place that a page gave. */
export type Place = { before?: string; after?: string; until?: string }

const PAGE = 50
const MOST_CHANGES = 1000

export const searchQuery = (project: number, search: PeopleSearch) =>
  infiniteQueryOptions({
    queryKey: ['people', project, search],
    queryFn: ({ pageParam, signal }) =>
      post<FoundPeople>('/api/v1/people/search', { project_id: project, search: { ...search, limit: PAGE, after: pageParam } }, signal),
    initialPageParam: '',
    getNextPageParam: (page) => page.next,
    staleTime: 10_000,
  })

const about = (project: number, what: string, id: string, more: Record<string, string> = {}) =>
  inside(project, `${what}?${new URLSearchParams({ id, ...more }).toString()}`)

/** Everything that is asked about one person begins with this, so that a link makes all of it stale. */
export const personKey = (project: number) => ['person', project]

export const personQuery = (project: number, id: string) =>
  queryOptions({
    queryKey: [...personKey(project), id, 'details'],
    queryFn: ({ signal }) => get<PersonDetails>(about(project, 'people/person', id), signal),
    retry: false,
    staleTime: 10_000,
  })

export const historyQuery = (project: number, id: string) =>
  queryOptions({
    queryKey: [...personKey(project), id, 'history'],
    queryFn: async ({ signal }) => (await get<{ changes: PropertyChange[] }>(about(project, 'people/history', id, { limit: String(MOST_CHANGES) }), signal)).changes,
    staleTime: 10_000,
  })

export const activityQuery = (project: number, id: string, start: Place) =>
  infiniteQueryOptions({
    queryKey: [...personKey(project), id, 'activity', start],
    queryFn: ({ pageParam, signal }: { pageParam: Place; signal: AbortSignal }) => get<ActivityPage>(about(project, 'people/activity', id, { limit: String(PAGE), ...pageParam }), signal),
    initialPageParam: start,
    getNextPageParam: (page): Place | null => (page.older === null ? null : { before: page.older }),
    getPreviousPageParam: (page): Place | null => (page.newer === null ? null : { after: page.newer }),
    staleTime: 10_000,
  })

export const whoIsQuery = (project: number, id: string) =>
  queryOptions({
    queryKey: [...personKey(project), id, 'identity'],
    queryFn: ({ signal }) => get<WhoIs>(about(project, 'identity', id), signal),
    staleTime: 10_000,
  })

export const linkIds = (project: number, actor: string, person: string) => post<WhoIs>(inside(project, 'identity/links'), { actor, person })
export const unlinkIds = (project: number, actor: string, person: string) => post<WhoIs>(inside(project, 'identity/unlinks'), { actor, person })
