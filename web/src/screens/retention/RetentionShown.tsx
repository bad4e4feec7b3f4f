import { Text } from '@mantine/core'
import { useMemo, useState } from 'react'
import type { Selected } from '../../api/behind'
import type { Answered, DateRange, Retention, RetentionAnswer, RetentionSeries } from '../../api/types'
import { useDark } from '../../app/theme'
import { Choose } from '../../builder/Choose'
import { Download } from '../../builder/Download'
import { Empty } from '../../builder/Empty'
import { SeriesView } from '../../builder/SeriesView'
import { plainAxis } from '../../charts/axis'
import { colorsFor } from '../../charts/colors'
import { type Line, plainLine } from '../../charts/lines'
import { dateLabel, full, label, share } from '../../lib/format'
import type { View } from '../../lib/report'

type Props = Answered<Retention> & { view: View; select?: (selected: Selected) => void; choose?: (range: DateRange) => void }

/** White text can be read from this depth on, black text up to it. */
const DEEP = 86

const nameOf = (series: RetentionSeries) => (series.breakdown.length ? series.breakdown.map(label).join(' · ') : 'All')
const windowName = ([from, to]: [number, number], interval: string) => `${interval[0]!.toUpperCase()}${interval.slice(1)} ${to - from > 1 ? `${from}–${to - 1}` : from}`
const partOf = (some: number, all: number) => (all ? some / all : null)

/** The answer of retention: a table whose cells are the darker the more came back, or curves. */
export function RetentionShown({ question, answer, view, select, choose }: Props) {
  const [chosen, setChosen] = useState(0)
  const series = answer.series[chosen] ?? answer.series[0]
  if (!series || series.cohorts.every((cohort) => cohort.people === 0)) {
    return choose ? <Empty events={[question.start]} choose={choose} /> : <Text ta="center" c="dimmed" py={60} px="md">Nobody started in this range.</Text>
  }
  const behind = (cohort: number | null, window: number | null, of: RetentionSeries) =>
    select?.({
      question,
      selection: { cohort, window, breakdown: question.breakdowns.length ? of.breakdown : null },
      title: `${window === null ? 'Started' : `Came back, ${windowName(answer.windows[window]!, question.interval).toLowerCase()}`}${cohort === null ? '' : `, ${dateLabel(answer.cohorts[cohort]!.date, question.interval)}`}`,
    })
  if (view === 'curve') return <Curves question={question} answer={answer} behind={select && behind} />
  return (
    <>
      {answer.series.length > 1 && (
        <div style={{ padding: '0 16px 8px', maxWidth: 280 }}>
          <Choose label="Shown for" size="xs" value={String(chosen)} choices={answer.series.map((one, place) => ({ value: String(place), label: nameOf(one) }))} choose={(place) => setChosen(Number(place))} testId="retention-of" />
        </div>
      )}
      <Heat question={question} answer={answer} series={series} behind={select && behind} />
    </>
  )
}

type Behind = (cohort: number | null, window: number | null, of: RetentionSeries) => void

function Heat({ question, answer, series, behind }: { question: Retention; answer: RetentionAnswer; series: RetentionSeries; behind?: Behind }) {
  return (
    <div className="series-table tall" tabIndex={0} role="region" aria-label="Retention by cohort" style={{ borderTop: '1px solid var(--line)' }}>
      <Download name="retention" rows={() => cohortRows(question, answer, series)} />
      <table style={{ minWidth: '100%' }} data-testid="retention-table">
        <thead>
          <tr>
            <th className="stuck">Started</th>
            <th className="figure">People</th>
            {answer.windows.map((window) => <th key={window[0]} className="figure">{windowName(window, question.interval)}</th>)}
          </tr>
        </thead>
        <tbody>
          <tr data-testid="retention-overall" className="retention-overall">
            <td className="stuck">All cohorts</td>
            <td className="figure">{full(series.cohorts.reduce((sum, one) => sum + one.people, 0))}</td>
            {series.weighted.values.map((value, window) => <HeatCell key={window} part={partOf(value, series.weighted.people[window]!)} act={behind && (() => behind(null, window, series))} />)}
          </tr>
          {series.cohorts.map((cohort, place) => (
            <tr key={place} data-testid="retention-cohort">
              <td className="stuck">{dateLabel(answer.cohorts[place]!.date, question.interval)}</td>
              <td className="figure">{cohort.people && behind ? <button type="button" className="cell" onClick={() => behind(place, null, series)}>{full(cohort.people)}</button> : full(cohort.people)}</td>
              {cohort.returned.map((back, window) => (
                <HeatCell
                  key={window}
                  part={cohort.people && !(back === 0 && window > answer.complete[place]!) ? back / cohort.people : null}
                  open={window >= answer.complete[place]!}
                  act={behind && (() => behind(place, window, series))}
                />
              ))}
            </tr>
          ))}
        </tbody>
      </table>
      <Text size="xs" c="dimmed" px="md" py="xs">Cells in italics may still grow: their time is not over for everybody. They are left out of the first row.</Text>
    </div>
  )
}

function cohortRows(question: Retention, answer: RetentionAnswer, series: RetentionSeries) {
  const names = answer.windows.map((window) => windowName(window, question.interval))
  return series.cohorts.map((cohort, place) => ({
    Started: answer.cohorts[place]!.date,
    People: cohort.people,
    ...Object.fromEntries(names.map((name, window) => [name, cohort.returned[window]!])),
  }))
}

/** The darker, the more; the text stays readable on either. */
function HeatCell({ part, open = false, act }: { part: number | null; open?: boolean; act?: () => void }) {
  if (part === null) return <td className="figure heat" />
  const depth = Math.round(100 * Math.sqrt(part))
  return (
    <td className={`figure heat ${depth > DEEP ? 'deep' : ''} ${open ? 'open' : ''}`} style={{ '--depth': `${depth}%` } as React.CSSProperties} title={open ? 'May still grow' : undefined}>
      {part > 0 && act ? <button type="button" className="cell" onClick={act}>{share(part)}</button> : share(part)}
    </td>
  )
}

function Curves({ question, answer, behind }: { question: Retention; answer: RetentionAnswer; behind?: Behind }) {
  const dark = useDark()
  const axis = useMemo(() => plainAxis(answer.windows.map(([from]) => String(from)), answer.windows.map((window) => windowName(window, question.interval))), [answer, question.interval])
  const lines = useMemo(() => {
    const keys = answer.series.map((one) => JSON.stringify(one.breakdown))
    const colors = colorsFor('retention', keys, dark)
    return answer.series.map((one, place) => {
      const values = one.weighted.values.map((value, window) => partOf(value, one.weighted.people[window]!))
      return plainLine(keys[place]!, nameOf(one), colors.get(keys[place]!)!, values, values.findLast((value) => value !== null) ?? null, 'share')
    })
  }, [answer, dark])
  const pick = (place: number | null, line: Line) => {
    const of = answer.series.find((one) => JSON.stringify(one.breakdown) === line.key)
    if (of && place !== null) behind?.(null, place, of)
  }
  return <SeriesView lines={lines} axis={axis} view="line" style="share" file="retention" sentence={answer.explanation.sentence} heading="Value" overall="Latest" pick={behind && pick} />
}
