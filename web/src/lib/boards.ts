import type { DateRange, Filter, Interval, Question } from '../api/types'
import { both } from './filters'
import { suits, usualInterval } from './ranges'

/** A report's question under the range and the filter of a whole dashboard, where there are any. */
export function applied(question: Question, range: DateRange | null | undefined, filter: Filter | null | undefined, today: string): Question {
  return filtered(range ? ranged(question, range, today) : question, filter ?? null)
}

const CALENDAR: Interval[] = ['day', 'week', 'month']

function ranged(question: Question, range: DateRange, today: string): Question {
  if (question.type === 'flows' || question.type === 'frequency') return { ...question, range }
  const interval = question.interval ?? 'day'
  const next = suits(interval, range, today) ? interval : usualInterval(range, today)
  const allowed = question.type === 'retention' || question.type === 'lifecycle' || question.type === 'cohort_sizes' ? CALENDAR.includes(next) : next !== 'hour' || question.type !== 'sessions'
  return { ...question, range, interval: allowed ? next : 'day' } as Question
}

/** Where a report has no filter for all of its events, each of its events is filtered. */
function filtered(question: Question, filter: Filter | null): Question {
  if (!filter) return question
  const narrowed = <E extends { filter?: Filter | null }>(event: E): E => ({ ...event, filter: both(event.filter, filter) })
  switch (question.type) {
    case 'segmentation':
    case 'flows':
      return { ...question, filter: both(question.filter, filter) }
    case 'funnel':
      return { ...question, population: both(question.population, filter) }
    case 'retention':
      return { ...question, start: narrowed(question.start), returning: narrowed(question.returning) }
    case 'sessions':
      return { ...question, containing: narrowed(question.containing ?? { names: [] }) }
    case 'revenue':
      return { ...question, event: narrowed(question.event), active: narrowed(question.active) }
    case 'lifecycle':
    case 'frequency':
    case 'lifetime_value':
      return { ...question, event: narrowed(question.event) }
    case 'cohort_sizes':
      return question
  }
}
