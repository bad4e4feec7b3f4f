import { afterEach, expect, test, vi } from 'vitest'
import { ApiError, get, post } from './client'
import { connection } from './connection'

const answered = (status: number, body: unknown) => vi.stubGlobal('fetch', async () => new Response(JSON.stringify(body), { status }))

afterEach(() => {
  vi.unstubAllGlobals()
  connection.report(true)
})

test('an answer is its JSON', async () => {
  answered(200, { events: 3 })
  expect(await get('/status')).toEqual({ events: 3 })
})

test('a refusal carries its message and field', async () => {
  answered(400, { error: { field: 'question.range.to', message: 'expected a later day' } })
  const error = await post('/query', {}).catch((caught: unknown) => caught)
  expect(error).toBeInstanceOf(ApiError)
  expect(error).toMatchObject({ status: 400, message: 'expected a later day', field: 'question.range.to' })
  expect(connection.reachable()).toBe(true)
})

test('an answer that is no JSON is told by its status', async () => {
  vi.stubGlobal('fetch', async () => new Response('<html>', { status: 500 }))
  await expect(get('/status')).rejects.toMatchObject({ status: 500, message: 'The server answered with status 500.' })
})

test.each(['no connection', 'a gateway without a server'])('%s means that the server is away, until it answers', async (how) => {
  const heard = vi.fn()
  const end = connection.subscribe(heard)
  if (how === 'no connection') vi.stubGlobal('fetch', () => Promise.reject(new TypeError('Failed to fetch')))
  else answered(502, null)
  await expect(get('/status')).rejects.toMatchObject({ status: 0 })
  expect(connection.reachable()).toBe(false)
  answered(401, null)
  await expect(get('/status')).rejects.toMatchObject({ status: 401 })
  expect(connection.reachable()).toBe(true)
  expect(heard).toHaveBeenCalledTimes(2)
  end()
})

test('a cancelled request says nothing about the server', async () => {
  vi.stubGlobal('fetch', () => Promise.reject(new DOMException('cancelled', 'AbortError')))
  await expect(get('/status')).rejects.toMatchObject({ name: 'AbortError' })
  expect(connection.reachable()).toBe(true)
})
