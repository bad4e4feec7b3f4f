import { useComputedColorScheme } from '@mantine/core'
import { useElementSize } from '@mantine/hooks'
import { BarChart, LineChart } from 'echarts/charts'
import { GridComponent, TooltipComponent } from 'echarts/components'
import { type EChartsType, init, use } from 'echarts/core'
import { SVGRenderer } from 'echarts/renderers'
import { useEffect, useRef } from 'react'
import type { Bucket, Interval } from '../lib/api'
import { colorsFor } from '../lib/colors'
import { compact, day, full } from '../lib/format'

use([BarChart, LineChart, GridComponent, TooltipComponent, SVGRenderer])

export type Line = { name: string; values: number[]; overall: number }
type Props = { lines: Line[]; buckets: Bucket[]; interval: Interval; kind: 'line' | 'bar'; height: number; description: string }

/** Lines or stacked bars over time. A last interval that still runs is dashed. */
export default function Chart({ lines, buckets, interval, kind, height, description }: Props) {
  const { ref: size, width } = useElementSize()
  const element = useRef<HTMLDivElement>(null)
  const chart = useRef<EChartsType>(null)
  const dark = useComputedColorScheme('light') === 'dark'

  useEffect(() => {
    const created = init(element.current!, null, { renderer: 'svg' })
    chart.current = created
    return () => created.dispose()
  }, [])

  useEffect(() => {
    chart.current?.setOption(options(lines, buckets, interval, kind, dark), { notMerge: true })
  }, [lines, buckets, interval, kind, dark])

  useEffect(() => {
    chart.current?.resize()
  }, [width, height])

  return (
    <div ref={size} role="img" aria-label={description} data-testid="chart">
      <div ref={element} style={{ height, width: '100%' }} />
    </div>
  )
}

function options(lines: Line[], buckets: Bucket[], interval: Interval, kind: 'line' | 'bar', dark: boolean) {
  const colors = colorsFor(lines.map((line) => line.name), dark)
  const ink = dark ? '#c9c9c9' : '#495057'
  const rule = dark ? '#2e2e2e' : '#e9ecef'
  return {
    animation: false,
    grid: { left: 8, right: 16, top: 16, bottom: 8, containLabel: true },
    tooltip: {
      trigger: 'axis',
      confine: true,
      renderMode: 'richText',
      valueFormatter: full,
      order: 'valueDesc',
      backgroundColor: dark ? '#242424' : '#ffffff',
      borderColor: rule,
      textStyle: { color: ink, fontSize: 12 },
    },
    xAxis: {
      type: 'category',
      boundaryGap: kind === 'bar',
      data: buckets.map((bucket) => day(bucket.date, interval)),
      axisLine: { lineStyle: { color: rule } },
      axisTick: { show: false },
      axisLabel: { color: ink, hideOverlap: true },
    },
    yAxis: {
      type: 'value',
      min: 0,
      axisLabel: { color: ink, formatter: compact },
      splitLine: { lineStyle: { color: rule } },
    },
    series: kind === 'bar' ? lines.map((line) => bars(line, colors)) : lines.flatMap((line) => curve(line, buckets, colors)),
  }
}

function bars(line: Line, colors: Map<string, string>) {
  return { type: 'bar', name: line.name, data: line.values, stack: 'all', color: colors.get(line.name), barMaxWidth: 40 }
}

/** The finished intervals as a solid line; the one that still runs as a dashed continuation. */
function curve(line: Line, buckets: Bucket[], colors: Map<string, string>) {
  const finished = buckets.findIndex((bucket) => !bucket.complete)
  const end = finished < 0 ? buckets.length : finished
  const style = { type: 'line', name: line.name, color: colors.get(line.name), symbolSize: 5, emphasis: { disabled: true } }
  const solid = line.values.map((value, place) => (place < end ? value : null))
  const open = line.values.map((value, place) => (place >= end - 1 ? value : null))
  const whole = { ...style, data: solid, showSymbol: buckets.length === 1 || end <= 1, lineStyle: { width: 2 } }
  if (finished < 0) return [whole]
  const tail = { ...style, data: open, showSymbol: true, lineStyle: { width: 2, type: 'dashed' }, tooltip: { show: end === 0 } }
  return [whole, tail]
}
