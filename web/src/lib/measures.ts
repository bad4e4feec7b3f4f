import type { Measure, Metric, PerPerson, Property, Segmentation } from '../api/types'
import type { Figure } from './format'
import { eventName } from './events'

export const MEASURES: { value: Measure; label: string }[] = [
  { value: 'total', label: 'Total events' },
  { value: 'unique', label: 'Unique people' },
  { value: 'average', label: 'Average per person' },
  { value: 'sessions', label: 'Sessions with it' },
  { value: 'active_share', label: 'Share of active people' },
  { value: 'frequency', label: 'People by how often' },
  { value: 'sum', label: 'Sum of a property' },
  { value: 'mean', label: 'Average of a property' },
  { value: 'median', label: 'Median of a property' },
  { value: 'percentile', label: 'Percentile of a property' },
  { value: 'min', label: 'Minimum of a property' },
  { value: 'max', label: 'Maximum of a property' },
  { value: 'distinct', label: 'Distinct values' },
]

const OF_PROPERTY: Measure[] = ['sum', 'mean', 'median', 'percentile', 'min', 'max', 'distinct']
const OVER_PEOPLE: Measure[] = ['sum', 'mean', 'median', 'percentile', 'min', 'max']

/** Whether the numbers may be those of each person instead of those of the events. */
export const mayBePerPerson = (measure: Measure) => OVER_PEOPLE.includes(measure)

export const PER_PERSON: { value: PerPerson | 'event'; label: string }[] = [
  { value: 'event', label: 'of each event' },
  { value: 'total', label: 'of each person’s events' },
  { value: 'sum', label: 'of each person’s sum' },
  { value: 'mean', label: 'of each person’s average' },
  { value: 'min', label: 'of each person’s minimum' },
  { value: 'max', label: 'of each person’s maximum' },
  { value: 'distinct', label: 'of each person’s distinct values' },
]

export const needsProperty = ({ measure, per_person }: Metric) =>
  per_person ? per_person !== 'total' : OF_PROPERTY.includes(measure)

/** The metric with another measure: what only the old one had is left out. */
export function withMeasure(metric: Metric, measure: Measure): Metric {
  const per_person = mayBePerPerson(measure) ? (metric.per_person ?? null) : null
  const next: Metric = { ...metric, measure, per_person, percentile: measure === 'percentile' ? (metric.percentile ?? 90) : null }
  return needsProperty(next) ? next : { ...next, property: null }
}

export function withPerPerson(metric: Metric, per_person: PerPerson | 'event'): Metric {
  const next: Metric = { ...metric, per_person: per_person === 'event' ? null : per_person }
  return needsProperty(next) ? next : { ...next, property: null }
}

export const letter = (place: number) => String.fromCharCode(65 + place)

/** What a metric is called where nobody gave it a name. */
export function metricName(metric: Metric): string {
  if (metric.name) return metric.name
  const event = eventName(metric.event)
  const of = metric.property ? ` of ${propertyName(metric.property)}` : ''
  switch (metric.measure) {
    case 'total':
    case 'unique':
      return event
    case 'average':
      return `${event}, per person`
    case 'sessions':
      return `${event}, sessions`
    case 'active_share':
      return `${event}, share of active`
    case 'frequency':
      return `${event}, by how often`
    case 'percentile':
      return `${event}, p${metric.percentile ?? ''}${of}`
    default:
      return `${event}, ${metric.measure === 'mean' ? 'average' : metric.measure}${of}`
  }
}

const FIELDS: Record<string, string> = {
  name: 'Event name', time: 'Time', library: 'Library', protocol: 'Protocol', distinct_id: 'Distinct id', user_id: 'User id', device_id: 'Device id', session_id: 'Session id',
}

const FACTS: Record<string, string> = { duration: 'Session length (seconds)', events: 'Events in the session', entry: 'First event of the session', exit: 'Last event of the session' }

/** A property as menus and tables name it. */
export const propertyName = ({ key, scope }: Property) => (scope === 'field' && FIELDS[key]) || (scope === 'session' && FACTS[key]) || key

export const SESSION_CHOICES = Object.keys(FACTS)
export const FIELD_CHOICES = ['name', 'time', 'library', 'protocol', 'distinct_id']

/** What a question still lacks before it can be asked; null: nothing. */
export function lacking({ metrics, formulas = [], breakdowns }: Segmentation): string | null {
  for (const [place, metric] of metrics.entries()) {
    if (needsProperty(metric) && !metric.property) return `Choose the property of metric ${letter(place)}.`
  }
  if (formulas.some((formula) => !formula.expression.trim())) return 'Write the formula, for example A / B * 100.'
  if (breakdowns.some((one) => !one.property && !one.cohorts?.length)) return 'Choose what to break down by.'
  return null
}

/** How a metric's numbers are written. */
export const figureOf = (metric: Metric | undefined): Figure => (metric?.measure === 'active_share' ? 'share' : 'number')

/** Events of several lines add up; people and averages do not. */
export const addsUp = (metrics: Metric[]) => metrics.every((one) => (one.measure === 'total' || (one.measure === 'sum' && !one.per_person)) && !one.window)
