import { Button, Group, Menu, Popover, SegmentedControl, Stack, TextInput } from '@mantine/core'
import { useState } from 'react'
import type { Compared, DateRange, Interval } from '../api/types'
import { useProject } from '../app/project'
import { ChevronDown } from '../components/icons'
import { today } from '../lib/dates'
import { INTERVALS, PRESETS, type Preset, daysOf, presetOf, rangeName, suits, usualInterval } from '../lib/ranges'
import { Choose } from './Choose'

const CUSTOM = 'Custom'
type Own = 'between' | 'since' | 'last' | 'to_date'

type Props = { range: DateRange; interval?: Interval; presets?: Preset[]; change: (range: DateRange, interval: Interval) => void }

/** When: one of the usual ranges, or one of one's own. */
export function RangePicker({ range, interval, presets = PRESETS, change }: Props) {
  const now = today(useProject().timezone)
  const preset = presetOf(range, presets)
  const [opened, setOpened] = useState(false)
  const select = (label: string) => {
    const chosen = presets.find((one) => one.label === label)
    if (chosen) change(chosen.range, chosen.interval)
    setOpened(!chosen)
  }
  const own = (next: DateRange) => {
    change(next, interval && suits(interval, next, now) ? interval : usualInterval(next, now))
    setOpened(false)
  }
  return (
    <Group gap={8} maw="100%" className="range">
      <div className="scrolling">
        <SegmentedControl size="xs" aria-label="Date range" data={[...presets.map(({ label }) => label), CUSTOM]} value={preset?.label ?? CUSTOM} onChange={select} data-testid="range" />
      </div>
      {(opened || !preset) && <OwnRange key={JSON.stringify(range)} range={range} keep={own} name={rangeName(range)} />}
    </Group>
  )
}

type OwnProps = { range: DateRange; keep: (range: DateRange) => void; name: string }

/** Two days, and behind a button the ranges that move on with the calendar. */
function OwnRange({ range, keep, name }: OwnProps) {
  const now = today(useProject().timezone)
  const [kind, setKind] = useState<Own>(range.type === 'last' ? 'between' : range.type)
  const [days, setDays] = useState(() => daysOf(range, now))
  const { from, to } = days
  const valid = from !== '' && (kind === 'since' || (to !== '' && from <= to))
  const apply = (event: React.FormEvent) => {
    event.preventDefault()
    keep(kind === 'since' ? { type: 'since', from } : { type: 'between', from, to })
  }
  return (
    <form onSubmit={apply}>
      <Group gap={6}>
        <Menu position="bottom-start">
          <Menu.Target>
            <Button size="xs" variant="default" rightSection={<ChevronDown size={13} />} title="Kind of range">{kind === 'since' ? 'Since' : range.type === 'to_date' ? name : 'Between'}</Button>
          </Menu.Target>
          <Menu.Dropdown>
            <Menu.Item onClick={() => setKind('between')}>Between two days</Menu.Item>
            <Menu.Item onClick={() => setKind('since')}>Since a day</Menu.Item>
            <Menu.Divider />
            {(['week', 'month', 'quarter', 'year'] as const).map((unit) => <Menu.Item key={unit} onClick={() => keep({ type: 'to_date', unit })}>This {unit}</Menu.Item>)}
          </Menu.Dropdown>
        </Menu>
        <TextInput size="xs" type="date" aria-label="From" value={from} max={kind === 'between' ? to || undefined : now} onChange={(event) => setDays({ from: event.currentTarget.value, to })} data-testid="from" />
        {kind !== 'since' && (
          <>
            <span aria-hidden>–</span>
            <TextInput size="xs" type="date" aria-label="To" value={to} min={from || undefined} onChange={(event) => setDays({ from, to: event.currentTarget.value })} data-testid="to" />
          </>
        )}
        <Button size="xs" type="submit" variant="light" disabled={!valid}>Apply</Button>
      </Group>
    </form>
  )
}

export function IntervalPicker({ interval, range, choose, only }: { interval: Interval; range: DateRange; choose: (interval: Interval) => void; only?: Interval[] }) {
  const now = today(useProject().timezone)
  const choices = INTERVALS.filter(({ value }) => !only || only.includes(value))
  return (
    <Choose
      label="Interval"
      hideLabel
      size="xs"
      w={120}
      value={interval}
      choices={choices.map(({ value, label }) => ({ value, label, disabled: !suits(value, range, now) && value !== interval }))}
      choose={choose}
      testId="interval"
    />
  )
}

const COMPARISONS: { label: string; compare: Compared | null }[] = [
  { label: 'No comparison', compare: null },
  { label: 'The days before', compare: { type: 'previous' } },
  { label: 'A week earlier', compare: { type: 'shift', unit: 'week', count: 1 } },
  { label: 'A month earlier', compare: { type: 'shift', unit: 'month', count: 1 } },
  { label: 'A quarter earlier', compare: { type: 'shift', unit: 'quarter', count: 1 } },
  { label: 'A year earlier', compare: { type: 'shift', unit: 'year', count: 1 } },
]

export function ComparePicker({ compare, choose }: { compare: Compared | null | undefined; choose: (compare: Compared | null) => void }) {
  const key = (one: Compared | null | undefined) => JSON.stringify(one ?? null)
  const chosen = COMPARISONS.find((one) => key(one.compare) === key(compare)) ?? COMPARISONS[0]!
  const [open, setOpen] = useState(false)
  return (
    <Popover opened={open} onChange={setOpen} position="bottom-start" withinPortal>
      <Popover.Target>
        <Button size="xs" variant={compare ? 'light' : 'default'} onClick={() => setOpen(!open)} aria-expanded={open} data-testid="compare">
          {compare ? `vs ${chosen.label.toLowerCase()}` : 'Compare'}
        </Button>
      </Popover.Target>
      <Popover.Dropdown p={6}>
        <Stack gap={2}>
          {COMPARISONS.map((one) => (
            <Button key={one.label} size="compact-sm" variant={one === chosen ? 'light' : 'subtle'} color={one === chosen ? undefined : 'gray'} justify="start" onClick={() => { choose(one.compare); setOpen(false) }}>{one.label}</Button>
          ))}
        </Stack>
      </Popover.Dropdown>
    </Popover>
  )
}
