import { expect, test } from 'vitest'
import type { Json } from '../api/types'
import { byDay, changesOf, columnsOf, nameOf, readSearch, summaryOf, writeSearch } from './people'

test.each([
  [{ $name: 'Ada', $email: 'a@b.c' }, 'Ada'],
  [{ $first_name: 'Ada', $last_name: 'L' }, 'Ada L'],
  [{ email: 'a@b.c' }, 'a@b.c'],
  [{ name: 5 }, 'id-1'],
])('%j', (properties, name) => expect(nameOf('id-1', properties)).toBe(name))

test('a few plain values', () => {
  expect(summaryOf({ name: 'Ada', plan: 'pro', tags: ['x'], seats: 3, a: true, b: 'more' })).toBe('pro · 3 · true')
})

test('columns are what most profiles have, addresses first', () => {
  const profiles: Record<string, Json>[] = [{ plan: 'a', $email: 'x', $name: 'A' }, { plan: 'b', seats: 1 }, { plan: 'c', seats: 2, gone: null }]
  expect(columnsOf(profiles)).toEqual(['$email', 'plan', 'seats'])
})

test('what is looked for goes into the address and comes back', () => {
  const search = { text: 'ann', filter: { type: 'in_cohort' as const, id: '3' }, order: 'recent' as const }
  expect(readSearch(writeSearch(search))).toEqual(search)
  expect(readSearch({ filter: '{"broken', order: 'x' })).toEqual({ text: '', filter: null, order: 'updated' })
})

test('events are grouped by day in their order', () => {
  const day = (time: number) => String(Math.floor(time / 10))
  expect(byDay([{ time: 21 }, { time: 20 }, { time: 5 }], day)).toEqual([{ day: '2', of: [{ time: 21 }, { time: 20 }] }, { day: '0', of: [{ time: 5 }] }])
})

test('a change knows the value before it', () => {
  const changes = [{ time: 3, key: 'plan', value: 'c' }, { time: 2, key: 'seats', value: 1 }, { time: 1, key: 'plan', value: null }]
  expect(changesOf(changes).map(({ before }) => before)).toEqual([null, undefined, undefined])
})
