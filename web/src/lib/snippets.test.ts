import { expect, test } from 'vitest'
import { snippets } from './snippets'

const lines = (origin: string, id: string) => snippets(origin, 'TOKEN').find((snippet) => snippet.id === id)?.lines

test.each(snippets('http://127.0.0.1:8000', 'TOKEN'))('$id carries the token and the address', ({ lines }) => {
  expect(lines).toContain('TOKEN')
  expect(lines).toContain('127.0.0.1:8000')
})

test('Mixpanel for Python gets whole addresses on http, and only the host on https', () => {
  expect(lines('http://127.0.0.1:8000', 'mixpanel-python')).toContain('people_url="http://127.0.0.1:8000/engage"')
  expect(lines('https://diptych.example.com', 'mixpanel-python')).toContain('Consumer(api_host="diptych.example.com")')
})

test('no client is sent to its vendor for settings', () => {
  expect(lines('https://diptych.example.com', 'amplitude-browser')).toContain('fetchRemoteConfig: false')
})
