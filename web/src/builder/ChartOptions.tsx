import { NumberInput, Switch } from '@mantine/core'
import { useState } from 'react'
import type { Line } from '../charts/lines'
import { severalMetrics } from '../charts/options'
import { AxesIcon } from '../components/icons'
import { BarPopover } from './BarPopover'
import { useDisplay } from './display'

/** A button above a chart: its axes, and a goal. */
export function ChartOptions({ lines }: { lines: Line[] }) {
  const { display, show } = useDisplay()
  if (!show) return null
  return (
    <BarPopover name="Axes and goal" icon={<AxesIcon size={15} />} width={250} testId="chart-options">
      <Switch size="sm" label="Logarithmic axis" checked={display.log ?? false} onChange={(change) => show({ log: change.currentTarget.checked })} />
      {severalMetrics(lines) && <Switch size="sm" label="Later metrics on a second axis" checked={display.second ?? false} onChange={(change) => show({ second: change.currentTarget.checked })} />}
      <Goal key={display.goal} goal={display.goal ?? null} keep={(goal) => show({ goal })} />
    </BarPopover>
  )
}

/** Kept back until the field is left or Enter is pressed, so that not every digit is a step to undo. */
function Goal({ goal, keep }: { goal: number | null; keep: (goal: number | null) => void }) {
  const [typed, setTyped] = useState<number | null>(goal)
  const done = () => {
    if (typed !== goal) keep(typed)
  }
  return (
    <NumberInput
      size="xs"
      label="Goal"
      placeholder="A line at this number"
      value={typed ?? ''}
      onChange={(next) => setTyped(typeof next === 'number' ? next : null)}
      onBlur={done}
      onKeyDown={(event) => event.key === 'Enter' && done()}
      data-testid="goal"
    />
  )
}
