import { Checkbox, Group, SegmentedControl, Skeleton, Text, TextInput } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { namesQuery, propertiesQuery } from '../../api/queries'
import { useProject } from '../../app/project'
import { Failure } from '../../components/Failure'
import { SearchIcon } from '../../components/icons'
import { Page } from '../../components/Page'
import { type Line, eventLine, matching, propertyLine } from '../../lib/lexicon'
import { CustomEvents } from './CustomEvents'
import { Describe } from './Describe'
import { LexiconTable } from './LexiconTable'

const MOST = 300
const KINDS = [{ value: 'events', label: 'Events' }, { value: 'custom', label: 'Custom events' }, { value: 'properties', label: 'Properties' }]

/** The names in use and what they mean: to look up, and to say more about. */
export function Lexicon() {
  const [kind, setKind] = useState('events')
  const [search, setSearch] = useState('')
  const [hidden, setHidden] = useState(false)
  const [open, setOpen] = useState<string | null>(null)
  const { lines, error, refetch } = useLines(kind)
  const found = lines && matching(lines, search, hidden)
  const chosen = lines?.find((line) => line.key === open)
  return (
    <Page title="Lexicon" lead="What the events and properties of this project mean" width={1100}>
      <Group gap="sm">
        <SegmentedControl size="sm" aria-label="What to list" data={KINDS} value={kind} onChange={setKind} data-testid="lexicon-kind" />
        <TextInput
          leftSection={<SearchIcon size={16} />}
          placeholder="Search names, descriptions, tags"
          aria-label="Search the lexicon"
          value={search}
          onChange={(event) => setSearch(event.currentTarget.value)}
          style={{ flex: '1 1 220px' }}
          maw={360}
          data-testid="lexicon-search"
        />
        {kind !== 'custom' && <Checkbox label="Show hidden" checked={hidden} onChange={(event) => setHidden(event.currentTarget.checked)} />}
      </Group>
      {kind === 'custom' && <CustomEvents search={search} />}
      {error && !lines && <Failure error={error} retry={refetch} />}
      {kind !== 'custom' && !lines && !error && <Loading />}
      {found && found.length > 0 && <LexiconTable lines={found.slice(0, MOST)} events={kind === 'events'} open={(line) => setOpen(line.key)} />}
      {found?.length === 0 && <Text c="dimmed" data-testid="lexicon-empty">{lines?.length ? 'Nothing fits the search.' : 'No events yet: what they are called appears here as they arrive.'}</Text>}
      {found && found.length > MOST && <Text size="xs" c="dimmed">The first {MOST} of {found.length}; search to narrow them down.</Text>}
      <Describe line={chosen} events={kind === 'events'} close={() => setOpen(null)} />
    </Page>
  )
}

function useLines(kind: string): { lines: Line[] | undefined; error: Error | null; refetch: () => void } {
  const project = useProject()
  const events = useQuery({ ...namesQuery(project.id), enabled: kind === 'events' })
  const properties = useQuery({ ...propertiesQuery(project.id, null), enabled: kind === 'properties' })
  if (kind === 'events') return { lines: events.data?.map(eventLine), error: events.error, refetch: () => void events.refetch() }
  return { lines: kind === 'properties' ? properties.data?.map(propertyLine) : undefined, error: properties.error, refetch: () => void properties.refetch() }
}

function Loading() {
  return (
    <div className="card" role="status" aria-label="Loading">
      {Array.from({ length: 6 }, (_, place) => <Skeleton key={place} height={18} m="md" w="auto" />)}
    </div>
  )
}
