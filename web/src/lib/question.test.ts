import { expect, test } from 'vitest'
import { DEFAULT, fromAddress, questionOf, toAddress, type Report } from './question'

const full: Report = {
  event: 'Änderung & <b>"x"</b>',
  measure: 'average',
  breakdown: { key: '$browser=1', scope: 'builtin' },
  range: { type: 'between', from: '2026-01-01', to: '2026-01-31' },
  interval: 'week',
  view: 'bar',
}

test.each([DEFAULT, full])('a report survives the address', (report) => {
  expect(fromAddress(toAddress(report))).toEqual(report)
})

test('nonsense in the address falls back to the default', () => {
  expect(fromAddress('measure=drop&range=x&interval=eon&view=hologram')).toEqual(DEFAULT)
})

test('any event has no names in the question', () => {
  expect(questionOf(DEFAULT).metrics[0]?.event.names).toEqual([])
  expect(questionOf(full).metrics[0]?.event.names).toEqual([full.event])
})
