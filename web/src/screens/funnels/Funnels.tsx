import { Group, Menu, NumberInput, Switch } from '@mantine/core'
import { useState } from 'react'
import type { Selected } from '../../api/behind'
import type { Funnel, FunnelStep } from '../../api/types'
import { Breakdowns } from '../../builder/Breakdowns'
import { Choose } from '../../builder/Choose'
import { EventPicker } from '../../builder/EventPicker'
import { FilterEditor } from '../../builder/FilterEditor'
import { NumberOption, Option } from '../../builder/Option'
import { PeopleBehind } from '../../builder/PeopleBehind'
import { IntervalPicker, RangePicker } from '../../builder/RangePicker'
import { ReportFrame } from '../../builder/ReportFrame'
import { Result } from '../../builder/Result'
import { Section } from '../../builder/Section'
import { SelectorRow } from '../../builder/SelectorRow'
import { useAsked } from '../../builder/useAsked'
import { ViewPicker, viewOf } from '../../builder/ViewPicker'
import { FUNNEL, KINDS, lackingIn, prepared } from '../../lib/reports'
import { actionsOf, replaced, without } from '../../lib/rows'
import { FunnelShown } from './FunnelShown'

const VIEWS = KINDS.funnel.views

export function Funnels() {
  const asked = useAsked<Funnel>('funnels', FUNNEL)
  const { question, change, show } = asked
  const view = viewOf(VIEWS, asked.display.view)
  const [selected, setSelected] = useState<Selected | null>(null)
  return (
    <ReportFrame
      title="Funnels"
      lead="How many go through steps, how far, and how fast."
      asked={asked}
      builder={<FunnelBuilder question={question} change={change} />}
      toolbar={
        <>
          <RangePicker range={question.range} interval={question.interval ?? 'day'} change={(range, interval) => change({ range, interval })} />
          <Group gap={8} maw="100%">
            {view === 'time' && <IntervalPicker interval={question.interval ?? 'day'} range={question.range} choose={(interval) => change({ interval })} />}
            <ViewPicker views={VIEWS} view={view} choose={(next) => show({ view: next })} />
          </Group>
        </>
      }
    >
      <Result question={prepared(question, view)} lacking={lackingIn(question)}>
        {(answered) => <FunnelShown {...answered} view={view} select={setSelected} choose={(range) => change({ range })} />}
      </Result>
      <PeopleBehind selected={selected} close={() => setSelected(null)} />
    </ReportFrame>
  )
}

const ENTRIES: { value: Funnel['entry']; label: string }[] = [
  { value: 'first', label: 'each person once' },
  { value: 'every', label: 'every attempt' },
  { value: 'session', label: 'once in each session' },
  { value: 'longest', label: 'each person’s furthest' },
]
const ORDERS: { value: Funnel['order']; label: string }[] = [
  { value: 'loose', label: 'in this order' },
  { value: 'strict', label: 'in this order, nothing between' },
  { value: 'any', label: 'in any order' },
]
const UNITS = ['minute', 'hour', 'day', 'week', 'month'] as const
const MOST_STEPS = 50

type Props = { question: Funnel; change: (part: Partial<Funnel>) => void }

function FunnelBuilder({ question, change }: Props) {
  const { steps, window, exclusions = [] } = question
  const set = (place: number, step: FunnelStep) => change({ steps: replaced(steps, place, step) })
  const first = steps[0]?.event.names?.[0] ?? null
  return (
    <>
      <Section title="Steps">
        {steps.map((step, place) => (
          <SelectorRow
            key={`${place} ${steps.length}`}
            sign={String(place + 1)}
            label={`Step ${place + 1}`}
            event={step.event}
            change={(event) => set(place, { ...step, event })}
            actions={actionsOf(steps, place, (next) => change({ steps: next }), { least: 0, most: MOST_STEPS })}
            more={
              place > 0 && place < steps.length - 1 && (
                <Menu.Item component="div" closeMenuOnClick={false}>
                  <Switch size="xs" label="Optional step" checked={step.optional ?? false} onChange={(now) => set(place, { ...step, optional: now.currentTarget.checked })} />
                </Menu.Item>
              )
            }
            testId="step"
          />
        ))}
        <EventPicker look="add" label="Add a step" shown={`+ Step ${steps.length + 1}`} event={{}} any choose={(event) => change({ steps: [...steps, { event }] })} testId="add-event" />
      </Section>
      <Section title="Conversion">
        <Option label="Counted" value={question.entry} choices={ENTRIES} choose={(entry) => change({ entry })} testId="entry" />
        <Option label="Steps come" value={question.order} choices={ORDERS} choose={(order) => change({ order })} testId="order" />
        <div className="option">
          <span aria-hidden>Within</span>
          <Group gap={6} wrap="nowrap">
            <NumberInput size="xs" w={70} min={1} max={10_000} aria-label="Within" value={window.count} onChange={(count) => typeof count === 'number' && count > 0 && change({ window: { ...window, count } })} data-testid="window" />
            <Choose label="Unit of the window" hideLabel size="xs" flex={1} value={window.unit} choices={UNITS.map((unit) => ({ value: unit, label: `${unit}${window.count === 1 ? '' : 's'}` }))} choose={(unit) => change({ window: { ...window, unit } })} testId="window-unit" />
          </Group>
        </div>
      </Section>
      <Section title="Excluded between the first and the last step">
        {exclusions.map((one, place) => (
          <SelectorRow key={place} sign="×" label="Excluded event" event={one.event} change={(event) => change({ exclusions: replaced(exclusions, place, { ...one, event }) })} actions={{ remove: () => change({ exclusions: without(exclusions, place) }) }} any={false} testId="exclusion" />
        ))}
        <EventPicker look="add" label="Exclude an event" shown="+ Excluded event" event={{}} any={false} choose={(event) => change({ exclusions: [...exclusions, { event }] })} testId="add-exclusion" />
      </Section>
      <Section title="Filter for all steps">
        <FilterEditor filter={question.population} change={(population) => change({ population })} event={first} testId="global-filter" />
      </Section>
      <Section title="Breakdown">
        <Breakdowns breakdowns={question.breakdowns.map(({ by }) => by)} change={(next) => change({ breakdowns: next.map((by, place) => ({ ...question.breakdowns[place], by })) })} event={first} />
        {question.breakdowns.length > 0 && <NumberOption label="Largest values" value={question.limit ?? 25} least={1} most={1000} choose={(limit) => change({ limit })} testId="limit" />}
      </Section>
    </>
  )
}
