import { Text } from '@mantine/core'
import { useMemo } from 'react'
import type { Selected } from '../../api/behind'
import type { Answered, DateRange, LifetimeValue, LifetimeValueAnswer } from '../../api/types'
import { useDark } from '../../app/theme'
import { Download } from '../../builder/Download'
import { Empty } from '../../builder/Empty'
import { SeriesView } from '../../builder/SeriesView'
import { plainAxis } from '../../charts/axis'
import { colorsFor } from '../../charts/colors'
import { plainLine } from '../../charts/lines'
import { dateLabel, figure, full } from '../../lib/format'
import { altogether, perPerson } from '../../lib/lifetime'
import type { View } from '../../lib/report'
import { propertyName } from '../../lib/measures'

type Props = Answered<LifetimeValue> & { view: View; select?: (selected: Selected) => void; choose?: (range: DateRange) => void }

const ALL = 'All new people'
/** White text can be read from this depth on, black text up to it. */
const DEEP = 86
const dayName = (day: number) => `Day ${day}`

/** Revenue per new person by their day: a curve of all and of each cohort, or a table of the cohorts. */
export function LifetimeShown({ question, answer, view, select, choose }: Props) {
  if (!answer.cohorts.length) {
    return choose ? <Empty events={[{ names: [] }]} choose={choose} /> : <Text ta="center" c="dimmed" py={60} px="md">Nobody was new in this range.</Text>
  }
  const nothing = answer.cohorts.every((cohort) => cohort.ever_paid === 0)
  return (
    <>
      {nothing && <Text size="sm" c="dimmed" px="md" pb={4} data-testid="nothing-paid">Nobody who was new in this range brought an amount in “{propertyName(question.property)}”.</Text>}
      {view === 'heat' ? <Heat question={question} answer={answer} behind={select && (() => select({ question, selection: {}, title: ALL }))} /> : <Curves question={question} answer={answer} />}
    </>
  )
}

type Shown = { question: LifetimeValue; answer: LifetimeValueAnswer }

function Curves({ question, answer }: Shown) {
  const dark = useDark()
  const axis = useMemo(() => plainAxis(answer.days.map(String), answer.days.map(dayName)), [answer])
  const lines = useMemo(() => {
    const cohorts = [{ key: ALL, name: ALL, of: altogether(answer) }, ...answer.cohorts.map((of) => ({ key: of.date, name: dateLabel(of.date, question.interval), of }))]
    const colors = colorsFor('lifetime', cohorts.map(({ key }) => key), dark)
    return cohorts.map(({ key, name, of }) => {
      const values = perPerson(of)
      return plainLine(key, name, colors.get(key)!, values, values.findLast((value) => value !== null) ?? null)
    })
  }, [answer, question.interval, dark])
  return <SeriesView lines={lines} axis={axis} view="line" atFirst={1} file="lifetime-value" sentence={answer.explanation.sentence} heading="New in" overall="Latest" />
}

function Heat({ question, answer, behind }: Shown & { behind?: () => void }) {
  const all = altogether(answer)
  const most = Math.max(...answer.cohorts.flatMap((cohort) => perPerson(cohort).map((value) => value ?? 0)), 0)
  return (
    <div className="series-table tall" tabIndex={0} role="region" aria-label="Lifetime value by cohort" style={{ borderTop: '1px solid var(--line)' }}>
      <Download name="lifetime-value" rows={() => rowsOf(answer)} />
      <table style={{ minWidth: '100%' }} data-testid="lifetime-table">
        <thead>
          <tr>
            <th className="stuck">New in</th>
            <th className="figure">People</th>
            {answer.days.map((day) => <th key={day} className="figure">{dayName(day)}</th>)}
          </tr>
        </thead>
        <tbody>
          <tr className="retention-overall" data-testid="lifetime-overall">
            <td className="stuck">{ALL}</td>
            <td className="figure">{behind ? <button type="button" className="cell" onClick={behind}>{full(all.people)}</button> : full(all.people)}</td>
            {perPerson(all).map((value, place) => <Cell key={place} value={value} most={most} />)}
          </tr>
          {answer.cohorts.map((cohort) => (
            <tr key={cohort.date} data-testid="lifetime-cohort">
              <td className="stuck">{dateLabel(cohort.date, question.interval)}</td>
              <td className="figure">{full(cohort.people)}</td>
              {perPerson(cohort).map((value, place) => <Cell key={place} value={value} most={most} open={cohort.old_enough[place]! < cohort.people} />)}
            </tr>
          ))}
        </tbody>
      </table>
      <Text size="xs" c="dimmed" px="md" py="xs">Revenue per person, of those who are old enough for the day. Cells in italics: some of the cohort are not yet.</Text>
    </div>
  )
}

/** The darker, the more; the text stays readable on either. */
function Cell({ value, most, open = false }: { value: number | null; most: number; open?: boolean }) {
  if (value === null) return <td className="figure heat" />
  const depth = most > 0 ? Math.max(0, Math.round(100 * Math.sqrt(value / most))) || 0 : 0
  return (
    <td className={`figure heat ${depth > DEEP ? 'deep' : ''} ${open ? 'open' : ''}`} style={{ '--depth': `${depth}%` } as React.CSSProperties} title={open ? 'May still change' : undefined}>
      {figure(value)}
    </td>
  )
}

function rowsOf(answer: LifetimeValueAnswer) {
  return answer.cohorts.map((cohort) => ({
    'New in': cohort.date,
    People: cohort.people,
    ...Object.fromEntries(answer.days.flatMap((day, place) => [[`${dayName(day)}, old enough`, cohort.old_enough[place]!], [`${dayName(day)}, revenue`, cohort.revenue[place]!]])),
  }))
}
