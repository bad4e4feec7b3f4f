import { expect, test } from 'vitest'
import { type Target, found } from './palette'

const target = (kind: string, label: string, hint?: string): Target => ({ key: label, kind, label, hint, to: '' })
const targets = [target('Screens', 'Insights'), target('Screens', 'Ingestion issues'), target('Reports', 'Weekly insights'), target('Events', 'Paid', 'paid_v2')]

test.each([
  ['', ['Insights', 'Ingestion issues', 'Weekly insights', 'Paid']],
  ['ins', ['Insights', 'Weekly insights']],
  ['issues in', ['Ingestion issues']],
  ['V2', ['Paid']],
  ['nothing', []],
])('%j', (text, labels) => expect(found(targets, text).map(({ label }) => label)).toEqual(labels))

test('of each kind only a few', () => {
  const many = Array.from({ length: 20 }, (_, place) => target('Events', `Event ${place}`))
  expect(found(many, 'event')).toHaveLength(6)
})
