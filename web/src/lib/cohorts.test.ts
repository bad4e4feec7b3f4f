import { expect, test } from 'vitest'
import type { Condition } from '../api/cohorts'
import { NEW, asGroup, idsOf, inWords, lackingIn, unwrapped, withNegation } from './cohorts'

const did: Condition = { type: 'did', event: { names: ['Paid'] } }
const plan = (values: string[]): Condition => ({ type: 'profile', filter: { type: 'compare', property: { key: 'plan', scope: 'user' }, operator: 'equals', values } })

test.each<[Condition, string]>([
  [did, 'did Paid'],
  [{ type: 'not', condition: { ...did, when: { type: 'last', count: 7, unit: 'day' } } }, 'did not do Paid, last 7 days'],
  [{ type: 'did', event: { names: ['Paid'] }, tally: 'days', operator: 'less', value: 3 }, 'did Paid, less than 3 different days'],
  [{ type: 'did', event: { names: ['Paid'] }, tally: 'sum', operator: 'greater', value: 9, property: { key: 'price' } }, 'did Paid, sum of price more than 9'],
  [{ type: 'all', conditions: [plan(['pro']), { type: 'any', conditions: [did, plan(['x'])] }] }, 'plan is pro and (did Paid or plan is x)'],
  [{ type: 'in_order', steps: [{ names: ['A'] }, { names: ['B'] }] }, 'did A, then B'],
  [{ type: 'in_order', steps: [{ names: ['A'] }, { names: ['B'] }], within: { count: 2, unit: 'hour' } }, 'did A, then B within 2 hours'],
  [{ type: 'did_more', event: { names: ['A'] }, than: { names: ['B'] }, operator: 'less' }, 'did A less often than B'],
])('%j in words', (condition, words) => expect(inWords(condition)).toBe(words))

test('a condition is asked only when nothing is missing', () => {
  expect(lackingIn({ type: 'all', conditions: [] })).toBe('Add a condition.')
  expect(lackingIn({ type: 'all', conditions: [did, plan([])] })).toMatch(/Choose a property/)
  expect(lackingIn({ type: 'did', tally: 'sum', property: null })).toBe('Choose the property to compare.')
  expect(lackingIn({ type: 'all', conditions: [did, plan(['pro'])] })).toBeNull()
})

test('what is added at first says what it lacks', () => {
  const lacking = Object.fromEntries(NEW.map(({ label, condition }) => [label, lackingIn(condition) !== null]))
  expect(lacking['Did something']).toBe(false)
  expect(lacking['Did things in order']).toBe(true)
})

test('groups and negations are taken apart and put together again', () => {
  expect(asGroup(did)).toEqual({ type: 'all', conditions: [did] })
  const { negated, inner } = unwrapped({ type: 'not', condition: did })
  expect([negated, inner]).toEqual([true, did])
  expect(withNegation(inner, negated)).toEqual({ type: 'not', condition: did })
})

test('ids are the lines of a text or the first column of a table', () => {
  expect(idsOf('a\r\n b \n\n"c,""d""",x\ne;2\na')).toEqual(['a', 'b', 'c,"d"', 'e'])
})
