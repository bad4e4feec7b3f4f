import { Group, Text } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { useMemo, useState } from 'react'
import type { Selected } from '../../api/behind'
import { propertiesQuery } from '../../api/queries'
import type { Answered, DateRange, Property, PropertyKey, Revenue } from '../../api/types'
import { useProject } from '../../app/project'
import { useDark } from '../../app/theme'
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
import { timeAxis } from '../../charts/axis'
import { colorsFor } from '../../charts/colors'
import { type Line, plainLine } from '../../charts/lines'
import { propertyName } from '../../lib/measures'
import type { View } from '../../lib/report'
import { KINDS, REVENUE } from '../../lib/reports'

const VIEWS = KINDS.revenue.views

export function RevenueScreen() {
  const { id } = useProject()
  const properties = useQuery(propertiesQuery(id, null)).data
  const initial = useMemo(() => (properties ? { ...REVENUE, property: amountOf(properties) } : REVENUE), [properties])
  const asked = useAsked<Revenue>('revenue', initial)
  const { question, change, show } = asked
  const view = viewOf(VIEWS, asked.display.view)
  const [selected, setSelected] = useState<Selected | null>(null)
  return (
    <ReportFrame
      title="Revenue"
      lead="What came in, from how many, and how much per person."
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
          <Section title="Active is who did">
            <SelectorRow sign="B" label="Active event" event={question.active} change={(active) => change({ active })} testId="active" />
          </Section>
        </>
      }
      toolbar={
        <>
          <RangePicker range={question.range} interval={question.interval} change={(range, interval) => change({ range, interval })} />
          <Group gap={8}>
            <IntervalPicker interval={question.interval} range={question.range} choose={(interval) => change({ interval })} />
            <ViewPicker views={VIEWS} view={view} choose={(next) => show({ view: next })} />
          </Group>
        </>
      }
    >
      <Result question={question} lacking={properties ? null : 'Looking for the amounts…'}>
        {(answered) => <RevenueShown {...answered} view={view} select={setSelected} choose={(range) => change({ range })} />}
      </Result>
      <PeopleBehind selected={selected} close={() => setSelected(null)} />
    </ReportFrame>
  )
}

type Props = Answered<Revenue> & { view: View; select?: (selected: Selected) => void; choose?: (range: DateRange) => void }

const ROWS = [
  { key: 'revenue', name: 'Revenue' },
  { key: 'paying', name: 'Paying people' },
  { key: 'active', name: 'Active people' },
  { key: 'per_active', name: 'Revenue per active person' },
  { key: 'per_paying', name: 'Revenue per paying person' },
] as const
const OF_PEOPLE = ['revenue', 'paying', 'per_paying']

/** Revenue as a chart; below it who paid, who was active, and what each of them brought, to be drawn as well. */
export function RevenueShown({ question, answer, view, select, choose }: Props) {
  const dark = useDark()
  const axis = useMemo(() => timeAxis(answer.buckets, question.interval), [answer, question.interval])
  const lines = useMemo(() => {
    const colors = colorsFor('revenue', ROWS.map(({ key }) => key), dark)
    // How many people paid in the whole range is not the sum of the intervals, so it stands only in these.
    return ROWS.map(({ key, name }) => plainLine(key, name, colors.get(key)!, answer[key], key === 'revenue' ? answer.revenue.reduce((sum, one) => sum + one, 0) : null))
  }, [answer, dark])
  const nobody = answer.active.every((people) => !people)
  if (nobody && choose) return <Empty events={[question.active]} choose={choose} />
  const pick = (place: number | null, { key }: Line) => {
    if (OF_PEOPLE.includes(key)) select?.({ question, selection: { bucket: place }, title: place === null ? 'Who paid' : `Who paid, ${axis.titles[place]}` })
  }
  return (
    <>
      {answer.paying.every((people) => !people) && <Text size="sm" c="dimmed" px="md" pb={4} data-testid="nothing-paid">No event of this range has an amount in “{propertyName(question.property)}”.</Text>}
      <SeriesView lines={lines} axis={axis} view={view} atFirst={1} file="revenue" sentence={answer.explanation.sentence} heading="Figure" pick={select && pick} />
    </>
  )
}

/** Where the amounts of this project are: in the property that SDKs have for them, else in one of a usual name. */
export function amountOf(properties: PropertyKey[]): Property {
  const builtin = properties.some(({ scope, key }) => scope === 'builtin' && key === 'revenue')
  const own = ['revenue', 'amount', 'price', 'total', 'value'].find((name) => properties.some(({ scope, key }) => scope === 'event' && key.toLowerCase() === name))
  return builtin || !own ? REVENUE.property : { key: own, scope: 'event' }
}
