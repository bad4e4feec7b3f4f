import { expect, test } from 'vitest'
import { altogether, perPerson } from './lifetime'

const cohort = (date: string, people: number, old_enough: number[], revenue: number[]) => ({ date, people, old_enough, paying: old_enough.map(() => 0), revenue, ever_paid: 1, total: 9 })

test('a day that nobody is old enough for has no value', () => {
  expect(perPerson(cohort('2026-01-05', 4, [4, 2, 0], [8, 5, 0]))).toEqual([2, 2.5, null])
})

test('all cohorts together weigh people alike', () => {
  const answer = { days: [0, 6], cohorts: [cohort('2026-01-05', 1, [1, 1], [10, 20]), cohort('2026-01-12', 9, [9, 0], [0, 0])] }
  const all = altogether(answer as unknown as Parameters<typeof altogether>[0])
  expect(all.people).toBe(10)
  expect(perPerson(all)).toEqual([1, 20])
  expect(all.total).toBe(18)
})
