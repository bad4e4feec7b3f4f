import { expect, test } from 'vitest'
import { PRESETS, type Period, daysOf, presetOf, rangeOf, readPeriod, suits, usualInterval, writePeriod } from './period'

const TODAY = '2026-03-01'

test.each<[string, Period]>([
  ['last-30', { kind: 'last', count: 30, unit: 'day' }],
  ['last-12-month', { kind: 'last', count: 12, unit: 'month' }],
  ['yesterday', { kind: 'yesterday' }],
  ['2026-01-01..2026-01-31', { kind: 'between', from: '2026-01-01', to: '2026-01-31' }],
])('%s', (text, period) => {
  expect(readPeriod(text)).toEqual(period)
  expect(writePeriod(period)).toBe(text)
})

test.each(['', 'last-0', 'last-9999', 'last-5-eon', '2026-01-31..2026-01-01', '2026-02-30..2026-03-01', 'a..b', '2026-01-01..2026-01-02..2026-01-03'])(
  '%j is no period',
  (text) => expect(readPeriod(text)).toBeNull(),
)

test('yesterday is asked for by its date', () => {
  expect(rangeOf({ kind: 'yesterday' }, TODAY)).toEqual({ type: 'between', from: '2026-02-28', to: '2026-02-28' })
  expect(rangeOf({ kind: 'last', count: 26, unit: 'week' }, TODAY)).toEqual({ type: 'last', count: 26, unit: 'week' })
})

test('the days of a period', () => {
  expect(daysOf({ kind: 'last', count: 30, unit: 'day' }, TODAY)).toEqual({ from: '2026-01-31', to: TODAY })
})

test('a preset is known again', () => {
  for (const preset of PRESETS) expect(presetOf(preset.period)).toBe(preset)
  expect(presetOf({ kind: 'last', count: 31, unit: 'day' })).toBeUndefined()
})

test('presets have intervals that suit them', () => {
  for (const { period, interval } of PRESETS) expect(suits(interval, period)).toBe(true)
})

test('intervals that would be too many are not offered', () => {
  const year: Period = { kind: 'between', from: '2025-01-01', to: '2025-12-31' }
  expect(suits('hour', year)).toBe(false)
  expect(suits('day', year)).toBe(true)
  expect(usualInterval(year)).toBe('week')
})
