import type { Bucket, Interval, Scalar } from '../api/types'

const whole = new Intl.NumberFormat('en-US')
const fraction = new Intl.NumberFormat('en-US', { maximumFractionDigits: 2 })
const short = new Intl.NumberFormat('en-US', { notation: 'compact', maximumFractionDigits: 1 })
const percent = new Intl.NumberFormat('en-US', { style: 'percent', minimumFractionDigits: 1, maximumFractionDigits: 1 })

export const full = (value: number) => (Number.isInteger(value) ? whole : fraction).format(value)
export const compact = (value: number) => short.format(value)
export const share = (value: number) => percent.format(value)

/** How a number is written: a plain one, a share from 0 to 1, or a length in milliseconds. */
export type Figure = 'number' | 'share' | 'length'

/** A number in full; what there is none of is a dash. */
export function figure(value: number | null, kind: Figure = 'number'): string {
  if (value === null) return '–'
  if (kind === 'share') return share(value)
  return kind === 'length' ? lengthOf(value) : full(value)
}

/** A number for an axis. */
export function shortFigure(value: number, kind: Figure = 'number'): string {
  if (kind === 'share') return `${fraction.format(value * 100)}%`
  return kind === 'length' ? lengthOf(value) : compact(value)
}

const PARTS: [string, number][] = [['d', 86_400_000], ['h', 3_600_000], ['m', 60_000], ['s', 1000]]

/** A length of time in its two largest units: "2m 14s". */
export function lengthOf(ms: number): string {
  if (ms < 1000) return ms === 0 ? '0s' : `${whole.format(Math.round(ms))}ms`
  const seconds = Math.round(ms / 1000) * 1000
  const first = PARTS.findIndex(([, size]) => seconds >= size)
  let rest = seconds
  return PARTS.slice(first, first + 2)
    .map(([unit, size]) => {
      const count = Math.floor(rest / size)
      rest -= count * size
      return count ? `${count}${unit}` : ''
    })
    .filter(Boolean)
    .join(' ')
}

/** The change from one number to another; null where a percentage would mean nothing. */
export function change(now: number, before: number): { direction: 'up' | 'down' | 'same'; text: string } | null {
  if (before === 0) return null
  const text = percent.format(Math.abs(now - before) / before)
  if (text === percent.format(0)) return { direction: 'same', text }
  return { direction: now > before ? 'up' : 'down', text }
}

/** A property's value as people read it. */
export const label = (value: Scalar) => (value === null ? '(not set)' : value === '' ? '(empty)' : String(value))

export const duration = (ms: number) => (ms < 1000 ? `${whole.format(Math.round(ms))} ms` : `${fraction.format(ms / 1000)} s`)

export function ago(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1000))
  if (seconds < 5) return 'just now'
  if (seconds < 60) return `${seconds} s ago`
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ago`
  if (seconds < 86_400) return `${Math.floor(seconds / 3600)} h ago`
  const days = Math.floor(seconds / 86_400)
  return days === 1 ? '1 day ago' : `${whole.format(days)} days ago`
}

export const moment = (time: number, timezone: string) => format({ timeZone: timezone, dateStyle: 'medium', timeStyle: 'medium' }, time)

/** The clock where that is enough, with the day where it is not today. */
export function clock(time: number, timezone: string, now: number): string {
  const day: Intl.DateTimeFormatOptions = { timeZone: timezone, dateStyle: 'short' }
  const at = format({ timeZone: timezone, timeStyle: 'medium' }, time)
  if (format(day, time) === format(day, now)) return at
  return `${format({ timeZone: timezone, day: 'numeric', month: 'short' }, time)}, ${at}`
}

/** The day of a time, as people read it. */
export const localDay = (time: number, timezone: string) => format({ timeZone: timezone, weekday: 'long', month: 'long', day: 'numeric', year: 'numeric' }, time)

const formats = new Map<string, Intl.DateTimeFormat>()

function format(options: Intl.DateTimeFormatOptions, time: number): string {
  const key = JSON.stringify(options)
  let found = formats.get(key)
  if (!found) {
    found = new Intl.DateTimeFormat('en-US', { hourCycle: 'h23', ...options })
    formats.set(key, found)
  }
  return found.format(time)
}

/** Short names of intervals, for axes and table heads; years only where they differ. */
export function bucketLabels(buckets: Bucket[], interval: Interval): string[] {
  const years = new Set(buckets.map((bucket) => bucket.date.slice(0, 4)))
  return buckets.map((bucket) => dateLabel(bucket.date, interval, years.size > 1))
}

export function dateLabel(date: string, interval: Interval, year = false): string {
  const at = Date.parse(`${date.slice(0, 10)}T00:00:00Z`)
  const show = (options: Intl.DateTimeFormatOptions) => format({ timeZone: 'UTC', ...options }, at)
  const day = show({ month: 'short', day: 'numeric', ...(year && { year: 'numeric' }) })
  switch (interval) {
    case 'minute':
    case 'five_minutes':
    case 'hour':
      return `${day}, ${date.slice(11, 16)}`
    case 'month':
      return show({ month: 'short', year: 'numeric' })
    case 'quarter':
      return `Q${Math.floor((Number(date.slice(5, 7)) - 1) / 3) + 1} ${date.slice(0, 4)}`
    default:
      return day
  }
}

/** The full name of one interval, for the head of a tooltip. */
export function bucketTitle(bucket: Bucket, interval: Interval): string {
  const at = Date.parse(`${bucket.date.slice(0, 10)}T00:00:00Z`)
  const day = format({ timeZone: 'UTC', weekday: 'short', month: 'short', day: 'numeric', year: 'numeric' }, at)
  if (interval === 'day') return day
  if (interval === 'week') return `Week of ${dateLabel(bucket.date, 'day', true)}`
  if (interval === 'month' || interval === 'quarter') return dateLabel(bucket.date, interval)
  return `${day}, ${bucket.date.slice(11, 16)}`
}
