import { Group } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { useMemo, useState } from 'react'
import type { Selected } from '../../api/behind'
import { propertiesQuery } from '../../api/queries'
import type { LifetimeValue } from '../../api/types'
import { useProject } from '../../app/project'
import { Option } from '../../builder/Option'
import { PeopleBehind } from '../../builder/PeopleBehind'
import { PropertyPicker } from '../../builder/PropertyPicker'
import { IntervalPicker, RangePicker } from '../../builder/RangePicker'
import { ReportFrame } from '../../builder/ReportFrame'
import { Result } from '../../builder/Result'
import { Section } from '../../builder/Section'
import { SelectorRow } from '../../builder/SelectorRow'
import { useAsked } from '../../builder/useAsked'
import { ViewPicker, viewOf } from '../../builder/ViewPicker'
import { LONG_PRESETS } from '../../lib/ranges'
import { KINDS, LIFETIME_VALUE } from '../../lib/reports'
import { LifetimeShown } from './LifetimeShown'
import { amountOf } from './RevenueScreen'

const VIEWS = KINDS.lifetime_value.views
type Reach = 'week' | 'month' | 'quarter' | 'year'
const REACHES: Record<Reach, number[]> = {
  week: [0, 1, 2, 3, 4, 5, 6],
  month: [0, 1, 2, 6, 13, 20, 29],
  quarter: [0, 1, 2, 6, 13, 29, 59, 89],
  year: [0, 6, 29, 59, 89, 179, 269, 364],
}
const CHOICES: { value: Reach; label: string }[] = [
  { value: 'week', label: 'their first week' },
  { value: 'month', label: 'their first 30 days' },
  { value: 'quarter', label: 'their first 90 days' },
  { value: 'year', label: 'their first year' },
]
/** The choice whose last day is the question's, which may have other days: then the nearest that reaches as far. */
const reachOf = (days: number[]) => CHOICES.find(({ value }) => REACHES[value].at(-1)! >= (days.at(-1) ?? 0))?.value ?? 'year'

export function LifetimeScreen() {
  const { id } = useProject()
  const properties = useQuery(propertiesQuery(id, null)).data
  const initial = useMemo(() => (properties ? { ...LIFETIME_VALUE, property: amountOf(properties) } : LIFETIME_VALUE), [properties])
  const asked = useAsked<LifetimeValue>(KINDS.lifetime_value.path, initial)
  const { question, change, show } = asked
  const view = viewOf(VIEWS, asked.display.view)
  const [selected, setSelected] = useState<Selected | null>(null)
  return (
    <ReportFrame
      title="Lifetime value"
      lead="What a new person has brought by each of their days."
      asked={asked}
      builder={
        <>
          <Section title="Revenue of">
            <SelectorRow sign="A" label="Event" event={question.event} change={(event) => change({ event })} testId="revenue-event" />
            <div className="option">
              <span aria-hidden>Amount</span>
              <PropertyPicker label="Amount" event={question.event.names?.[0] ?? null} property={question.property} choose={(property) => change({ property })} testId="amount" />
            </div>
          </Section>
          <Section title="Until the end of">
            <Option label="Days" value={reachOf(question.days)} choices={CHOICES} choose={(reach) => change({ days: REACHES[reach] })} testId="reach" />
          </Section>
        </>
      }
      toolbar={
        <>
          <RangePicker presets={LONG_PRESETS} range={question.range} interval={question.interval} change={(range, interval) => change({ range, interval })} />
          <Group gap={8}>
            <IntervalPicker interval={question.interval} range={question.range} only={['day', 'week', 'month']} choose={(interval) => change({ interval })} />
            <ViewPicker views={VIEWS} view={view} choose={(next) => show({ view: next })} />
          </Group>
        </>
      }
    >
      <Result question={question} lacking={properties ? null : 'Looking for the amounts…'}>
        {(answered) => <LifetimeShown {...answered} view={view} select={setSelected} choose={(range) => change({ range })} />}
      </Result>
      <PeopleBehind selected={selected} close={() => setSelected(null)} />
    </ReportFrame>
  )
}
