// The whole question lives in the address, so that a link shows what its sender saw.

import type { DateRange, Interval, Measure, Property, Question, Scope } from './api'

export type View = 'line' | 'bar' | 'table'
export type Report = {
  event: string | null // null: any event
  measure: Measure
  breakdown: Property | null
  range: DateRange
  interval: Interval
  view: View
}

export const PRESETS: { label: string; range: DateRange; interval: Interval }[] = [
  { label: 'Today', range: last(1), interval: 'hour' },
  { label: '7D', range: last(7), interval: 'day' },
  { label: '30D', range: last(30), interval: 'day' },
  { label: '3M', range: last(90), interval: 'day' },
  { label: '6M', range: last(182), interval: 'week' },
  { label: '12M', range: last(365), interval: 'week' },
]

export const DEFAULT: Report = {
  event: null,
  measure: 'unique',
  breakdown: null,
  range: last(30),
  interval: 'day',
  view: 'line',
}

function last(count: number): DateRange {
  return { type: 'last', count, unit: 'day' }
}

export function questionOf(report: Report): Question {
  return {
    type: 'segmentation',
    metrics: [{ event: { names: report.event === null ? [] : [report.event] }, measure: report.measure }],
    range: report.range,
    interval: report.interval,
    breakdowns: report.breakdown ? [{ property: report.breakdown }] : [],
    limit: 200,
  }
}

export function toAddress(report: Report): string {
  const parameters = new URLSearchParams()
  if (report.event !== null) parameters.set('event', report.event)
  parameters.set('measure', report.measure)
  if (report.breakdown) {
    parameters.set('by', report.breakdown.key)
    parameters.set('scope', report.breakdown.scope)
  }
  parameters.set('range', report.range.type === 'last' ? `last-${report.range.count}` : `${report.range.from}..${report.range.to}`)
  parameters.set('interval', report.interval)
  parameters.set('view', report.view)
  return parameters.toString()
}

export function fromAddress(search: string): Report {
  const parameters = new URLSearchParams(search)
  const by = parameters.get('by')
  return {
    event: parameters.get('event'),
    measure: oneOf(parameters.get('measure'), ['total', 'unique', 'average'], DEFAULT.measure),
    breakdown: by === null ? null : { key: by, scope: oneOf<Scope>(parameters.get('scope'), ['event', 'builtin', 'field'], 'event') },
    range: readRange(parameters.get('range')),
    interval: oneOf(parameters.get('interval'), ['minute', 'hour', 'day', 'week', 'month', 'quarter'], DEFAULT.interval),
    view: oneOf(parameters.get('view'), ['line', 'bar', 'table'], DEFAULT.view),
  }
}

function readRange(text: string | null): DateRange {
  const relative = /^last-(\d{1,4})$/.exec(text ?? '')
  if (relative) return last(Number(relative[1]))
  const absolute = /^(\d{4}-\d{2}-\d{2})\.\.(\d{4}-\d{2}-\d{2})$/.exec(text ?? '')
  return absolute ? { type: 'between', from: absolute[1]!, to: absolute[2]! } : DEFAULT.range
}

function oneOf<T extends string>(value: string | null, allowed: readonly T[], otherwise: T): T {
  return allowed.includes(value as T) ? (value as T) : otherwise
}
