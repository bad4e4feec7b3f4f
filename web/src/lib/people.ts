import type { Json } from '../api/types'

type Properties = Record<string, Json>

const text = (value: Json | undefined) => (typeof value === 'string' && value.trim() ? value : '')

/** What a person is called: a name, else an e-mail address, else the id. */
export function nameOf(id: string, properties: Properties): string {
  const parts = [properties.$first_name, properties.$last_name].map(text).filter(Boolean).join(' ')
  return text(properties.$name) || text(properties.name) || parts || text(properties.$email) || text(properties.email) || id || '(no id)'
}

const SAID = new Set(['$name', 'name', '$first_name', '$last_name'])
const MOST = 3

/** A few of a profile's plain values, for a line below the name. */
export const summaryOf = (properties: Properties): string =>
  Object.entries(properties)
    .filter(([key, value]) => !SAID.has(key) && value !== null && typeof value !== 'object' && String(value).length < 40)
    .slice(0, MOST)
    .map(([, value]) => String(value))
    .join(' · ')
