import { expect, test } from 'vitest'
import { changed, wordsOf, zones } from './settings'

test('only what differs is sent', () => {
  const before = { store_ip: true, silenced_devices: ['a'], events_per_minute: 0 }
  expect(changed(before, { ...before })).toEqual({})
  expect(changed(before, { ...before, silenced_devices: ['a', 'b'], store_ip: false })).toEqual({ silenced_devices: ['a', 'b'], store_ip: false })
})

test('a setting that is not known has its own name', () => {
  expect(wordsOf('new_setting').label).toBe('new setting')
})

test('UTC is a zone, once', () => {
  expect(zones().filter((zone) => zone === 'UTC')).toEqual(['UTC'])
})
