import { BarChart, LineChart } from 'echarts/charts'
import { GridComponent } from 'echarts/components'
import { type EChartsType, init, use } from 'echarts/core'
import { SVGRenderer } from 'echarts/renderers'
import { type KeyboardEvent, type PointerEvent, useEffect, useMemo, useRef, useState } from 'react'
import { type Drawing, optionsOf } from './options'
import { Tooltip } from './Tooltip'

use([BarChart, LineChart, GridComponent, SVGRenderer])

export type ChartProps = Drawing & { height: number; description: string }

/** Lines or bars over time. The pointer, or the arrow keys, show the numbers of one interval. */
export default function Chart(props: ChartProps) {
  const { lines, buckets, interval, kind, stacked, dark, height, description } = props
  const element = useRef<HTMLDivElement>(null)
  const chart = useRef<EChartsType>(null)
  const [place, setPlace] = useState<number | null>(null)
  const options = useMemo(
    () => optionsOf({ lines, buckets, interval, kind, stacked, dark }),
    [lines, buckets, interval, kind, stacked, dark],
  )
  useChart(element, chart)
  useEffect(() => void chart.current?.setOption(options, { notMerge: true }), [options])
  useEffect(() => setPlace(null), [buckets])

  const follow = (event: PointerEvent<HTMLDivElement>) => {
    const box = event.currentTarget.getBoundingClientRect()
    setPlace(placeAt(chart.current, event.clientX - box.left, event.clientY - box.top, buckets.length))
  }
  const step = (event: KeyboardEvent) => {
    const next = nextPlace(event.key, place, buckets.length)
    if (next === undefined) return
    event.preventDefault()
    setPlace(next)
  }
  const shown = place !== null && place < buckets.length ? place : null
  return (
    <div className="chart" onPointerMove={follow} onPointerDown={follow} onPointerLeave={() => setPlace(null)}>
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
    const sizes = new ResizeObserver(() => created.resize())
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
