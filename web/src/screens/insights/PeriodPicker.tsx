import { Button, Group, ScrollArea, SegmentedControl, TextInput } from '@mantine/core'
import { useEffect, useState } from 'react'
import { useProject } from '../../app/project'
import { today } from '../../lib/dates'
import { INTERVALS, PRESETS, daysOf, presetOf, suits, usualInterval } from '../../lib/period'
import type { Report, View } from '../../lib/report'
import { Choose } from './Choose'
import type { Change } from './useReport'

const CUSTOM = 'Custom'

type Props = { report: Report; change: Change }

/** When, in which steps, and how it is drawn. */
export function PeriodPicker({ report, change }: Props) {
  const preset = presetOf(report.period)
  const [own, setOwn] = useState(!preset)
  useEffect(() => setOwn(!preset), [preset, report.period])
  const select = (label: string) => {
    const chosen = PRESETS.find((one) => one.label === label)
    if (chosen) change({ period: chosen.period, interval: chosen.interval })
    setOwn(!chosen)
  }
  return (
    <div className="toolbar">
      <Group gap="sm" maw="100%">
        <ScrollArea type="never" maw="100%">
          <SegmentedControl
            size="xs"
            aria-label="Date range"
            data={[...PRESETS.map(({ label }) => label), CUSTOM]}
            value={own ? CUSTOM : (preset?.label ?? CUSTOM)}
            onChange={select}
            data-testid="range"
          />
        </ScrollArea>
        {own && <OwnRange key={JSON.stringify(report.period)} report={report} change={change} />}
      </Group>
      <Group gap="sm">
        <Choose
          label="Interval"
          hideLabel
          size="xs"
          w={126}
          value={report.interval}
          choices={INTERVALS.map(({ value, label }) => ({ value, label, disabled: !suits(value, report.period) && value !== report.interval }))}
          choose={(interval) => change({ interval })}
          testId="interval"
        />
        <SegmentedControl
          size="xs"
          aria-label="Shown as"
          data={[
            { value: 'line', label: 'Line' },
            { value: 'bar', label: 'Bar' },
            { value: 'table', label: 'Table' },
          ]}
          value={report.view}
          onChange={(view) => change({ view: view as View })}
          data-testid="view"
        />
      </Group>
    </div>
  )
}

function OwnRange({ report, change }: Props) {
  const now = today(useProject().timezone)
  const [days, setDays] = useState(() => daysOf(report.period, now))
  const { from, to } = days
  const valid = from !== '' && to !== '' && from <= to
  const apply = (event: React.FormEvent) => {
    event.preventDefault()
    const period = { kind: 'between', from, to } as const
    change({ period, interval: suits(report.interval, period) ? report.interval : usualInterval(period) })
  }
  return (
    <form onSubmit={apply}>
      <Group gap={6}>
        <TextInput size="xs" type="date" aria-label="From" value={from} max={to || undefined} onChange={(event) => setDays({ from: event.currentTarget.value, to })} data-testid="from" />
        <span aria-hidden>–</span>
        <TextInput size="xs" type="date" aria-label="To" value={to} min={from || undefined} onChange={(event) => setDays({ from, to: event.currentTarget.value })} data-testid="to" />
        <Button size="xs" type="submit" variant="light" disabled={!valid}>Apply</Button>
      </Group>
    </form>
  )
}
