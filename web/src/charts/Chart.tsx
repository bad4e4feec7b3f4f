import { BarChart, LineChart } from 'echarts/charts'
import { GridComponent, MarkLineComponent } from 'echarts/components'
import { type EChartsType, init, use } from 'echarts/core'
import { SVGRenderer } from 'echarts/renderers'
import { type KeyboardEvent, type PointerEvent, useEffect, useMemo, useRef, useState } from 'react'
import type { Line } from './lines'
import { type Drawing, axisOf, drawnValues, isBar, optionsOf } from './options'
import { Tooltip } from './Tooltip'

use([BarChart, LineChart, GridComponent, MarkLineComponent, SVGRenderer])

export type ChartProps = Drawing & { height: number; description: string; pick?: (place: number, line: Line) => void }

/** Lines or bars. The pointer, or the arrow keys, show the numbers of one place; a click or Enter picks a mark. */
export default function Chart(props: ChartProps) {
  const { lines, axis, kind, style, dark, extras, height, description, pick } = props
  const element = useRef<HTMLDivElement>(null)
  const chart = useRef<EChartsType>(null)
  const [place, setPlace] = useState<number | null>(null)
  const count = axis.labels.length
  const options = useMemo(() => optionsOf({ lines, axis, kind, style, dark, extras }), [lines, axis, kind, style, dark, extras])
  useChart(element, chart)
  useEffect(() => void chart.current?.setOption(options, { notMerge: true }), [options])
  useEffect(() => setPlace(null), [axis])

  const at = (event: { clientX: number; clientY: number; currentTarget: Element }) => {
    const box = event.currentTarget.getBoundingClientRect()
    return [event.clientX - box.left, event.clientY - box.top] as const
  }
  const follow = (event: PointerEvent<HTMLDivElement>) => setPlace(placeAt(chart.current, ...at(event), count))
  const click = (event: React.MouseEvent<HTMLDivElement>) => {
    const [x, y] = at(event)
    const under = placeAt(chart.current, x, y, count)
    const line = under === null ? null : nearest(chart.current!, props, under, y)
    if (pick && line) pick(under!, line)
  }
  const step = (event: KeyboardEvent) => {
    if (event.key === 'Enter' && pick && place !== null && lines[0]) return pick(place, lines[0])
    const next = nextPlace(event.key, place, count)
    if (next === undefined) return
    event.preventDefault()
    setPlace(next)
  }
  const shown = place !== null && place < count ? place : null
  return (
    <div className={pick ? 'chart picking' : 'chart'} onPointerMove={follow} onPointerDown={follow} onPointerLeave={() => setPlace(null)} onClick={click}>
      <div role="img" aria-label={description} tabIndex={0} onKeyDown={step} onBlur={() => setPlace(null)} data-testid="chart">
        <div ref={element} style={{ height, width: '100%' }} />
      </div>
      {shown !== null && chart.current && <Tooltip {...props} place={shown} chart={chart.current} />}
    </div>
  )
}

function useChart(element: React.RefObject<HTMLDivElement | null>, chart: React.RefObject<EChartsType | null>) {
  useEffect(() => {
    const created = init(element.current!, null, { renderer: 'svg' })
    chart.current = created
    // It is told the first size too, with which the chart was made: drawing it twice is half of what a chart costs.
    const sizes = new ResizeObserver(([entry]) => {
      const { width, height } = entry!.contentRect
      if (Math.round(width) !== created.getWidth() || Math.round(height) !== created.getHeight()) created.resize()
    })
    sizes.observe(element.current!)
    return () => {
      sizes.disconnect()
      chart.current = null
      created.dispose()
    }
  }, [element, chart])
}

function placeAt(chart: EChartsType | null, x: number, y: number, count: number): number | null {
  if (!chart || !chart.containPixel({ gridIndex: 0 }, [x, y])) return null
  const place = Math.round(Number(chart.convertFromPixel({ xAxisIndex: 0 }, x)))
  return place >= 0 && place < count ? place : null
}

/** The line, or the part of a stack, under or next to a height. */
function nearest(chart: EChartsType, { lines, kind, extras }: Drawing, place: number, y: number): Line | null {
  const value = Number(chart.convertFromPixel({ yAxisIndex: 0 }, y))
  const there = lines.filter((line) => line.values[place] != null)
  if (kind === 'stacked' || kind === 'area') {
    let up = 0
    let down = 0
    for (const line of there) {
      const own = drawnValues(line)[place]!
      if (own >= 0) up += own
      else down += own
      if (value >= 0 ? own > 0 && value <= up : own < 0 && value >= down) return line
    }
    return there.at(-1) ?? null
  }
  if (isBar(kind) && there.length === 1) return there[0]!
  const far = (line: Line) => Math.abs(Number(chart.convertToPixel({ yAxisIndex: axisOf(line, extras) }, line.values[place]!)) - y)
  return there.reduce<Line | null>((best, line) => (best === null || far(line) < far(best) ? line : best), null)
}

function nextPlace(key: string, place: number | null, count: number): number | null | undefined {
  switch (key) {
    case 'ArrowRight':
      return Math.min((place ?? -1) + 1, count - 1)
    case 'ArrowLeft':
      return Math.max((place ?? count) - 1, 0)
    case 'Home':
      return 0
    case 'End':
      return count - 1
    case 'Escape':
      return place === null ? undefined : null
    default:
      return undefined
  }
}
