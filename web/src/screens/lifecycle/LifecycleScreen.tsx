import { Group } from '@mantine/core'
import { useMemo, useState } from 'react'
import type { Selected } from '../../api/behind'
import type { Answered, DateRange, Lifecycle } from '../../api/types'
import { useDark } from '../../app/theme'
import { Empty } from '../../builder/Empty'
import { PeopleBehind } from '../../builder/PeopleBehind'
import { IntervalPicker, RangePicker } from '../../builder/RangePicker'
import { ReportFrame } from '../../builder/ReportFrame'
import { Result } from '../../builder/Result'
import { Section } from '../../builder/Section'
import { SelectorRow } from '../../builder/SelectorRow'
import { SeriesView } from '../../builder/SeriesView'
import { useAsked } from '../../builder/useAsked'
import { ViewPicker, viewOf } from '../../builder/ViewPicker'
import { timeAxis } from '../../charts/axis'
import { type Line, plainLine } from '../../charts/lines'
import { LONG_PRESETS } from '../../lib/ranges'
import type { View } from '../../lib/report'
import { KINDS, LIFECYCLE } from '../../lib/reports'

const VIEWS = KINDS.lifecycle.views
const STATES = [
  { key: 'new', name: 'New', light: '#4c63e8', dark: '#8296ff' },
  { key: 'current', name: 'Current', light: '#0b9a72', dark: '#3ad0a0' },
  { key: 'resurrected', name: 'Back again', light: '#9a6700', dark: '#e0b050' },
  { key: 'dormant', name: 'Dormant', light: '#c2255c', dark: '#f783ac' },
] as const
const asInterval = (interval: string): Lifecycle['interval'] => (interval === 'week' || interval === 'month' ? interval : 'day')

export function LifecycleScreen() {
  const asked = useAsked<Lifecycle>('lifecycle', LIFECYCLE)
  const { question, change, show } = asked
  const view = viewOf(VIEWS, asked.display.view)
  const [selected, setSelected] = useState<Selected | null>(null)
  return (
    <ReportFrame
      title="Lifecycle"
      lead="Who is new, who stays, who comes back, and who goes dormant."
      asked={asked}
      builder={
        <Section title="Active is who did">
          <SelectorRow sign="A" label="Event" event={question.event} change={(event) => change({ event })} testId="active" />
        </Section>
      }
      toolbar={
        <>
          <RangePicker presets={LONG_PRESETS} range={question.range} interval={question.interval} change={(range, interval) => change({ range, interval: asInterval(interval) })} />
          <Group gap={8}>
            <IntervalPicker interval={question.interval} range={question.range} only={['day', 'week', 'month']} choose={(interval) => change({ interval: asInterval(interval) })} />
            <ViewPicker views={VIEWS} view={view} choose={(next) => show({ view: next })} />
          </Group>
        </>
      }
    >
      <Result question={question}>{(answered) => <LifecycleShown {...answered} view={view} select={setSelected} choose={(range) => change({ range })} />}</Result>
      <PeopleBehind selected={selected} close={() => setSelected(null)} />
    </ReportFrame>
  )
}

type Props = Answered<Lifecycle> & { view: View; select?: (selected: Selected) => void; choose?: (range: DateRange) => void }

/** People per state and interval; the dormant ones below zero. */
export function LifecycleShown({ question, answer, view, select, choose }: Props) {
  const dark = useDark()
  const axis = useMemo(() => timeAxis(answer.buckets, question.interval), [answer, question.interval])
  const lines = useMemo(
    () =>
      STATES.map(({ key, name, light, dark: pale }): Line => ({
        ...plainLine(key, name, dark ? pale : light, answer[key], answer[key].at(-1) ?? null),
        mirrored: key === 'dormant' && view === 'stacked',
      })),
    [answer, dark, view],
  )
  const nobody = STATES.every(({ key }) => answer[key].every((people) => !people))
  if (nobody && choose) return <Empty events={[question.event]} choose={choose} />
  const pick = (place: number | null, line: Line) => {
    const bucket = place ?? answer.buckets.length - 1
    select?.({ question, selection: { state: line.key, bucket }, title: `${line.name}, ${axis.titles[bucket]}` })
  }
  return <SeriesView lines={lines} axis={axis} view={view} file="lifecycle" sentence={answer.explanation.sentence} heading="State" overall="Latest" pick={select && pick} />
}
