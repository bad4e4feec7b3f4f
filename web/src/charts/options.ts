import { type Figure, shortFigure } from '../lib/format'
import type { Axis } from './axis'
import type { Line, Values } from './lines'

export type Kind = 'line' | 'area' | 'bar' | 'stacked'
/** A logarithmic axis; an axis at the right for the metrics after the first; a line at a number. */
export type Extras = { log?: boolean; second?: boolean; goal?: number | null }
export type Drawing = { lines: Line[]; axis: Axis; kind: Kind; style?: Figure; dark: boolean; extras?: Extras }

/** Which of the two axes a line's numbers are on: 0 at the left, 1 at the right. */
export const axisOf = (line: Line, { second }: Extras = {}): 0 | 1 => (second && (line.series?.metric ?? 0) > 0 ? 1 : 0)

export const severalMetrics = (lines: Line[]) => new Set(lines.map((line) => line.series?.metric ?? 0)).size > 1

const INK = { light: '#5c6370', dark: '#9aa1ae' }
const RULE = { light: '#e9ebef', dark: '#2c3039' }

/** What ECharts draws: nothing but axes and marks. The tooltip is ours, because names in it must stay text. */
export function optionsOf({ lines, axis, kind, style, dark, extras = {} }: Drawing) {
  const mode = dark ? 'dark' : 'light'
  const text = { color: INK[mode], fontFamily: 'system-ui, sans-serif', fontSize: 11 }
  const below = lines.some((line) => drawnValues(line).some((value) => value !== null && value < 0))
  const mirrored = lines.some((line) => line.mirrored)
  const labels = (of: Figure | undefined) => ({ ...text, formatter: (value: number) => shortFigure(mirrored ? Math.abs(value) : value, of) })
  const left = {
    type: extras.log ? 'log' : 'value',
    ...(!below && !extras.log && { min: 0 }),
    ...(style === 'share' && nearlyWhole(lines) && !extras.log && { max: 1 }),
    splitNumber: 4,
    axisLabel: labels(style),
    splitLine: { lineStyle: { color: RULE[mode] } },
  }
  return {
    animation: false,
    grid: { left: 4, right: 12, top: 12, bottom: 4, outerBoundsMode: 'same', outerBoundsContain: 'axisLabel' },
    xAxis: {
      type: 'category',
      boundaryGap: isBar(kind),
      data: axis.labels,
      axisLine: { lineStyle: { color: RULE[mode] }, onZero: false },
      axisTick: { show: false },
      axisLabel: { ...text, hideOverlap: true, margin: 10 },
    },
    yAxis: extras.second && severalMetrics(lines) ? [left, { ...left, position: 'right', max: undefined, axisLabel: labels(styleAt(lines, extras)), splitLine: { show: false } }] : left,
    series: [
      ...(isBar(kind)
        ? lines.map((line) => bars(line, axis, kind === 'stacked'))
        : lines.flatMap((line) => [...(line.before ? [earlier(line)] : []), ...curve(line, axis, kind === 'area')])
      ).map((one) => placed(one, lines, extras)),
      ...noted(axis, INK[mode]),
      ...aimed(extras.goal, style, text),
    ],
  }
}

/** How the numbers at the right are written: as those of the first line there. */
const styleAt = (lines: Line[], extras: Extras) => lines.find((line) => axisOf(line, extras) === 1)?.style

type Drawn = { name: string; data: unknown[] }

/** A series on its axis. A logarithmic one has no place for what is not above zero. */
function placed<D extends Drawn>(one: D, lines: Line[], extras: Extras) {
  const line = lines.find(({ key }) => one.name === key || one.name === `${key} before`)
  const data = extras.log ? one.data.map(aboveZero) : one.data
  return { ...one, data, ...(line && axisOf(line, extras) === 1 && { yAxisIndex: 1 }) }
}

function aboveZero(datum: unknown): unknown {
  const value = typeof datum === 'object' && datum !== null ? (datum as { value: unknown }).value : datum
  return typeof value === 'number' && value <= 0 ? null : datum
}

/** A horizontal line at the goal, with its number. */
function aimed(goal: number | null | undefined, style: Figure | undefined, text: { color: string; fontFamily: string; fontSize: number }) {
  if (typeof goal !== 'number') return []
  const label = { ...text, show: true, position: 'insideEndTop', formatter: `Goal ${shortFigure(goal, style)}` }
  const markLine = { silent: true, symbol: 'none', label, lineStyle: { color: '#0b9a72', width: 1.5, type: 'solid' }, data: [{ yAxis: goal }] }
  return [{ type: 'line', name: 'goal', silent: true, data: [], markLine }]
}

/** A vertical line at every place where something was noted; what it was is told with the numbers of the place. */
function noted({ notes = [] }: Axis, color: string) {
  const data = notes.flatMap((texts, xAxis) => (texts.length ? [{ xAxis }] : []))
  if (data.length === 0) return []
  const markLine = { silent: true, symbol: ['none', 'triangle'], symbolSize: 7, label: { show: false }, lineStyle: { color, width: 1, type: [3, 3] }, data }
  return [{ type: 'line', name: 'annotations', silent: true, data: [], markLine }]
}

const NEARLY = 0.75

/** Whether shares reach up to a whole, so that an axis beyond it would promise more than there can be. */
function nearlyWhole(lines: Line[]): boolean {
  const most = Math.max(...lines.flatMap((line) => line.values.map((value) => value ?? 0)))
  return most > NEARLY && most <= 1
}

/** The values as they stand in the picture. */
export const drawnValues = (line: Line): Values => (line.mirrored ? line.values.map((value) => (value === null ? null : -value)) : line.values)

export const isBar = (kind: Kind) => kind === 'bar' || kind === 'stacked'

function bars(line: Line, axis: Axis, stacked: boolean) {
  const open = { color: line.color, opacity: 0.4, borderColor: line.color, borderType: 'dashed', borderWidth: 1 }
  return {
    type: 'bar',
    name: line.key,
    color: line.color,
    barMaxWidth: 36,
    ...(stacked && { stack: 'all' }),
    data: drawnValues(line).map((value, place) => (place < axis.finished ? value : { value, itemStyle: open })),
  }
}

function earlier(line: Line) {
  return {
    type: 'line',
    name: `${line.key} before`,
    color: line.color,
    silent: true,
    showSymbol: false,
    data: line.before!.values.slice(0, line.values.length),
    lineStyle: { width: 1.5, type: [2, 3], opacity: 0.6 },
  }
}

/** The finished intervals as a solid line; those that still run as a dashed continuation. */
function curve(line: Line, axis: Axis, filled: boolean) {
  const end = axis.finished
  const area = filled && { stack: 'all', areaStyle: { opacity: 0.35 } }
  const style = { type: 'line', name: line.key, color: line.color, symbol: 'circle', symbolSize: 5, silent: true }
  // A stack is of whole lines: the part that still runs cannot be drawn apart.
  if (filled) return [{ ...style, ...area, data: line.values, showSymbol: false, lineStyle: { width: 1.5 } }]
  const whole = { ...style, data: only(line.values, (place) => place < end), showSymbol: end === 1, lineStyle: { width: 2 } }
  if (end >= line.values.length) return [whole]
  return [whole, { ...style, data: only(line.values, (place) => place >= end - 1), showSymbol: end === 0, lineStyle: { width: 2, type: [4, 4] } }]
}

const only = (values: Values, keep: (place: number) => boolean): Values => values.map((value, place) => (keep(place) ? value : null))
