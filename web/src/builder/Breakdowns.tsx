import { Checkbox, Group, NumberInput, TextInput } from '@mantine/core'
import { useState } from 'react'
import type { Breakdown, Buckets } from '../api/types'
import { isProfile } from '../lib/filters'
import { replaced, without } from '../lib/rows'
import { Choose } from './Choose'
import { AtSwitch, Remove } from './FilterEditor'
import { type Cohort, PropertyPicker } from './PropertyPicker'

const MOST = 4

type Props = {
  breakdowns: Breakdown[]
  change: (breakdowns: Breakdown[]) => void
  event: string | null
  /** Automatic ranges are there in segmentation alone. */
  automatic?: boolean
  most?: number
}

/** What series are split by: properties, in ranges where they are numbers, or cohorts. */
export function Breakdowns({ breakdowns, change, event, automatic = false, most = MOST }: Props) {
  const cohort = ({ id, name }: Cohort): Breakdown => ({ cohorts: [{ type: 'in_cohort', id, name }] })
  return (
    <>
      {breakdowns.map((one, place) => (
        <div key={place} className="condition" data-testid="breakdown-row">
          <Group gap={6} wrap="nowrap">
            <div style={{ flex: 1, minWidth: 0 }}>
              <PropertyPicker
                label="Breakdown"
                event={event}
                property={one.property ?? null}
                shown={one.cohorts?.length ? `Cohort ${one.cohorts.map((each) => each.name || each.id).join(', ')}` : undefined}
                choose={(property) => change(replaced(breakdowns, place, { property }))}
                chooseCohort={(chosen) => change(replaced(breakdowns, place, cohort(chosen)))}
                testId="breakdown-property"
              />
            </div>
            {one.property && isProfile(one.property) && <AtSwitch property={one.property} choose={(property) => change(replaced(breakdowns, place, { ...one, property }))} />}
            <Remove name={`breakdown ${place + 1}`} act={() => change(without(breakdowns, place))} />
          </Group>
          {one.property && <Ranges breakdown={one} automatic={automatic} change={(next) => change(replaced(breakdowns, place, next))} />}
        </div>
      ))}
      {breakdowns.length < most && (
        <PropertyPicker
          label="Break down by"
          look="add"
          shown={breakdowns.length ? '+ Another breakdown' : '+ Breakdown'}
          event={event}
          property={null}
          choose={(property) => change([...breakdowns, { property }])}
          chooseCohort={(chosen) => change([...breakdowns, cohort(chosen)])}
          testId="breakdown"
        />
      )}
    </>
  )
}

type Kind = 'values' | 'automatic' | 'custom'
const START: Record<Kind, Buckets | null> = { values: null, automatic: { type: 'automatic', count: 10 }, custom: { type: 'custom', bounds: [0, 10, 100] } }

function Ranges({ breakdown, automatic, change }: { breakdown: Breakdown; automatic: boolean; change: (next: Breakdown) => void }) {
  const kind: Kind = breakdown.buckets?.type ?? 'values'
  const choices: { value: Kind; label: string }[] = [
    { value: 'values', label: 'Each value' },
    ...(automatic ? [{ value: 'automatic' as const, label: 'Ranges of one width' }] : []),
    { value: 'custom', label: 'Ranges of my own' },
  ]
  return (
    <Group gap={6} wrap="nowrap">
      <Choose label="Values or ranges" hideLabel size="xs" flex={1} value={kind} choices={choices} choose={(next) => change({ ...breakdown, buckets: START[next] })} testId="buckets" />
      {breakdown.buckets?.type === 'automatic' && (
        <NumberInput size="xs" w={70} min={1} max={100} aria-label="About how many ranges" value={breakdown.buckets.count} onChange={(count) => change({ ...breakdown, buckets: { type: 'automatic', count: Number(count) || 10 } })} />
      )}
      {breakdown.buckets?.type === 'custom' && <Bounds bounds={breakdown.buckets.bounds} keep={(bounds) => change({ ...breakdown, buckets: { type: 'custom', bounds } })} />}
    </Group>
  )
}

function Bounds({ bounds, keep }: { bounds: number[]; keep: (bounds: number[]) => void }) {
  const [text, setText] = useState(bounds.join(', '))
  const read = [...new Set(text.split(/[,;\s]+/).filter(Boolean).map(Number).filter(Number.isFinite))].sort((a, b) => a - b)
  const take = () => read.length > 0 && read.join() !== bounds.join() && keep(read)
  return (
    <TextInput size="xs" w={110} aria-label="Bounds of the ranges" value={text} onChange={(event) => setText(event.currentTarget.value)} onBlur={take} onKeyDown={(event) => event.key === 'Enter' && take()} error={read.length === 0} />
  )
}

/** Whether everything beyond the largest values is one more series. */
export function Others({ limit, others, change }: { limit: number; others: boolean; change: (part: { limit?: number; others?: boolean }) => void }) {
  return (
    <Group gap={8} wrap="nowrap">
      <NumberInput size="xs" w={74} min={1} max={10_000} aria-label="Largest values kept" value={limit} onChange={(value) => change({ limit: Math.max(1, Math.min(10_000, Number(value) || 100)) })} />
      <Checkbox size="xs" label="largest, the others as one" checked={others} onChange={(event) => change({ others: event.currentTarget.checked })} data-testid="others" />
    </Group>
  )
}
