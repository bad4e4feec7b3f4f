// The server's API as this app uses it. Names are those of the JSON.

export type Project = { id: number; name: string; token: string; timezone: string; identity: string; week_start: number }
export type Session = { signed_in: true; demo: boolean; projects: Project[] }
export type Status = { events: number; first_received: number | null; last_received: number | null }
export type Json = null | boolean | number | string | Json[] | { [key: string]: Json }

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
  protocol: string
  library: string
  control: boolean
  properties: Record<string, Json>
  user_properties: Record<string, Json>
  context: Record<string, Json>
  groups: Record<string, string[]>
}
export type EventName = { name: string; count: number; last_seen: number; control: boolean }
export type PropertyKey = { scope: Scope; key: string; count: number; examples: Json[] }

export type Scope = 'event' | 'builtin' | 'field'
export type Property = { key: string; scope: Scope }
export type Measure = 'total' | 'unique' | 'average'
export type Interval = 'minute' | 'hour' | 'day' | 'week' | 'month' | 'quarter'
export type DateRange =
  | { type: 'last'; count: number; unit: Interval }
  | { type: 'between'; from: string; to: string }
export type EventSelector = { names: string[]; first_time?: boolean }
export type Metric = { event: EventSelector; measure: Measure }
export type Question = {
  type: 'segmentation'
  metrics: Metric[]
  range: DateRange
  interval: Interval
  breakdowns: { property: Property }[]
  limit?: number
}

export type Bucket = { start: number; end: number; date: string; complete: boolean }
export type Scalar = string | number | boolean | null
export type Series = { metric: number; breakdown: Scalar[]; values: number[]; overall: number }
export type Explanation = {
  sentence: string
  sql: string[]
  parameters: Record<string, string>[]
  rows_read: number
  elapsed_ms: number
  computed_at: number
  behind: boolean
}
export type Answer = { buckets: Bucket[]; series: Series[]; timezone: string; explanation: Explanation }

export class ApiError extends Error {
  constructor(readonly status: number, message: string, readonly field: string | null) {
    super(message)
  }
}

async function request<T>(path: string, init?: RequestInit): Promise<T> {
  let response: Response
  try {
    response = await fetch(path, { credentials: 'same-origin', ...init })
  } catch (error) {
    if (error instanceof DOMException && error.name === 'AbortError') throw error
    throw new ApiError(0, 'The server does not answer. It may be restarting.', null)
  }
  const body = await response.json().catch(() => null)
  if (!response.ok) {
    throw new ApiError(response.status, body?.error?.message ?? `The server answered ${response.status}.`, body?.error?.field ?? null)
  }
  return body as T
}

const inside = (project: number, path: string) => `/api/v1/projects/${project}/${path}`

export const api = {
  session: () => request<Session>('/api/v1/session'),
  status: (project: number) => request<Status>(inside(project, 'status')),
  events: (project: number, limit: number) =>
    request<{ events: StreamEvent[] }>(inside(project, `events?limit=${limit}`)).then((r) => r.events),
  names: (project: number) => request<{ events: EventName[] }>(inside(project, 'lexicon/events')).then((r) => r.events),
  properties: (project: number, event: string | undefined) =>
    request<{ properties: PropertyKey[] }>(
      inside(project, `lexicon/properties${event === undefined ? '' : `?event=${encodeURIComponent(event)}`}`),
    ).then((r) => r.properties),
  ask: (project: number, question: Question, signal?: AbortSignal) =>
    request<Answer>('/api/v1/query', {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({ project_id: project, question }),
      signal,
    }),
}
