import { ActionIcon, Group, Menu, NumberInput, Switch, TextInput } from '@mantine/core'
import { type ReactNode, useState } from 'react'
import type { Measure, Metric, PerPerson, Window } from '../api/types'
import { MoreIcon } from '../components/icons'
import { MEASURES, PER_PERSON, letter, mayBePerPerson, metricName, needsProperty, withMeasure, withPerPerson } from '../lib/measures'
import { Choose } from './Choose'
import { EventPicker } from './EventPicker'
import { FilterEditor } from './FilterEditor'
import { PropertyPicker } from './PropertyPicker'

/** What can be done with one of several things in a row. */
export type RowActions = { duplicate?: () => void; up?: () => void; down?: () => void; remove?: () => void }

type Props = { metric: Metric; place: number; change: (metric: Metric) => void; actions: RowActions }

/** One metric: which events, filtered how, and what is counted of them. */
export function MetricRow({ metric, place, change, actions }: Props) {
  const [naming, setNaming] = useState(false)
  const event = metric.event.names?.[0] ?? null
  const set = (part: Partial<Metric>) => change({ ...metric, ...part })
  return (
    <div className="part-row" data-testid="metric">
      <RowHead
        sign={letter(place)}
        name={`metric ${letter(place)}, ${metricName(metric)}`}
        actions={actions}
        more={
          <>
            <Menu.Item onClick={() => setNaming(true)}>Rename</Menu.Item>
            <Menu.Divider />
            <Menu.Item closeMenuOnClick={false} component="div">
              <Switch size="xs" label="First time ever only" checked={metric.event.first_time ?? false} onChange={(now) => set({ event: { ...metric.event, first_time: now.currentTarget.checked } })} />
            </Menu.Item>
            <WindowItems metric={metric} set={set} />
          </>
        }
      >
        <EventPicker event={metric.event} choose={(chosen) => set({ event: { ...metric.event, ...chosen } })} />
      </RowHead>
      {(naming || metric.name) && <NameInput name={metric.name ?? ''} keep={(name) => { set({ name }); setNaming(false) }} />}
      <Group gap={6} wrap="nowrap" align="flex-start">
        <Choose label="Measure" hideLabel size="xs" flex={1} value={metric.measure} choices={MEASURES} choose={(measure: Measure) => change(withMeasure(metric, measure))} testId="measure" />
        {metric.measure === 'percentile' && (
          <NumberInput size="xs" w={72} min={0} max={100} aria-label="Percentile" value={metric.percentile ?? 90} onChange={(value) => set({ percentile: Number(value) })} />
        )}
      </Group>
      {needsProperty(metric) && (
        <PropertyPicker label="Property of the measure" event={event} property={metric.property ?? null} choose={(property) => set({ property })} testId="measure-property" />
      )}
      {mayBePerPerson(metric.measure) && (
        <Choose label="Numbers" hideLabel size="xs" value={metric.per_person ?? 'event'} choices={PER_PERSON} choose={(value: PerPerson | 'event') => change(withPerPerson(metric, value))} testId="per-person" />
      )}
      <FilterEditor filter={metric.event.filter} change={(filter) => set({ event: { ...metric.event, filter } })} event={event} />
    </div>
  )
}

const WINDOWS: { label: string; window: Window | null }[] = [
  { label: 'Each interval', window: null },
  { label: 'Last 7 days before its end', window: { type: 'days', count: 7 } },
  { label: 'Last 30 days before its end', window: { type: 'days', count: 30 } },
  { label: 'Since the start of the range', window: { type: 'cumulative' } },
]

function WindowItems({ metric, set }: { metric: Metric; set: (part: Partial<Metric>) => void }) {
  const same = (window: Window | null) => JSON.stringify(metric.window ?? null) === JSON.stringify(window)
  return (
    <>
      <Menu.Label>Counted over</Menu.Label>
      {WINDOWS.map(({ label, window }) => (
        <Menu.Item key={label} onClick={() => set({ window })} fw={same(window) ? 650 : undefined} rightSection={same(window) ? '✓' : null}>{label}</Menu.Item>
      ))}
      <Menu.Item onClick={() => set({ rolling_average: metric.rolling_average ? null : 7 })} rightSection={metric.rolling_average ? '✓' : null}>
        Rolling average of 7 intervals
      </Menu.Item>
    </>
  )
}

function NameInput({ name, keep }: { name: string; keep: (name: string) => void }) {
  const [text, setText] = useState(name)
  return (
    <TextInput
      size="xs"
      autoFocus={!name}
      aria-label="Name"
      placeholder="Name"
      value={text}
      onChange={(event) => setText(event.currentTarget.value)}
      onBlur={() => keep(text.trim())}
      onKeyDown={(event) => event.key === 'Enter' && keep(text.trim())}
      data-testid="metric-name"
    />
  )
}

type HeadProps = { sign: string; name: string; actions: RowActions; more?: ReactNode; children: ReactNode }

/** The first line of a row: its letter or number, what it is about, and what can be done with it. */
export function RowHead({ sign, name, actions, more, children }: HeadProps) {
  const { duplicate, up, down, remove } = actions
  return (
    <Group gap={6} wrap="nowrap">
      <span className="sign" aria-hidden>{sign}</span>
      <div style={{ flex: 1, minWidth: 0 }}>{children}</div>
      {(more || duplicate || up || down || remove) && (
        <Menu position="bottom-end" width={236}>
          <Menu.Target>
            <ActionIcon size={26} variant="subtle" color="gray" aria-label={`More for ${name}`} style={{ flex: 'none' }} data-testid="row-menu"><MoreIcon size={15} /></ActionIcon>
          </Menu.Target>
          <Menu.Dropdown>
            {duplicate && <Menu.Item onClick={duplicate}>Duplicate</Menu.Item>}
            {up && <Menu.Item onClick={up}>Move up</Menu.Item>}
            {down && <Menu.Item onClick={down}>Move down</Menu.Item>}
            {remove && <Menu.Item color="red" onClick={remove}>Remove</Menu.Item>}
            {more}
          </Menu.Dropdown>
        </Menu>
      )}
    </Group>
  )
}
