import type { LifetimeValueAnswer } from '../api/types'

export type Cohort = Omit<LifetimeValueAnswer['cohorts'][number], 'date'>

/** Revenue per person by each day, of those who are old enough for it; null where nobody is. */
export const perPerson = ({ old_enough, revenue }: Cohort): (number | null)[] => old_enough.map((people, place) => (people ? revenue[place]! / people : null))

/** All cohorts as one. A person is new once, so people and amounts add up. */
export function altogether({ days, cohorts }: LifetimeValueAnswer): Cohort {
  const sum = (of: (cohort: Cohort) => number) => cohorts.reduce((total, cohort) => total + of(cohort), 0)
  return {
    people: sum(({ people }) => people),
    old_enough: days.map((_, place) => sum(({ old_enough }) => old_enough[place]!)),
    paying: days.map((_, place) => sum(({ paying }) => paying[place]!)),
    revenue: days.map((_, place) => sum(({ revenue }) => revenue[place]!)),
    ever_paid: sum(({ ever_paid }) => ever_paid),
    total: sum(({ total }) => total),
  }
}
