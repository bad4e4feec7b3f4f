import { Button, Center, Loader, PasswordInput, Stack, Text, TextInput } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { useNavigate, useParams } from '@tanstack/react-router'
import { type FormEvent, useState } from 'react'
import { type Offer, offerQuery } from '../api/access'
import { post } from '../api/client'
import { SESSION, sessionQuery } from '../api/queries'
import type { Session } from '../api/types'
import { Notice } from '../components/Notice'
import { Problem } from '../components/Problem'
import { rest, useAction, wrong } from '../components/useAction'
import { ROLES, roleName } from '../lib/roles'
import { SignInForm } from './SignIn'

export function Invitation() {
  const { link } = useParams({ strict: false }) as { link: string }
  const offer = useQuery(offerQuery(link))
  if (offer.isPending) return <Center mih="70vh"><Loader aria-label="Loading" /></Center>
  if (!offer.data) return <Notice title="This invitation does not work" testId="invitation-gone"><Text>{offer.error?.message}</Text></Notice>
  return (
    <Notice title={`Join ${offer.data.project ?? 'Diptych'}`} testId="invitation">
      <Terms offer={offer.data} />
      <Accept offer={offer.data} link={link} />
    </Notice>
  )
}

function Terms({ offer: { email, project, role } }: { offer: Offer }) {
  const may = ROLES.find(({ value }) => value === role)?.may
  return (
    <Text mb="md" size="sm">
      {project
        ? <><b>{email}</b> is invited to the project <b>{project}</b> as {roleName(role).toLowerCase()}, who {may}.</>
        : <><b>{email}</b> is invited to run this installation: to create projects and manage everybody in it.</>}
    </Text>
  )
}

/** Somebody new chooses a name and a password; somebody with an account signs in, and then joins. */
function Accept({ offer, link }: { offer: Offer; link: string }) {
  const session = useQuery({ ...sessionQuery(), retry: false })
  const own = session.data?.user?.email === offer.email
  if (offer.known && !own) return <SignInForm email={offer.email} />
  return own ? <Join link={link} /> : <NewAccount offer={offer} link={link} />
}

function useAccept(link: string) {
  const navigate = useNavigate()
  return useAction(
    (data: { name?: string; password?: string }) => post<Session>(`/api/v1/invitations/${encodeURIComponent(link)}`, data),
    [SESSION],
    () => void navigate({ to: '/' }),
  )
}

function Join({ link }: { link: string }) {
  const accept = useAccept(link)
  return (
    <Stack gap="sm">
      <Problem text={accept.error?.message} />
      <Button onClick={() => accept.mutate({})} loading={accept.isPending} autoFocus>Join</Button>
    </Stack>
  )
}

function NewAccount({ offer, link }: { offer: Offer; link: string }) {
  const [name, setName] = useState('')
  const [password, setPassword] = useState('')
  const accept = useAccept(link)
  const submit = (event: FormEvent) => {
    event.preventDefault()
    accept.mutate({ name, password })
  }
  return (
    <form onSubmit={submit} noValidate>
      <Stack gap="sm">
        <input type="hidden" name="email" autoComplete="username" value={offer.email} />
        <TextInput label="Your name" name="name" autoComplete="name" value={name} onChange={(event) => setName(event.currentTarget.value)} error={wrong(accept.error, 'name')} autoFocus />
        <PasswordInput
          label="Choose a password"
          description="At least 10 characters"
          name="password"
          autoComplete="new-password"
          value={password}
          onChange={(event) => setPassword(event.currentTarget.value)}
          error={wrong(accept.error, 'password')}
          visibilityToggleButtonProps={{ 'aria-label': 'Show or hide the password' }}
        />
        <Problem text={rest(accept.error, 'name', 'password')} />
        <Button type="submit" loading={accept.isPending} disabled={!name.trim() || !password}>Make an account and join</Button>
      </Stack>
    </form>
  )
}
