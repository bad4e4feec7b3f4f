import { Checkbox } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { useMemo, useState } from 'react'
import { namesQuery } from '../api/queries'
import { type CustomEventContent, type Saved, customEventsQuery } from '../api/saved'
import type { EventName, NamedEvent } from '../api/types'
import { useProject } from '../app/project'
import { type ChoiceGroup, Picker } from '../components/Picker'
import { ANY, eventName } from '../lib/events'
import { compact } from '../lib/format'

const ANY_VALUE = 'any'
const valueOf = (event: string) => `=${event}`
const valueOfCustom = (number: string) => `#${number}`

/** Left out of the menu at first: what libraries send for themselves, and what people hid in the lexicon. */
const aside = (name: EventName) => name.control || name.hidden

const NONE: Saved<CustomEventContent>[] = []
const NO_NAMES: string[] = []

type Props = {
  label?: string
  look?: 'field' | 'plain' | 'add'
  /** Without a name: any event. */
  event: NamedEvent
  choose: (event: NamedEvent) => void
  any?: boolean
  customs?: boolean
  shown?: string
  testId?: string
}

/** Custom events, and every event by falling volume. Internal and hidden ones are shown on demand, or when one is chosen. */
export function EventPicker({ label = 'Event', look = 'plain', event, choose, any = true, customs = true, shown, testId = 'event' }: Props) {
  const { id } = useProject()
  const names = useQuery(namesQuery(id))
  const saved = useQuery({ ...customEventsQuery(id), enabled: customs }).data ?? NONE
  const chosen = event.names ?? NO_NAMES
  const [internal, setInternal] = useState(false)
  const own = useMemo(() => saved.map((one) => ({ value: valueOfCustom(String(one.id)), label: one.name, hint: one.content.events.map(({ name }) => name || '(no name)').join(' or ') })), [saved])
  const groups = useMemo(() => groupsOf(names.data ?? [], chosen, internal, any, own), [names.data, chosen, internal, any, own])
  const hidden = (names.data ?? []).filter(aside).length
  const customName = ({ custom, label: said }: NamedEvent) => saved.find((one) => String(one.id) === custom)?.name ?? said
  const named = (value: string): NamedEvent => {
    if (value === ANY_VALUE) return { names: [], custom: undefined, label: undefined }
    if (value.startsWith('=')) return { names: [value.slice(1)], custom: undefined, label: undefined }
    return { names: [], custom: value.slice(1), label: own.find((one) => one.value === value)?.label }
  }
  const title = (name: string) => names.data?.find((one) => one.name === name)?.display_name || name || '(no name)'
  return (
    <Picker
      label={label}
      look={look}
      shown={shown ?? eventName({ ...event, names: chosen.map(title), label: customName(event) })}
      groups={groups}
      chosen={event.custom ? valueOfCustom(event.custom) : chosen.length === 0 ? ANY_VALUE : valueOf(chosen[0]!)}
      choose={(value) => choose(named(value))}
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

function groupsOf(names: EventName[], chosen: string[], internal: boolean, any: boolean, own: ChoiceGroup['choices']): ChoiceGroup[] {
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
    { label: 'Custom events', choices: own },
    { label: 'Events', choices: [...unknown.map((event) => ({ value: valueOf(event), label: event })), ...shown.map(choice)] },
    { label: 'Internal and hidden', choices: control.map(choice) },
  ]
}
