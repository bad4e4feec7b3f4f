import { Group } from '@mantine/core'
import { useMemo, useState } from 'react'
import type { Selected } from '../../api/behind'
import type { Answered, DateRange, SessionBreakdown, SessionSeries, Sessions } from '../../api/types'
import { useDark } from '../../app/theme'
import { EventPicker } from '../../builder/EventPicker'
import { Remove } from '../../builder/FilterEditor'
import { Option } from '../../builder/Option'
import { Empty } from '../../builder/Empty'
import { PeopleBehind } from '../../builder/PeopleBehind'
import { PropertyPicker } from '../../builder/PropertyPicker'
import { IntervalPicker, RangePicker } from '../../builder/RangePicker'
import { ReportFrame } from '../../builder/ReportFrame'
import { Result } from '../../builder/Result'
import { Section } from '../../builder/Section'
import { SelectorRow } from '../../builder/SelectorRow'
import { SeriesView } from '../../builder/SeriesView'
import { useAsked } from '../../builder/useAsked'
import { ViewPicker, viewOf } from '../../builder/ViewPicker'
import { plainAxis, timeAxis } from '../../charts/axis'
import { colorsFor } from '../../charts/colors'
import { type Line, plainLine } from '../../charts/lines'
import { label, lengthOf } from '../../lib/format'
import type { View } from '../../lib/report'
import { KINDS, SESSIONS } from '../../lib/reports'

const VIEWS = KINDS.sessions.views
const MEASURES: { value: Sessions['measure']; label: string }[] = [
  { value: 'count', label: 'Sessions' },
  { value: 'people', label: 'People with sessions' },
  { value: 'per_person', label: 'Sessions per person' },
  { value: 'average_length', label: 'Average length' },
  { value: 'average_events', label: 'Events per session' },
]
type By = 'none' | SessionBreakdown['part']
const PARTS: { value: By; label: string }[] = [
  { value: 'none', label: 'nothing' },
  { value: 'entry', label: 'the first event' },
  { value: 'exit', label: 'the last event' },
  { value: 'property', label: 'a property' },
]

export function SessionsScreen() {
  const asked = useAsked<Sessions>('sessions', SESSIONS)
  const { question, change, show } = asked
  const view = viewOf(VIEWS, asked.display.view)
  const [selected, setSelected] = useState<Selected | null>(null)
  return (
    <ReportFrame
      title="Sessions"
      lead="How many, how long, and what they begin and end with."
      asked={asked}
      builder={<SessionsBuilder question={question} change={change} />}
      toolbar={
        <>
          <RangePicker range={question.range} interval={question.interval} change={(range, interval) => change({ range, interval: interval === 'hour' ? 'day' : interval })} />
          <Group gap={8}>
            <IntervalPicker interval={question.interval} range={question.range} only={['day', 'week', 'month', 'quarter']} choose={(interval) => change({ interval })} />
            <ViewPicker views={VIEWS} view={view} choose={(next) => show({ view: next })} />
          </Group>
        </>
      }
    >
      <Result question={question} lacking={question.breakdowns.some((one) => one.part === 'property' && !one.property) ? 'Choose the property to break down by.' : null}>
        {(answered) => <SessionsShown {...answered} view={view} select={setSelected} choose={(range) => change({ range })} />}
      </Result>
      <PeopleBehind selected={selected} close={() => setSelected(null)} />
    </ReportFrame>
  )
}

function SessionsBuilder({ question, change }: { question: Sessions; change: (part: Partial<Sessions>) => void }) {
  const [first] = question.breakdowns
  return (
    <>
      <Section title="Counted">
        <Option label="Measure" value={question.measure} choices={MEASURES} choose={(measure) => change({ measure })} testId="measure" />
      </Section>
      <Section title="Only sessions with">
        {question.containing ? (
          <SelectorRow sign="A" label="Event" event={question.containing} change={(containing) => change({ containing })} actions={{ remove: () => change({ containing: null }) }} testId="containing" />
        ) : (
          <EventPicker look="add" label="Only sessions with an event" shown="+ Event" event={{}} any={false} choose={(containing) => change({ containing })} testId="add-event" />
        )}
      </Section>
      <Section title="Breakdown">
        <Option label="Split by" value={(first?.part ?? 'none') as By} choices={PARTS} choose={(part) => change({ breakdowns: part === 'none' ? [] : [{ part }] })} testId="part" />
        {first?.part === 'property' && (
          <Group gap={6} wrap="nowrap" mt={6}>
            <div style={{ flex: 1, minWidth: 0 }}><PropertyPicker label="Property" event={null} property={first.property ?? null} choose={(property) => change({ breakdowns: [{ part: 'property', property }] })} testId="breakdown" /></div>
            <Remove name="the breakdown" act={() => change({ breakdowns: [] })} />
          </Group>
        )}
      </Section>
    </>
  )
}

type Props = Answered<Sessions> & { view: View; select?: (selected: Selected) => void; choose?: (range: DateRange) => void }

/** Sessions over time, or how many of them were how long. */
export function SessionsShown({ question, answer, view, select, choose }: Props) {
  const dark = useDark()
  const time = useMemo(() => timeAxis(answer.buckets, question.interval), [answer, question.interval])
  const lengths = useMemo(() => plainAxis(answer.bins.slice(0, -1).map(binStart), answer.bins.slice(0, -1).map((from, place) => `${binStart(from)} – ${binStart(answer.bins[place + 1]!)}`)), [answer])
  const lines = useMemo(() => {
    const keys = answer.series.map((one) => JSON.stringify(one.breakdown))
    const colors = colorsFor('sessions', keys, dark)
    return answer.series.map((one, place) => lineOf(one, keys[place]!, colors.get(keys[place]!)!, view, question.measure))
  }, [answer, dark, view, question.measure])
  if (choose && answer.series.every((one) => !one.sessions)) return <Empty events={question.containing ? [question.containing] : [{ names: [] }]} choose={choose} />
  const pick = (place: number | null, line: Line) => {
    const series = answer.series.find((one) => JSON.stringify(one.breakdown) === line.key)!
    select?.({
      question,
      selection: { bucket: place, breakdown: question.breakdowns.length ? series.breakdown : null },
      title: `People with sessions: ${line.name}${place === null ? '' : `, ${time.titles[place]}`}`,
    })
  }
  const histogram = view === 'lengths'
  return (
    <SeriesView
      lines={lines}
      file="sessions"
      axis={histogram ? lengths : time}
      view={histogram ? 'bar' : view}
      sentence={histogram ? 'Sessions by how long they lasted.' : answer.explanation.sentence}
      heading={question.breakdowns.length ? 'Value' : 'Sessions'}
      pick={histogram ? undefined : select && pick}
    />
  )
}

const binStart = (seconds: number) => lengthOf(seconds * 1000)

function lineOf(series: SessionSeries, key: string, color: string, view: View, measure: Sessions['measure']): Line {
  const name = series.breakdown.length ? series.breakdown.map(label).join(' · ') : 'All sessions'
  if (view === 'lengths') return plainLine(key, name, color, series.lengths, series.sessions)
  if (measure !== 'average_length') return plainLine(key, name, color, series.values, series.overall)
  return plainLine(key, name, color, series.values.map((seconds) => seconds * 1000), series.overall * 1000, 'length')
}
