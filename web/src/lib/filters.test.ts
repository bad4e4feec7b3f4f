import { expect, test } from 'vitest'
import type { Compare, Filter } from '../api/types'
import { both, conditionsOf, filterOf, inWords, isComplete, valueOf, withOperator, withoutUnfinished } from './filters'

const plan: Compare = { type: 'compare', property: { key: 'plan', scope: 'user', at: 'event' }, operator: 'equals', values: ['pro', null] }
const unfinished: Compare = { ...plan, values: [] }

test('one condition stands for itself, several are joined', () => {
  expect(filterOf(conditionsOf(plan))).toEqual(plan)
  expect(filterOf(conditionsOf(null))).toBeNull()
  const two: Filter = { type: 'any', filters: [plan, plan] }
  expect(filterOf(conditionsOf(two))).toEqual(two)
})

test('conditions that are not finished do not filter yet', () => {
  expect(isComplete(unfinished)).toBe(false)
  expect(isComplete({ ...unfinished, operator: 'is_set' })).toBe(true)
  expect(isComplete({ ...plan, operator: 'between', values: [1] })).toBe(false)
  const question = { metrics: [{ event: { names: ['a'], filter: unfinished } }], filter: { type: 'all', filters: [plan, unfinished] } }
  expect(withoutUnfinished(question)).toEqual({ metrics: [{ event: { names: ['a'], filter: null } }], filter: { type: 'all', filters: [plan] } })
})

test('another operator keeps the values that it takes', () => {
  expect(withOperator(plan, 'contains').values).toEqual(['pro', null])
  expect(withOperator(plan, 'greater').values).toEqual(['pro'])
  expect(withOperator(plan, 'is_set').values).toEqual([])
  expect(withOperator(plan, 'in_last').values).toEqual([30, 'day'])
  expect(withOperator(withOperator(plan, 'in_last'), 'equals').values).toEqual([])
})

test('a typed text is the value that the property holds', () => {
  expect(valueOf('49', [49, 50])).toBe(49)
  expect(valueOf('51', [49])).toBe(51)
  expect(valueOf('49', ['49'])).toBe('49')
  expect(valueOf('51', ['a'])).toBe('51')
  expect(valueOf('(not set)', [null])).toBeNull()
  expect(valueOf('true', [false])).toBe(true)
})

test('conditions in words', () => {
  expect(inWords(plan)).toBe('plan (at event) is pro, (not set)')
  expect(inWords({ type: 'not', filter: { type: 'in_cohort', id: '3', name: 'Fans' } })).toBe('not in the cohort Fans')
})

test('two filters together', () => {
  expect(both(null, plan)).toBe(plan)
  expect(both(plan, unfinished)).toEqual({ type: 'all', filters: [plan, unfinished] })
})
