import type { EventName, Json, PropertyKey, Said } from '../api/types'

/** One line of the lexicon, whatever it describes. */
export type Line = Said & {
  key: string
  name: string
  scope: string | null
  count: number
  first: number
  last: number
  control: boolean
  examples: Json[]
}

const SCOPES: Record<string, string> = { event: 'event', builtin: 'built-in', user: 'person', group: 'group' }

export const scopeName = (scope: string) => SCOPES[scope] ?? scope

export const eventLine = ({ first_seen, last_seen, ...event }: EventName): Line => ({
  ...event,
  key: event.name,
  scope: null,
  first: first_seen,
  last: last_seen,
  examples: [],
})

export const propertyLine = ({ key, ...property }: PropertyKey): Line => ({
  ...property,
  key: `${property.scope} ${key}`,
  name: key,
  first: 0,
  last: 0,
  control: false,
})

/** Lines that have every word of the search in a name, the description or a tag; hidden ones only when asked for. */
export function matching(lines: Line[], search: string, hidden: boolean): Line[] {
  const words = search.toLowerCase().split(/\s+/).filter(Boolean)
  return lines.filter((line) => {
    if (line.hidden && !hidden) return false
    const text = [line.name, line.display_name, line.description, ...line.tags].join('\n').toLowerCase()
    return words.every((word) => text.includes(word))
  })
}

/** An example value, short. */
export const example = (value: Json) => (typeof value === 'string' ? value : JSON.stringify(value))
