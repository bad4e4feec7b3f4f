import { Checkbox } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { useMemo, useState } from 'react'
import { namesQuery } from '../../api/queries'
import type { EventName } from '../../api/types'
import { useProject } from '../../app/project'
import { type ChoiceGroup, Picker } from '../../components/Picker'
import { compact } from '../../lib/format'

export const ANY = 'Any event'
const ANY_VALUE = 'any'
const valueOf = (event: string) => `=${event}`

/** Left out of the menu at first: what libraries send for themselves, and what people hid in the lexicon. */
const aside = (name: EventName) => name.control || name.hidden

/** Every event by falling volume. Internal and hidden ones are shown on demand, or when one is chosen. */
export function EventPicker({ event, choose }: { event: string | null; choose: (event: string | null) => void }) {
  const names = useQuery(namesQuery(useProject().id))
  const [internal, setInternal] = useState(false)
  const groups = useMemo(() => groupsOf(names.data ?? [], event, internal), [names.data, event, internal])
  const hidden = (names.data ?? []).filter(aside).length
  return (
    <Picker
      label="Event"
      shown={event ?? ANY}
      groups={groups}
      chosen={event === null ? ANY_VALUE : valueOf(event)}
      choose={(value) => choose(value === ANY_VALUE ? null : value.slice(1))}
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
      testId="event"
    />
  )
}

function groupsOf(names: EventName[], event: string | null, internal: boolean): ChoiceGroup[] {
  const choice = (name: EventName) => ({
    value: valueOf(name.name),
    label: name.display_name || name.name,
    hint: name.display_name ? name.name : undefined,
    aside: compact(name.count),
  })
  const shown = names.filter((name) => !aside(name) && name.count > 0)
  const control = names.filter((name) => aside(name) && (internal || name.name === event))
  const unknown = event !== null && !names.some((name) => name.name === event)
  return [
    { label: 'All', choices: [{ value: ANY_VALUE, label: ANY, hint: 'All but internal events' }] },
    { label: 'Events', choices: [...(unknown ? [{ value: valueOf(event), label: event }] : []), ...shown.map(choice)] },
    { label: 'Internal and hidden', choices: control.map(choice) },
  ]
}
