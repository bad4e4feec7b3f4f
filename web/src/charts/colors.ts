/** Ten hues, the most different first, that can be told apart on light and on dark ground. */
const LIGHT = ['#4c63e8', '#e8590c', '#0b9a72', '#c2255c', '#8250df', '#9a6700', '#0c8599', '#e03131', '#5c940d', '#a33bb3']
const DARK = ['#8296ff', '#ff9f5a', '#3ad0a0', '#f783ac', '#b197fc', '#e0b050', '#4cc9dd', '#ff8787', '#a9d64b', '#da8ee7']
const NOT_SET = { light: '#868e96', dark: '#8b919c' }

/** The key of a line that stands for absent values. */
export const NOT_SET_KEY = '[null]'

/** Which hue a value got when it was first seen, by what the values are of. */
export type Memory = Map<string, Map<string, number>>
const seen: Memory = new Map()

/**
 * A colour per line, given in the order of the lines: the first ten all differ, and a value of the same property
 * keeps its colour in every later answer, whatever its rank there.
 */
export function colorsFor(property: string, keys: string[], dark: boolean, memory: Memory = seen): Map<string, string> {
  const palette = dark ? DARK : LIGHT
  const places = memory.get(property) ?? new Map<string, number>()
  memory.set(property, places)
  const taken = new Set<number>()
  const colors = new Map<string, string>()
  for (const key of keys) {
    if (key === NOT_SET_KEY) {
      colors.set(key, NOT_SET[dark ? 'dark' : 'light'])
      continue
    }
    const place = freePlace(places.get(key) ?? places.size % palette.length, taken, palette.length)
    if (!places.has(key)) places.set(key, place)
    taken.add(place)
    colors.set(key, palette[place]!)
  }
  return colors
}

function freePlace(wanted: number, taken: ReadonlySet<number>, count: number): number {
  if (taken.size >= count) return wanted
  let place = wanted
  while (taken.has(place)) place = (place + 1) % count
  return place
}
