import type { Scalar, Segmentation, SegmentationAnswer, Series } from '../api/types'
import { type Figure, figure, full, label } from '../lib/format'
import { figureOf, metricName, propertyName } from '../lib/measures'
import { colorsFor } from './colors'

export type Values = (number | null)[]

/**
 * One line of a chart and one row of its table. `key` is the same for the same values in every answer.
 * `before`: the same in an earlier range. `style`: how its numbers are written. `mirrored`: drawn below zero.
 */
export type Line = { key: string; name: string; color: string; values: Values; overall: number | null; style?: Figure; mirrored?: boolean; before?: { values: Values; overall: number | null }; series?: Series }

type Naming = { name: (series: Series) => string; of: string }

/** The lines of series, largest first within a metric; `of` is what their colours are remembered for. */
export function linesOf(series: Series[], { name, of }: Naming, dark: boolean): Line[] {
  const keys = series.map(keyOf)
  const colors = colorsFor(of, keys, dark)
  return series.map((one, place) => ({
    key: keys[place]!,
    name: name(one),
    color: colors.get(keys[place]!)!,
    values: one.values,
    overall: one.overall,
    series: one,
  }))
}

/** One line of numbers that stands alone. */
export const plainLine = (key: string, name: string, color: string, values: Values, overall: number | null, style?: Figure): Line => ({ key, name, color, values, overall, style })

/** What tells a series from the others of an answer; without a metric's number, so that a value keeps its colour. */
function keyOf({ metric, breakdown, other, segment = 0 }: Series): string {
  const values = JSON.stringify(other ? ['$other', true] : breakdown)
  return metric || segment ? `${metric}.${segment} ${values}` : values
}

/** The lines of a segmentation, those of an earlier range beside them. */
export function segmentationLines(question: Segmentation, answer: SegmentationAnswer, dark: boolean): Line[] {
  const of = question.breakdowns.map((one) => (one.property ? `${one.property.scope ?? 'event'}:${one.property.key}` : 'cohorts')).join(' ') || 'metrics'
  const lines = linesOf(answer.series, { name: (series) => seriesName(question, series), of }, dark)
  const before = new Map((answer.comparison?.series ?? []).map((series) => [keyOf(series), series]))
  return lines.map((line) => {
    const then = before.get(line.key)
    const style = figureOf(question.metrics[line.series!.metric])
    return { ...line, style, ...(answer.comparison && { before: { values: then?.values ?? [], overall: then?.overall ?? null } }) }
  })
}

function seriesName({ metrics, formulas = [] }: Segmentation, { metric, breakdown, other }: Series): string {
  const formula = formulas[metric - metrics.length]
  const own = formula ? formula.name || formula.expression : metricName(metrics[metric]!)
  if (other) return metrics.length + formulas.length > 1 ? `${own} · all others` : 'All others'
  if (breakdown.length === 0) return own
  const values = breakdown.map(label).join(' · ')
  return metrics.length + formulas.length > 1 ? `${own} · ${values}` : values
}

/** What the names of a table's rows are. */
export function headingOf({ metrics, formulas = [], breakdowns }: Segmentation): string {
  const by = breakdowns.map((one) => (one.property ? propertyName(one.property) : 'Cohort')).join(' · ')
  return by || (metrics.length + formulas.length > 1 ? 'Metric' : 'Event')
}

/** Whether every series is of values that are not set. */
export const neverSet = (lines: Line[]) => lines.length > 0 && lines.every((line) => line.series !== undefined && line.series.breakdown.length > 0 && line.series.breakdown.every((value: Scalar) => value === null))

const TOLD = 5

/** The chart in words, for who cannot see it. */
export function inWords(what: string, lines: Line[]): string {
  if (lines.length === 0) return `${what} No line is shown.`
  if (lines.length === 1) return `${what} ${lines[0]!.name}: ${figure(lines[0]!.overall, lines[0]!.style)} overall${peak(lines[0]!)}.`
  const told = lines.slice(0, TOLD).map((line) => `${line.name} ${figure(line.overall, line.style)}`)
  const more = lines.length > TOLD ? `, and ${lines.length - TOLD} more` : ''
  return `${what} ${lines.length} lines, overall: ${told.join(', ')}${more}.`
}

function peak(line: Line): string {
  const values = line.values.filter((value) => value !== null)
  if (values.length < 2) return ''
  const show = line.style ? (value: number) => figure(value, line.style) : full
  return `, between ${show(Math.min(...values))} and ${show(Math.max(...values))}`
}
