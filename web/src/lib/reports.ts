import type { EventSelector, Flows, Frequency, Funnel, Lifecycle, LifetimeValue, Question, Retention, Revenue, Sessions } from '../api/types'
import { isNamed } from './events'
import { DEFAULT, MOST_SERIES, type View } from './report'

/** Every kind of report: where its screen is, what it is called, what it asks at first, and how it can be drawn. */

const LAST_30 = { type: 'last', count: 30, unit: 'day' } as const
const any: EventSelector = { names: [] }

export const FUNNEL: Funnel = {
  type: 'funnel', steps: [], range: LAST_30, window: { count: 7, unit: 'day' }, entry: 'first', order: 'loose', breakdowns: [], limit: 25,
}
export const RETENTION: Retention = {
  type: 'retention', start: any, returning: any, rule: 'first_ever', range: LAST_30, interval: 'day', measured_by: 'calendar', windows: 15, criterion: 'on', breakdowns: [], limit: 10,
}
export const FLOWS: Flows = { type: 'flows', anchor: any, before: 0, after: 4, range: LAST_30, count: 'people', top: 5, collapse_repeats: true }
export const LIFECYCLE: Lifecycle = { type: 'lifecycle', event: any, range: { type: 'last', count: 12, unit: 'week' }, interval: 'week' }
export const FREQUENCY: Frequency = { type: 'frequency', event: any, range: { type: 'last', count: 4, unit: 'week' }, period: 'week', unit: 'day', at_least: true }
export const SESSIONS: Sessions = { type: 'sessions', measure: 'count', range: LAST_30, interval: 'day', breakdowns: [], limit: 50 }
export const REVENUE: Revenue = { type: 'revenue', event: any, property: { key: 'revenue', scope: 'builtin' }, active: any, range: LAST_30, interval: 'day' }
export const LIFETIME_VALUE: LifetimeValue = {
  type: 'lifetime_value', event: any, property: { key: 'revenue', scope: 'builtin' }, range: { type: 'last', count: 12, unit: 'week' }, interval: 'week', one_cohort: false, days: [0, 1, 2, 6, 13, 29, 59, 89],
}

type Kind = { path: string; title: string; initial: Question; views: View[] }
const TIME: View[] = ['line', 'area', 'bar', 'stacked', 'horizontal', 'number', 'table']

export const KINDS: Record<Exclude<Question['type'], 'cohort_sizes'>, Kind> = {
  segmentation: { path: 'insights', title: 'Insights', initial: { ...DEFAULT, limit: MOST_SERIES }, views: TIME },
  funnel: { path: 'funnels', title: 'Funnel', initial: FUNNEL, views: ['steps', 'time', 'histogram', 'table'] },
  retention: { path: 'retention', title: 'Retention', initial: RETENTION, views: ['heat', 'curve'] },
  flows: { path: 'flows', title: 'Flow', initial: FLOWS, views: ['graph', 'paths'] },
  lifecycle: { path: 'lifecycle', title: 'Lifecycle', initial: LIFECYCLE, views: ['stacked', 'line', 'table'] },
  frequency: { path: 'stickiness', title: 'Stickiness', initial: FREQUENCY, views: ['bar', 'line', 'table'] },
  sessions: { path: 'sessions', title: 'Sessions', initial: SESSIONS, views: ['line', 'bar', 'lengths', 'table'] },
  revenue: { path: 'revenue', title: 'Revenue', initial: REVENUE, views: ['bar', 'line', 'number', 'table'] },
  lifetime_value: { path: 'lifetime-value', title: 'Lifetime value', initial: LIFETIME_VALUE, views: ['curve', 'heat'] },
}

/** The question as it is sent: a funnel needs an interval only where it is drawn over time. */
export function prepared<Q extends Question>(question: Q, view: View): Q {
  if (question.type !== 'funnel') return question
  return { ...question, interval: view === 'time' ? (question.interval ?? 'day') : null, times: view === 'histogram' || view === 'steps' } as Q
}

/** What any report but a segmentation still lacks before it can be asked. */
export function lackingIn(question: Question): string | null {
  if (question.type === 'funnel') {
    if (question.steps.length < 2) return 'Choose at least two steps.'
    if (question.breakdowns.some(({ by }) => !by.property && !by.cohorts?.length)) return 'Choose what to break down by.'
  }
  if (question.type === 'flows' && !isNamed(question.anchor)) return 'Choose the event that paths go through.'
  return null
}

/** The path of a report's screen. */
export const addressOf = (question: Question) => (question.type === 'cohort_sizes' ? 'cohorts' : KINDS[question.type].path)

export const titleOf = (question: Question) => (question.type === 'cohort_sizes' ? 'Cohort sizes' : KINDS[question.type].title)
