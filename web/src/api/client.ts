import { connection } from './connection'

/** A request that was not answered as hoped. `status` 0: there was no answer at all. */
export class ApiError extends Error {
  constructor(
    readonly status: number,
    message: string,
    readonly field: string | null = null,
  ) {
    super(message)
  }
}

/** Gateways in front of a server that is away answer with these. */
const AWAY = new Set([502, 504])

export async function get<T>(path: string, signal?: AbortSignal): Promise<T> {
  return request<T>(path, { signal })
}

export async function post<T>(path: string, body: unknown, signal?: AbortSignal): Promise<T> {
  return send<T>('POST', path, body, signal)
}

/** What changes something is JSON even without a body: the server takes nothing else from a browser's session. */
export async function send<T>(method: 'POST' | 'PATCH' | 'DELETE', path: string, body: unknown = {}, signal?: AbortSignal): Promise<T> {
  return request<T>(path, {
    method,
    headers: { 'Content-Type': 'application/json' },
    body: method === 'DELETE' ? undefined : JSON.stringify(body),
    signal,
  })
}

async function request<T>(path: string, init: RequestInit): Promise<T> {
  const response = await answerOf(path, init)
  const body: unknown = await response.json().catch(() => null)
  if (!response.ok) throw refusal(response.status, body)
  return body as T
}

async function answerOf(path: string, init: RequestInit): Promise<Response> {
  let response: Response
  try {
    response = await fetch(path, { credentials: 'same-origin', ...init })
  } catch (error) {
    if (error instanceof DOMException && error.name === 'AbortError') throw error
    connection.report(false)
    throw new ApiError(0, 'The server does not answer.')
  }
  connection.report(!AWAY.has(response.status))
  if (AWAY.has(response.status)) throw new ApiError(0, 'The server does not answer.')
  return response
}

function refusal(status: number, body: unknown): ApiError {
  const error = (body as { error?: { message?: string; field?: string | null } } | null)?.error
  return new ApiError(status, error?.message ?? `The server answered with status ${status}.`, error?.field ?? null)
}
