import { Button, Group, NumberInput, Select, Stack, Switch, TagsInput, Text, TextInput } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { type FormEvent, useState } from 'react'
import { type ProjectDetails, type Setting, detailsQuery } from '../../api/access'
import { send } from '../../api/client'
import { SESSION, inside } from '../../api/queries'
import { useProject } from '../../app/project'
import { Card } from '../../components/Card'
import { Failure } from '../../components/Failure'
import { Problem } from '../../components/Problem'
import { rest, useAction, wrong } from '../../components/useAction'
import { IDENTITY_MODES, WEEKDAYS, changed, wordsOf, zones } from '../../lib/settings'
import { SettingsPage } from './SettingsPage'

export function ProjectSettings() {
  const project = useProject()
  const details = useQuery(detailsQuery(project.id))
  return (
    <SettingsPage>
      {details.error && !details.data && <Failure error={details.error} retry={() => void details.refetch()} />}
      {details.data && <Basics details={details.data} />}
      {details.data && <Rules details={details.data} />}
    </SettingsPage>
  )
}

function Basics({ details }: { details: ProjectDetails }) {
  const owner = useProject().role === 'owner'
  const [values, setValues] = useState({ name: details.name, timezone: details.timezone, week_start: details.week_start })
  const change = useAction(
    () => send('PATCH', `/api/v1/projects/${details.project_id}`, values),
    [SESSION, detailsQuery(details.project_id).queryKey],
  )
  const submit = (event: FormEvent) => {
    event.preventDefault()
    change.mutate()
  }
  const same = values.name === details.name && values.timezone === details.timezone && values.week_start === details.week_start
  return (
    <Card title="Project" testId="basics">
      <form onSubmit={submit} noValidate>
        <Stack gap="md" maw={460}>
          <TextInput label="Name" value={values.name} onChange={(event) => setValues({ ...values, name: event.currentTarget.value })} error={wrong(change.error, 'name')} readOnly={!owner} />
          <Select label="Time zone" description="Where days begin. Reports follow at once, past days too." data={zones()} value={values.timezone} onChange={(timezone) => timezone && setValues({ ...values, timezone })} searchable allowDeselect={false} disabled={!owner} error={wrong(change.error, 'timezone')} />
          <Select label="Weeks begin on" data={WEEKDAYS} value={String(values.week_start)} onChange={(day) => day && setValues({ ...values, week_start: Number(day) })} allowDeselect={false} disabled={!owner} error={wrong(change.error, 'week_start')} />
          <Identity mode={details.identity} />
          <Problem text={rest(change.error, 'name', 'timezone', 'week_start')} />
          {owner && <Save pending={change.isPending} done={change.isSuccess && same} disabled={same || !values.name.trim()} />}
        </Stack>
      </form>
    </Card>
  )
}

function Identity({ mode }: { mode: string }) {
  const found = IDENTITY_MODES.find(({ value }) => value === mode)
  return (
    <TextInput label="Identity" description={`${found?.text ?? ''}. Chosen when the project was made.`} value={found?.label ?? mode} disabled readOnly />
  )
}

function Rules({ details }: { details: ProjectDetails }) {
  const owner = useProject().role === 'owner'
  const [values, setValues] = useState(details.settings)
  const change = useAction(
    (data: Record<string, Setting>) => send('PATCH', inside(details.project_id, 'settings'), data),
    [SESSION, detailsQuery(details.project_id).queryKey],
  )
  const different = changed(details.settings, values)
  const submit = (event: FormEvent) => {
    event.preventDefault()
    change.mutate(different)
  }
  const names = Object.keys(details.settings)
  const same = Object.keys(different).length === 0
  return (
    <Card title="Privacy and limits" lead="What the project does with what it receives from now on" testId="rules">
      <form onSubmit={submit} noValidate>
        <Stack gap="md" maw={560}>
          {names.map((name) => (
            <Field key={name} name={name} value={values[name]!} set={(value) => setValues({ ...values, [name]: value })} error={wrong(change.error, name)} disabled={!owner} />
          ))}
          <Problem text={rest(change.error, ...names)} />
          {owner && <Save pending={change.isPending} done={change.isSuccess && same} disabled={same} />}
        </Stack>
      </form>
    </Card>
  )
}

type FieldProps = { name: string; value: Setting; set: (value: Setting) => void; error?: string; disabled: boolean }

/** A setting by the kind of its value. */
function Field({ name, value, set, error, disabled }: FieldProps) {
  const { label, text, choices } = wordsOf(name)
  const common = { label, description: text, error, disabled, 'data-testid': `setting-${name}` }
  if (typeof value === 'boolean') return <Switch {...common} checked={value} onChange={(event) => set(event.currentTarget.checked)} />
  if (typeof value === 'number') return <NumberInput {...common} styles={{ wrapper: { maxWidth: 200 } }} value={value} onChange={(number) => set(Number(number) || 0)} min={0} allowDecimal={false} thousandSeparator="," />
  if (Array.isArray(value)) return <TagsInput {...common} value={value} onChange={set} />
  if (choices) return <Select {...common} styles={{ wrapper: { maxWidth: 360 } }} data={choices} value={value} onChange={(chosen) => chosen && set(chosen)} allowDeselect={false} />
  return <TextInput {...common} value={value} onChange={(event) => set(event.currentTarget.value)} />
}

function Save({ pending, done, disabled }: { pending: boolean; done: boolean; disabled: boolean }) {
  return (
    <Group gap="sm">
      <Button type="submit" loading={pending} disabled={disabled}>Save</Button>
      <Text size="sm" c="dimmed" role="status">{done && !pending ? 'Saved' : ''}</Text>
    </Group>
  )
}
