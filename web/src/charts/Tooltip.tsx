import type { EChartsType } from 'echarts/core'
import { figure } from '../lib/format'
import type { ChartProps } from './Chart'
import type { Line } from './lines'
import { axisOf } from './options'

const MOST = 10
const WIDE = 260

/** The numbers of one place, next to it. Everything here is text of React's making, never HTML of a name. */
export function Tooltip({ lines, axis, kind, style, extras, height, place, chart }: ChartProps & { place: number; chart: EChartsType }) {
  const x = Number(chart.convertToPixel({ xAxisIndex: 0 }, place))
  const value = (line: Line) => line.values[place] ?? null
  const order = kind === 'stacked' || kind === 'area' ? [...lines].reverse() : [...lines].sort((a, b) => (value(b) ?? -Infinity) - (value(a) ?? -Infinity))
  const right = x > chart.getWidth() / 2
  const rest = order.length - MOST
  return (
    <>
      <div className="chart-rule" style={{ left: x, height: height - 28 }} />
      {kind === 'line' && lines.slice(0, MOST).map((line) => value(line) !== null && !(extras?.log && value(line)! <= 0) && <Dot key={line.key} line={line} x={x} y={heightOf(chart, value(line)!, axisOf(line, extras))} />)}
      <div
        className="chart-tip"
        style={right ? { right: `calc(100% - ${x - 12}px)` } : { left: x + 12 }}
        data-testid="chart-tooltip"
        role="status"
      >
        <div className="chart-tip-title">
          {axis.titles[place]}
          {place >= axis.finished && <span className="chart-tip-note"> · so far</span>}
        </div>
        {axis.notes?.[place]?.map((text, at) => <div key={at} className="chart-tip-annotation" data-testid="note">{text}</div>)}
        {order.slice(0, MOST).map((line) => (
          <div key={line.key} className="chart-tip-row" style={{ maxWidth: WIDE }}>
            <span className="swatch" style={{ background: line.color }} />
            <span className="clip">{line.name}</span>
            <b>{figure(value(line), line.style ?? style)}</b>
            {line.before && <span className="chart-tip-note number">before: {figure(line.before.values[place] ?? null, line.style ?? style)}</span>}
          </div>
        ))}
        {rest > 0 && <div className="chart-tip-note">and {rest} more</div>}
        {(kind === 'stacked' || kind === 'area') && lines.length > 1 && !lines.some((line) => line.mirrored) && (
          <div className="chart-tip-row chart-tip-total">
            <span className="clip">All shown</span>
            <b>{figure(lines.reduce((sum, line) => sum + (value(line) ?? 0), 0), style)}</b>
          </div>
        )}
      </div>
    </>
  )
}

const heightOf = (chart: EChartsType, value: number, yAxisIndex: 0 | 1) => Number(chart.convertToPixel({ yAxisIndex }, value))

function Dot({ line, x, y }: { line: Line; x: number; y: number }) {
  return <div className="chart-dot" style={{ left: x, top: y, background: line.color }} />
}
