import { useCallback, useMemo, useState } from 'react'
import type { Axis } from '../charts/axis'
import { LazyChart } from '../charts/LazyChart'
import { type Line, inWords } from '../charts/lines'
import { useNotes } from '../charts/notes'
import type { Json } from '../api/types'
import type { Kind } from '../charts/options'
import { type Figure, change, figure } from '../lib/format'
import type { View } from '../lib/report'
import { Annotate } from './Annotate'
import { ChartOptions } from './ChartOptions'
import { useDisplay } from './display'
import { Download } from './Download'
import { Legend } from './Legend'
import { SeriesTable } from './SeriesTable'
import { useTile } from './tile'

const DRAWN_AT_FIRST = 10
const HEIGHT = 360
const CHARTS: Partial<Record<View, Kind>> = { line: 'line', area: 'area', bar: 'bar', stacked: 'stacked' }

type Props = {
  lines: Line[]
  axis: Axis
  view: View
  sentence: string
  heading: string
  overall?: string
  style?: Figure
  /** What the file with the numbers is called. */
  file: string
  /** How many lines are drawn until somebody ticks others. */
  atFirst?: number
  cut?: boolean
  pick?: (place: number | null, line: Line) => void
}

/** Lines over time: the chart of those that are ticked, and all of them in a table below it. */
export function SeriesView({ lines, axis: plain, view, sentence, heading, overall, style, file, atFirst = DRAWN_AT_FIRST, cut, pick }: Props) {
  const { visible, isVisible, toggle, toggleAll } = useTicks(lines, atFirst)
  const kind = CHARTS[view]
  const tile = useTile()
  const axis = useNotes(plain)
  const { display } = useDisplay()
  const extras = useMemo(() => ({ log: display.log, second: display.second, goal: display.goal }), [display.log, display.second, display.goal])
  return (
    <>
      <Download name={file} rows={() => lines.map((line) => rowOf(line, axis, heading, overall))} />
      {kind && <Annotate axis={axis} />}
      {kind && <ChartOptions lines={lines} />}
      {kind && (
        <div className="drawing">
          <Legend lines={visible} hide={toggle} />
          <LazyChart lines={visible} axis={axis} kind={kind} extras={extras} style={style ?? visible[0]?.style} height={tile ?? HEIGHT} description={inWords(sentence, visible)} pick={pick} />
        </div>
      )}
      {view === 'horizontal' && <Bars lines={visible} pick={pick} />}
      {view === 'number' && <Numbers lines={visible} pick={pick} />}
      {(tile === null || view === 'table') && <SeriesTable lines={lines} axis={axis} heading={heading} overall={overall} isVisible={isVisible} toggle={toggle} toggleAll={toggleAll} cut={cut} pick={pick} />}
    </>
  )
}

/** A line as a row of a file; places of the same name are told apart by their full names. */
function rowOf(line: Line, axis: Axis, heading: string, overall = 'Overall'): Record<string, Json> {
  const distinct = new Set(axis.labels).size === axis.labels.length
  const names = axis.dates ?? (distinct ? axis.labels : axis.titles)
  return { [heading]: line.name, [overall]: line.overall, ...Object.fromEntries(names.map((name, place) => [name, line.values[place] ?? null])) }
}

type Picking = { lines: Line[]; pick?: Props['pick'] }

/** One bar per line, of its number over the whole range. */
function Bars({ lines, pick }: Picking) {
  const most = Math.max(...lines.map((line) => Math.abs(line.overall ?? 0)), 0) || 1
  return (
    <div className="bars drawing" data-testid="bars">
      {[...lines].sort((a, b) => (b.overall ?? 0) - (a.overall ?? 0)).map((line) => (
        <button key={line.key} type="button" className="bars-row" disabled={!pick} onClick={() => pick?.(null, line)} aria-label={`${line.name}: ${figure(line.overall, line.style)}`}>
          <span className="clip" title={line.name}>{line.name}</span>
          <span className="bars-track"><span style={{ width: `${(100 * Math.abs(line.overall ?? 0)) / most}%`, background: line.color }} /></span>
          <b className="number">{figure(line.overall, line.style)}</b>
        </button>
      ))}
    </div>
  )
}

const ARROWS = { up: '▲', down: '▼', same: '=' }

/** The number of each line over the whole range, with its change where an earlier one is known. */
function Numbers({ lines, pick }: Picking) {
  return (
    <div className="numbers drawing" data-testid="numbers">
      {lines.map((line) => {
        const moved = line.before?.overall != null && line.overall !== null ? change(line.overall, line.before.overall) : null
        return (
          <button key={line.key} type="button" className="numbers-one" disabled={!pick} onClick={() => pick?.(null, line)}>
            <span className="clip hint">{line.name}</span>
            <b className="number">{figure(line.overall, line.style)}</b>
            {line.before && <span className={moved ? `change ${moved.direction}` : 'hint'}>{moved ? `${ARROWS[moved.direction]} ${moved.text}` : 'none before'} <span className="hint">from {figure(line.before.overall, line.style)}</span></span>}
          </button>
        )
      })}
    </div>
  )
}

/** Which lines are drawn: the largest at first, and what the reader ticked. */
function useTicks(lines: Line[], atFirst: number) {
  const [ticked, setTicked] = useState<ReadonlyMap<string, boolean>>(new Map())
  const first = useMemo(() => new Set(lines.slice(0, atFirst).map((line) => line.key)), [lines, atFirst])
  const isVisible = useCallback((line: Line) => ticked.get(line.key) ?? first.has(line.key), [ticked, first])
  const visible = useMemo(() => lines.filter(isVisible), [lines, isVisible])
  const toggle = (line: Line) => setTicked(new Map(ticked).set(line.key, !isVisible(line)))
  const toggleAll = () => setTicked(new Map(lines.map((line) => [line.key, visible.length < lines.length])))
  return { visible, isVisible, toggle, toggleAll }
}
