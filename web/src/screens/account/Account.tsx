import { Button, Group, PasswordInput, Stack, Text, TextInput } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { type FormEvent, useState } from 'react'
import { type OpenSession, sessionsQuery } from '../../api/access'
import { send } from '../../api/client'
import { SESSION, sessionQuery } from '../../api/queries'
import type { Session, User } from '../../api/types'
import { useProject } from '../../app/project'
import { Card } from '../../components/Card'
import { Failure } from '../../components/Failure'
import { Page } from '../../components/Page'
import { Problem } from '../../components/Problem'
import { Tag } from '../../components/Tag'
import { rest, useAction, wrong } from '../../components/useAction'
import { ago, moment } from '../../lib/format'

export function Account() {
  const { data: session } = useQuery(sessionQuery())
  if (!session) return null
  if (!session.user) {
    return (
      <Page title="Account" width={720}>
        <Card title="Demo mode">
          <Text size="sm">Everybody on this machine is let in without an account. To have one, sign in with the link of <code>diptych sign-in-link</code>.</Text>
        </Card>
      </Page>
    )
  }
  return (
    <Page title="Account" lead={session.user.email ?? 'No e-mail address yet'} width={720}>
      <Profile user={session.user} session={session} />
      {session.user.email && <Password session={session} />}
      <Sessions />
    </Page>
  )
}

type Change = { name?: string; email?: string; password?: string; current_password?: string }

const useChange = (after?: () => void) => useAction((data: Change) => send<User>('PATCH', '/api/v1/account', data), [SESSION, sessionsQuery().queryKey], after)

/** Name and address; the first owner, who has neither address nor password, sets both together. */
function Profile({ user, session }: { user: User; session: Session }) {
  const [name, setName] = useState(user.name)
  const [email, setEmail] = useState(user.email ?? '')
  const [password, setPassword] = useState('')
  const change = useChange(() => setPassword(''))
  const first = user.email === null
  const moved = !first && email !== user.email
  const proof = moved && user.has_password && !session.by_link
  const submit = (event: FormEvent) => {
    event.preventDefault()
    change.mutate({
      name,
      ...((first || moved) && { email }),
      ...(first && password && { password }),
      ...(proof && { current_password: password }),
    })
  }
  return (
    <Card title={first ? 'Set up your sign-in' : 'Profile'} lead={first ? 'With an address and a password you can sign in without the terminal.' : undefined} testId="profile">
      <form onSubmit={submit} noValidate>
        <Stack gap="sm" maw={420}>
          <TextInput label="Name" name="name" autoComplete="name" value={name} onChange={(event) => setName(event.currentTarget.value)} error={wrong(change.error, 'name')} />
          <TextInput label="E-mail address" type="email" name="email" autoComplete="email" value={email} onChange={(event) => setEmail(event.currentTarget.value)} error={wrong(change.error, 'email')} />
          {(first || proof) && (
            <Secretly label={first ? 'Password' : 'Your password, to change the address'} description={first ? 'At least 10 characters' : undefined} autoComplete={first ? 'new-password' : 'current-password'} value={password} change={setPassword} error={wrong(change.error, first ? 'password' : 'current_password')} />
          )}
          <Problem text={rest(change.error, 'name', 'email', 'password', 'current_password')} />
          <Done button={first ? 'Save and set the password' : 'Save'} pending={change.isPending} done={change.isSuccess} disabled={!name.trim() || !email || ((first || proof) && !password)} />
        </Stack>
      </form>
    </Card>
  )
}

function Password({ session }: { session: Session }) {
  const [current, setCurrent] = useState('')
  const [password, setPassword] = useState('')
  const change = useChange(() => {
    setCurrent('')
    setPassword('')
  })
  const proof = session.user?.has_password && !session.by_link
  const submit = (event: FormEvent) => {
    event.preventDefault()
    change.mutate({ password, ...(proof && { current_password: current }) })
  }
  return (
    <Card title="Password" lead="A new password signs you out in all other browsers." testId="password">
      <form onSubmit={submit} noValidate>
        <Stack gap="sm" maw={420}>
          <input type="hidden" name="email" autoComplete="username" value={session.user?.email ?? ''} />
          {proof && <Secretly label="Current password" autoComplete="current-password" value={current} change={setCurrent} error={wrong(change.error, 'current_password')} />}
          <Secretly label="New password" description="At least 10 characters" autoComplete="new-password" value={password} change={setPassword} error={wrong(change.error, 'password')} />
          <Problem text={rest(change.error, 'password', 'current_password')} />
          <Done button="Change the password" pending={change.isPending} done={change.isSuccess} disabled={!password || (proof && !current)} />
        </Stack>
      </form>
    </Card>
  )
}

type SecretlyProps = { label: string; description?: string; autoComplete: string; value: string; change: (value: string) => void; error?: string }

function Secretly({ change, ...props }: SecretlyProps) {
  return (
    <PasswordInput
      {...props}
      onChange={(event) => change(event.currentTarget.value)}
      visibilityToggleButtonProps={{ 'aria-label': 'Show or hide the password' }}
    />
  )
}

function Done({ button, pending, done, disabled }: { button: string; pending: boolean; done: boolean; disabled?: boolean }) {
  return (
    <Group gap="sm">
      <Button type="submit" loading={pending} disabled={disabled}>{button}</Button>
      <Text size="sm" c="dimmed" role="status">{done && !pending ? 'Saved' : ''}</Text>
    </Group>
  )
}

function Sessions() {
  const sessions = useQuery(sessionsQuery())
  return (
    <Card title="Where you are signed in" lead="A session ends thirty days after it began." testId="sessions">
      {sessions.error && <Failure error={sessions.error} retry={() => void sessions.refetch()} />}
      <ul className="rows">
        {sessions.data?.map((one) => <Row key={one.id} session={one} />)}
      </ul>
    </Card>
  )
}

function Row({ session }: { session: OpenSession }) {
  const { timezone } = useProject()
  const end = useAction(() => send('DELETE', `/api/v1/account/sessions/${session.id}`), [sessionsQuery().queryKey])
  return (
    <li>
      <div style={{ minWidth: 0, flex: '1 1 200px' }}>
        <Group gap="xs">
          <Text size="sm" fw={550}>{session.browser}</Text>
          {session.current && <Tag color="teal">this one</Tag>}
        </Group>
        <Text size="xs" c="dimmed">
          Signed in {moment(session.created, timezone)} · used {ago(Date.now() - session.last_seen)}
        </Text>
      </div>
      {!session.current && (
        <Button variant="default" size="compact-sm" loading={end.isPending} onClick={() => end.mutate()} aria-label={`Sign out: ${session.browser}`}>Sign out</Button>
      )}
    </li>
  )
}
