import { Code, Text } from '@mantine/core'
import { Notice } from '../components/Notice'

export function SignIn() {
  return (
    <Notice title="Sign in to Diptych" testId="sign-in-needed">
      <Text>Open the link that the terminal showed when the server started. It works once.</Text>
      <Text mt="md" mb={6}>No link at hand? Get a new one where the server runs:</Text>
      <Code block>diptych sign-in-link</Code>
      <Text mt="md" size="sm" c="dimmed">This page goes on by itself as soon as you are signed in.</Text>
    </Notice>
  )
}
