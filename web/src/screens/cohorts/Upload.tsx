import { Button, FileButton, Group, Modal, Stack, Text, TextInput, Textarea } from '@mantine/core'
import { useNavigate } from '@tanstack/react-router'
import { useState } from 'react'
import { uploadCohort } from '../../api/cohorts'
import { useProject } from '../../app/project'
import { Problem } from '../../components/Problem'
import { useAction } from '../../components/useAction'
import { idsOf } from '../../lib/cohorts'
import { full } from '../../lib/format'

/** People as a cohort by their ids, typed or from a file. */
export function Upload({ opened, close }: { opened: boolean; close: () => void }) {
  return (
    <Modal opened={opened} onClose={close} title="Upload a list of ids" closeButtonProps={{ 'aria-label': 'Close' }} centered styles={{ title: { fontWeight: 650 } }}>
      <Form close={close} />
    </Modal>
  )
}

function Form({ close }: { close: () => void }) {
  const project = useProject()
  const navigate = useNavigate()
  const [name, setName] = useState('')
  const [text, setText] = useState('')
  const ids = idsOf(text)
  const upload = useAction(() => uploadCohort(project.id, name.trim(), ids), [['cohorts', project.id]])
  const read = async (file: File | null) => {
    if (!file) return
    setText(await file.text())
    if (!name) setName(file.name.replace(/\.[^.]*$/, ''))
  }
  if (upload.data) {
    const { saved, known, unknown } = upload.data
    return (
      <Stack gap="sm" data-testid="uploaded">
        <Text size="sm">{full(known)} of {full(ids.length)} ids are known and on the list.</Text>
        {unknown.length > 0 && <Text size="sm" c="dimmed" className="anywhere" lineClamp={6}>Nothing was ever received under {unknown.join(', ')}{known + unknown.length < ids.length ? ' and others' : ''}.</Text>}
        <Group justify="flex-end"><Button onClick={() => { close(); void navigate({ to: `/p/${project.id}/cohorts/${saved.id}` }) }}>Open the cohort</Button></Group>
      </Stack>
    )
  }
  return (
    <form onSubmit={(event) => { event.preventDefault(); upload.mutate() }}>
      <Stack gap="sm">
        <TextInput label="Name" required data-autofocus maxLength={255} value={name} onChange={(event) => setName(event.currentTarget.value)} data-testid="upload-name" />
        <Textarea label="Ids" description="One per line, or a table whose first column has them" minRows={6} maxRows={12} autosize value={text} onChange={(event) => setText(event.currentTarget.value)} data-testid="upload-ids" />
        <Problem text={upload.error?.message} />
        <Group justify="space-between">
          <FileButton onChange={(file) => void read(file)} accept=".csv,.txt,.tsv,text/plain,text/csv">{(props) => <Button variant="default" {...props}>Choose a file</Button>}</FileButton>
          <Button type="submit" loading={upload.isPending} disabled={!name.trim() || ids.length === 0} data-testid="upload-save">Save {full(ids.length)} {ids.length === 1 ? 'id' : 'ids'}</Button>
        </Group>
      </Stack>
    </form>
  )
}
