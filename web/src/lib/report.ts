import type { Interval, Measure, Property, Question, Scope } from '../api/types'
import { type Period, readPeriod, rangeOf, writePeriod } from './period'

export type View = 'line' | 'bar' | 'table'

/** What the Insights screen asks and how it shows it. All of it is in the address. */
export type Report = {
  event: string | null // null: any event
  measure: Measure
  breakdown: Property | null
  period: Period
  interval: Interval
  view: View
}

export const DEFAULT: Report = {
  event: null,
  measure: 'unique',
  breakdown: null,
  period: { kind: 'last', count: 30, unit: 'day' },
  interval: 'day',
  view: 'line',
}

/** The series that one answer has at most. */
export const MOST_SERIES = 100

export const MEASURES: { value: Measure; label: string }[] = [
  { value: 'total', label: 'Total events' },
  { value: 'unique', label: 'Unique people' },
  { value: 'average', label: 'Average per person' },
]

/** The question of a report. `today` is the day in the project's zone. */
export function questionOf(report: Report, today: string): Question {
  return {
    type: 'segmentation',
    metrics: [{ event: { names: report.event === null ? [] : [report.event] }, measure: report.measure }],
    range: rangeOf(report.period, today),
    interval: report.interval,
    breakdowns: report.breakdown ? [{ property: report.breakdown }] : [],
    limit: MOST_SERIES,
  }
}

/** Parameters of an address; texts only. */
export type Search = Record<string, string>

export function toSearch(report: Report): Search {
  return {
    ...(report.event !== null && { event: report.event }),
    measure: report.measure,
    ...(report.breakdown && { by: report.breakdown.key, scope: report.breakdown.scope }),
    range: writePeriod(report.period),
    interval: report.interval,
    view: report.view,
  }
}

/** The report in an address; what cannot be read becomes the default. */
export function fromSearch(search: Search): Report {
  return {
    event: search.event ?? null,
    measure: oneOf<Measure>(search.measure, ['total', 'unique', 'average'], DEFAULT.measure),
    breakdown: search.by === undefined ? null : { key: search.by, scope: oneOf<Scope>(search.scope, ['event', 'builtin', 'field'], 'event') },
    period: readPeriod(search.range ?? '') ?? DEFAULT.period,
    interval: oneOf<Interval>(search.interval, ['minute', 'five_minutes', 'hour', 'day', 'week', 'month', 'quarter'], DEFAULT.interval),
    view: oneOf<View>(search.view, ['line', 'bar', 'table'], DEFAULT.view),
  }
}

function oneOf<T extends string>(value: string | undefined, allowed: readonly T[], otherwise: T): T {
  return allowed.includes(value as T) ? (value as T) : otherwise
}

/** Addresses keep plain texts: an event named `1` or `true` stays a text. */
export const parseSearch = (text: string): Search => Object.fromEntries(new URLSearchParams(text))

export function stringifySearch(search: Record<string, unknown>): string {
  const parameters = new URLSearchParams()
  for (const [key, value] of Object.entries(search)) if (value !== undefined) parameters.set(key, String(value))
  const text = parameters.toString()
  return text && `?${text}`
}

/** The chart that a click on an event's name opens. */
export const chartOf = (event: string): Search => toSearch({ ...DEFAULT, event, measure: 'total' })
