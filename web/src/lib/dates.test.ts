import { expect, test } from 'vitest'
import { addDays, daysBetween, instantOf, isDay, today } from './dates'

test('the day in a zone', () => {
  const time = Date.UTC(2026, 2, 1, 3)
  expect(today('UTC', time)).toBe('2026-03-01')
  expect(today('America/New_York', time)).toBe('2026-02-28')
})

test.each([
  ['2026-02-28', 1, '2026-03-01'],
  ['2026-03-29', -1, '2026-03-28'],
  ['2024-03-01', -1, '2024-02-29'],
])('%s and %d days', (day, days, result) => expect(addDays(day, days)).toBe(result))

test('both ends count', () => expect(daysBetween('2026-01-01', '2026-01-31')).toBe(31))

test.each([
  ['2026-02-28', true],
  ['2026-02-30', false],
  ['2026-2-3', false],
  ['', false],
])('%j', (text, valid) => expect(isDay(text)).toBe(valid))

test.each([
  ['UTC', '2026-03-01T12:00:00.000Z'],
  ['America/New_York', '2026-03-01T17:00:00.000Z'],
  ['Asia/Kolkata', '2026-03-01T06:30:00.000Z'],
])('noon in %s', (zone, instant) => expect(new Date(instantOf('2026-03-01', zone)).toISOString()).toBe(instant))
