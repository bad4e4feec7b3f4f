import type { Json, NamedEvent, StreamEvent } from '../api/types'

/** An event as a document to read: names as sent, what it does not have left out. */
export function eventJson(event: StreamEvent): string {
  const shown: Record<string, Json> = {
    event: event.name,
    time: new Date(event.time).toISOString(),
    received: new Date(event.received).toISOString(),
    distinct_id: event.distinct_id,
    user_id: event.user_id,
    device_id: event.device_id,
    insert_id: event.insert_id,
    session_id: event.session_id,
    event_id: event.event_id,
    properties: event.properties,
    user_properties: event.user_properties,
    groups: event.groups,
    context: event.context,
    envelope: event.envelope,
    protocol: event.protocol,
    library: event.library,
  }
  return JSON.stringify(Object.fromEntries(Object.entries(shown).filter(([, value]) => !isEmpty(value))), null, 2)
}

function isEmpty(value: Json | undefined): boolean {
  if (value === null || value === undefined || value === '') return true
  return typeof value === 'object' && Object.keys(value).length === 0
}

/** Of events newest first, the one that came first and says what somebody did; a control event if there is no other. */
export function firstOf(events: StreamEvent[]): StreamEvent | undefined {
  return events.findLast((event) => !event.control) ?? events.at(-1)
}

export function matches(event: StreamEvent, text: string): boolean {
  const wanted = text.trim().toLowerCase()
  const searched = [event.name, event.distinct_id, event.user_id, event.device_id]
  return searched.some((one) => one.toLowerCase().includes(wanted))
}

export const ANY = 'Any event'

/** An event selector as people read it. */
export const eventName = ({ names = [], custom, label }: NamedEvent) => (custom ? label || custom : names.length ? names.map((name) => name || '(no name)').join(' or ') : ANY)

/** Whether a selector says which events, other than any. */
export const isNamed = ({ names, custom }: NamedEvent) => Boolean(names?.length || custom)
