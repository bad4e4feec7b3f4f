import { expect, test } from 'vitest'
import type { Metric } from '../api/types'
import { lacking, metricName, needsProperty, withMeasure, withPerPerson } from './measures'
import { DEFAULT } from './report'

const paid: Metric = { event: { names: ['Paid'] }, measure: 'total' }
const spent: Metric = { ...paid, measure: 'sum', property: { key: 'price' } }

test('a measure keeps what it needs and drops what it must not have', () => {
  expect(withMeasure(spent, 'unique')).toMatchObject({ property: null, percentile: null, per_person: null })
  expect(withMeasure(spent, 'percentile')).toMatchObject({ property: { key: 'price' }, percentile: 90 })
  expect(withMeasure(withPerPerson(spent, 'sum'), 'total').per_person).toBeNull()
  expect(withPerPerson(spent, 'total').property).toBeNull()
})

test('what a question lacks', () => {
  expect(needsProperty(withMeasure(paid, 'sum'))).toBe(true)
  expect(lacking({ ...DEFAULT, metrics: [paid, withMeasure(paid, 'sum')] })).toContain('metric B')
  expect(lacking({ ...DEFAULT, formulas: [{ expression: ' ' }] })).toContain('formula')
  expect(lacking({ ...DEFAULT, metrics: [spent] })).toBeNull()
})

test('names of metrics', () => {
  expect(metricName(paid)).toBe('Paid')
  expect(metricName(spent)).toBe('Paid, sum of price')
  expect(metricName({ ...spent, name: 'Revenue' })).toBe('Revenue')
  expect(metricName({ event: {}, measure: 'average' })).toBe('Any event, per person')
})
