import { expect, test } from 'vitest'
import { ago, bucketLabels, bucketTitle, change, clock, compact, dateLabel, duration, figure, full, label, lengthOf, shortFigure } from './format'

const bucket = (date: string) => ({ start: 0, end: 1, date, complete: true })

test.each([
  [1234567, '1,234,567'],
  [16.0642, '16.06'],
  [0, '0'],
])('%d in full', (value, text) => expect(full(value)).toBe(text))

test('numbers in short', () => expect(compact(1_250_000)).toBe('1.3M'))

test.each([
  ['2026-03-09', 'day', 'Mar 9'],
  ['2026-03-09T05:00:00', 'hour', 'Mar 9, 05:00'],
  ['2026-03-01', 'month', 'Mar 2026'],
  ['2026-10-01', 'quarter', 'Q4 2026'],
] as const)('%s by %s', (date, interval, text) => expect(dateLabel(date, interval)).toBe(text))

test('years are told only where they differ', () => {
  expect(bucketLabels([bucket('2026-01-01'), bucket('2026-01-02')], 'day')).toEqual(['Jan 1', 'Jan 2'])
  expect(bucketLabels([bucket('2025-12-31'), bucket('2026-01-01')], 'day')).toEqual(['Dec 31, 2025', 'Jan 1, 2026'])
})

test('an interval in full', () => {
  expect(bucketTitle(bucket('2026-11-24'), 'day')).toBe('Tue, Nov 24, 2026')
  expect(bucketTitle(bucket('2026-11-23'), 'week')).toBe('Week of Nov 23, 2026')
  expect(bucketTitle(bucket('2026-11-24T07:00:00'), 'hour')).toBe('Tue, Nov 24, 2026, 07:00')
})

test.each([
  [null, '(not set)'],
  ['', '(empty)'],
  [false, 'false'],
  [0, '0'],
  ['<b>', '<b>'],
])('the value %j', (value, text) => expect(label(value)).toBe(text))

test.each([
  [110, 100, { direction: 'up', text: '10.0%' }],
  [75, 100, { direction: 'down', text: '25.0%' }],
  [100_001, 100_000, { direction: 'same', text: '0.0%' }],
  [5, 0, null],
])('from %d before', (now, before, result) => expect(change(now, before)).toEqual(result))

test.each([
  [0, 'just now'],
  [42_000, '42 s ago'],
  [61_000, '1 min ago'],
  [7_200_000, '2 h ago'],
  [86_400_000, '1 day ago'],
])('%d ms back', (ms, text) => expect(ago(ms)).toBe(text))

test('durations', () => expect([duration(41.4), duration(2345)]).toEqual(['41 ms', '2.35 s']))

test('a clock in the zone, with the day only where it is another', () => {
  const time = Date.UTC(2026, 10, 24, 23, 30)
  expect(clock(time, 'UTC', time)).toBe('23:30:00')
  expect(clock(time, 'Europe/Berlin', time)).toBe('00:30:00')
  expect(clock(time, 'UTC', time + 3_600_000)).toBe('Nov 24, 23:30:00')
})

test('lengths of time have their two largest units', () => {
  expect(lengthOf(134_000)).toBe('2m 14s')
  expect(lengthOf(0)).toBe('0s')
  expect(lengthOf(250)).toBe('250ms')
  expect(lengthOf(86_400_000)).toBe('1d')
  expect(lengthOf(3 * 86_400_000 + 7_200_000 + 60_000)).toBe('3d 2h')
})

test('figures', () => {
  expect(figure(null)).toBe('–')
  expect(figure(0.1234, 'share')).toBe('12.3%')
  expect(figure(1234)).toBe('1,234')
  expect(shortFigure(0.25, 'share')).toBe('25%')
})
