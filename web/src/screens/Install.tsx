import { Alert, Button, Code, CopyButton, Group, Loader, Paper, Stack, Tabs, Text, Title } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { Link } from 'wouter'
import { type Project, api } from '../lib/api'
import { DEFAULT, toAddress } from '../lib/question'
import { snippets } from '../lib/snippets'

export function Install({ project }: { project: Project }) {
  const choices = snippets(window.location.origin, project.token)
  return (
    <Stack maw={860} gap="lg">
      <div>
        <Title order={1} size="h2">Send your first event</Title>
        <Text c="dimmed">Keep the SDK that you have. Only its address changes.</Text>
      </div>
      <FirstEvent project={project} />
      <Tabs defaultValue={choices[0]!.id} data-testid="snippets" keepMounted={false}>
        <Tabs.List>
          {choices.map((choice) => <Tabs.Tab key={choice.id} value={choice.id}>{choice.label}</Tabs.Tab>)}
        </Tabs.List>
        {choices.map((choice) => (
          <Tabs.Panel key={choice.id} value={choice.id} pt="sm">
            <Paper withBorder p="sm" pos="relative">
              <Code block bg="transparent" data-testid={`snippet-${choice.id}`}>{choice.lines}</Code>
              <CopyButton value={choice.lines}>
                {({ copied, copy }) => (
                  <Button size="compact-xs" variant="default" onClick={copy} pos="absolute" top={8} right={8}>
                    {copied ? 'Copied' : 'Copy'}
                  </Button>
                )}
              </CopyButton>
            </Paper>
          </Tabs.Panel>
        ))}
      </Tabs>
      <Text size="sm" c="dimmed">
        Project token (also Amplitude API key and write key): <Code>{project.token}</Code>
      </Text>
    </Stack>
  )
}

/** Waits for the first event and shows it as soon as it is there. */
function FirstEvent({ project }: { project: Project }) {
  const status = useQuery({
    queryKey: ['status', project.id],
    queryFn: () => api.status(project.id),
    refetchInterval: (query) => (query.state.data?.events ? false : 2000),
  })
  const arrived = (status.data?.events ?? 0) > 0
  const events = useQuery({ queryKey: ['first-event', project.id], queryFn: () => api.events(project.id, 1), enabled: arrived })
  const event = events.data?.[0]
  if (!arrived || !event) {
    return (
      <Paper withBorder p="md" data-testid="waiting" role="status">
        <Group gap="sm"><Loader size="xs" /><Text>Waiting for your first event…</Text></Group>
      </Paper>
    )
  }
  const chart = `/p/${project.id}/insights?${toAddress({ ...DEFAULT, event: event.name, measure: 'total' })}`
  return (
    <Alert color="green" title="Your events arrive" data-testid="first-event" role="status">
      <Stack gap="xs">
        <Text size="sm">Latest: <b>{event.name}</b></Text>
        <Code block mah={220} style={{ overflow: 'auto' }}>
          {JSON.stringify({ event: event.name, distinct_id: event.distinct_id, time: new Date(event.time).toISOString(), properties: event.properties }, null, 2)}
        </Code>
        <Group><Button component={Link} href={chart} size="xs">Chart this event</Button></Group>
      </Stack>
    </Alert>
  )
}
