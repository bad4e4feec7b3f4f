// The server's API as this app uses it; names are those of the JSON. Times are UTC milliseconds.
// Questions and answers are in questions.ts. The server's side: query/stream.py, protocols/native/*.py.
import type { Scope } from './questions'

export type * from './questions'

export type Json = null | boolean | number | string | Json[] | { [key: string]: Json }

export type Project = {
  id: number
  name: string
  token: string
  timezone: string
  identity: string
  week_start: number
  role: Role
}
export type Role = 'owner' | 'editor' | 'viewer'
export type User = { id: number; email: string | null; name: string; admin: boolean; has_password: boolean }
/** `by_link`: a new password can be set without the one before. Demo mode has no user. */
export type Session = { signed_in: true; demo: boolean; by_link: boolean; user: User | null; projects: Project[] }
export type Status = { events: number; first_received: number | null; last_received: number | null }

export type StreamEvent = {
  accept_id: string
  name: string
  time: number
  received: number
  distinct_id: string
  user_id: string
  device_id: string
  insert_id: string
  session_id: number | null
  event_id: number | null
  protocol: string
  library: string
  control: boolean
  properties: Record<string, Json>
  user_properties: Record<string, Json>
  context: Record<string, Json>
  envelope: Record<string, Json>
  groups: Record<string, string[]>
}
/** What people say about an event or a property; nothing of it is ever missing. */
export type Said = { display_name: string; description: string; tags: string[]; hidden: boolean; dropped: boolean; owner: string }
export type EventName = { name: string; count: number; first_seen: number; last_seen: number; control: boolean } & Said
export type PropertyKey = { scope: Scope; key: string; count: number; examples: Json[] } & Said
/** One reason for which records were rejected or corrected, with the latest of them as they were sent. */
export type Issue = {
  kind: string
  reason: string
  protocol: string
  field: string
  count: number
  first: number
  latest: number
  samples: string[]
}
