import { Switch } from '@mantine/core'
import type { ReactNode } from 'react'
import type { EventSelector } from '../api/types'
import { eventName } from '../lib/events'
import { EventPicker } from './EventPicker'
import { FilterEditor } from './FilterEditor'
import { RowHead, type RowActions } from './MetricRow'

type Props = {
  sign: string
  label: string
  event: EventSelector
  change: (event: EventSelector) => void
  actions?: RowActions
  more?: ReactNode
  firstTime?: boolean
  any?: boolean
  children?: ReactNode
  testId: string
}

/** One event with its filter: a step, a start, an anchor. */
export function SelectorRow({ sign, label, event, change, actions = {}, more, firstTime = false, any = true, children, testId }: Props) {
  return (
    <div className="part-row" data-testid={testId}>
      <RowHead sign={sign} name={`${label}, ${eventName(event)}`} actions={actions} more={more}>
        <EventPicker label={label} event={event} choose={(chosen) => change({ ...event, ...chosen })} any={any} />
      </RowHead>
      {firstTime && <Switch size="xs" label="First time ever only" checked={event.first_time ?? false} onChange={(now) => change({ ...event, first_time: now.currentTarget.checked })} />}
      <FilterEditor filter={event.filter} change={(filter) => change({ ...event, filter })} event={event.names?.[0] ?? null} />
      {children}
    </div>
  )
}
