import { Button, Code, PasswordInput, Stack, Text, TextInput } from '@mantine/core'
import { type FormEvent, useState } from 'react'
import { post } from '../api/client'
import { SESSION } from '../api/queries'
import type { Session } from '../api/types'
import { Notice } from '../components/Notice'
import { Problem } from '../components/Problem'
import { useAction } from '../components/useAction'

export function SignIn() {
  return (
    <Notice title="Sign in to Diptych" testId="sign-in-needed">
      <SignInForm />
      <details className="aside">
        <summary>No password yet, or forgotten?</summary>
        <Text size="sm" mt="xs">Open the link that the terminal showed when the server started, or get a new one where it runs:</Text>
        <Code block my="xs">diptych sign-in-link</Code>
        <Text size="sm">An owner can also make one for you under Settings → People. This page goes on by itself as soon as you are signed in.</Text>
      </details>
    </Notice>
  )
}

/** `email`: whose account it is, where that is known. */
export function SignInForm({ email: known }: { email?: string }) {
  const [email, setEmail] = useState(known ?? '')
  const [password, setPassword] = useState('')
  const signIn = useAction(() => post<Session>('/api/v1/session', { email, password }), [SESSION])
  const submit = (event: FormEvent) => {
    event.preventDefault()
    signIn.mutate()
  }
  return (
    <form onSubmit={submit} noValidate>
      <Stack gap="sm">
        <TextInput
          label="E-mail address"
          type="email"
          name="email"
          autoComplete="username"
          value={email}
          onChange={(event) => setEmail(event.currentTarget.value)}
          readOnly={known !== undefined}
          autoFocus={known === undefined}
          required
          withAsterisk={false}
        />
        <PasswordInput
          label="Password"
          name="password"
          autoComplete="current-password"
          value={password}
          onChange={(event) => setPassword(event.currentTarget.value)}
          autoFocus={known !== undefined}
          visibilityToggleButtonProps={{ 'aria-label': 'Show or hide the password' }}
          required
          withAsterisk={false}
        />
        <Problem text={signIn.error?.message} />
        <Button type="submit" loading={signIn.isPending} disabled={!email || !password} fullWidth>Sign in</Button>
      </Stack>
    </form>
  )
}
