import type { EChartsType } from 'echarts/core'
import { bucketTitle, full } from '../lib/format'
import type { ChartProps } from './Chart'
import type { Line } from './lines'

const MOST = 10
const WIDE = 260

/** The numbers of one interval, next to it. Everything here is text of React's making, never HTML of a name. */
export function Tooltip({ lines, buckets, interval, kind, stacked, height, place, chart }: ChartProps & { place: number; chart: EChartsType }) {
  const bucket = buckets[place]!
  const x = Number(chart.convertToPixel({ xAxisIndex: 0 }, place))
  const order = [...lines].sort((a, b) => b.values[place]! - a.values[place]!)
  const right = x > chart.getWidth() / 2
  const rest = order.length - MOST
  return (
    <>
      <div className="chart-rule" style={{ left: x, height: height - 28 }} />
      {kind === 'line' && lines.slice(0, MOST).map((line) => <Dot key={line.key} line={line} x={x} y={heightOf(chart, line, place)} />)}
      <div
        className="chart-tip"
        style={right ? { right: `calc(100% - ${x - 12}px)` } : { left: x + 12 }}
        data-testid="chart-tooltip"
        role="status"
      >
        <div className="chart-tip-title">
          {bucketTitle(bucket, interval)}
          {!bucket.complete && <span className="chart-tip-note"> · so far</span>}
        </div>
        {order.slice(0, MOST).map((line) => (
          <div key={line.key} className="chart-tip-row" style={{ maxWidth: WIDE }}>
            <span className="swatch" style={{ background: line.color }} />
            <span className="clip">{line.name}</span>
            <b>{full(line.values[place]!)}</b>
          </div>
        ))}
        {rest > 0 && <div className="chart-tip-note">and {rest} more</div>}
        {stacked && lines.length > 1 && (
          <div className="chart-tip-row chart-tip-total">
            <span className="clip">All shown</span>
            <b>{full(lines.reduce((sum, line) => sum + line.values[place]!, 0))}</b>
          </div>
        )}
      </div>
    </>
  )
}

function heightOf(chart: EChartsType, line: Line, place: number): number {
  return Number(chart.convertToPixel({ yAxisIndex: 0 }, line.values[place]!))
}

function Dot({ line, x, y }: { line: Line; x: number; y: number }) {
  return <div className="chart-dot" style={{ left: x, top: y, background: line.color }} />
}
