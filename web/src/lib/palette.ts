/** Something that can be jumped to. */
export type Target = { key: string; kind: string; label: string; hint?: string; to: string; search?: Record<string, string> }

const MOST_OF_A_KIND = 6

/** Those whose names have all words of the text; names that begin with it come first, in the order of the kinds. */
export function found(targets: Target[], text: string): Target[] {
  const words = text.trim().toLowerCase().split(/\s+/).filter(Boolean)
  const fits = targets.filter(({ label, hint = '', kind }) => words.every((word) => `${label} ${hint} ${kind}`.toLowerCase().includes(word)))
  const first = (target: Target) => (words.length && target.label.toLowerCase().startsWith(words[0]!) ? 0 : 1)
  const kinds = [...new Set(targets.map(({ kind }) => kind))]
  return kinds.flatMap((kind) => fits.filter((one) => one.kind === kind).sort((a, b) => first(a) - first(b)).slice(0, MOST_OF_A_KIND))
}
