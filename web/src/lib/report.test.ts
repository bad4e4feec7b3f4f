import { expect, test } from 'vitest'
import { DEFAULT, type Report, fromSearch, parseSearch, questionOf, stringifySearch, toSearch } from './report'

const full: Report = {
  event: 'Änderung & <b>"x"</b> + 100%',
  measure: 'average',
  breakdown: { key: '$browser=1', scope: 'builtin' },
  period: { kind: 'between', from: '2026-01-01', to: '2026-01-31' },
  interval: 'week',
  view: 'bar',
}

test.each([DEFAULT, full, { ...DEFAULT, event: '' }, { ...DEFAULT, event: '1' }, { ...DEFAULT, event: 'null' }])(
  'a report survives the address: %j',
  (report) => expect(fromSearch(parseSearch(stringifySearch(toSearch(report))))).toEqual(report),
)

test('nonsense in the address falls back to the default', () => {
  expect(fromSearch(parseSearch('?measure=drop&range=x&interval=eon&view=hologram'))).toEqual(DEFAULT)
})

test('any event has no names in the question', () => {
  expect(questionOf(DEFAULT, '2026-03-01').metrics[0]?.event.names).toEqual([])
  expect(questionOf(full, '2026-03-01')).toEqual({
    type: 'segmentation',
    metrics: [{ event: { names: [full.event] }, measure: 'average' }],
    range: { type: 'between', from: '2026-01-01', to: '2026-01-31' },
    interval: 'week',
    breakdowns: [{ property: { key: '$browser=1', scope: 'builtin' } }],
    limit: 100,
  })
})

test('how it is drawn is no part of the question', () => {
  expect(questionOf({ ...full, view: 'table' }, '2026-03-01')).toEqual(questionOf(full, '2026-03-01'))
})
