import { SimpleGrid } from '@mantine/core'
import { MEASURES, type Report } from '../../lib/report'
import { BreakdownPicker } from './BreakdownPicker'
import { EventPicker } from './EventPicker'
import { Choose } from './Choose'
import type { Change } from './useReport'

/** What is counted: the event, the measure, the breakdown. */
export function Builder({ report, change }: { report: Report; change: Change }) {
  return (
    <SimpleGrid cols={{ base: 1, xs: 2, md: 3 }} spacing="sm">
      <EventPicker event={report.event} choose={(event) => change({ event, breakdown: null })} />
      <Choose label="Measure" value={report.measure} choices={MEASURES} choose={(measure) => change({ measure })} testId="measure" />
      <BreakdownPicker event={report.event} breakdown={report.breakdown} choose={(breakdown) => change({ breakdown })} />
    </SimpleGrid>
  )
}
