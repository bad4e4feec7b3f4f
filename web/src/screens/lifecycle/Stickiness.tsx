import { Switch } from '@mantine/core'
import { useMemo, useState } from 'react'
import type { Selected } from '../../api/behind'
import type { Answered, DateRange, Frequency } from '../../api/types'
import { useDark } from '../../app/theme'
import { Option } from '../../builder/Option'
import { Empty } from '../../builder/Empty'
import { PeopleBehind } from '../../builder/PeopleBehind'
import { RangePicker } from '../../builder/RangePicker'
import { ReportFrame } from '../../builder/ReportFrame'
import { Result } from '../../builder/Result'
import { Section } from '../../builder/Section'
import { SelectorRow } from '../../builder/SelectorRow'
import { SeriesView } from '../../builder/SeriesView'
import { useAsked } from '../../builder/useAsked'
import { ViewPicker, viewOf } from '../../builder/ViewPicker'
import { finished, plainAxis } from '../../charts/axis'
import { colorsFor } from '../../charts/colors'
import { type Line, plainLine } from '../../charts/lines'
import { dateLabel, full } from '../../lib/format'
import { LONG_PRESETS } from '../../lib/ranges'
import type { View } from '../../lib/report'
import { FREQUENCY, KINDS } from '../../lib/reports'

const VIEWS = KINDS.frequency.views
const PERIODS: { value: Frequency['period']; label: string }[] = [
  { value: 'day', label: 'hours of each day' },
  { value: 'week', label: 'days of each week' },
  { value: 'month', label: 'days of each month' },
]

export function Stickiness() {
  const asked = useAsked<Frequency>('stickiness', FREQUENCY)
  const { question, change, show } = asked
  const view = viewOf(VIEWS, asked.display.view)
  const [selected, setSelected] = useState<Selected | null>(null)
  return (
    <ReportFrame
      title="Stickiness"
      lead="On how many days of a week or month people do something."
      asked={asked}
      builder={
        <>
          <Section title="Who did">
            <SelectorRow sign="A" label="Event" event={question.event} change={(event) => change({ event })} testId="active" />
          </Section>
          <Section title="How often">
            <Option label="On" value={question.period} choices={PERIODS} choose={(period) => change({ period, unit: period === 'day' ? 'hour' : 'day' })} testId="period" />
            <Switch mt={8} size="xs" label="At least so many, not exactly" checked={question.at_least} onChange={(now) => change({ at_least: now.currentTarget.checked })} />
          </Section>
        </>
      }
      toolbar={
        <>
          <RangePicker presets={LONG_PRESETS} range={question.range} change={(range) => change({ range })} />
          <ViewPicker views={VIEWS} view={view} choose={(next) => show({ view: next })} />
        </>
      }
    >
      <Result question={question}>{(answered) => <StickinessShown {...answered} view={view} select={setSelected} choose={(range) => change({ range })} />}</Result>
      <PeopleBehind selected={selected} close={() => setSelected(null)} />
    </ReportFrame>
  )
}

type Props = Answered<Frequency> & { view: View; select?: (selected: Selected) => void; choose?: (range: DateRange) => void }

/** One line per period: the share of its active people on 1, 2, 3 … of its days or hours. */
export function StickinessShown({ question, answer, view, select, choose }: Props) {
  const dark = useDark()
  const counts = answer.people[0]?.length ?? 0
  const axis = useMemo(() => {
    const numbers = Array.from({ length: counts }, (_, place) => String(place + 1))
    const unit = (number: string) => `${question.at_least && Number(number) < counts ? 'At least ' : ''}${number} ${question.unit}${number === '1' ? '' : 's'}`
    return plainAxis(numbers, numbers.map(unit))
  }, [counts, question.at_least, question.unit])
  const lines = useMemo(() => {
    const keys = answer.periods.map((period) => period.date)
    const colors = colorsFor('stickiness', keys, dark)
    const done = finished(answer.periods)
    return answer.periods.map((period, place) => {
      const active = answer.active[place]!
      const name = `${dateLabel(period.date, question.period)} · ${full(active)} active${place >= done ? ' so far' : ''}`
      return plainLine(period.date, name, colors.get(period.date)!, answer.people[place]!.map((people) => (active ? people / active : null)), active ? 1 : null, 'share')
    })
  }, [answer, dark, question.period])
  if (choose && answer.active.every((people) => !people)) return <Empty events={[question.event]} choose={choose} />
  const pick = (place: number | null, line: Line) => {
    if (place === null) return
    const period = answer.periods.findIndex((one) => one.date === line.key)
    select?.({ question, selection: { period, count: place + 1 }, title: `${axis.titles[place]}, ${line.name}` })
  }
  return <SeriesView lines={lines} axis={axis} view={view} style="share" file="stickiness" sentence={answer.explanation.sentence} heading="Period" overall="Active" pick={select && pick} />
}
