import { expect, test } from 'vitest'
import type { Segmentation } from '../api/types'
import { DEFAULT, chartOf, fromSearch, parseSearch, readDisplay, stringifySearch, toSearch, writeDisplay } from './report'

const full: Segmentation = {
  ...DEFAULT,
  metrics: [{ event: { names: ['Änderung & <b>"x"</b> + 100%'], filter: { type: 'compare', property: { key: 'a' }, operator: 'equals', values: [null, 1, '1', true] } }, measure: 'average' }],
  breakdowns: [{ property: { key: '$browser=1', scope: 'builtin' } }],
  range: { type: 'between', from: '2026-01-01', to: '2026-01-31' },
  interval: 'week',
}
const through = (text: string) => fromSearch(parseSearch(text), DEFAULT)

test.each([DEFAULT, full])('a question survives the address: %#', (question) => {
  const addressed = { question, display: { view: 'bar' as const }, report: 7 }
  expect(through(stringifySearch(toSearch(addressed)))).toEqual(addressed)
})

test.each(['', '1', 'null', 'Signed Up'])('a short address has the event %j', (event) => {
  expect(through(stringifySearch(chartOf(event))).question.metrics).toEqual([{ event: { names: [event] }, measure: 'total' }])
})

test('a short address is a whole question', () => {
  expect(through('?event=Paid&measure=total&by=plan&range=2026-01-01..2026-01-31&interval=week&view=table')).toEqual({
    question: {
      ...DEFAULT,
      metrics: [{ event: { names: ['Paid'] }, measure: 'total' }],
      breakdowns: [{ property: { key: 'plan', scope: 'event' } }],
      range: { type: 'between', from: '2026-01-01', to: '2026-01-31' },
      interval: 'week',
    },
    display: { view: 'table' },
    report: null,
  })
})

test.each(['?measure=drop&range=x&interval=eon', '?q={', '?q=null', '?q={"type":"funnel"}', '?q={"type":"segmentation","metrics":5}', '?report=x'])(
  'nonsense falls back to the default: %s',
  (text) => expect(through(text)).toEqual({ question: DEFAULT, display: {}, report: null }),
)

test('what a question does not say stays as it is by default', () => {
  expect(through('?q={"type":"segmentation","interval":"month"}').question).toEqual({ ...DEFAULT, interval: 'month' })
})

test('how an answer is drawn goes into the address and comes back', () => {
  const display = { view: 'bar' as const, log: true, second: true, goal: 12.5 }
  expect(readDisplay(writeDisplay(display))).toEqual(display)
  expect(readDisplay({ goal: 'x', log: 'yes' })).toEqual({})
})
