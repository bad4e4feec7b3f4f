import type { Setting } from '../api/access'

export const IDENTITY_MODES = [
  { value: 'simplified', label: 'Simplified', text: 'Mixpanel’s: the device and the user of an event are one person' },
  { value: 'original', label: 'Original', text: 'Mixpanel’s older: ids are linked by identify, alias and merge' },
  { value: 'amplitude', label: 'Amplitude', text: 'Amplitude’s: devices belong to the users that sign in on them' },
]

export const WEEKDAYS = ['Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday', 'Sunday'].map((label, place) => ({ value: String(place + 1), label }))

export const zones = () => [...new Set(['UTC', ...Intl.supportedValuesOf('timeZone')])]

/** Settings of a project in words. What is not here is shown under its own name, by the kind of its value. */
export const WORDS: Record<string, { label: string; text: string; choices?: { value: string; label: string }[] }> = {
  store_ip: { label: 'Keep the addresses of clients', text: 'They serve to find the place either way. Otherwise they are taken out before anything is written to disk.' },
  privacy_signals: {
    label: 'Do Not Track and Global Privacy Control',
    text: 'What becomes of events whose browser asks not to be tracked',
    choices: [
      { value: 'ignore', label: 'Store as others' },
      { value: 'strip', label: 'Store without ids and user properties' },
      { value: 'drop', label: 'Do not store' },
    ],
  },
  vendor_limits: { label: 'Cut as the sender’s vendor does', text: 'Long texts and lists, and events with very many properties. What was cut is told under Ingestion issues.' },
  live_window_days: { label: 'Refuse old events, in days', text: 'On endpoints for live events; imports take every age. 0: never' },
  device_events_per_second: { label: 'Events per second of one device or user', text: 'Over 30 seconds, on Amplitude’s endpoints. 0: no bound' },
  device_events_per_day: { label: 'Events per day of one device or user', text: 'Over 24 hours, on Amplitude’s endpoints. 0: no bound' },
  events_per_minute: { label: 'Events per minute of the project', text: 'Beyond it clients are asked to come back later. 0: no bound' },
  queries_per_hour: { label: 'Queries per hour through Mixpanel’s APIs', text: 'Queries, exports and the app API each. Beyond it clients are asked to come back later. 0: no bound' },
  silenced_devices: { label: 'Silenced devices', text: 'Device ids whose events are refused for good; Enter adds one' },
  group_keys: { label: 'Group keys', text: 'Event properties that name groups, such as company; past events count too. Enter adds one' },
}

export const wordsOf = (name: string) => WORDS[name] ?? { label: name.replaceAll('_', ' '), text: '' }

/** Only what differs, so that two people who change different settings do not undo each other's. */
export function changed(before: Record<string, Setting>, after: Record<string, Setting>): Record<string, Setting> {
  return Object.fromEntries(Object.entries(after).filter(([name, value]) => JSON.stringify(before[name]) !== JSON.stringify(value)))
}
