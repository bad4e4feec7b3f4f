import { expect, test } from 'vitest'
import { eventLine, example, matching, propertyLine } from './lexicon'

const said = { display_name: '', description: '', tags: [], hidden: false, dropped: false, owner: '' }
const event = (name: string, more = {}) => eventLine({ name, count: 1, first_seen: 1, last_seen: 2, control: false, ...said, ...more })

test('every word is searched in names, descriptions and tags', () => {
  const lines = [event('Signed Up', { description: 'Made an account', tags: ['Growth'] }), event('Paid', { display_name: 'Payment' })]
  const names = (search: string) => matching(lines, search, false).map((line) => line.name)
  expect(names('')).toEqual(['Signed Up', 'Paid'])
  expect(names('growth ACCOUNT')).toEqual(['Signed Up'])
  expect(names('payment')).toEqual(['Paid'])
  expect(names('growth payment')).toEqual([])
})

test('hidden lines are shown when asked for', () => {
  expect(matching([event('A', { hidden: true })], '', false)).toEqual([])
  expect(matching([event('A', { hidden: true })], '', true)).toHaveLength(1)
})

test('properties of the same key in two scopes are two lines', () => {
  const keys = (['event', 'builtin'] as const).map((scope) => propertyLine({ scope, key: 'plan', count: 1, examples: [], ...said }).key)
  expect(new Set(keys).size).toBe(2)
})

test('examples are text', () => {
  expect([example('pro'), example(4.5), example(null), example(['a'])]).toEqual(['pro', '4.5', 'null', '["a"]'])
})
