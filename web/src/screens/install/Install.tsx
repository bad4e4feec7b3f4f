import { Code, Group, Text } from '@mantine/core'
import { useProject } from '../../app/project'
import { CopyButton } from '../../components/CopyButton'
import { Page } from '../../components/Page'
import { FirstEvent } from './FirstEvent'
import { Snippets } from './Snippets'

export function Install() {
  const project = useProject()
  return (
    <Page title="Send your first event" lead="Keep the SDK that you have. Only its address changes." width={880}>
      <FirstEvent />
      <Snippets />
      <div className="card" style={{ padding: 16 }}>
        <Group justify="space-between" wrap="nowrap">
          <div style={{ minWidth: 0 }}>
            <Text size="sm" fw={600}>Project token</Text>
            <Text size="sm" c="dimmed">Mixpanel’s project token and Amplitude’s API key in one. It can only send.</Text>
          </div>
          <CopyButton text={() => project.token} label="Copy" name="Copy the project token" />
        </Group>
        <Code block mt="sm" data-testid="project-token">{project.token}</Code>
      </div>
    </Page>
  )
}
