import type { Line } from '../charts/lines'

/** By the name, by the overall number, or by the number of one interval. */
export type Sort = { by: 'name' | 'overall' | number; down: boolean }

export function sorted(lines: Line[], { by, down }: Sort): Line[] {
  const compare = (a: Line, b: Line) => {
    if (by === 'name') return a.name.localeCompare(b.name, 'en', { numeric: true })
    return by === 'overall' ? (a.overall ?? 0) - (b.overall ?? 0) : (a.values[by] ?? 0) - (b.values[by] ?? 0)
  }
  return [...lines].sort((a, b) => (down ? -compare(a, b) : compare(a, b)))
}
