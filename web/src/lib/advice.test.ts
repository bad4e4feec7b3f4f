import { expect, test } from 'vitest'
import type { Issue } from '../api/types'
import { adviceOf } from './advice'

const issue = (fields: Partial<Issue> = {}): Issue => ({
  kind: 'rejected', reason: 'event_type is missing', protocol: 'amplitude', field: 'event_type', count: 1, first: 0, latest: 0, samples: [], ...fields,
})

test.each([
  ['mixpanel', "'properties.time' is invalid: must not be in the future", 'properties.time', 'clock'],
  ['mixpanel', "'properties.time' is invalid: must not be missing", 'properties.time', '/track'],
  ['mixpanel', "'properties.time' is invalid: must be specified as seconds since epoch", 'properties.time', 'not a date in words'],
  ['mixpanel', "'properties.distinct_id' is invalid: must not be missing", 'properties.distinct_id', 'Send properties.distinct_id:'],
  ['mixpanel', "'properties.distinct_id' is invalid: must be an id of a user", 'properties.distinct_id', 'placeholder'],
  ['mixpanel', "'$group_key' is invalid: must not be missing", '$group_key', 'Send $group_key:'],
  ['mixpanel', "'$set' is invalid: must be an object", '$set', 'as an object'],
  ['amplitude', 'device_id is missing', 'device_id', 'one is enough'],
  ['amplitude', 'user_id is too short', 'user_id', 'min_id_length'],
  ['amplitude', 'revenue has a value of the wrong kind', 'revenue', 'revenue as a number'],
  ['segment', "'sentAt' is no time that can be read", 'sentAt', 'without sentAt'],
  ['segment', "'traits' must be an object", 'traits', 'as an object'],
])('%s: %s', (protocol, reason, field, part) => expect(adviceOf(issue({ protocol, reason, field }))).toContain(part))

test('of reasons that begin alike the special advice counts', () => {
  const advice = ['in the future', 'before 1971-01-01', 'missing'].map((end) =>
    adviceOf(issue({ protocol: 'mixpanel', reason: `'properties.time' is invalid: must not be ${end}` })),
  )
  expect(new Set(advice).size).toBe(3)
})

test.each([
  ['a reason that nobody has advice for', issue({ reason: 'something else' })],
  ['the words of another protocol', issue({ protocol: 'segment' })],
  ['words that only contain a reason', issue({ reason: 'x: event_type is missing' })],
])('no advice for %s', (_, one) => expect(adviceOf(one)).toBeNull())

test('a field is put into the advice as it is', () => {
  const advice = adviceOf(issue({ protocol: 'mixpanel', reason: "'$group_id' is invalid: must not be missing", field: "$& $' <b>" }))
  expect(advice).toContain("Send $& $' <b>:")
})
