import { Button, Group, Menu, NumberInput, SegmentedControl, Text, TextInput } from '@mantine/core'
import type { Condition, Duration } from '../../api/cohorts'
import type { EventSelector } from '../../api/types'
import { Choose } from '../../builder/Choose'
import { EventPicker } from '../../builder/EventPicker'
import { FilterEditor, Remove } from '../../builder/FilterEditor'
import { PropertyPicker } from '../../builder/PropertyPicker'
import { useProject } from '../../app/project'
import { PlusIcon } from '../../components/icons'
import { COMPARISONS, MORE, NEW, type Tally, TALLIES, inWords, unwrapped, withNegation } from '../../lib/cohorts'
import { today } from '../../lib/dates'
import { replaced, without } from '../../lib/rows'
import { WhenPicker } from './WhenPicker'

const DEEPEST = 3

type Group_ = Extract<Condition, { type: 'all' | 'any' }>
type Of<T extends Condition['type']> = { condition: Extract<Condition, { type: T }>; change: (next: Condition) => void }

/** Conditions that all hold, or any of them; groups of them lie within one another. */
export function GroupEditor({ group, change, depth = 0 }: { group: Group_; change: (next: Group_) => void; depth?: number }) {
  const { conditions } = group
  const become = (next: Condition[]) => change({ ...group, conditions: next })
  return (
    <div className={depth ? 'part-row condition-group' : 'condition-group'} data-testid="conditions">
      {conditions.map((one, place) => (
        // A condition has no name of its own; places are stable while one of them is edited.
        <div key={place}>
          {place > 0 && <Join group={group} change={change} first={place === 1} />}
          <Row condition={one} depth={depth} change={(next) => become(replaced(conditions, place, next))} remove={() => become(without(conditions, place))} />
        </div>
      ))}
      <Add add={(condition) => become([...conditions, condition])} depth={depth} />
    </div>
  )
}

function Join({ group, change, first }: { group: Group_; change: (next: Group_) => void; first: boolean }) {
  if (!first) return <Text size="xs" c="dimmed" my={4}>{group.type === 'all' ? 'and' : 'or'}</Text>
  return (
    <SegmentedControl
      size="xs"
      my={6}
      aria-label="All or any of the conditions"
      data={[{ value: 'all', label: 'and' }, { value: 'any', label: 'or' }]}
      value={group.type}
      onChange={(type) => change({ ...group, type: type as 'all' | 'any' })}
      data-testid="join"
    />
  )
}

function Add({ add, depth }: { add: (condition: Condition) => void; depth: number }) {
  return (
    <Menu position="bottom-start" width={260}>
      <Menu.Target><Button size="xs" variant="subtle" mt={6} leftSection={<PlusIcon size={13} />} data-testid="add-condition">Condition</Button></Menu.Target>
      <Menu.Dropdown>
        {NEW.filter(({ condition }) => condition.type !== 'any' || depth < DEEPEST - 1).map(({ label, condition }) => <Menu.Item key={label} onClick={() => add(structuredClone(condition))}>{label}</Menu.Item>)}
      </Menu.Dropdown>
    </Menu>
  )
}

type RowProps = { condition: Condition; depth: number; change: (next: Condition) => void; remove: () => void }

function Row({ condition, depth, change, remove }: RowProps) {
  const { negated, inner } = unwrapped(condition)
  const set = (next: Condition) => change(withNegation(next, negated))
  if (inner.type === 'all' || inner.type === 'any') {
    return (
      <div className="nested">
        <Head name={negated ? 'None of this holds' : 'This group'} remove={remove} negated={negated} negate={() => change(withNegation(inner, !negated))} labels={['holds', 'does not hold']} />
        <GroupEditor group={inner} change={set} depth={depth + 1} />
      </div>
    )
  }
  return (
    <div className="part-row" data-testid="cohort-condition">
      <Head name={inWords(condition)} remove={remove} negated={negated} negate={() => change(withNegation(inner, !negated))} labels={LABELS[inner.type] ?? ['holds', 'does not hold']} />
      <Body condition={inner} change={set} />
    </div>
  )
}

const LABELS: Partial<Record<Condition['type'], [string, string]>> = {
  did: ['did', 'did not'], did_more: ['did', 'did not'], in_order: ['did in order', 'did not do in order'], latest: ['had at the latest', 'had not at the latest'],
  profile: ['has', 'has not'], in_cohort: ['is in', 'is not in'], on_list: ['is on', 'is not on'],
}

function Head({ name, remove, negated, negate, labels: [yes, no] }: { name: string; remove: () => void; negated: boolean; negate: () => void; labels: [string, string] }) {
  return (
    <Group justify="space-between" wrap="nowrap" gap={6}>
      <SegmentedControl size="xs" aria-label="Holds or does not" data={[{ value: 'yes', label: yes }, { value: 'no', label: no }]} value={negated ? 'no' : 'yes'} onChange={negate} data-testid="negate" />
      <Remove name={name} act={remove} />
    </Group>
  )
}

function Body({ condition, change }: { condition: Condition; change: (next: Condition) => void }) {
  switch (condition.type) {
    case 'did':
      return <Did condition={condition} change={change} />
    case 'did_more':
      return <DidMore condition={condition} change={change} />
    case 'in_order':
      return <InOrder condition={condition} change={change} />
    case 'latest':
      return <Latest condition={condition} change={change} />
    case 'profile':
      return <HasProfile condition={condition} change={change} />
    default:
      return <Text size="sm" className="anywhere">{condition.type === 'on_list' ? 'An uploaded list' : inWords(condition)}</Text>
  }
}

function Selector({ label, event, change }: { label: string; event: EventSelector; change: (event: EventSelector) => void }) {
  return (
    <>
      <EventPicker label={label} event={event} choose={(chosen) => change({ ...event, ...chosen })} />
      <FilterEditor filter={event.filter} change={(filter) => change({ ...event, filter })} event={event.names?.[0] ?? null} />
    </>
  )
}

function Did({ condition, change }: Of<'did'>) {
  const { event = {}, tally = 'count', operator = 'greater_or_equal', value = 1, property = null, when } = condition
  const known = TALLIES.find((one) => one.value === tally)
  const choose = (next: Tally) => change({ ...condition, tally: next, property: TALLIES.find((one) => one.value === next)?.ofProperty ? property : null })
  return (
    <>
      <Selector label="Event" event={event} change={(next) => change({ ...condition, event: next })} />
      <Group gap={6}>
        <Choose label="Counted" hideLabel size="xs" w={170} value={tally} choices={TALLIES} choose={choose} testId="tally" />
        {known?.ofProperty && <div style={{ flex: '1 1 140px', minWidth: 0 }}><PropertyPicker label="Property" event={event.names?.[0] ?? null} property={property} choose={(next) => change({ ...condition, property: next })} testId="tally-property" /></div>}
        <Choose label="Comparison" hideLabel size="xs" w={120} value={operator} choices={COMPARISONS} choose={(next) => change({ ...condition, operator: next })} testId="comparison" />
        <NumberInput size="xs" w={90} aria-label="Number" value={value} onChange={(next) => typeof next === 'number' && change({ ...condition, value: next })} data-testid="number" />
      </Group>
      <WhenPicker when={when} change={(next) => change({ ...condition, when: next })} />
    </>
  )
}

function DidMore({ condition, change }: Of<'did_more'>) {
  return (
    <>
      <Selector label="Event" event={condition.event} change={(event) => change({ ...condition, event })} />
      <Group gap={6}>
        <Choose label="Comparison" hideLabel size="xs" w={150} value={condition.operator ?? 'greater'} choices={COMPARISONS.map(({ value }) => ({ value, label: MORE[value] }))} choose={(operator) => change({ ...condition, operator })} testId="comparison" />
      </Group>
      <Selector label="Than" event={condition.than} change={(than) => change({ ...condition, than })} />
      <WhenPicker when={condition.when} change={(when) => change({ ...condition, when })} />
    </>
  )
}

function InOrder({ condition, change }: Of<'in_order'>) {
  const { steps, within, when } = condition
  const become = (next: EventSelector[]) => change({ ...condition, steps: next })
  return (
    <>
      {steps.map((step, place) => (
        <div key={place}>
          <Group gap={6} wrap="nowrap" mb={4}>
            <span className="sign">{place + 1}</span>
            <div style={{ flex: 1, minWidth: 0 }}><EventPicker label={`Step ${place + 1}`} event={step} choose={(chosen) => become(replaced(steps, place, { ...step, ...chosen }))} any={false} /></div>
            {steps.length > 2 && <Remove name={`step ${place + 1}`} act={() => become(without(steps, place))} />}
          </Group>
          <FilterEditor filter={step.filter} change={(filter) => become(replaced(steps, place, { ...step, filter }))} event={step.names?.[0] ?? null} />
        </div>
      ))}
      {steps.length < 20 && <Button size="xs" variant="subtle" leftSection={<PlusIcon size={13} />} onClick={() => become([...steps, { names: [] }])} style={{ alignSelf: 'flex-start' }}>Step</Button>}
      <Group gap={6}>
        <Text size="xs" c="dimmed">all within</Text>
        {within && <NumberInput size="xs" w={80} min={1} max={100_000} aria-label="How many" value={within.count} onChange={(count) => typeof count === 'number' && count >= 1 && change({ ...condition, within: { ...within, count } })} />}
        <Choose label="Unit" hideLabel size="xs" w={110} value={within?.unit ?? 'any'} choices={UNITS} choose={(unit) => change({ ...condition, within: unit === 'any' ? null : { count: within?.count ?? 7, unit } })} testId="within" />
      </Group>
      <WhenPicker when={when} change={(next) => change({ ...condition, when: next })} />
    </>
  )
}

const UNITS: { value: Duration['unit'] | 'any'; label: string }[] = [
  { value: 'any', label: 'any time' }, { value: 'second', label: 'seconds' }, { value: 'minute', label: 'minutes' }, { value: 'hour', label: 'hours' }, { value: 'day', label: 'days' }, { value: 'week', label: 'weeks' },
]

function Latest({ condition, change }: Of<'latest'>) {
  const event = condition.event ?? {}
  return (
    <>
      <EventPicker label="Event" event={event} choose={(chosen) => change({ ...condition, event: { ...event, ...chosen } })} />
      <FilterEditor filter={condition.filter} change={(filter) => change({ ...condition, filter: filter ?? { type: 'all', filters: [] } })} event={event.names?.[0] ?? null} />
      <WhenPicker when={condition.when} change={(when) => change({ ...condition, when })} />
    </>
  )
}

const NOW_OR_THEN = [{ value: 'now', label: 'now' }, { value: 'day', label: 'on a day' }]

function HasProfile({ condition, change }: Of<'profile'>) {
  const { filter, at } = condition
  const { timezone } = useProject()
  return (
    <>
      <FilterEditor filter={filter} change={(next) => change({ ...condition, filter: next ?? { type: 'all', filters: [] } })} event={null} atEvent={false} only="user" add="Property" />
      <Group gap={6}>
        <SegmentedControl size="xs" aria-label="Of the profile" data={NOW_OR_THEN} value={at ? 'day' : 'now'} onChange={(kind) => change({ ...condition, at: kind === 'now' ? null : today(timezone) })} />
        {at && <TextInput size="xs" type="date" aria-label="At the end of" value={at} onChange={(event) => event.currentTarget.value && change({ ...condition, at: event.currentTarget.value })} />}
      </Group>
    </>
  )
}
