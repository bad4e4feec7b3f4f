import { type Figure, shortFigure } from '../lib/format'
import type { Axis } from './axis'
import type { Line, Values } from './lines'

export type Kind = 'line' | 'area' | 'bar' | 'stacked'
export type Drawing = { lines: Line[]; axis: Axis; kind: Kind; style?: Figure; dark: boolean }

const INK = { light: '#5c6370', dark: '#9aa1ae' }
const RULE = { light: '#e9ebef', dark: '#2c3039' }

/** What ECharts draws: nothing but axes and marks. The tooltip is ours, because names in it must stay text. */
export function optionsOf({ lines, axis, kind, style, dark }: Drawing) {
  const mode = dark ? 'dark' : 'light'
  const text = { color: INK[mode], fontFamily: 'system-ui, sans-serif', fontSize: 11 }
  const below = lines.some((line) => drawnValues(line).some((value) => value !== null && value < 0))
  const mirrored = lines.some((line) => line.mirrored)
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
    yAxis: {
      type: 'value',
      ...(!below && { min: 0 }),
      ...(style === 'share' && nearlyWhole(lines) && { max: 1 }),
      splitNumber: 4,
      axisLabel: { ...text, formatter: (value: number) => shortFigure(mirrored ? Math.abs(value) : value, style) },
      splitLine: { lineStyle: { color: RULE[mode] } },
    },
    series: [
      ...(isBar(kind)
        ? lines.map((line) => bars(line, axis, kind === 'stacked'))
        : lines.flatMap((line) => [...(line.before ? [earlier(line)] : []), ...curve(line, axis, kind === 'area')])),
      ...noted(axis, INK[mode]),
    ],
  }
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
