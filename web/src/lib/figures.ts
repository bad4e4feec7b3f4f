import type { EventSelector, Measure, Segmentation } from '../api/types'
import { addDays } from './dates'

/** The overview's figures: a measure of any event over the last days, and over as many days before. */
export type Figure = { id: string; title: string; help: string; measure: Measure; event: EventSelector }

export const DAYS = 30

export const FIGURES: Figure[] = [
  { id: 'active-users', title: 'Active users', help: 'People with at least one event', measure: 'unique', event: { names: [] } },
  { id: 'new-users', title: 'New users', help: 'People whose first event ever falls into these days', measure: 'unique', event: { names: [], first_time: true } },
  { id: 'events', title: 'Events', help: 'All events but internal ones', measure: 'total', event: { names: [] } },
]

export function recent({ measure, event }: Figure): Segmentation {
  return {
    type: 'segmentation',
    metrics: [{ event, measure }],
    range: { type: 'last', count: DAYS, unit: 'day' },
    interval: 'day',
    breakdowns: [],
  }
}

/** The days before those of `recent`. Only the overall number is of use, so the interval is long. */
export function before({ measure, event }: Figure, today: string): Segmentation {
  return {
    type: 'segmentation',
    metrics: [{ event, measure }],
    range: { type: 'between', from: addDays(today, 1 - 2 * DAYS), to: addDays(today, -DAYS) },
    interval: 'quarter',
    breakdowns: [],
  }
}

/** The most frequent events of the last days. */
export function topEvents(limit: number): Segmentation {
  return {
    type: 'segmentation',
    metrics: [{ event: { names: [] }, measure: 'total' }],
    range: { type: 'last', count: DAYS, unit: 'day' },
    interval: 'month',
    breakdowns: [{ property: { key: 'name', scope: 'field' } }],
    limit,
  }
}
