/** Versions of a question in the order in which they were made, and which of them is shown. */
export type History = { entries: string[]; at: number }

const MOST = 200

export const began = (entry: string): History => ({ entries: [entry], at: 0 })

/** A version is shown: one step back or forth, or a new one, which forgets those that were undone. */
export function seen({ entries, at }: History, entry: string): History {
  if (entries[at] === entry) return { entries, at }
  if (entries[at - 1] === entry) return { entries, at: at - 1 }
  if (entries[at + 1] === entry) return { entries, at: at + 1 }
  const kept = [...entries.slice(0, at + 1), entry].slice(-MOST)
  return { entries: kept, at: kept.length - 1 }
}
