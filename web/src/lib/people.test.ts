import { expect, test } from 'vitest'
import { nameOf, summaryOf } from './people'

test.each([
  [{ $name: 'Ada', $email: 'a@b.c' }, 'Ada'],
  [{ $first_name: 'Ada', $last_name: 'L' }, 'Ada L'],
  [{ email: 'a@b.c' }, 'a@b.c'],
  [{ name: 5 }, 'id-1'],
])('%j', (properties, name) => expect(nameOf('id-1', properties)).toBe(name))

test('a few plain values', () => {
  expect(summaryOf({ name: 'Ada', plan: 'pro', tags: ['x'], seats: 3, a: true, b: 'more' })).toBe('pro · 3 · true')
})
