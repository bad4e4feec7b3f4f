import { Group, NumberInput, TextInput } from '@mantine/core'
import type { When } from '../../api/cohorts'
import { useProject } from '../../app/project'
import { Choose } from '../../builder/Choose'
import { addDays, today } from '../../lib/dates'
import { rangeName } from '../../lib/ranges'

type Kind = 'ever' | 'last' | 'since' | 'between' | 'first_use' | 'other'
const KINDS: { value: Kind; label: string }[] = [
  { value: 'ever', label: 'ever' },
  { value: 'last', label: 'in the last days' },
  { value: 'since', label: 'since a day' },
  { value: 'between', label: 'between two days' },
  { value: 'first_use', label: 'in the first days of use' },
]
const DAYS = 30

/** When something has to have happened to count. */
export function WhenPicker({ when, change }: { when: When | undefined; change: (when: When) => void }) {
  const now = today(useProject().timezone)
  const kind = kindOf(when)
  const become = (next: Kind) => {
    if (next === 'ever') change(null)
    if (next === 'last') change({ type: 'last', count: DAYS, unit: 'day' })
    if (next === 'since') change({ type: 'since', from: addDays(now, -DAYS) })
    if (next === 'between') change({ type: 'between', from: addDays(now, -DAYS), to: now })
    if (next === 'first_use') change({ type: 'first_use', within: { count: 7, unit: 'day' } })
  }
  const choices = kind === 'other' ? [...KINDS, { value: 'other' as Kind, label: when && when.type !== 'first_use' ? rangeName(when) : 'soon after first use' }] : KINDS
  return (
    <Group gap={6}>
      <Choose label="When" hideLabel size="xs" w={170} value={kind} choices={choices} choose={become} testId="when" />
      {kind === 'last' && when?.type === 'last' && <Days value={when.count} change={(count) => change({ ...when, count })} />}
      {kind === 'first_use' && when?.type === 'first_use' && <Days value={when.within.count} change={(count) => change({ ...when, within: { count, unit: 'day' } })} />}
      {(when?.type === 'since' || when?.type === 'between') && <Day name="From" value={when.from} change={(from) => change({ ...when, from })} />}
      {when?.type === 'between' && <Day name="To" value={when.to} change={(to) => change({ ...when, to })} />}
    </Group>
  )
}

/** What has no field here, or another unit than days, is left as it is. */
function kindOf(when: When | undefined): Kind {
  if (!when) return 'ever'
  switch (when.type) {
    case 'last':
      return when.unit === 'day' && !when.complete ? 'last' : 'other'
    case 'first_use':
      return when.within.unit === 'day' ? 'first_use' : 'other'
    case 'since':
    case 'between':
      return when.type
    default:
      return 'other'
  }
}

const Days = ({ value, change }: { value: number; change: (count: number) => void }) => (
  <NumberInput size="xs" w={80} min={1} max={3660} clampBehavior="strict" aria-label="Days" value={value} onChange={(next) => typeof next === 'number' && next >= 1 && change(next)} data-testid="when-days" />
)

const Day = ({ name, value, change }: { name: string; value: string; change: (day: string) => void }) => (
  <TextInput size="xs" type="date" aria-label={name} value={value} onChange={(event) => event.currentTarget.value && change(event.currentTarget.value)} />
)
