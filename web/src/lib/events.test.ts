import { expect, test } from 'vitest'
import type { StreamEvent } from '../api/types'
import { eventJson, firstOf, matches } from './events'

const event = (part: Partial<StreamEvent>): StreamEvent => ({
  accept_id: '1',
  name: 'Paid',
  time: 0,
  received: 1000,
  distinct_id: 'user-1',
  user_id: '',
  device_id: '',
  insert_id: '',
  session_id: null,
  event_id: null,
  protocol: 'mixpanel',
  library: '',
  control: false,
  properties: {},
  user_properties: {},
  context: {},
  envelope: {},
  groups: {},
  ...part,
})

test('an event as a document has what it has, zero and false included', () => {
  expect(JSON.parse(eventJson(event({ session_id: 0, properties: { paid: false, plan: '<b>', note: null } })))).toEqual({
    event: 'Paid',
    time: '1970-01-01T00:00:00.000Z',
    received: '1970-01-01T00:00:01.000Z',
    distinct_id: 'user-1',
    session_id: 0,
    properties: { paid: false, plan: '<b>', note: null },
    protocol: 'mixpanel',
  })
})

test('the first of events newest first, control events only if there is nothing else', () => {
  const identify = event({ name: '$identify', control: true })
  const [late, early] = [event({ name: 'Late' }), event({ name: 'Early' })]
  expect(firstOf([late, early, identify])).toBe(early)
  expect(firstOf([identify])).toBe(identify)
  expect(firstOf([])).toBeUndefined()
})

test('a filter looks at names and ids, whatever the case', () => {
  expect(matches(event({}), ' paid ')).toBe(true)
  expect(matches(event({ device_id: 'Phone-7' }), 'phone-7')).toBe(true)
  expect(matches(event({}), 'free')).toBe(false)
})
