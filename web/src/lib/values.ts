import type { Json } from '../api/types'

/** A property's value on one line; nothing where there is none. */
export function shown(value: Json | undefined): string {
  if (value === null || value === undefined) return ''
  return typeof value === 'string' ? value : JSON.stringify(value)
}
