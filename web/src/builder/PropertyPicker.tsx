import { useQuery } from '@tanstack/react-query'
import { useMemo, useState } from 'react'
import { cohortsQuery } from '../api/saved'
import { propertiesQuery } from '../api/queries'
import type { Json, Property, PropertyKey, Scope } from '../api/types'
import { useProject } from '../app/project'
import { type Choice, type ChoiceGroup, Picker } from '../components/Picker'
import { label } from '../lib/format'
import { FIELD_CHOICES, SESSION_CHOICES, propertyName } from '../lib/measures'

const EXAMPLES = 4
const COHORT = 'cohort:'
const valueOf = ({ scope = 'event', key }: Property) => `${scope}:${key}`

function propertyOf(value: string): Property {
  const end = value.indexOf(':')
  return { scope: value.slice(0, end) as Scope, key: value.slice(end + 1) }
}

export type Cohort = { id: string; name: string }
type Props = {
  label: string
  look?: 'field' | 'plain' | 'add'
  shown?: string
  /** Whose properties come first; null: those of all events. */
  event: string | null
  property: Property | null
  /** Only properties of this scope. */
  only?: Scope
  choose: (property: Property) => void
  /** Saved cohorts are offered too. */
  chooseCohort?: (cohort: Cohort) => void
  testId: string
}

/** The chosen event's own properties first, then those of people, each with what it often holds. */
export function PropertyPicker({ label: name, look = 'plain', shown, event, property, only, choose, chooseCohort, testId }: Props) {
  const project = useProject().id
  // A report has many such menus, of which hardly one is opened.
  const [opened, setOpened] = useState(false)
  const own = useQuery({ ...propertiesQuery(project, event), enabled: opened })
  const all = useQuery({ ...propertiesQuery(project, null), enabled: opened && event !== null })
  const cohorts = useQuery({ ...cohortsQuery(project), enabled: opened && chooseCohort !== undefined })
  const groups = useMemo(() => {
    const found = groupsOf(own.data ?? [], all.data ?? own.data ?? [], event, property, only)
    const saved = (cohorts.data ?? []).map((one) => ({ value: `${COHORT}${one.id}`, label: one.name, hint: one.description }))
    return chooseCohort ? [...found, { label: 'Cohorts', choices: saved }] : found
  }, [own.data, all.data, cohorts.data, event, property, only, chooseCohort])
  const pick = (value: string) => {
    if (!value.startsWith(COHORT)) return choose(propertyOf(value))
    const id = value.slice(COHORT.length)
    chooseCohort?.({ id, name: cohorts.data?.find((one) => String(one.id) === id)?.name ?? '' })
  }
  return (
    <Picker
      label={name}
      look={look}
      shown={shown ?? (property ? propertyName(property) : <span className="unset">Choose a property</span>)}
      groups={groups}
      chosen={property && valueOf(property)}
      choose={pick}
      search="Search properties"
      nothing="No property of that name"
      onOpen={() => setOpened(true)}
      loading={own.isPending || (event !== null && all.isPending)}
      testId={testId}
    />
  )
}

function groupsOf(own: PropertyKey[], all: PropertyKey[], event: string | null, chosen: Property | null, only?: Scope): ChoiceGroup[] {
  const of = (properties: PropertyKey[], scope: Scope) => properties.filter((one) => one.scope === scope && !one.hidden).map(choiceOf)
  const mine = of(own, 'event')
  const others = event === null ? [] : of(all, 'event').filter((one) => !mine.some((known) => known.value === one.value))
  const fields = FIELD_CHOICES.map((key) => ({ value: valueOf({ scope: 'field', key }), label: propertyName({ scope: 'field', key }) }))
  const facts = SESSION_CHOICES.map((key) => ({ value: valueOf({ scope: 'session', key }), label: propertyName({ scope: 'session', key }) }))
  const everything: (ChoiceGroup & { scope: Scope })[] = [
    { scope: 'event', label: event === null ? 'Event properties' : `Properties of “${event}”`, choices: mine },
    { scope: 'user', label: 'Of the person', choices: of(all, 'user') },
    { scope: 'builtin', label: 'Built-in', choices: of(own, 'builtin') },
    { scope: 'session', label: 'Of the session', choices: facts },
    { scope: 'field', label: 'Of every event', choices: fields },
    { scope: 'event', label: 'Of other events', choices: others },
  ]
  const groups: ChoiceGroup[] = everything.filter(({ scope }) => !only || scope === only)
  const known = chosen === null || groups.some((group) => group.choices.some((choice) => choice.value === valueOf(chosen)))
  return known ? groups : [{ label: 'Chosen', choices: [{ value: valueOf(chosen), label: propertyName(chosen) }] }, ...groups]
}

const choiceOf = (property: PropertyKey): Choice => ({
  value: valueOf(property),
  label: property.display_name || property.key,
  hint: [property.display_name && property.key, property.examples.slice(0, EXAMPLES).map(exampleText).join(', ')].filter(Boolean).join(' · '),
})

const exampleText = (value: Json) => (value !== null && typeof value === 'object' ? JSON.stringify(value) : label(value))
