import { expect, test } from 'vitest'
import type { Answer } from '../api/types'
import { inWords, linesOf } from './lines'

const answer = (breakdowns: Answer['series'][number]['breakdown'][]): Answer => ({
  buckets: [],
  timezone: 'UTC',
  explanation: { sentence: '', sql: [], parameters: [], rows_read: 0, elapsed_ms: 0, computed_at: 0, behind: false },
  series: breakdowns.map((breakdown, place) => ({ metric: 0, breakdown, values: [1, 3], overall: 10 - place })),
})

test('lines are named by their values, or by the event', () => {
  const names = (breakdowns: Answer['series'][number]['breakdown'][]) =>
    linesOf(answer(breakdowns), 'Paid', 'names', false).map((line) => line.name)
  expect(names([[]])).toEqual(['Paid'])
  expect(names([[null], ['pro'], [49], ['a']])).toEqual(['(not set)', 'pro', '49', 'a'])
})

test('a text and a number that look alike are two lines', () => {
  const keys = linesOf(answer([['1'], [1], [true], ['true']]), 'Paid', 'keys', false).map((line) => line.key)
  expect(new Set(keys).size).toBe(4)
})

test('a chart in words', () => {
  const one = linesOf(answer([[]]), 'Paid', '', false)
  expect(inWords('For each day.', one)).toBe('For each day. Paid: 10 overall, between 1 and 3.')
  const seven = linesOf(answer([['a'], ['b'], ['c'], ['d'], ['e'], ['f'], ['g']]), 'Paid', 'words', false)
  expect(inWords('By plan.', seven)).toBe('By plan. 7 lines, overall: a 10, b 9, c 8, d 7, e 6, and 2 more.')
})
