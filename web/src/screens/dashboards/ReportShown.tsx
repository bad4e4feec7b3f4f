import type { ComponentType } from 'react'
import type { Selected } from '../../api/behind'
import type { Answered, Question } from '../../api/types'
import { viewOf } from '../../builder/ViewPicker'
import { KINDS } from '../../lib/reports'
import type { View } from '../../lib/report'
import { SizesShown } from '../cohorts/SizesShown'
import { FlowsShown } from '../flows/FlowsShown'
import { FunnelShown } from '../funnels/FunnelShown'
import { SegmentationShown } from '../insights/Insights'
import { LifecycleShown } from '../lifecycle/LifecycleScreen'
import { StickinessShown } from '../lifecycle/Stickiness'
import { RetentionShown } from '../retention/RetentionShown'
import { LifetimeShown } from '../revenue/LifetimeShown'
import { RevenueShown } from '../revenue/RevenueScreen'
import { SessionsShown } from '../sessions/SessionsScreen'

type Kind = keyof typeof KINDS
type Shown<K extends Kind> = ComponentType<Answered<Extract<Question, { type: K }>> & { view: View; select: (selected: Selected) => void }>

const SHOWN: { [K in Kind]: Shown<K> } = {
  segmentation: SegmentationShown,
  funnel: FunnelShown,
  retention: RetentionShown,
  flows: FlowsShown,
  lifecycle: LifecycleShown,
  frequency: StickinessShown,
  sessions: SessionsShown,
  revenue: RevenueShown,
  lifetime_value: LifetimeShown,
}

type Props = { answered: Answered<Question>; view: View | undefined; select: (selected: Selected) => void }

/** The answer of any kind of report, drawn as it was saved. */
export function ReportShown({ answered, view, select }: Props) {
  const { type } = answered.question
  if (type === 'cohort_sizes') return <SizesShown {...(answered as Answered<Extract<Question, { type: 'cohort_sizes' }>>)} view={view ?? 'line'} name="Cohort" />
  // The question's type says which of them it is; the compiler cannot follow that through the table.
  const One = SHOWN[type] as unknown as Shown<'segmentation'>
  return <One {...(answered as Answered<Extract<Question, { type: 'segmentation' }>>)} view={viewOf(KINDS[type].views, view)} select={select} />
}
