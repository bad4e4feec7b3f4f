/** Lays JSON text out over lines without reading its values, so that no digit is lost and a cut end does no harm.
    What does not look like an object or a list stays as it is. */
export function laidOut(text: string): string {
  if (!/^\s*[[{]/.test(text)) return text
  let depth = 0
  const line = () => `\n${'  '.repeat(depth)}`
  let out = ''
  for (const [token] of text.matchAll(TOKENS)) {
    if (token === '{' || token === '[') {
      depth += 1
      out += token + line()
    } else if (token === '}' || token === ']') {
      depth = Math.max(0, depth - 1)
      out = /[[{]\s*$/.test(out) ? out.trimEnd() + token : out + line() + token
    } else if (token === ',') out += token + line()
    else out += token === ':' ? ': ' : token
  }
  return out.trimEnd()
}

/** A string (perhaps without its end), a sign of structure, or a run of anything else; blanks between are left out. */
const TOKENS = /"(?:[^"\\]|\\[^])*(?:"|\\?$)|[{}[\],:]|[^\s{}[\],:"]+/g
