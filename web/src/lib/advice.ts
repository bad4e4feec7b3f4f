import type { Issue } from '../api/types'

/** What to do about an issue; null where the reason in words says all there is to say. */
export function adviceOf({ protocol, reason, field }: Issue): string | null {
  const found = ADVICE.find((one) => (!one.protocol || one.protocol === protocol) && one.reason.test(reason))
  return found ? found.advice.replaceAll('{field}', () => field) : null
}

const EMPTY_VARIABLE = 'This usually is a variable that was not set when the SDK was called.'

/** Reasons as the protocols word them (src/diptych/protocols/), and what people can do. The first that fits counts. */
const ADVICE: { protocol?: string; reason: RegExp; advice: string }[] = [
  {
    protocol: 'mixpanel',
    reason: /^'event' is invalid/,
    advice: `Send the event’s name as a text that is not empty. ${EMPTY_VARIABLE}`,
  },
  {
    protocol: 'mixpanel',
    reason: /^'properties\.time' is invalid: must not be in the future/,
    advice: 'Check the clock of the machine that sends, and the unit: seconds or milliseconds since 1970 in UTC, no microseconds.',
  },
  {
    protocol: 'mixpanel',
    reason: /^'properties\.time' is invalid: must not be before/,
    advice: 'Check the unit: seconds or milliseconds since 1970 in UTC. A value near zero is often a date that could not be read.',
  },
  {
    protocol: 'mixpanel',
    reason: /^'properties\.time' is invalid: must not be missing/,
    advice: 'Past events need their time: set properties.time, in seconds or milliseconds since 1970. Only /track uses the time of receipt instead.',
  },
  {
    protocol: 'mixpanel',
    reason: /^'properties\.time' is invalid/,
    advice: 'Send a number of seconds or milliseconds since 1970 in UTC, not a date in words.',
  },
  {
    protocol: 'mixpanel',
    reason: /^'properties\.distinct_id' is invalid: must be an id/,
    advice: `A placeholder such as “null” or “undefined” is nobody’s id. ${EMPTY_VARIABLE}`,
  },
  {
    protocol: 'mixpanel',
    reason: /^'(properties\.distinct_id|\$distinct_id|\$group_key|\$group_id)' is invalid: must not be missing/,
    advice: `Send {field}: without it nobody knows whom the record is about. ${EMPTY_VARIABLE}`,
  },
  {
    protocol: 'mixpanel',
    reason: /^'properties\.\$insert_id' is invalid/,
    advice: 'Give each event an id of its own, of letters, digits and dashes, or import without strict=1. It lets a repeated request count once.',
  },
  {
    protocol: 'mixpanel',
    reason: /^an update needs one of /,
    advice: 'A profile record says what to do with the properties: {"$set": {…}}, for example.',
  },
  {
    protocol: 'amplitude',
    reason: /^time has a value of the wrong kind/,
    advice: 'Send whole milliseconds since 1970 as a number: no text, no fraction, no seconds.',
  },
  {
    protocol: 'amplitude',
    reason: /^(user_id|device_id) has a value of the wrong kind/,
    advice: `Send a text or a number. Placeholders such as “null” or “undefined” are nobody’s id. ${EMPTY_VARIABLE}`,
  },
  {
    protocol: 'amplitude',
    reason: /^(user_id|device_id) is missing/,
    advice: `An event needs a user_id or a device_id; one is enough. ${EMPTY_VARIABLE}`,
  },
  {
    protocol: 'amplitude',
    reason: /^(user_id|device_id) is too short/,
    advice: 'Ids have at least five characters unless the request says otherwise: set min_id_length in the SDK’s options where your ids are shorter.',
  },
  {
    protocol: 'amplitude',
    reason: /^event_type /,
    advice: `Send the event’s name as a text that is not empty. ${EMPTY_VARIABLE}`,
  },
  {
    protocol: 'amplitude',
    reason: /^(event_properties|user_properties|groups|group_properties) has a value of the wrong kind/,
    advice: 'Send {field} as an object, {"name": value}, not as a text that contains one.',
  },
  {
    protocol: 'amplitude',
    reason: /^(price|quantity|revenue) has a value of the wrong kind/,
    advice: 'Send {field} as a number, without a currency sign.',
  },
  {
    protocol: 'amplitude',
    reason: /^(session_id|event_id) has a value of the wrong kind/,
    advice: 'Send {field} as a whole number.',
  },
  {
    protocol: 'segment',
    reason: /^'userId' (or 'anonymousId' )?must be sent/,
    advice: `Call identify, or give an id with the message. ${EMPTY_VARIABLE}`,
  },
  {
    protocol: 'segment',
    reason: /^'event' must /,
    advice: `A track call needs the event’s name as a text that is not empty. ${EMPTY_VARIABLE}`,
  },
  {
    protocol: 'segment',
    reason: /^'(groupId|previousId)' must not be missing/,
    advice: `Give {field} with the call. ${EMPTY_VARIABLE}`,
  },
  {
    protocol: 'segment',
    reason: /^'\w+' is no time that can be read/,
    advice: 'The message is stored, with its time reckoned without {field}. Send ISO 8601, for example 2026-01-31T09:30:00.000Z.',
  },
  {
    protocol: 'segment',
    reason: /^'context' is no object/,
    advice: 'The message is stored, without built-in properties such as the browser or the page. Send context as an object.',
  },
  {
    protocol: 'segment',
    reason: /^a message must have at most /,
    advice: 'Send less with each message: long texts and lists are better kept elsewhere, with their address as a property.',
  },
  {
    protocol: 'segment',
    reason: /^a message must be JSON, without NaN/,
    advice: 'Numbers that are none (NaN, Infinity) have no JSON form: leave such a property out, or send null.',
  },
  {
    protocol: 'segment',
    reason: /^'type' must be one of /,
    advice: 'A batch needs the kind of each message in type.',
  },
  {
    reason: /must be an object$/,
    advice: 'Send it as an object, {"name": value}, not as a text that contains one.',
  },
  {
    reason: /must be a JSON object/,
    advice: 'Look at how the request is put together: a text was sent as it is, cut off, or encoded twice.',
  },
]
