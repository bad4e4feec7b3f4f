import type { Interval, Measure, Property, Scope, Segmentation } from '../api/types'
import { readRange } from './ranges'

/** How an answer is drawn. Every report knows some of these; the first is what it shows unless told otherwise. */
export type View =
  | 'line' | 'area' | 'bar' | 'stacked' | 'horizontal' | 'number' | 'table'
  | 'steps' | 'time' | 'histogram' | 'lengths' | 'curve' | 'heat' | 'graph' | 'paths'
/** `log`: a logarithmic axis; `second`: metrics after the first on an axis of their own; `goal`: a line at that number. */
export type Display = { view?: View; log?: boolean; second?: boolean; goal?: number | null }

/** The series that one answer has at most. */
export const MOST_SERIES = 100

export const DEFAULT: Segmentation = {
  type: 'segmentation',
  metrics: [{ event: { names: [] }, measure: 'unique' }],
  range: { type: 'last', count: 30, unit: 'day' },
  interval: 'day',
  breakdowns: [],
  limit: MOST_SERIES,
}

/** Parameters of an address; texts only. */
export type Search = Record<string, string>

/** A question in the address: the whole of it, how it is drawn, and which saved report it came from. */
export type Addressed<Q> = { question: Q; display: Display; report: number | null }

export function toSearch<Q>({ question, display, report }: Addressed<Q>): Search {
  return {
    q: JSON.stringify(question),
    ...writeDisplay(display),
    ...(report !== null && { report: String(report) }),
  }
}

/** How an answer is drawn, as parameters of an address. */
export function writeDisplay({ view, log, second, goal }: Display): Search {
  return { ...(view && { view }), ...(log && { log: '1' }), ...(second && { second: '1' }), ...(typeof goal === 'number' && { goal: String(goal) }) }
}

export function readDisplay({ view, log, second, goal }: Search): Display {
  const at = goal === undefined || goal.trim() === '' ? NaN : Number(goal)
  return { ...(view && { view: view as View }), ...(log === '1' && { log: true }), ...(second === '1' && { second: true }), ...(Number.isFinite(at) && { goal: at }) }
}

/** The question in an address; what cannot be read becomes `initial`. */
export function fromSearch<Q extends { type: string }>(search: Search, initial: Q): Addressed<Q> {
  const number = /^\d{1,9}$/.test(search.report ?? '') ? Number(search.report) : null
  return { question: readQuestion(search.q, initial) ?? shortened(search, initial), display: readDisplay(search), report: number }
}

function readQuestion<Q extends { type: string }>(text: string | undefined, initial: Q): Q | null {
  if (text === undefined) return null
  try {
    const found = JSON.parse(text) as Partial<Q> | null
    return found?.type === initial.type && sameShape(found, initial) ? { ...initial, ...found } : null
  } catch {
    return null
  }
}

/** Whether what both have is a list, an object or something plain in both. */
function sameShape(found: object, initial: object): boolean {
  const kind = (value: unknown) => (Array.isArray(value) ? 'list' : value !== null && typeof value === 'object' ? 'object' : 'plain')
  return Object.entries(initial).every(([name, value]) => !(name in found) || kind((found as Record<string, unknown>)[name]) === kind(value))
}

const MEASURES: Measure[] = ['total', 'unique', 'average']
const INTERVALS: Interval[] = ['minute', 'five_minutes', 'hour', 'day', 'week', 'month', 'quarter']

/** Short addresses of simple charts, as people write them: `?event=Paid&measure=total&by=plan&range=last-7`. */
function shortened<Q extends { type: string }>(search: Search, initial: Q): Q {
  if (initial.type !== 'segmentation') return initial
  const base = initial as unknown as Segmentation
  const event = search.event === undefined ? base.metrics[0]!.event : { names: [search.event] }
  const by: Property | null = search.by === undefined ? null : { key: search.by, scope: oneOf<Scope>(search.scope, ['event', 'builtin', 'field', 'user'], 'event') }
  return {
    ...base,
    metrics: [{ event, measure: oneOf(search.measure, MEASURES, base.metrics[0]!.measure) }],
    breakdowns: by ? [{ property: by }] : base.breakdowns,
    range: readRange(search.range ?? '') ?? base.range,
    interval: oneOf(search.interval, INTERVALS, base.interval),
  } as unknown as Q
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
export const chartOf = (event: string): Search => ({ event, measure: 'total' })
