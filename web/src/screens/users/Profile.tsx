import { Text, TextInput } from '@mantine/core'
import { useState } from 'react'
import type { PersonDetails } from '../../api/people'
import { useProject } from '../../app/project'
import { Card } from '../../components/Card'
import { SearchIcon } from '../../components/icons'
import { moment } from '../../lib/format'
import { shown } from '../../lib/values'

const MANY = 12

/** The profile's properties as they are now; a search where there are many. */
export function Profile({ person }: { person: PersonDetails }) {
  const { timezone } = useProject()
  const [text, setText] = useState('')
  const all = Object.entries(person.properties).sort(([a], [b]) => (a < b ? -1 : 1))
  const wanted = text.trim().toLowerCase()
  const found = all.filter(([key, value]) => `${key} ${shown(value)}`.toLowerCase().includes(wanted))
  return (
    <Card title="Profile" lead={person.updated === null ? undefined : `Changed ${moment(person.updated, timezone)}`} testId="profile">
      {all.length > MANY && (
        <TextInput size="xs" mb="xs" leftSection={<SearchIcon size={14} />} placeholder="Search properties" aria-label="Search properties" value={text} onChange={(event) => setText(event.currentTarget.value)} />
      )}
      {all.length === 0 && <Text size="sm" c="dimmed">Nothing was ever set. Properties arrive with the SDKs’ people.set and identify calls.</Text>}
      {all.length > 0 && found.length === 0 && <Text size="sm" c="dimmed">No property fits the search.</Text>}
      <dl className="properties">
        {found.map(([key, value]) => (
          <div key={key} data-testid="property">
            <dt title={key}>{key}</dt>
            <dd>{shown(value) || <span className="hint">(empty)</span>}</dd>
          </div>
        ))}
      </dl>
    </Card>
  )
}
