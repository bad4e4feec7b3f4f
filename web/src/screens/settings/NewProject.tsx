import { Button, Select, Stack, Text, TextInput } from '@mantine/core'
import { useQueryClient } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { type FormEvent, useState } from 'react'
import type { CreatedProject } from '../../api/access'
import { post } from '../../api/client'
import { SESSION } from '../../api/queries'
import { Problem } from '../../components/Problem'
import { Secret } from '../../components/Secret'
import { rest, useAction, wrong } from '../../components/useAction'
import { IDENTITY_MODES, zones } from '../../lib/settings'

/** Makes a project, shows its keys once, and then opens it. */
export function NewProject({ opened }: { opened?: () => void }) {
  const client = useQueryClient()
  const navigate = useNavigate()
  const [name, setName] = useState('')
  const [timezone, setTimezone] = useState(Intl.DateTimeFormat().resolvedOptions().timeZone)
  const [identity, setIdentity] = useState('simplified')
  const create = useAction(() => post<CreatedProject>('/api/v1/projects', { name, timezone, identity }), [])
  const open = async (project: CreatedProject) => {
    await client.invalidateQueries({ queryKey: SESSION })
    opened?.()
    await navigate({ to: '/p/$projectId', params: { projectId: String(project.project_id) } })
  }
  const submit = (event: FormEvent) => {
    event.preventDefault()
    create.mutate()
  }
  if (create.data) return <Keys project={create.data} open={() => void open(create.data)} />
  return (
    <form onSubmit={submit} noValidate>
      <Stack gap="sm">
        <TextInput label="Name" name="project" value={name} onChange={(event) => setName(event.currentTarget.value)} error={wrong(create.error, 'name')} data-autofocus />
        <Select label="Time zone" description="Where days begin; you can change it later" data={zones()} value={timezone} onChange={(zone) => zone && setTimezone(zone)} searchable allowDeselect={false} error={wrong(create.error, 'timezone')} />
        <Select label="Identity" description={IDENTITY_MODES.find(({ value }) => value === identity)?.text} data={IDENTITY_MODES} value={identity} onChange={(mode) => mode && setIdentity(mode)} allowDeselect={false} error={wrong(create.error, 'identity')} />
        <Problem text={rest(create.error, 'name', 'timezone', 'identity')} />
        <Button type="submit" loading={create.isPending} disabled={!name.trim()}>Create the project</Button>
      </Stack>
    </form>
  )
}

function Keys({ project, open }: { project: CreatedProject; open: () => void }) {
  return (
    <Stack gap="sm" data-testid="new-keys">
      <Text size="sm">The project is there. Keep these secrets now, if you need them; new ones can be made under Settings → Keys.</Text>
      <Secret name="Token" value={project.token} />
      <Secret name="Secret" value={project.secret} once />
      <Secret name="Service account" value={project.service_account.username} />
      <Secret name="Its secret" value={project.service_account.secret} once />
      <Button onClick={open} data-autofocus>Open the project</Button>
    </Stack>
  )
}
