import type { Compare, Filter, Group, Property, Scalar } from '../api/types'
import { label } from './format'
import { propertyName } from './measures'

/** How many values an operator takes; `range`: from and to. */
type Takes = 'none' | 'one' | 'many' | 'range' | 'days'
export type Operator = { value: string; label: string; takes: Takes; kind: 'any' | 'text' | 'number' | 'date' }

export const OPERATORS: Operator[] = [
  { value: 'equals', label: 'is', takes: 'many', kind: 'any' },
  { value: 'not_equals', label: 'is not', takes: 'many', kind: 'any' },
  { value: 'contains', label: 'contains', takes: 'many', kind: 'text' },
  { value: 'not_contains', label: 'does not contain', takes: 'many', kind: 'text' },
  { value: 'starts_with', label: 'starts with', takes: 'many', kind: 'text' },
  { value: 'ends_with', label: 'ends with', takes: 'many', kind: 'text' },
  { value: 'matches', label: 'matches the expression', takes: 'one', kind: 'text' },
  { value: 'greater', label: '>', takes: 'one', kind: 'number' },
  { value: 'greater_or_equal', label: '≥', takes: 'one', kind: 'number' },
  { value: 'less', label: '<', takes: 'one', kind: 'number' },
  { value: 'less_or_equal', label: '≤', takes: 'one', kind: 'number' },
  { value: 'between', label: 'is between', takes: 'range', kind: 'number' },
  { value: 'is_set', label: 'is set', takes: 'none', kind: 'any' },
  { value: 'not_set', label: 'is not set', takes: 'none', kind: 'any' },
  { value: 'set_contains', label: 'list has all of', takes: 'many', kind: 'any' },
  { value: 'in_last', label: 'is in the last days', takes: 'days', kind: 'date' },
  { value: 'not_in_last', label: 'is not in the last days', takes: 'days', kind: 'date' },
  { value: 'on', label: 'is on the day', takes: 'one', kind: 'date' },
  { value: 'before', label: 'is before', takes: 'one', kind: 'date' },
  { value: 'after', label: 'is after', takes: 'one', kind: 'date' },
]

export const operatorOf = (value: string) => OPERATORS.find((one) => one.value === value)

/** A filter as a list of conditions that are joined one way. */
export type Conditions = { join: 'all' | 'any'; filters: Filter[] }

export function conditionsOf(filter: Filter | null | undefined): Conditions {
  if (!filter) return { join: 'all', filters: [] }
  if (filter.type === 'all' || filter.type === 'any') return { join: filter.type, filters: filter.filters }
  return { join: 'all', filters: [filter] }
}

export function filterOf({ join, filters }: Conditions): Filter | null {
  if (filters.length === 0) return null
  return filters.length === 1 && filters[0]!.type !== 'all' && filters[0]!.type !== 'any' ? filters[0]! : { type: join, filters }
}

/** Both filters, either of which may be absent. */
export const both = (one: Filter | null | undefined, other: Filter | null | undefined): Filter | null =>
  one && other ? { type: 'all', filters: [one, other] } : (one ?? other ?? null)

/** The same condition with another operator; values stay where the operator takes them. */
export function withOperator(condition: Compare, operator: string): Compare {
  const old = operatorOf(condition.operator)?.takes
  const takes = operatorOf(operator)?.takes ?? 'many'
  const values = condition.values ?? []
  if (takes === 'none') return { ...condition, operator, values: [] }
  if (takes === 'days') return { ...condition, operator, values: old === 'days' ? values : [30, 'day'] }
  if (old === 'days') return { ...condition, operator, values: [] }
  return { ...condition, operator, values: takes === 'one' ? values.slice(0, 1) : takes === 'range' ? values.slice(0, 2) : values }
}

/** Whether a condition can be asked; those that cannot yet are left out of the question. */
export function isComplete(filter: Filter): boolean {
  switch (filter.type) {
    case 'compare': {
      const takes = operatorOf(filter.operator)?.takes
      const count = filter.values?.length ?? 0
      return takes === 'none' || (takes === 'range' || takes === 'days' ? count === 2 : count > 0)
    }
    case 'all':
    case 'any':
      return filter.filters.some(isComplete)
    default:
      return true
  }
}

/** The question without conditions, anywhere in it, that are not finished: they do not filter yet. */
export function withoutUnfinished<T>(value: T): T {
  if (Array.isArray(value)) return value.map(withoutUnfinished) as T
  if (value === null || typeof value !== 'object') return value
  const entries = Object.entries(value).map(([name, inner]) => {
    if (name === 'filters' && Array.isArray(inner)) return [name, (inner as Filter[]).filter(isComplete).map(withoutUnfinished)]
    if ((name === 'filter' || name === 'population') && inner && !isComplete(inner as Filter)) return [name, null]
    return [name, withoutUnfinished(inner)]
  })
  return Object.fromEntries(entries) as T
}

/** A typed text as the value it most likely means, judging by what the property often holds. */
export function valueOf(text: string, known: Scalar[]): Scalar {
  const same = known.find((one) => label(one) === text)
  if (same !== undefined) return same
  const example = known.find((one) => one !== null)
  if (typeof example === 'number' && text.trim() !== '' && Number.isFinite(Number(text))) return Number(text)
  if (typeof example === 'boolean' && (text === 'true' || text === 'false')) return text === 'true'
  return text
}

/** A number where the text is one, for operators that order. */
export const numberOrText = (text: string): Scalar => (text.trim() !== '' && Number.isFinite(Number(text)) ? Number(text) : text)

/** A condition in a few words. */
export function inWords(filter: Filter): string {
  switch (filter.type) {
    case 'compare': {
      const operator = operatorOf(filter.operator)
      const at = filter.property.at === 'event' ? ' (at event)' : ''
      return `${propertyName(filter.property)}${at} ${operator?.label ?? filter.operator} ${(filter.values ?? []).map(label).join(', ')}`.trim()
    }
    case 'in_cohort':
      return `in the cohort ${filter.name || filter.id || ''}`.trim()
    case 'not':
      return `not ${inWords(filter.filter)}`
    case 'items':
      return `items of ${propertyName(filter.property)}`
    default:
      return (filter as Group).filters.map(inWords).join(filter.type === 'all' ? ' and ' : ' or ')
  }
}

export const isProfile = (property: Property) => property.scope === 'user' || property.scope === 'group'
