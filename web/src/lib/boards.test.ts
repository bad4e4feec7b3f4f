import { expect, test } from 'vitest'
import type { Filter, Question } from '../api/types'
import { applied } from './boards'
import { FUNNEL, RETENTION, SESSIONS } from './reports'
import { DEFAULT } from './report'

const pro: Filter = { type: 'compare', property: { key: 'plan' }, operator: 'equals', values: ['pro'] }
const own: Filter = { ...pro, values: ['free'] }
const year = { type: 'last', count: 12, unit: 'month' } as const
const now = '2026-11-25'

test('without a range and a filter a report stays as it is', () => expect(applied(DEFAULT, null, null, now)).toEqual(DEFAULT))

test('a filter for all joins the own one', () => {
  expect(applied({ ...DEFAULT, filter: own }, null, pro, now)).toMatchObject({ filter: { type: 'all', filters: [own, pro] } })
  expect(applied(FUNNEL, null, pro, now)).toMatchObject({ population: pro })
})

test('where a report has no filter of all events, each of its events is filtered', () => {
  expect(applied(RETENTION, null, pro, now)).toMatchObject({ start: { filter: pro }, returning: { filter: pro } })
  expect(applied(SESSIONS, null, pro, now)).toMatchObject({ containing: { filter: pro } })
})

test.each<[Question, object]>([
  [{ ...DEFAULT, interval: 'minute' }, { range: year, interval: 'week' }],
  [DEFAULT, { range: year, interval: 'day' }],
  [RETENTION, { range: year, interval: 'day' }],
])('a range for all brings an interval that suits it', (question, expected) => expect(applied(question, year, null, now)).toMatchObject(expected))

test('reports by day do not fall to hours', () => {
  expect(applied(SESSIONS, { type: 'last', count: 1, unit: 'day' }, null, now)).toMatchObject({ interval: 'day' })
})
