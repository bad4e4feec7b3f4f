import { Text } from '@mantine/core'
import type { Selected } from '../api/behind'
import type { Answered, Question } from '../api/types'
import { KINDS } from '../lib/reports'
import type { View } from '../lib/report'
import { SizesShown } from '../screens/cohorts/CohortScreen'
import { FlowsShown } from '../screens/flows/FlowsShown'
import { FunnelShown } from '../screens/funnels/FunnelShown'
import { SegmentationShown } from '../screens/insights/Insights'
import { LifecycleShown } from '../screens/lifecycle/LifecycleScreen'
import { StickinessShown } from '../screens/lifecycle/Stickiness'
import { RetentionShown } from '../screens/retention/RetentionShown'
import { RevenueShown } from '../screens/revenue/RevenueScreen'
import { SessionsShown } from '../screens/sessions/SessionsScreen'
import { viewOf } from './ViewPicker'

type Props = { answered: Answered<Question>; view: View | undefined; select: (selected: Selected) => void }

/** The answer of any kind of report, drawn as it was saved. */
export function ReportShown({ answered, view: wanted, select }: Props) {
  const type = answered.question.type
  if (type === 'cohort_sizes') return <SizesShown {...(answered as Answered<Extract<Question, { type: 'cohort_sizes' }>>)} view={wanted ?? 'line'} name="Cohort" />
  const view = viewOf(KINDS[type].views, wanted)
  switch (type) {
    case 'segmentation':
      return <SegmentationShown {...(answered as Answered<Extract<Question, { type: 'segmentation' }>>)} view={view} select={select} />
    case 'funnel':
      return <FunnelShown {...(answered as Answered<Extract<Question, { type: 'funnel' }>>)} view={view} select={select} />
    case 'retention':
      return <RetentionShown {...(answered as Answered<Extract<Question, { type: 'retention' }>>)} view={view} select={select} />
    case 'flows':
      return <FlowsShown {...(answered as Answered<Extract<Question, { type: 'flows' }>>)} view={view} select={select} />
    case 'lifecycle':
      return <LifecycleShown {...(answered as Answered<Extract<Question, { type: 'lifecycle' }>>)} view={view} select={select} />
    case 'frequency':
      return <StickinessShown {...(answered as Answered<Extract<Question, { type: 'frequency' }>>)} view={view} select={select} />
    case 'sessions':
      return <SessionsShown {...(answered as Answered<Extract<Question, { type: 'sessions' }>>)} view={view} select={select} />
    case 'revenue':
      return <RevenueShown {...(answered as Answered<Extract<Question, { type: 'revenue' }>>)} view={view} select={select} />
    case 'lifetime_value':
      return <Text c="dimmed" size="sm" p="md">Lifetime value is answered by the API; it has no chart here.</Text>
  }
}
