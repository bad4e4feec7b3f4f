import type { PeopleSearch, PropertyChange } from '../api/people'
import type { Filter, Json } from '../api/types'
import type { Search } from './report'

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

const MOST_COLUMNS = 4
const NAMES = new Set([...SAID, '$email', 'email'])

/** The keys that most of the profiles have, e-mail addresses first, then by how many have them. */
export function columnsOf(profiles: Properties[]): string[] {
  const counts = new Map<string, number>()
  for (const profile of profiles) {
    for (const [key, value] of Object.entries(profile)) if (value !== null && !SAID.has(key)) counts.set(key, (counts.get(key) ?? 0) + 1)
  }
  const first = (key: string) => (NAMES.has(key) ? 0 : 1)
  return [...counts.keys()].sort((a, b) => first(a) - first(b) || counts.get(b)! - counts.get(a)! || (a < b ? -1 : 1)).slice(0, MOST_COLUMNS)
}

/** What is looked for, in the address. */
export function writeSearch({ text, filter, order }: PeopleSearch): Search {
  return { ...(text && { text }), ...(filter && { filter: JSON.stringify(filter) }), ...(order !== 'updated' && { order }) }
}

export function readSearch(search: Search): PeopleSearch {
  return { text: (search.text ?? '').slice(0, 255), filter: readFilter(search.filter), order: search.order === 'recent' ? 'recent' : 'updated' }
}

function readFilter(text: string | undefined): Filter | null {
  try {
    const found = JSON.parse(text ?? 'null') as Filter | null
    return found && typeof found.type === 'string' ? found : null
  } catch {
    return null
  }
}

export type Day<T> = { day: string; of: T[] }

/** Things in their order, in groups of one local day each. `dayOf`: the day of a time as people read it. */
export function byDay<T extends { time: number }>(things: T[], dayOf: (time: number) => string): Day<T>[] {
  const days: Day<T>[] = []
  for (const thing of things) {
    const day = dayOf(thing.time)
    if (days.at(-1)?.day === day) days.at(-1)!.of.push(thing)
    else days.push({ day, of: [thing] })
  }
  return days
}

export type Change = PropertyChange & { before: Json | undefined }

/** Changes, the latest first, each with the value before it; undefined: there is none that is known. */
export function changesOf(changes: PropertyChange[]): Change[] {
  const later = new Map<string, Change>()
  return changes.map((change) => {
    const next: Change = { ...change, before: undefined }
    const after = later.get(change.key)
    if (after) after.before = change.value
    later.set(change.key, next)
    return next
  })
}
