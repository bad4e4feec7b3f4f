import { Text } from '@mantine/core'
import { useMemo } from 'react'
import type { Selected } from '../../api/behind'
import type { Answered, DateRange, Funnel, FunnelAnswer, FunnelRow, FunnelStepCount } from '../../api/types'
import { useDark } from '../../app/theme'
import { Download } from '../../builder/Download'
import { Empty } from '../../builder/Empty'
import { SeriesView } from '../../builder/SeriesView'
import { plainAxis, timeAxis } from '../../charts/axis'
import { colorsFor } from '../../charts/colors'
import { type Line, plainLine } from '../../charts/lines'
import { eventName } from '../../lib/events'
import { inWords } from '../../lib/filters'
import { full, label, lengthOf, share } from '../../lib/format'
import { timeBins } from '../../lib/funnel'
import { useTile } from '../../builder/tile'
import type { View } from '../../lib/report'

const SHOWN = 6

type Props = Answered<Funnel> & { view: View; select?: (selected: Selected) => void; choose?: (range: DateRange) => void }

/** The answer of a funnel: its steps, conversion over time, or how long converting took. */
export function FunnelShown({ question, answer: answered, view, select, choose }: Props) {
  const dark = useDark()
  const tile = useTile()
  const answer = useMemo(() => ({ ...answered, steps: answered.steps.map((name, step) => nameOfStep(question, name, step)) }), [answered, question])
  const rows = useMemo(() => namedRows(answer, dark), [answer, dark])
  const behind = (row: FunnelRow, step: number, part: 'reached' | 'dropped', bucket: number | null = null) =>
    select?.({
      question,
      selection: { step: step + 1, part, breakdown: row.breakdown, bucket },
      title: `${part === 'reached' ? 'Reached' : 'Dropped off after'} ${step + 1}. ${answer.steps[step]}${row.breakdown ? `, ${row.breakdown.map(label).join(' · ')}` : ''}`,
    })
  if (answer.rows[0]!.steps[0]!.attempts === 0) {
    return choose ? <Empty events={[question.steps[0]!.event]} filtered={question.population ? inWords(question.population) : null} choose={choose} /> : <Text ta="center" c="dimmed" py={60} px="md">Nobody began with the first step in this range.</Text>
  }
  if (view === 'time' && answer.buckets.length) return <OverTime question={question} answer={answer} rows={rows} behind={behind} />
  if (view === 'histogram') return <ToConvert answer={answer} />
  return (
    <>
      <Headline row={answer.rows[0]!} />
      {view !== 'table' && <Steps answer={answer} rows={rows.slice(rows.length > 1 ? 1 : 0).slice(0, SHOWN)} behind={behind} />}
      {(tile === null || view === 'table') && <FunnelTable answer={answer} rows={rows} behind={behind} />}
    </>
  )
}

/** By the event rather than in the words of the sentence, unless the question has steps of another number. */
const nameOfStep = (question: Funnel, name: string, step: number) => (question.steps[step] ? eventName(question.steps[step].event) : name)

type Named = { row: FunnelRow; name: string; color: string }
type Behind = (row: FunnelRow, step: number, part: 'reached' | 'dropped', bucket?: number | null) => void

function namedRows({ rows }: FunnelAnswer, dark: boolean): Named[] {
  const keys = rows.map((row) => JSON.stringify(row.breakdown ?? []))
  const colors = colorsFor('funnel', keys, dark)
  return rows.map((row, place) => ({ row, name: row.breakdown?.map(label).join(' · ') ?? 'All', color: colors.get(keys[place]!)! }))
}

function Headline({ row }: { row: FunnelRow }) {
  const last = row.steps.at(-1)!
  return (
    <div className="headline" data-testid="conversion">
      <b className="number">{share(last.of_first)}</b>
      <span>
        {full(last.attempts)} of {full(row.steps[0]!.attempts)} converted
        {last.from_start && <>, usually in {lengthOf(last.from_start.median)}</>}
      </span>
    </div>
  )
}

/** One column per step, with a bar per value: what reached it, and pale what was lost before it. */
function Steps({ answer, rows, behind }: { answer: FunnelAnswer; rows: Named[]; behind: Behind }) {
  return (
    <div className="funnel drawing" style={{ '--steps': answer.steps.length } as React.CSSProperties} data-testid="funnel">
      {answer.steps.map((name, step) => (
        <div key={step} className="funnel-step">
          <div className="funnel-bars">
            {rows.map(({ row, name: value, color }) => (
              <button
                key={value}
                type="button"
                className="funnel-bar"
                title={`${value}: ${full(row.steps[step]!.attempts)}`}
                aria-label={`${answer.steps[step]}, ${value}: ${full(row.steps[step]!.attempts)}, ${share(row.steps[step]!.of_first)} of the first step`}
                onClick={() => behind(row, step, 'reached')}
                style={{ '--bar-color': color } as React.CSSProperties}
              >
                <span style={{ height: `${100 * row.steps[step]!.of_first}%` }} />
              </button>
            ))}
          </div>
          <div className="funnel-name clip" title={name}><b>{step + 1}</b> {name}</div>
          {rows.length === 1 && <StepNumbers row={rows[0]!.row} step={step} behind={behind} />}
        </div>
      ))}
      {rows.length > 1 && (
        <div className="legend funnel-legend">
          {rows.map(({ name, color }) => <span key={name} className="legend-item"><span className="swatch" style={{ background: color }} /><span className="clip">{name}</span></span>)}
        </div>
      )}
    </div>
  )
}

function StepNumbers({ row, step, behind }: { row: FunnelRow; step: number; behind: Behind }) {
  const now = row.steps[step]!
  const next = row.steps[step + 1]
  return (
    <div className="funnel-numbers">
      <button type="button" className="cell" onClick={() => behind(row, step, 'reached')}><b className="number">{full(now.attempts)}</b> · {share(now.of_first)}</button>
      {now.from_previous && <div className="hint">{lengthOf(now.from_previous.median)} from the step before</div>}
      {next && now.attempts > next.attempts && (
        <button type="button" className="cell hint" onClick={() => behind(row, step, 'dropped')}>↓ {full(now.attempts - next.attempts)} lost ({share(1 - next.of_previous)})</button>
      )}
    </div>
  )
}

function FunnelTable({ answer, rows, behind }: { answer: FunnelAnswer; rows: Named[]; behind: Behind }) {
  return (
    <div className="series-table" tabIndex={0} role="region" aria-label="The numbers of the funnel" style={{ borderTop: '1px solid var(--line)' }}>
      <Download name="funnel" rows={() => rows.map(({ row, name }) => rowOf(answer, row, name))} />
      <table style={{ minWidth: '100%' }} data-testid="funnel-table">
        <thead>
          <tr>
            <th>Value</th>
            <th className="figure">Conversion</th>
            {answer.steps.map((name, step) => <th key={step} className="figure clip" style={{ maxWidth: 180 }} title={name}>{step + 1}. {name}</th>)}
            {rows.length > 1 && <th className="figure" title="How likely so different a conversion is by chance">Significance</th>}
          </tr>
        </thead>
        <tbody>
          {rows.map(({ row, name }) => (
            <tr key={name} data-testid="funnel-row">
              <td className="clip name" title={name}>{name}</td>
              <td className="figure" style={{ fontWeight: 650 }}>{share(row.steps.at(-1)!.of_first)}</td>
              {row.steps.map((one, step) => <StepCell key={step} one={one} first={step === 0} act={() => behind(row, step, 'reached')} />)}
              {rows.length > 1 && <td className="figure">{row.significance === null ? '–' : row.significance.toFixed(3)}</td>}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  )
}

const rowOf = (answer: FunnelAnswer, row: FunnelRow, name: string) => ({
  Value: name,
  Conversion: row.steps.at(-1)!.of_first,
  ...Object.fromEntries(row.steps.map((one, step) => [`${step + 1}. ${answer.steps[step]}`, one.attempts])),
})

function StepCell({ one, first, act }: { one: FunnelStepCount; first: boolean; act: () => void }) {
  return (
    <td className="figure">
      {one.attempts ? <button type="button" className="cell" onClick={act}>{full(one.attempts)}</button> : 0}
      {!first && <span className="hint"> {share(one.of_previous)}</span>}
    </td>
  )
}

function OverTime({ question, answer, rows, behind }: { question: Funnel; answer: FunnelAnswer; rows: Named[]; behind: Behind }) {
  const axis = useMemo(() => timeAxis(answer.buckets, question.interval ?? 'day'), [answer, question.interval])
  const lines = useMemo(() => rows.map(lineOf), [rows])
  const pick = (place: number | null, line: Line) => {
    const found = rows.find(({ name }) => name === line.key)
    if (found) behind(found.row, answer.steps.length - 1, 'reached', place)
  }
  return <SeriesView lines={lines} axis={axis} view="line" style="share" file="funnel" sentence={answer.explanation.sentence} heading="Value" overall="Conversion" pick={pick} />
}

function lineOf({ row, name, color }: Named): Line {
  const values = row.over_time.map(({ attempts }) => (attempts[0] ? attempts.at(-1)! / attempts[0] : null))
  return plainLine(name, name, color, values, row.steps.at(-1)!.of_first, 'share')
}

function ToConvert({ answer }: { answer: FunnelAnswer }) {
  const dark = useDark()
  const span = answer.rows[0]!.steps.at(-1)!.from_start
  const { labels, counts } = useMemo(() => timeBins(span?.bins ?? []), [span])
  const axis = useMemo(() => plainAxis(labels.map((text) => text.split(' – ')[0]!), labels), [labels])
  const lines = useMemo(() => {
    const color = colorsFor('funnel', ['[]'], dark).get('[]')!
    return [plainLine('times', 'Conversions', color, counts, counts.reduce((sum, one) => sum + one, 0))]
  }, [counts, dark])
  if (!span) return <Text ta="center" c="dimmed" py={90}>Nobody has converted.</Text>
  return (
    <>
      <div className="headline"><b className="number">{lengthOf(span.median)}</b><span>is the median from the first step to the last, {lengthOf(span.mean)} the average</span></div>
      <SeriesView lines={lines} axis={axis} view="bar" file="time-to-convert" sentence="How long it took from the first step to the last." heading="Time to convert" />
    </>
  )
}
