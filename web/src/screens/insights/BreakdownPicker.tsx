import { useQuery } from '@tanstack/react-query'
import { useMemo } from 'react'
import { propertiesQuery } from '../../api/queries'
import type { Json, Property, PropertyKey, Scope } from '../../api/types'
import { useProject } from '../../app/project'
import { type Choice, type ChoiceGroup, Picker } from '../../components/Picker'
import { label } from '../../lib/format'

const NONE = 'none'
const EXAMPLES = 4
const valueOf = ({ scope, key }: Property) => `${scope}:${key}`

function propertyOf(value: string): Property {
  const end = value.indexOf(':')
  return { scope: value.slice(0, end) as Scope, key: value.slice(end + 1) }
}

/** What every event has, under the names that people look for. */
const FIELDS: { key: string; label: string }[] = [
  { key: 'name', label: 'Event name' },
  { key: 'library', label: 'Library' },
  { key: 'protocol', label: 'Protocol' },
  { key: 'distinct_id', label: 'Distinct id' },
]

type Props = { event: string | null; breakdown: Property | null; choose: (breakdown: Property | null) => void }

/** The chosen event's own properties first, each with what it often holds. */
export function BreakdownPicker({ event, breakdown, choose }: Props) {
  const properties = useQuery(propertiesQuery(useProject().id, event))
  const groups = useMemo(() => groupsOf(properties.data ?? [], event, breakdown), [properties.data, event, breakdown])
  return (
    <Picker
      label="Breakdown"
      shown={breakdown ? nameOf(breakdown) : <span style={{ color: 'var(--mantine-color-dimmed)' }}>None</span>}
      groups={groups}
      chosen={breakdown ? valueOf(breakdown) : NONE}
      choose={(value) => choose(value === NONE ? null : propertyOf(value))}
      search="Search properties"
      nothing="No property of that name"
      loading={properties.isPending}
      testId="breakdown"
    />
  )
}

/** A property as menus and tables name it. */
export function nameOf(property: Property): string {
  return (property.scope === 'field' && FIELDS.find((field) => field.key === property.key)?.label) || property.key
}

function groupsOf(properties: PropertyKey[], event: string | null, breakdown: Property | null): ChoiceGroup[] {
  const own = properties.filter((property) => property.scope === 'event').map(choiceOf)
  const builtin = properties.filter((property) => property.scope === 'builtin').map(choiceOf)
  const fields = FIELDS.map(({ key, label }) => ({ value: valueOf({ scope: 'field', key }), label }))
  const known = [...own, ...builtin, ...fields]
  const unknown = breakdown && !known.some((choice) => choice.value === valueOf(breakdown))
  return [
    { label: '', choices: breakdown ? [{ value: NONE, label: 'No breakdown' }] : [] },
    {
      label: event === null ? 'Event properties' : `Properties of “${event}”`,
      choices: [...(unknown ? [{ value: valueOf(breakdown), label: nameOf(breakdown) }] : []), ...own],
    },
    { label: 'Built-in', choices: builtin },
    { label: 'Of every event', choices: fields },
  ]
}

function choiceOf(property: PropertyKey): Choice {
  return { value: valueOf(property), label: property.key, hint: property.examples.slice(0, EXAMPLES).map(exampleText).join(', ') }
}

const exampleText = (value: Json) => (value !== null && typeof value === 'object' ? JSON.stringify(value) : label(value))
