import { Group, TextInput } from '@mantine/core'
import { useState } from 'react'
import { useProject } from '../app/project'
import { EventStream, PauseButton, useEventStream } from '../components/EventStream'
import { SearchIcon } from '../components/icons'
import { Page } from '../components/Page'

const LIMIT = 100

export function Live() {
  const project = useProject()
  const stream = useEventStream(LIMIT)
  const [filter, setFilter] = useState('')
  return (
    <Page title="Live events" lead={`The latest ${LIMIT} as they arrive. Times are in ${project.timezone}.`} width={1000}>
      <Group justify="space-between">
        <TextInput
          leftSection={<SearchIcon size={16} />}
          placeholder="Filter by event or id"
          aria-label="Filter by event or id"
          value={filter}
          onChange={(event) => setFilter(event.currentTarget.value)}
          w={280}
          maw="100%"
          data-testid="live-filter"
        />
        <PauseButton stream={stream} />
      </Group>
      <div className="card" style={{ overflow: 'hidden' }}>
        <EventStream stream={stream} filter={filter} empty="No events yet." />
      </div>
    </Page>
  )
}
