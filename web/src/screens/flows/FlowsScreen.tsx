import { Button, Switch } from '@mantine/core'
import { useState } from 'react'
import type { Selected } from '../../api/behind'
import type { Flows } from '../../api/types'
import { EventPicker } from '../../builder/EventPicker'
import { FilterEditor, Remove } from '../../builder/FilterEditor'
import { NumberOption, Option } from '../../builder/Option'
import { PeopleBehind } from '../../builder/PeopleBehind'
import { RangePicker } from '../../builder/RangePicker'
import { ReportFrame } from '../../builder/ReportFrame'
import { Result } from '../../builder/Result'
import { Section } from '../../builder/Section'
import { SelectorRow } from '../../builder/SelectorRow'
import { useAsked } from '../../builder/useAsked'
import { ViewPicker, viewOf } from '../../builder/ViewPicker'
import { isNamed } from '../../lib/events'
import { FLOWS, KINDS, lackingIn } from '../../lib/reports'
import { without } from '../../lib/rows'
import { FlowsShown } from './FlowsShown'

const VIEWS = KINDS.flows.views
const COUNTS: { value: Flows['count']; label: string }[] = [
  { value: 'people', label: 'one path per person' },
  { value: 'sessions', label: 'one path per session' },
  { value: 'total', label: 'a path per event' },
]

export function FlowsScreen() {
  const asked = useAsked<Flows>('flows', FLOWS)
  const { question, change, show } = asked
  const view = viewOf(VIEWS, asked.display.view)
  const [selected, setSelected] = useState<Selected | null>(null)
  return (
    <ReportFrame
      title="Flows"
      lead="What people do before and after an event, or between two."
      asked={asked}
      builder={<FlowsBuilder question={question} change={change} />}
      toolbar={
        <>
          <RangePicker range={question.range} change={(range) => change({ range })} />
          <ViewPicker views={VIEWS} view={view} choose={(next) => show({ view: next })} />
        </>
      }
    >
      <Result question={question} lacking={lackingIn(question)}>
        {(answered) => <FlowsShown {...answered} view={view} select={setSelected} choose={(range) => change({ range })} hide={(name) => change({ hidden: [...(question.hidden ?? []), name] })} />}
      </Result>
      <PeopleBehind selected={selected} close={() => setSelected(null)} />
    </ReportFrame>
  )
}

function FlowsBuilder({ question, change }: { question: Flows; change: (part: Partial<Flows>) => void }) {
  const { anchor, to, hidden = [] } = question
  return (
    <>
      <Section title="Paths through">
        {isNamed(anchor) ? (
          <SelectorRow sign="A" label="Event" event={anchor} change={(next) => change({ anchor: next })} any={false} testId="anchor" />
        ) : (
          <EventPicker look="add" label="Choose an event" shown="+ Event" event={{}} any={false} choose={(next) => change({ anchor: next })} testId="add-event" />
        )}
        {to ? (
          <SelectorRow sign="B" label="Leads to" event={to} change={(next) => change({ to: next })} actions={{ remove: () => change({ to: null }) }} any={false} testId="to" />
        ) : (
          <EventPicker look="add" label="Leads to" shown="+ Where paths lead to" event={{}} any={false} choose={(next) => change({ to: next, before: 0 })} testId="add-to" />
        )}
      </Section>
      <Section title="Steps">
        {!to && <NumberOption label="Before it" value={question.before} least={0} most={10} choose={(before) => change({ before })} testId="before" />}
        <NumberOption label={to ? 'Between' : 'After it'} value={question.after} least={0} most={10} choose={(after) => change({ after })} testId="after" />
        <NumberOption label="Events per step" value={question.top} least={1} most={20} choose={(top) => change({ top })} testId="top" />
        <Option label="Counted" value={question.count} choices={COUNTS} choose={(count) => change({ count })} testId="count" />
        <Switch mt={8} size="xs" label="Repeats of an event are one" checked={question.collapse_repeats ?? false} onChange={(now) => change({ collapse_repeats: now.currentTarget.checked })} />
      </Section>
      <Section title="Hidden events">
        {hidden.map((name, place) => (
          <div key={name} className="hidden-event"><span className="clip">{name}</span><Remove name={name} act={() => change({ hidden: without(hidden, place) })} /></div>
        ))}
        <EventPicker look="add" label="Hide an event" shown="+ Hide an event" event={{}} any={false} customs={false} choose={({ names: [name] = [] }) => name !== undefined && change({ hidden: [...hidden, name] })} testId="add-hidden" />
        {hidden.length > 1 && <Button size="compact-xs" variant="subtle" onClick={() => change({ hidden: [] })}>Show all</Button>}
      </Section>
      <Section title="Filter for all events">
        <FilterEditor filter={question.filter} change={(filter) => change({ filter })} event={null} testId="global-filter" />
      </Section>
    </>
  )
}
