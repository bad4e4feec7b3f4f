import { expect, test } from 'vitest'
import type { Scalar, Segmentation, SegmentationAnswer } from '../api/types'
import { DEFAULT } from '../lib/report'
import { inWords, neverSet, segmentationLines } from './lines'

const answer = (breakdowns: Scalar[][], metric = 0): SegmentationAnswer => ({
  buckets: [],
  timezone: 'UTC',
  explanation: { sentence: '', sql: [], parameters: [], rows_read: 0, elapsed_ms: 0, computed_at: 0, behind: false },
  series: breakdowns.map((breakdown, place) => ({ metric, breakdown, values: [1, 3], overall: 10 - place })),
})
const paid: Segmentation = { ...DEFAULT, metrics: [{ event: { names: ['Paid'] }, measure: 'total' }] }
const lines = (breakdowns: Scalar[][], question = paid) => segmentationLines(question, answer(breakdowns), false)

test('lines are named by their values, or by the event', () => {
  const names = (breakdowns: Scalar[][]) => lines(breakdowns).map((line) => line.name)
  expect(names([[]])).toEqual(['Paid'])
  expect(names([[null], ['pro'], [49], ['a']])).toEqual(['(not set)', 'pro', '49', 'a'])
})

test('with several metrics each line says which one', () => {
  const two = { ...paid, metrics: [...paid.metrics, ...paid.metrics], formulas: [{ expression: 'A / B' }] }
  expect(lines([['pro']], two)[0]!.name).toBe('Paid · pro')
  expect(segmentationLines(two, answer([['pro']], 2), false)[0]!.name).toBe('A / B · pro')
})

test('a text and a number that look alike are two lines', () => {
  const keys = lines([['1'], [1], [true], ['true']]).map((line) => line.key)
  expect(new Set(keys).size).toBe(4)
})

test('an earlier range stands beside its line', () => {
  const now = answer([['a'], ['b']])
  const compared = { ...now, comparison: { buckets: [], series: [{ ...now.series[1]!, overall: 4 }] } }
  expect(segmentationLines(paid, compared, false).map((line) => line.before?.overall)).toEqual([null, 4])
})

test('a chart in words', () => {
  expect(inWords('For each day.', lines([[]]))).toBe('For each day. Paid: 10 overall, between 1 and 3.')
  const seven = lines([['a'], ['b'], ['c'], ['d'], ['e'], ['f'], ['g']])
  expect(inWords('By plan.', seven)).toBe('By plan. 7 lines, overall: a 10, b 9, c 8, d 7, e 6, and 2 more.')
})

test('a property that no event has', () => {
  expect(neverSet(lines([[null]]))).toBe(true)
  expect(neverSet(lines([[null], ['a']]))).toBe(false)
  expect(neverSet(lines([[]]))).toBe(false)
})
