import { Center, Code, Paper, Text, Title } from '@mantine/core'

export function SignIn() {
  return (
    <Center mih="80vh" p="md">
      <Paper withBorder p="xl" maw={480} data-testid="sign-in-needed">
        <Title order={1} size="h2" mb="sm">Sign in to Diptych</Title>
        <Text mb="sm">Open the one-time link that the terminal showed when the server started.</Text>
        <Text c="dimmed" size="sm">
          Lost it? Run <Code>diptych sign-in-link</Code> on the server for a new one.
        </Text>
      </Paper>
    </Center>
  )
}
