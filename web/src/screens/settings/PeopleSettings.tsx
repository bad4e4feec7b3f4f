import { Button, Group, Select, Stack, Text, TextInput } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { type FormEvent, useState } from 'react'
import { type Invitation, type Member, peopleQuery, usersQuery } from '../../api/access'
import { post, send } from '../../api/client'
import { SESSION, inside, sessionQuery } from '../../api/queries'
import type { Role, User } from '../../api/types'
import { useProject } from '../../app/project'
import { Card } from '../../components/Card'
import { Confirm } from '../../components/Confirm'
import { Failure } from '../../components/Failure'
import { Problem } from '../../components/Problem'
import { Secret, address } from '../../components/Secret'
import { Tag } from '../../components/Tag'
import { rest, useAction, wrong } from '../../components/useAction'
import { ago, moment } from '../../lib/format'
import { ROLES, roleName } from '../../lib/roles'
import { SettingsPage } from './SettingsPage'

const CHOICES = ROLES.map(({ value, label }) => ({ value, label }))

export function PeopleSettings() {
  const project = useProject()
  const people = useQuery(peopleQuery(project.id))
  const { data: session } = useQuery(sessionQuery())
  const owner = project.role === 'owner'
  return (
    <SettingsPage>
      {people.error && !people.data && <Failure error={people.error} retry={() => void people.refetch()} />}
      {owner && <Invite />}
      {people.data && people.data.invitations.length > 0 && <Invitations invitations={people.data.invitations} />}
      {people.data && <Members people={people.data.people} self={session?.user ?? null} />}
      {session && (session.demo || session.user?.admin) && <Installation self={session.user} />}
    </SettingsPage>
  )
}

function Invite() {
  const project = useProject()
  const [email, setEmail] = useState('')
  const [role, setRole] = useState<Role>('viewer')
  const invite = useAction(
    () => post<{ path: string; invitation: Invitation }>(inside(project.id, 'invitations'), { email, role }),
    [peopleQuery(project.id).queryKey],
    () => setEmail(''),
  )
  const submit = (event: FormEvent) => {
    event.preventDefault()
    invite.mutate()
  }
  const may = ROLES.find(({ value }) => value === role)?.may
  return (
    <Card title="Invite somebody" lead="Diptych sends no mail: copy the link and pass it on. It works once, for a week." testId="invite">
      <form onSubmit={submit} noValidate>
        <div className="inline-form">
          <TextInput label="E-mail address" type="email" autoComplete="off" value={email} onChange={(event) => setEmail(event.currentTarget.value)} error={wrong(invite.error, 'email')} style={{ flex: '1 1 220px' }} />
          <Select label="Role" data={CHOICES} value={role} onChange={(chosen) => chosen && setRole(chosen as Role)} allowDeselect={false} w={130} />
          <Button type="submit" loading={invite.isPending} disabled={!email}>Make a link</Button>
        </div>
        <Text size="xs" c="dimmed" mt={6}>{roleName(role)}: {may}.</Text>
        <Problem text={rest(invite.error, 'email')} />
      </form>
      {invite.data && (
        <div style={{ marginTop: 12 }}>
          <Secret name={`Link for ${invite.data.invitation.email}`} value={address(invite.data.path)} once />
        </div>
      )}
    </Card>
  )
}

function Invitations({ invitations }: { invitations: Invitation[] }) {
  return (
    <Card title="Open invitations" testId="invitations">
      <ul className="rows">{invitations.map((one) => <Invited key={one.id} invitation={one} />)}</ul>
    </Card>
  )
}

function Invited({ invitation }: { invitation: Invitation }) {
  const project = useProject()
  const withdraw = useAction(() => send('DELETE', inside(project.id, `invitations/${invitation.id}`)), [peopleQuery(project.id).queryKey])
  return (
    <li>
      <div style={{ minWidth: 0, flex: '1 1 200px' }}>
        <Text size="sm" fw={550} className="clip" title={invitation.email}>{invitation.email}</Text>
        <Text size="xs" c="dimmed">{roleName(invitation.role)} · until {moment(invitation.expires, project.timezone)}</Text>
      </div>
      <Button variant="default" size="compact-sm" loading={withdraw.isPending} onClick={() => withdraw.mutate()} aria-label={`Withdraw the invitation of ${invitation.email}`}>Withdraw</Button>
    </li>
  )
}

function Members({ people, self }: { people: Member[]; self: User | null }) {
  return (
    <Card title="People in this project" testId="members">
      {people.length === 0 && <Text size="sm" c="dimmed">Nobody has an account yet.</Text>}
      <ul className="rows">{people.map((one) => <MemberRow key={one.id} member={one} self={one.id === self?.id} />)}</ul>
    </Card>
  )
}

function MemberRow({ member, self }: { member: Member; self: boolean }) {
  const project = useProject()
  const stale = [peopleQuery(project.id).queryKey, SESSION]
  const path = inside(project.id, `people/${member.id}`)
  const change = useAction((role: Role) => send('PATCH', path, { role }), stale)
  const remove = useAction(() => send('DELETE', path), stale)
  const fixed = project.role !== 'owner' || member.admin
  return (
    <li>
      <div style={{ minWidth: 0, flex: '1 1 200px' }}>
        <Group gap="2px 8px">
          <Text size="sm" fw={550} className="clip" title={member.name}>{member.name}</Text>
          {self && <Tag>you</Tag>}
          {member.admin && <Tag color="brand">runs the installation</Tag>}
        </Group>
        <Text size="xs" c="dimmed" className="clip">{member.email ?? 'no e-mail address'} · {member.last_seen ? `seen ${ago(Date.now() - member.last_seen)}` : 'not signed in'}</Text>
        <Problem text={change.error?.message} />
      </div>
      {fixed
        ? <Text size="sm">{roleName(member.role)}</Text>
        : <Select data={CHOICES} value={member.role} onChange={(role) => role && change.mutate(role as Role)} allowDeselect={false} w={110} size="xs" aria-label={`Role of ${member.name}`} />}
      {!fixed && <Confirm label="Remove" name={`Remove ${member.name}`} question={`Remove ${member.name}?`} text="They cannot open this project any more. Their account stays, and what they saved too." act={remove} />}
    </li>
  )
}

function Installation({ self }: { self: User | null }) {
  const users = useQuery(usersQuery())
  return (
    <Card title="Everybody on this installation" lead="Who runs the installation is an owner of every project, creates projects, and manages accounts." testId="installation">
      <ul className="rows">{users.data?.map((one) => <Account key={one.id} user={one} self={one.id === self?.id} />)}</ul>
      <InviteAdmin />
    </Card>
  )
}

function Account({ user, self }: { user: User; self: boolean }) {
  const stale = [usersQuery().queryKey, ['people']]
  const path = `/api/v1/users/${user.id}`
  const link = useAction(() => post<{ path: string }>(`${path}/sign-in-links`, {}), [])
  const admin = useAction(() => send('PATCH', path, { admin: !user.admin }), [...stale, SESSION])
  const remove = useAction(() => send('DELETE', path), stale)
  return (
    <li>
      <div style={{ minWidth: 0, flex: '1 1 200px' }}>
        <Group gap="2px 8px">
          <Text size="sm" fw={550} className="clip" title={user.name}>{user.name}</Text>
          {user.admin && <Tag color="brand">runs the installation</Tag>}
        </Group>
        <Text size="xs" c="dimmed" className="clip">{user.email ?? 'no e-mail address'}{!user.has_password && ' · no password yet'}</Text>
      </div>
      {!self && (
        <Group gap={6}>
          <Button variant="default" size="compact-sm" loading={link.isPending} onClick={() => link.mutate()} aria-label={`Sign-in link for ${user.name}`}>Sign-in link</Button>
          <Confirm label={user.admin ? 'Take back' : 'Let run all'} name={user.admin ? `Take the installation back from ${user.name}` : `Let ${user.name} run the installation`} question={user.admin ? `${user.name} runs the installation no more?` : `Let ${user.name} run the installation?`} text="Who runs the installation is an owner of every project and manages all accounts." act={admin} />
          <Confirm label="Delete" name={`Delete the account of ${user.name}`} question={`Delete the account of ${user.name}?`} text="They are signed out at once and cannot sign in any more. What they saved stays." act={remove} />
        </Group>
      )}
      {link.data && <div style={{ flex: '1 1 100%' }}><Secret name={`Signs ${user.name} in, once, within a day`} value={address(link.data.path)} once /></div>}
      <Problem text={link.error?.message} />
    </li>
  )
}

function InviteAdmin() {
  const [email, setEmail] = useState('')
  const invite = useAction(() => post<{ path: string }>('/api/v1/invitations', { email }), [])
  const submit = (event: FormEvent) => {
    event.preventDefault()
    invite.mutate()
  }
  return (
    <Stack gap="xs" mt="md">
      <form onSubmit={submit} noValidate className="inline-form">
        <TextInput label="Invite somebody to run the installation" placeholder="name@example.com" type="email" autoComplete="off" value={email} onChange={(event) => setEmail(event.currentTarget.value)} error={invite.error?.message} style={{ flex: '1 1 220px' }} />
        <Button type="submit" variant="default" loading={invite.isPending} disabled={!email}>Make a link</Button>
      </form>
      {invite.data && <Secret name="Link to run the installation" value={address(invite.data.path)} once />}
    </Stack>
  )
}
