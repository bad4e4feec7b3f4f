import { Group } from '@mantine/core'
import { useState } from 'react'
import type { Selected } from '../../api/behind'
import type { Retention } from '../../api/types'
import { Breakdowns } from '../../builder/Breakdowns'
import { NumberOption, Option } from '../../builder/Option'
import { PeopleBehind } from '../../builder/PeopleBehind'
import { IntervalPicker, RangePicker } from '../../builder/RangePicker'
import { ReportFrame } from '../../builder/ReportFrame'
import { Result } from '../../builder/Result'
import { Section } from '../../builder/Section'
import { SelectorRow } from '../../builder/SelectorRow'
import { useAsked } from '../../builder/useAsked'
import { ViewPicker, viewOf } from '../../builder/ViewPicker'
import { KINDS, RETENTION } from '../../lib/reports'
import { RetentionShown } from './RetentionShown'

const VIEWS = KINDS.retention.views
const RULES: { value: Retention['rule']; label: string }[] = [
  { value: 'first_ever', label: 'the first time ever' },
  { value: 'first_of_interval', label: 'the first time in each interval' },
  { value: 'every', label: 'every time' },
  { value: 'new', label: 'new people who do it' },
]
const CRITERIA: { value: Retention['criterion']; label: string }[] = [
  { value: 'on', label: 'in that interval' },
  { value: 'on_or_after', label: 'in it or any time later' },
  { value: 'on_or_before', label: 'in it or earlier' },
  { value: 'streak', label: 'in every one up to it' },
]
const MEASURED: { value: Retention['measured_by']; label: string }[] = [
  { value: 'calendar', label: 'days of the calendar' },
  { value: 'rolling', label: '24 hours from the start' },
  { value: 'rolling_hours', label: '24 hours from its hour' },
]
const asInterval = (interval: string): Retention['interval'] => (interval === 'week' || interval === 'month' ? interval : 'day')

export function RetentionScreen() {
  const asked = useAsked<Retention>('retention', RETENTION)
  const { question, change, show } = asked
  const view = viewOf(VIEWS, asked.display.view)
  const [selected, setSelected] = useState<Selected | null>(null)
  return (
    <ReportFrame
      title="Retention"
      lead="Of those who started, how many came back, and when."
      asked={asked}
      builder={<RetentionBuilder question={question} change={change} />}
      toolbar={
        <>
          <RangePicker range={question.range} interval={question.interval} change={(range, interval) => change({ range, interval: asInterval(interval) })} />
          <Group gap={8}>
            <IntervalPicker interval={question.interval} range={question.range} only={['day', 'week', 'month']} choose={(interval) => change({ interval: asInterval(interval) })} />
            <ViewPicker views={VIEWS} view={view} choose={(next) => show({ view: next })} />
          </Group>
        </>
      }
    >
      <Result question={question}>{(answered) => <RetentionShown {...answered} view={view} select={setSelected} choose={(range) => change({ range })} />}</Result>
      <PeopleBehind selected={selected} close={() => setSelected(null)} />
    </ReportFrame>
  )
}

function RetentionBuilder({ question, change }: { question: Retention; change: (part: Partial<Retention>) => void }) {
  return (
    <>
      <Section title="Started with">
        <SelectorRow sign="A" label="Start event" event={question.start} change={(start) => change({ start })} testId="start" />
        <Option label="Counted" value={question.rule} choices={RULES} choose={(rule) => change({ rule })} testId="rule" />
      </Section>
      <Section title="Came back with">
        <SelectorRow sign="B" label="Returning event" event={question.returning} change={(returning) => change({ returning })} testId="returning" />
        <Option label="Came back" value={question.criterion} choices={CRITERIA} choose={(criterion) => change({ criterion })} testId="criterion" />
      </Section>
      <Section title="Windows">
        <Option label="Measured by" value={question.measured_by} choices={MEASURED} choose={(measured_by) => change({ measured_by })} testId="measured-by" />
        <NumberOption label="How many" value={question.windows} least={2} most={100} choose={(windows) => change({ windows })} testId="windows" />
      </Section>
      <Section title="Breakdown">
        <Breakdowns breakdowns={question.breakdowns} change={(breakdowns) => change({ breakdowns })} event={question.start.names?.[0] ?? null} />
      </Section>
    </>
  )
}
