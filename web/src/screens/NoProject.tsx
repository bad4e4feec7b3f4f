import { Button, Code, Text } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { send } from '../api/client'
import { SESSION, sessionQuery } from '../api/queries'
import { Notice } from '../components/Notice'
import { useAction } from '../components/useAction'
import { NewProject } from './settings/NewProject'

export function NoProject() {
  const { data: session } = useQuery(sessionQuery())
  const signOut = useAction(() => send('DELETE', '/api/v1/session'), [SESSION])
  if (session?.user && !session.user.admin) {
    return (
      <Notice title="No project for you yet" testId="no-project">
        <Text mb="md">You are signed in as {session.user.email}, without a role in any project. Ask an owner to invite you; this page goes on by itself.</Text>
        <Button variant="default" onClick={() => signOut.mutate()}>Sign out</Button>
      </Notice>
    )
  }
  return (
    <Notice title="There is no project yet" testId="no-project">
      <NewProject />
      <Text mt="lg" mb={6} size="sm" c="dimmed">Or where the server runs; this page takes it up by itself:</Text>
      <Code block>diptych project create NAME</Code>
    </Notice>
  )
}
