import { SegmentedControl } from '@mantine/core'
import type { View } from '../lib/report'

const NAMES: Record<View, string> = {
  line: 'Line', area: 'Area', bar: 'Bar', stacked: 'Stacked', horizontal: 'Ranking', number: 'Number', table: 'Table',
  steps: 'Steps', time: 'Over time', histogram: 'Time to convert', lengths: 'Lengths', curve: 'Curve', heat: 'Table', graph: 'Graph', paths: 'Paths',
}

type Props = { views: View[]; view: View; choose: (view: View) => void }

/** How the answer is drawn. */
export function ViewPicker({ views, view, choose }: Props) {
  return (
    <div className="scrolling">
      <SegmentedControl
        size="xs"
        aria-label="Shown as"
        data={views.map((value) => ({ value, label: NAMES[value] }))}
        value={view}
        onChange={(value) => choose(value as View)}
        data-testid="view"
      />
    </div>
  )
}

/** The view of an address, where the report has it. */
export const viewOf = (views: View[], view: View | undefined) => (view && views.includes(view) ? view : views[0]!)
