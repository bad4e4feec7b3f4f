/** Lists of metrics, steps and breakdowns, changed by place. None of these changes the list it is given. */

export const replaced = <T>(rows: T[], place: number, row: T) => rows.map((one, at) => (at === place ? row : one))
export const without = <T>(rows: T[], place: number) => rows.filter((_, at) => at !== place)
export const duplicated = <T>(rows: T[], place: number) => [...rows.slice(0, place + 1), structuredClone(rows[place]!), ...rows.slice(place + 1)]

export function moved<T>(rows: T[], place: number, by: -1 | 1): T[] {
  const next = [...rows]
  ;[next[place], next[place + by]] = [next[place + by]!, next[place]!]
  return next
}

type Bounds = { least: number; most: number }
type Actions = { duplicate?: () => void; up?: () => void; down?: () => void; remove?: () => void }

/** What can be done with the row of a place. */
export const actionsOf = <T>(rows: T[], place: number, become: (rows: T[]) => void, { least, most }: Bounds): Actions => ({
  ...(rows.length < most && { duplicate: () => become(duplicated(rows, place)) }),
  ...(place > 0 && { up: () => become(moved(rows, place, -1)) }),
  ...(place < rows.length - 1 && { down: () => become(moved(rows, place, 1)) }),
  ...(rows.length > least && { remove: () => become(without(rows, place)) }),
})
