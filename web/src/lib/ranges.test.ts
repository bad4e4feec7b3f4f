import { expect, test } from 'vitest'
import type { DateRange } from '../api/types'
import { PRESETS, YESTERDAY, daysOf, presetOf, rangeName, readRange, suits, usualInterval, writeRange } from './ranges'

const TODAY = '2026-03-01'

test.each<[string, DateRange]>([
  ['last-30', { type: 'last', count: 30, unit: 'day' }],
  ['last-12-month', { type: 'last', count: 12, unit: 'month' }],
  ['yesterday', YESTERDAY],
  ['since-2026-01-01', { type: 'since', from: '2026-01-01' }],
  ['to-date-quarter', { type: 'to_date', unit: 'quarter' }],
  ['2026-01-01..2026-01-31', { type: 'between', from: '2026-01-01', to: '2026-01-31' }],
])('%s', (text, range) => {
  expect(readRange(text)).toEqual(range)
  expect(writeRange(range)).toBe(text)
})

test.each(['', 'last-0', 'last-9999', 'last-5-eon', '2026-01-31..2026-01-01', '2026-02-30..2026-03-01', 'a..b', '2026-01-01..2026-01-02..2026-01-03', 'since-x', 'to-date-eon'])(
  '%j is no range',
  (text) => expect(readRange(text)).toBeNull(),
)

test('yesterday is the last complete day', () => {
  expect(daysOf(YESTERDAY, TODAY)).toEqual({ from: '2026-02-28', to: '2026-02-28' })
})

test('the days of a range', () => {
  expect(daysOf({ type: 'last', count: 30, unit: 'day' }, TODAY)).toEqual({ from: '2026-01-31', to: TODAY })
  expect(daysOf({ type: 'since', from: '2026-02-01' }, TODAY)).toEqual({ from: '2026-02-01', to: TODAY })
})

test('a preset is known again', () => {
  for (const preset of PRESETS) expect(presetOf(preset.range)).toBe(preset)
  expect(presetOf({ type: 'last', count: 31, unit: 'day' })).toBeUndefined()
})

test('presets have intervals that suit them', () => {
  for (const { range, interval } of PRESETS) expect(suits(interval, range, TODAY)).toBe(true)
})

test('intervals that would be too many are not offered', () => {
  const year: DateRange = { type: 'between', from: '2025-01-01', to: '2025-12-31' }
  expect(suits('hour', year, TODAY)).toBe(false)
  expect(suits('day', year, TODAY)).toBe(true)
  expect(usualInterval(year, TODAY)).toBe('week')
})

test('ranges have names', () => {
  expect(rangeName({ type: 'last', count: 30, unit: 'day' })).toBe('Last 30 days')
  expect(rangeName({ type: 'last', count: 5, unit: 'week' })).toBe('Last 5 weeks')
  expect(rangeName({ type: 'to_date', unit: 'year' })).toBe('This year')
})
