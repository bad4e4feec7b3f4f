import { Stack, Text, Title } from '@mantine/core'
import { LiveEvents } from '../components/LiveEvents'
import type { Project } from '../lib/api'

export function Live({ project }: { project: Project }) {
  return (
    <Stack maw={980}>
      <div>
        <Title order={1} size="h2">Live events</Title>
        <Text c="dimmed" size="sm">As they arrive, newest first. Times are in {project.timezone}.</Text>
      </div>
      <LiveEvents project={project} limit={100} filterable />
    </Stack>
  )
}
