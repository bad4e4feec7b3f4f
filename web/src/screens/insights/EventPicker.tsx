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

/** Every event by falling volume. Internal ones are shown on demand, or when one is chosen. */
export function EventPicker({ event, choose }: { event: string | null; choose: (event: string | null) => void }) {
  const names = useQuery(namesQuery(useProject().id))
  const [internal, setInternal] = useState(false)
  const groups = useMemo(() => groupsOf(names.data ?? [], event, internal), [names.data, event, internal])
  const hidden = (names.data ?? []).filter((name) => name.control).length
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
            label={`Show internal events (${hidden})`}
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
  const choice = (name: EventName) => ({ value: valueOf(name.name), label: name.name, aside: compact(name.count) })
  const shown = names.filter((name) => !name.control)
  const control = names.filter((name) => name.control && (internal || name.name === event))
  const unknown = event !== null && !names.some((name) => name.name === event)
  return [
    { label: 'All', choices: [{ value: ANY_VALUE, label: ANY, hint: 'All but internal events' }] },
    { label: 'Events', choices: [...(unknown ? [{ value: valueOf(event), label: event }] : []), ...shown.map(choice)] },
    { label: 'Internal', choices: control.map(choice) },
  ]
}
