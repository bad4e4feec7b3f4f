import type { Bucket, Interval } from '../api/types'
import { bucketLabels, compact } from '../lib/format'
import type { Line } from './lines'

export type Kind = 'line' | 'bar'
export type Drawing = {
  lines: Line[]
  buckets: Bucket[]
  interval: Interval
  kind: Kind
  /** Whether bars of several lines are stacked. */
  stacked: boolean
  dark: boolean
}

const INK = { light: '#5c6370', dark: '#9aa1ae' }
const RULE = { light: '#e9ebef', dark: '#2c3039' }

/** What ECharts draws: nothing but axes and marks. The tooltip is ours, because names in it must stay text. */
export function optionsOf({ lines, buckets, interval, kind, stacked, dark }: Drawing) {
  const mode = dark ? 'dark' : 'light'
  const text = { color: INK[mode], fontFamily: 'system-ui, sans-serif', fontSize: 11 }
  return {
    animation: false,
    grid: { left: 4, right: 12, top: 12, bottom: 4, outerBoundsMode: 'same', outerBoundsContain: 'axisLabel' },
    xAxis: {
      type: 'category',
      boundaryGap: kind === 'bar',
      data: bucketLabels(buckets, interval),
      axisLine: { lineStyle: { color: RULE[mode] } },
      axisTick: { show: false },
      axisLabel: { ...text, hideOverlap: true, margin: 10 },
    },
    yAxis: {
      type: 'value',
      min: 0,
      splitNumber: 4,
      axisLabel: { ...text, formatter: compact },
      splitLine: { lineStyle: { color: RULE[mode] } },
    },
    series: kind === 'bar' ? lines.map((line) => bars(line, buckets, stacked)) : lines.flatMap((line) => curve(line, buckets)),
  }
}

/** How many intervals from the left are over; the rest still count. */
export function finished(buckets: Bucket[]): number {
  const open = buckets.findIndex((bucket) => !bucket.complete)
  return open < 0 ? buckets.length : open
}

function bars(line: Line, buckets: Bucket[], stacked: boolean) {
  const end = finished(buckets)
  const open = { color: line.color, opacity: 0.4, borderColor: line.color, borderType: 'dashed', borderWidth: 1 }
  return {
    type: 'bar',
    name: line.key,
    color: line.color,
    barMaxWidth: 36,
    ...(stacked && { stack: 'all' }),
    data: line.values.map((value, place) => (place < end ? value : { value, itemStyle: open })),
  }
}

/** The finished intervals as a solid line; those that still run as a dashed continuation. */
function curve(line: Line, buckets: Bucket[]) {
  const end = finished(buckets)
  const style = { type: 'line', name: line.key, color: line.color, symbol: 'circle', symbolSize: 5, silent: true }
  const solid = line.values.map((value, place) => (place < end ? value : null))
  const whole = { ...style, data: solid, showSymbol: end === 1, lineStyle: { width: 2 } }
  if (end === buckets.length) return [whole]
  const dashed = line.values.map((value, place) => (place >= end - 1 ? value : null))
  return [whole, { ...style, data: dashed, showSymbol: end === 0, lineStyle: { width: 2, type: [4, 4] } }]
}
