import type { Interval, Scalar } from './api'

const whole = new Intl.NumberFormat('en-US')
const fraction = new Intl.NumberFormat('en-US', { maximumFractionDigits: 2 })
const short = new Intl.NumberFormat('en-US', { notation: 'compact', maximumFractionDigits: 1 })
const percent = new Intl.NumberFormat('en-US', { style: 'percent', minimumFractionDigits: 1, maximumFractionDigits: 1 })

export const full = (value: number) => (Number.isInteger(value) ? whole : fraction).format(value)
export const compact = (value: number) => short.format(value)
export const change = (now: number, before: number) =>
  before === 0 ? null : { up: now >= before, text: percent.format(Math.abs(now - before) / before) }

export const label = (value: Scalar) => (value === null ? '(not set)' : value === '' ? '(empty)' : String(value))

export function day(date: string, interval: Interval): string {
  const [year = 0, month = 1, dayOfMonth = 1] = date.slice(0, 10).split('-').map(Number)
  const at = new Date(Date.UTC(year, month - 1, dayOfMonth))
  const show = (options: Intl.DateTimeFormatOptions) => new Intl.DateTimeFormat('en-US', { timeZone: 'UTC', ...options }).format(at)
  switch (interval) {
    case 'minute':
    case 'hour':
      return `${show({ month: 'short', day: 'numeric' })}, ${date.slice(11, 16)}`
    case 'month':
      return show({ month: 'short', year: 'numeric' })
    case 'quarter':
      return `Q${Math.floor((month - 1) / 3) + 1} ${year}`
    default:
      return show({ month: 'short', day: 'numeric' })
  }
}

export const moment = (time: number, timezone: string) =>
  new Intl.DateTimeFormat('en-GB', { timeZone: timezone, dateStyle: 'medium', timeStyle: 'medium' }).format(time)
