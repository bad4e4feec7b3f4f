import type { DateRange, Interval } from '../api/types'
import { addDays, daysBetween, isDay } from './dates'

/** A date range as people choose it: "yesterday" moves on at midnight, and a link to it as well. */
export type Period =
  | { kind: 'last'; count: number; unit: Unit }
  | { kind: 'yesterday' }
  | { kind: 'between'; from: string; to: string }
type Unit = 'day' | 'week' | 'month'

export type Preset = { label: string; name: string; period: Period; interval: Interval }

const last = (count: number, unit: Unit = 'day'): Period => ({ kind: 'last', count, unit })

/** Weeks and months rather than days where those are the bars, so that none is cut at the left. */
export const PRESETS: Preset[] = [
  { label: 'Today', name: 'Today', period: last(1), interval: 'hour' },
  { label: 'Yesterday', name: 'Yesterday', period: { kind: 'yesterday' }, interval: 'hour' },
  { label: '7D', name: 'Last 7 days', period: last(7), interval: 'day' },
  { label: '30D', name: 'Last 30 days', period: last(30), interval: 'day' },
  { label: '3M', name: 'Last 90 days', period: last(90), interval: 'day' },
  { label: '6M', name: 'Last 26 weeks', period: last(26, 'week'), interval: 'week' },
  { label: '12M', name: 'Last 12 months', period: last(12, 'month'), interval: 'month' },
]

export const presetOf = (period: Period) => PRESETS.find((preset) => writePeriod(preset.period) === writePeriod(period))

/** The range to ask for. `today` is the day in the project's zone. */
export function rangeOf(period: Period, today: string): DateRange {
  switch (period.kind) {
    case 'last':
      return { type: 'last', count: period.count, unit: period.unit }
    case 'yesterday':
      return { type: 'between', from: addDays(today, -1), to: addDays(today, -1) }
    case 'between':
      return { type: 'between', from: period.from, to: period.to }
  }
}

/** The days that a period covers, to start an own range from. Weeks and months are taken by their length. */
export function daysOf(period: Period, today: string): { from: string; to: string } {
  if (period.kind === 'between') return { from: period.from, to: period.to }
  if (period.kind === 'yesterday') return { from: addDays(today, -1), to: addDays(today, -1) }
  return { from: addDays(today, 1 - lengthOf(period)), to: today }
}

/** Days in a period, about. */
export function lengthOf(period: Period): number {
  if (period.kind === 'yesterday') return 1
  if (period.kind === 'between') return daysBetween(period.from, period.to)
  return period.count * { day: 1, week: 7, month: 30 }[period.unit]
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

/** Whether a period has few enough intervals of a kind to draw. */
export const suits = (interval: Interval, period: Period) =>
  lengthOf(period) <= (INTERVALS.find((one) => one.value === interval)?.most ?? 0)

export function usualInterval(period: Period): Interval {
  const days = lengthOf(period)
  if (days <= 2) return 'hour'
  if (days <= 100) return 'day'
  return days <= 400 ? 'week' : 'month'
}

/** A period in an address: `yesterday`, `last-30`, `last-12-month`, `2026-01-01..2026-01-31`. */
export function writePeriod(period: Period): string {
  if (period.kind === 'yesterday') return 'yesterday'
  if (period.kind === 'between') return `${period.from}..${period.to}`
  return period.unit === 'day' ? `last-${period.count}` : `last-${period.count}-${period.unit}`
}

export function readPeriod(text: string): Period | null {
  if (text === 'yesterday') return { kind: 'yesterday' }
  const relative = /^last-(\d{1,4})(?:-(week|month))?$/.exec(text)
  if (relative) return readLast(Number(relative[1]), relative[2] as Unit | undefined)
  const [from = '', to = '', ...more] = text.split('..')
  return isDay(from) && isDay(to) && from <= to && more.length === 0 ? { kind: 'between', from, to } : null
}

function readLast(count: number, unit: Unit = 'day'): Period | null {
  return count >= 1 && count <= 3660 ? last(count, unit) : null
}
