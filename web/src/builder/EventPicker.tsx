import { Checkbox } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { useMemo, useState } from 'react'
import { namesQuery } from '../api/queries'
import type { EventName } from '../api/types'
import { useProject } from '../app/project'
import { type ChoiceGroup, Picker } from '../components/Picker'
import { ANY } from '../lib/events'
import { compact } from '../lib/format'

const ANY_VALUE = 'any'
const valueOf = (event: string) => `=${event}`

/** Left out of the menu at first: what libraries send for themselves, and what people hid in the lexicon. */
const aside = (name: EventName) => name.control || name.hidden

type Props = {
  label?: string
  look?: 'field' | 'plain' | 'add'
  /** None: any event. */
  names: string[]
  choose: (names: string[]) => void
  any?: boolean
  shown?: string
  testId?: string
}

/** Every event by falling volume. Internal and hidden ones are shown on demand, or when one is chosen. */
export function EventPicker({ label = 'Event', look = 'plain', names: chosen, choose, any = true, shown, testId = 'event' }: Props) {
  const names = useQuery(namesQuery(useProject().id))
  const [internal, setInternal] = useState(false)
  const groups = useMemo(() => groupsOf(names.data ?? [], chosen, internal, any), [names.data, chosen, internal, any])
  const hidden = (names.data ?? []).filter(aside).length
  const title = (name: string) => names.data?.find((one) => one.name === name)?.display_name || name || '(no name)'
  return (
    <Picker
      label={label}
      look={look}
      shown={shown ?? (chosen.length ? chosen.map(title).join(' or ') : ANY)}
      groups={groups}
      chosen={chosen.length === 0 ? ANY_VALUE : valueOf(chosen[0]!)}
      choose={(value) => choose(value === ANY_VALUE ? [] : [value.slice(1)])}
      search="Search events"
      nothing="No event of that name"
      loading={names.isPending}
      footer={
        hidden > 0 && (
          <Checkbox
            size="xs"
            label={`Show internal and hidden events (${hidden})`}
            checked={internal}
            onChange={(change) => setInternal(change.currentTarget.checked)}
            data-testid="event-internal"
          />
        )
      }
      testId={testId}
    />
  )
}

function groupsOf(names: EventName[], chosen: string[], internal: boolean, any: boolean): ChoiceGroup[] {
  const choice = (name: EventName) => ({
    value: valueOf(name.name),
    label: name.display_name || name.name || '(no name)',
    hint: [name.display_name && name.name, ...name.tags].filter(Boolean).join(' · ') || undefined,
    aside: compact(name.count),
  })
  const shown = names.filter((name) => !aside(name) && name.count > 0)
  const control = names.filter((name) => aside(name) && (internal || chosen.includes(name.name)))
  const unknown = chosen.filter((event) => !names.some((name) => name.name === event))
  return [
    { label: 'All', choices: any ? [{ value: ANY_VALUE, label: ANY, hint: 'All but internal events' }] : [] },
    { label: 'Events', choices: [...unknown.map((event) => ({ value: valueOf(event), label: event })), ...shown.map(choice)] },
    { label: 'Internal and hidden', choices: control.map(choice) },
  ]
}
