import type { Json } from '../api/types'

type Row = Record<string, Json | undefined>

/** A table with a head of all keys, in the order in which they first occur. */
export function toCsv(rows: Row[]): string {
  const keys = [...new Set(rows.flatMap(Object.keys))]
  return [keys, ...rows.map((row) => keys.map((key) => row[key]))].map((cells) => cells.map(cell).join(',')).join('\r\n') + '\r\n'
}

/** Texts that a spreadsheet would take for a formula get an apostrophe before them: they came from outside. */
function cell(value: Json | undefined): string {
  if (value === null || value === undefined) return ''
  if (typeof value === 'number') return String(value)
  const text = typeof value === 'string' ? value : JSON.stringify(value)
  const safe = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe
}

/** Hands a text to the browser as a file. */
export function download(name: string, text: string, type = 'text/csv') {
  const address = URL.createObjectURL(new Blob([text], { type: `${type};charset=utf-8` }))
  const link = document.createElement('a')
  link.href = address
  link.download = name
  link.click()
  setTimeout(() => URL.revokeObjectURL(address), 1000)
}
