import type { DateRange, Interval } from '../api/types'
import { addDays, daysBetween, isDay } from './dates'

/** Date ranges as people choose them. All but fixed days move on with the calendar, and a link to them as well. */

export type Preset = { label: string; name: string; range: DateRange; interval: Interval }

const last = (count: number, unit: Interval = 'day'): DateRange => ({ type: 'last', count, unit })
export const YESTERDAY: DateRange = { type: 'last', count: 1, unit: 'day', complete: true }

/** Weeks and months rather than days where those are the bars, so that none is cut at the left. */
export const PRESETS: Preset[] = [
  { label: 'Today', name: 'Today', range: last(1), interval: 'hour' },
  { label: 'Yesterday', name: 'Yesterday', range: YESTERDAY, interval: 'hour' },
  { label: '7D', name: 'Last 7 days', range: last(7), interval: 'day' },
  { label: '30D', name: 'Last 30 days', range: last(30), interval: 'day' },
  { label: '3M', name: 'Last 90 days', range: last(90), interval: 'day' },
  { label: '6M', name: 'Last 26 weeks', range: last(26, 'week'), interval: 'week' },
  { label: '12M', name: 'Last 12 months', range: last(12, 'month'), interval: 'month' },
]

/** For reports that count by week or month: none of these cuts one. */
export const LONG_PRESETS: Preset[] = [
  { label: '30D', name: 'Last 30 days', range: last(30), interval: 'day' },
  { label: '4W', name: 'Last 4 weeks', range: last(4, 'week'), interval: 'week' },
  { label: '12W', name: 'Last 12 weeks', range: last(12, 'week'), interval: 'week' },
  { label: '6M', name: 'Last 26 weeks', range: last(26, 'week'), interval: 'week' },
  { label: '12M', name: 'Last 12 months', range: last(12, 'month'), interval: 'month' },
]

export const presetOf = (range: DateRange, presets = PRESETS) => presets.find((preset) => writeRange(preset.range) === writeRange(range))

const UNIT_DAYS: Record<string, number> = { minute: 1 / 1440, five_minutes: 1 / 288, hour: 1 / 24, day: 1, week: 7, month: 30, quarter: 91, year: 365 }

/** Days in a range, about. */
export function lengthOf(range: DateRange, today: string): number {
  switch (range.type) {
    case 'last':
      return range.count * UNIT_DAYS[range.unit]!
    case 'between':
      return daysBetween(range.from, range.to)
    case 'to_date':
      return UNIT_DAYS[range.unit]!
    case 'since':
      return Math.max(1, daysBetween(range.from, today))
  }
}

/** The days that a range covers, to start one of one's own from. Weeks and months are taken by their length. */
export function daysOf(range: DateRange, today: string): { from: string; to: string } {
  if (range.type === 'between') return { from: range.from, to: range.to }
  if (range.type === 'since') return { from: range.from, to: today }
  const to = range.type === 'last' && range.complete ? addDays(today, -1) : today
  return { from: addDays(to, 1 - Math.max(1, Math.round(lengthOf(range, today)))), to }
}

export const INTERVALS: { value: Interval; label: string; most: number }[] = [
  { value: 'minute', label: 'By minute', most: 1 },
  { value: 'five_minutes', label: 'By 5 minutes', most: 7 },
  { value: 'hour', label: 'By hour', most: 92 },
  { value: 'day', label: 'By day', most: 1100 },
  { value: 'week', label: 'By week', most: 7700 },
  { value: 'month', label: 'By month', most: Infinity },
  { value: 'quarter', label: 'By quarter', most: Infinity },
]

/** Whether a range has few enough intervals of a kind to draw. */
export const suits = (interval: Interval, range: DateRange, today: string) =>
  lengthOf(range, today) <= (INTERVALS.find((one) => one.value === interval)?.most ?? 0)

export function usualInterval(range: DateRange, today: string): Interval {
  const days = lengthOf(range, today)
  if (days <= 2) return 'hour'
  if (days <= 100) return 'day'
  return days <= 400 ? 'week' : 'month'
}

/** A range in short: `yesterday`, `last-30`, `last-12-month`, `2026-01-01..2026-01-31`, `since-2026-01-01`, `to-date-month`. */
export function writeRange(range: DateRange): string {
  switch (range.type) {
    case 'last':
      if (range.complete && range.count === 1 && range.unit === 'day') return 'yesterday'
      return `last-${range.count}${range.unit === 'day' ? '' : `-${range.unit}`}${range.complete ? '-complete' : ''}`
    case 'between':
      return `${range.from}..${range.to}`
    case 'since':
      return `since-${range.from}`
    case 'to_date':
      return `to-date-${range.unit}`
  }
}

export function readRange(text: string): DateRange | null {
  if (text === 'yesterday') return YESTERDAY
  const relative = /^last-(\d{1,4})(?:-(week|month))?$/.exec(text)
  if (relative) return readLast(Number(relative[1]), relative[2] as Interval | undefined)
  if (text.startsWith('since-') && isDay(text.slice(6))) return { type: 'since', from: text.slice(6) }
  const unit = /^to-date-(week|month|quarter|year)$/.exec(text)?.[1]
  if (unit) return { type: 'to_date', unit: unit as 'week' }
  const [from = '', to = '', ...more] = text.split('..')
  return isDay(from) && isDay(to) && from <= to && more.length === 0 ? { type: 'between', from, to } : null
}

function readLast(count: number, unit: Interval = 'day'): DateRange | null {
  return count >= 1 && count <= 3660 ? last(count, unit) : null
}

/** A range in words, for buttons and tiles. */
export function rangeName(range: DateRange): string {
  const preset = presetOf(range)
  if (preset) return preset.name
  switch (range.type) {
    case 'last':
      return `Last ${range.count} ${range.unit.replace('_', ' ')}${range.count === 1 ? '' : 's'}${range.complete ? ', complete' : ''}`
    case 'between':
      return range.from === range.to ? range.from : `${range.from} – ${range.to}`
    case 'since':
      return `Since ${range.from}`
    case 'to_date':
      return `This ${range.unit}`
  }
}
