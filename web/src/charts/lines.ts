import type { Answer, Measure } from '../api/types'
import { full, label } from '../lib/format'
import { colorsFor } from './colors'

/** One line of a chart and one row of its table. `key` is the same for the same values in every answer. */
export type Line = { key: string; name: string; color: string; values: number[]; overall: number }

/**
 * The lines of an answer, largest first. `single` names the line of a question without breakdown, `property` is
 * what the values of the others are of.
 */
export function linesOf(answer: Answer, single: string, property: string, dark: boolean): Line[] {
  const keys = answer.series.map((series) => JSON.stringify(series.breakdown))
  const colors = colorsFor(property, keys, dark)
  return answer.series.map((series, place) => ({
    key: keys[place]!,
    name: series.breakdown.length ? series.breakdown.map(label).join(' · ') : single,
    color: colors.get(keys[place]!)!,
    values: series.values,
    overall: series.overall,
  }))
}

/** Events of several lines add up; people and averages do not. */
export const addsUp = (measure: Measure) => measure === 'total'

const TOLD = 5

/** The chart in words, for who cannot see it. */
export function inWords(what: string, lines: Line[]): string {
  if (lines.length === 0) return `${what} No line is shown.`
  if (lines.length === 1) return `${what} ${lines[0]!.name}: ${full(lines[0]!.overall)} overall${peak(lines[0]!)}.`
  const told = lines.slice(0, TOLD).map((line) => `${line.name} ${full(line.overall)}`)
  const more = lines.length > TOLD ? `, and ${lines.length - TOLD} more` : ''
  return `${what} ${lines.length} lines, overall: ${told.join(', ')}${more}.`
}

function peak(line: Line): string {
  return line.values.length < 2 ? '' : `, between ${full(Math.min(...line.values))} and ${full(Math.max(...line.values))}`
}
