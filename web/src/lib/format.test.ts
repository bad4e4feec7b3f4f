import { expect, test } from 'vitest'
import { change, compact, day, full, label } from './format'

test.each([
  [1234567, '1,234,567'],
  [16.0642, '16.06'],
  [0, '0'],
])('numbers in full', (value, text) => expect(full(value)).toBe(text))

test('numbers in short', () => expect(compact(1_250_000)).toBe('1.3M'))

test.each([
  ['2026-03-09', 'day', 'Mar 9'],
  ['2026-03-09T05:00:00', 'hour', 'Mar 9, 05:00'],
  ['2026-03-01', 'month', 'Mar 2026'],
  ['2026-10-01', 'quarter', 'Q4 2026'],
] as const)('dates', (date, interval, text) => expect(day(date, interval)).toBe(text))

test('values that are not there or empty', () => {
  expect([label(null), label(''), label(false), label(0)]).toEqual(['(not set)', '(empty)', 'false', '0'])
})

test('change against before', () => {
  expect(change(110, 100)).toEqual({ up: true, text: '10.0%' })
  expect(change(5, 0)).toBeNull()
})
