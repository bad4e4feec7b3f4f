import { Button, Select, Stack, Text, TextInput } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { type FormEvent, useState } from 'react'
import { type NewAccount, type ServiceAccount, accountsQuery } from '../../api/access'
import { post, send } from '../../api/client'
import { inside } from '../../api/queries'
import type { Role } from '../../api/types'
import { useProject } from '../../app/project'
import { Card } from '../../components/Card'
import { Confirm } from '../../components/Confirm'
import { Failure } from '../../components/Failure'
import { Secret } from '../../components/Secret'
import { Tag } from '../../components/Tag'
import { useAction, wrong } from '../../components/useAction'
import { moment } from '../../lib/format'
import { ROLES, roleName } from '../../lib/roles'
import { SettingsPage } from './SettingsPage'

export function KeySettings() {
  const project = useProject()
  return (
    <SettingsPage>
      <Card title="Token" lead="Public: it can only send events. Mixpanel’s project token, Amplitude’s API key, Segment’s write key.">
        <Secret name="Token" value={project.token} />
      </Card>
      {project.role === 'owner' && <ProjectSecret />}
      {project.role === 'owner' && <Accounts />}
    </SettingsPage>
  )
}

function ProjectSecret() {
  const project = useProject()
  const replace = useAction(() => post<{ secret: string }>(inside(project.id, 'secret'), {}), [])
  return (
    <Card
      title="Secret"
      lead="Mixpanel’s project secret, Amplitude’s secret key. Only its fingerprint is kept, so it cannot be shown again."
      aside={<Confirm label="Replace the secret" question="Replace the secret?" text="What uses the one before stops working within two seconds. Sending events with the token goes on." act={replace} />}
      testId="project-secret"
    >
      {replace.data ? <Secret name="Secret" value={replace.data.secret} once /> : <Text size="sm" c="dimmed">Shown when the project was made.</Text>}
    </Card>
  )
}

function Accounts() {
  const project = useProject()
  const accounts = useQuery(accountsQuery(project.id))
  return (
    <Card title="Service accounts" lead="For programs: they open the vendors’ APIs and our own as Basic authorization, as their role allows." testId="service-accounts">
      {accounts.error && <Failure error={accounts.error} retry={() => void accounts.refetch()} />}
      {accounts.data?.length === 0 && <Text size="sm" c="dimmed">There is none.</Text>}
      <ul className="rows">{accounts.data?.map((one) => <Row key={one.username} account={one} />)}</ul>
      <Create />
    </Card>
  )
}

function Row({ account }: { account: ServiceAccount }) {
  const project = useProject()
  const revoke = useAction(() => send('DELETE', inside(project.id, `service-accounts/${encodeURIComponent(account.username)}`)), [accountsQuery(project.id).queryKey])
  return (
    <li>
      <div style={{ minWidth: 0, flex: '1 1 200px' }}>
        <code className="anywhere">{account.username}</code>
        <Text size="xs" c="dimmed">Made {moment(account.created, project.timezone)}</Text>
      </div>
      <Tag>{roleName(account.role)}</Tag>
      <Confirm label="Revoke" name={`Revoke ${account.username}`} question="Revoke this service account?" text={<>What uses <code className="anywhere">{account.username}</code> stops working within two seconds. This cannot be undone.</>} act={revoke} />
    </li>
  )
}

function Create() {
  const project = useProject()
  const [name, setName] = useState('')
  const [role, setRole] = useState<Role>('viewer')
  const create = useAction(
    () => post<NewAccount>(inside(project.id, 'service-accounts'), { name, role }),
    [accountsQuery(project.id).queryKey],
    () => setName(''),
  )
  const submit = (event: FormEvent) => {
    event.preventDefault()
    create.mutate()
  }
  return (
    <Stack gap="sm" mt="md">
      <form onSubmit={submit} noValidate className="inline-form">
        <TextInput label="New service account" placeholder="What it is for" value={name} onChange={(event) => setName(event.currentTarget.value)} error={wrong(create.error, 'name') ?? create.error?.message} maxLength={100} style={{ flex: '1 1 220px' }} />
        <Select label="Role" data={ROLES.map(({ value, label }) => ({ value, label }))} value={role} onChange={(chosen) => chosen && setRole(chosen as Role)} allowDeselect={false} w={130} />
        <Button type="submit" variant="default" loading={create.isPending} disabled={!name.trim()}>Create</Button>
      </form>
      {create.data && (
        <div data-testid="new-account">
          <Secret name="Username" value={create.data.username} />
          <Secret name="Secret" value={create.data.secret} once />
        </div>
      )}
    </Stack>
  )
}
