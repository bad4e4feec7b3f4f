import type { Cohort, Condition } from '../api/cohorts'
import type { EventSelector, Filter } from '../api/types'
import { eventName, isNamed } from './events'
import { inWords as filterInWords, isComplete as isFilterComplete } from './filters'
import { rangeName } from './ranges'

/** Conditions of cohorts as people build them, and in words. */

export type Kind = Condition['type']

export const TALLIES: { value: Tally; label: string; ofProperty: boolean; unit: string }[] = [
  { value: 'count', label: 'number of times', ofProperty: false, unit: 'times' },
  { value: 'days', label: 'on different days', ofProperty: false, unit: 'different days' },
  { value: 'weeks', label: 'in different weeks', ofProperty: false, unit: 'different weeks' },
  { value: 'months', label: 'in different months', ofProperty: false, unit: 'different months' },
  { value: 'sum', label: 'sum of', ofProperty: true, unit: '' },
  { value: 'average', label: 'average of', ofProperty: true, unit: '' },
  { value: 'minimum', label: 'minimum of', ofProperty: true, unit: '' },
  { value: 'maximum', label: 'maximum of', ofProperty: true, unit: '' },
  { value: 'distinct_values', label: 'distinct values of', ofProperty: true, unit: '' },
]
export type Tally = 'count' | 'days' | 'weeks' | 'months' | 'sum' | 'average' | 'minimum' | 'maximum' | 'distinct_values'

export const COMPARISONS: { value: Comparison; label: string }[] = [
  { value: 'greater_or_equal', label: 'at least' },
  { value: 'less_or_equal', label: 'at most' },
  { value: 'equals', label: 'exactly' },
  { value: 'greater', label: 'more than' },
  { value: 'less', label: 'less than' },
  { value: 'not_equals', label: 'other than' },
]
export type Comparison = 'greater_or_equal' | 'less_or_equal' | 'equals' | 'greater' | 'less' | 'not_equals'

const any: EventSelector = { names: [] }

/** What can be added, and what it is at first. */
export const NEW: { label: string; condition: Condition }[] = [
  { label: 'Did something', condition: { type: 'did', event: any, tally: 'count', operator: 'greater_or_equal', value: 1, when: { type: 'last', count: 30, unit: 'day' } } },
  { label: 'Did not do something', condition: { type: 'not', condition: { type: 'did', event: any, tally: 'count', operator: 'greater_or_equal', value: 1, when: { type: 'last', count: 30, unit: 'day' } } } },
  { label: 'Has a profile with', condition: { type: 'profile', filter: { type: 'all', filters: [] }, at: null } },
  { label: 'Did things in order', condition: { type: 'in_order', steps: [any, any], within: { count: 7, unit: 'day' }, when: null } },
  { label: 'Did one thing more than another', condition: { type: 'did_more', event: any, than: any, operator: 'greater', when: null } },
  { label: 'Had, at their latest event', condition: { type: 'latest', event: any, filter: { type: 'all', filters: [] }, when: null } },
  { label: 'A group of conditions', condition: { type: 'any', conditions: [] } },
]

export const EMPTY: Cohort = { condition: { type: 'all', conditions: [NEW[0]!.condition] } }

/** The condition as a list that is joined one way, which is how it is edited. */
export const asGroup = (condition: Condition): Extract<Condition, { type: 'all' | 'any' }> =>
  condition.type === 'all' || condition.type === 'any' ? condition : { type: 'all', conditions: [condition] }

/** What a negation is about, and whether there is one. */
export function unwrapped(condition: Condition): { negated: boolean; inner: Condition } {
  return condition.type === 'not' ? { negated: true, inner: condition.condition } : { negated: false, inner: condition }
}

export const withNegation = (inner: Condition, negated: boolean): Condition => (negated ? { type: 'not', condition: inner } : inner)

/** How often one thing was done, compared with another. */
export const MORE: Record<Comparison, string> = {
  greater: 'more often than', less: 'less often than', equals: 'as often as', greater_or_equal: 'as often as or more than', less_or_equal: 'as often as or less than', not_equals: 'not as often as',
}

/** What is still missing in a condition before its people can be counted; null: nothing. */
export function lackingIn(condition: Condition): string | null {
  switch (condition.type) {
    case 'all':
    case 'any':
      return condition.conditions.length === 0 ? 'Add a condition.' : first(condition.conditions.map(lackingIn))
    case 'not':
      return lackingIn(condition.condition)
    case 'did':
      return TALLIES.find(({ value }) => value === condition.tally)?.ofProperty && !condition.property ? 'Choose the property to compare.' : null
    case 'profile':
    case 'latest':
      return filled(condition.filter) ? null : 'Choose a property, and what it has to be.'
    case 'in_order':
      return condition.steps.some((step) => !isNamed(step)) ? 'Choose the event of each step.' : null
    case 'did_more':
      return isNamed(condition.event) || isNamed(condition.than) ? null : 'Choose the two events to compare.'
    default:
      return null
  }
}

const first = (texts: (string | null)[]) => texts.find((text) => text !== null) ?? null

const filled = (filter: Filter): boolean => (filter.type === 'all' || filter.type === 'any' ? filter.filters.length > 0 && filter.filters.every(filled) : isFilterComplete(filter))

/** A cohort's condition in words. */
export function inWords(condition: Condition): string {
  switch (condition.type) {
    case 'all':
    case 'any':
      return condition.conditions.map((one) => (one.type === 'all' || one.type === 'any' ? `(${inWords(one)})` : inWords(one))).join(condition.type === 'all' ? ' and ' : ' or ')
    case 'not':
      return condition.condition.type === 'did' && onceAtLeast(condition.condition) ? `did not do ${doing(condition.condition)}` : `not (${inWords(condition.condition)})`
    case 'did':
      return onceAtLeast(condition) ? `did ${doing(condition)}` : `did ${doing(condition)}, ${amount(condition)}`
    case 'did_more':
      return `did ${eventName(condition.event)} ${MORE[condition.operator ?? 'greater']} ${eventName(condition.than)}`
    case 'in_order':
      return `did ${condition.steps.map(eventName).join(', then ')}${condition.within ? ` within ${condition.within.count} ${condition.within.unit}${condition.within.count === 1 ? '' : 's'}` : ''}`
    case 'latest':
      return `had ${filterInWords(condition.filter)} at the latest ${eventName(condition.event ?? {})}`
    case 'profile':
      return `${filterInWords(condition.filter)}${condition.at ? ` on ${condition.at}` : ''}`
    case 'in_cohort':
      return `is in the cohort ${condition.name || condition.id || ''}`.trim()
    case 'on_list':
      return 'is on a list'
  }
}

type Did = Extract<Condition, { type: 'did' }>
const onceAtLeast = ({ tally = 'count', operator = 'greater_or_equal', value = 1 }: Did) => tally === 'count' && operator === 'greater_or_equal' && value === 1

const named = (event: EventSelector) => (isNamed(event) ? eventName(event) : 'anything')

function doing({ event, when }: Did): string {
  const filter = event?.filter ? ` with ${filterInWords(event.filter)}` : ''
  const range = !when ? '' : when.type === 'first_use' ? ' soon after first use' : `, ${rangeName(when).toLowerCase()}`
  return `${named(event ?? {})}${filter}${range}`
}

function amount({ tally = 'count', operator = 'greater_or_equal', value = 1, property }: Did): string {
  const known = TALLIES.find((one) => one.value === tally)
  const compared = COMPARISONS.find((one) => one.value === operator)?.label ?? operator
  return known?.ofProperty ? `${known.label} ${property?.key ?? ''} ${compared} ${value}` : `${compared} ${value} ${known?.unit ?? ''}`.trim()
}

/** Ids out of a text or a file: one per line, or the first column of a table. */
export function idsOf(text: string): string[] {
  const lines = text.split(/\r\n|\r|\n/).map((line) => firstCell(line).trim())
  return [...new Set(lines.filter(Boolean))]
}

function firstCell(line: string): string {
  const quoted = /^\s*"((?:[^"]|"")*)"/.exec(line)
  if (quoted) return quoted[1]!.replaceAll('""', '"')
  return line.split(/[,;\t]/, 1)[0]!
}
