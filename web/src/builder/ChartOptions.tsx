import { ActionIcon, NumberInput, Popover, Stack, Switch } from '@mantine/core'
import { useState } from 'react'
import type { Line } from '../charts/lines'
import { severalMetrics } from '../charts/options'
import { AxesIcon } from '../components/icons'
import { useDisplay } from './display'
import { InBar } from './InBar'

/** A button above a chart: its axes, and a goal. */
export function ChartOptions({ lines }: { lines: Line[] }) {
  const { display, show } = useDisplay()
  const [open, setOpen] = useState(false)
  if (!show) return null
  return (
    <InBar>
      <Popover opened={open} onChange={setOpen} position="bottom-end" width={250} withinPortal trapFocus>
        <Popover.Target>
          <ActionIcon variant="default" size={28} onClick={() => setOpen(!open)} title="Axes and goal" aria-label="Axes and goal" aria-expanded={open} data-testid="chart-options"><AxesIcon size={15} /></ActionIcon>
        </Popover.Target>
        <Popover.Dropdown>
          <Stack gap="sm">
            <Switch size="sm" label="Logarithmic axis" checked={display.log ?? false} onChange={(change) => show({ log: change.currentTarget.checked })} />
            {severalMetrics(lines) && <Switch size="sm" label="Later metrics on a second axis" checked={display.second ?? false} onChange={(change) => show({ second: change.currentTarget.checked })} />}
            <NumberInput size="xs" label="Goal" placeholder="A line at this number" value={display.goal ?? ''} onChange={(goal) => show({ goal: typeof goal === 'number' ? goal : null })} data-testid="goal" />
          </Stack>
        </Popover.Dropdown>
      </Popover>
    </InBar>
  )
}
