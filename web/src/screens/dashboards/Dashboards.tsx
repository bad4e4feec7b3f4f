import { Button, Group, Modal, Skeleton, Stack, Text, TextInput } from '@mantine/core'
import { useDisclosure } from '@mantine/hooks'
import { useQuery } from '@tanstack/react-query'
import { Link, useNavigate } from '@tanstack/react-router'
import { useState } from 'react'
import { create, dashboardsQuery } from '../../api/saved'
import { useProject } from '../../app/project'
import { Failure } from '../../components/Failure'
import { PlusIcon } from '../../components/icons'
import { Page } from '../../components/Page'
import { Problem } from '../../components/Problem'
import { useAction } from '../../components/useAction'
import { ago, moment } from '../../lib/format'
import { mayEdit } from '../../lib/roles'

/** All dashboards of the project. */
export function Dashboards() {
  const project = useProject()
  const boards = useQuery(dashboardsQuery(project.id))
  return (
    <Page title="Dashboards" lead="Reports side by side" width={1100} aside={mayEdit(project.role) && <New />}>
      {boards.error && !boards.data && <Failure error={boards.error} retry={() => void boards.refetch()} />}
      {boards.isPending && <div className="card" role="status" aria-label="Loading">{Array.from({ length: 4 }, (_, place) => <Skeleton key={place} height={18} m="md" w="auto" />)}</div>}
      {boards.data?.length === 0 && (
        <div className="card part" data-testid="no-dashboards">
          <Text fw={600}>No dashboards yet</Text>
          <Text size="sm" c="dimmed">Make one here, or put a saved report on a new one from the menu beside its Save button.</Text>
        </div>
      )}
      {boards.data && boards.data.length > 0 && (
        <div className="card" style={{ overflow: 'hidden' }}>
          <table className="issue-table" aria-label="Dashboards">
            <thead><tr><th scope="col">Dashboard</th><th scope="col" className="figure issue-records">Cards</th><th scope="col" className="figure wide cohort-changed">Changed</th></tr></thead>
            <tbody>
              {boards.data.map((board) => (
                <tr key={board.id} data-testid="dashboard">
                  <td>
                    <Link to={`/p/${project.id}/dashboards/${board.id}` as never} className="plain-link clip person-name" title={board.name}>{board.name}</Link>
                    {board.description && <span className="clip hint person-name">{board.description}</span>}
                  </td>
                  <td className="figure">{board.content.tiles.length}</td>
                  <td className="figure wide"><span title={`${moment(board.updated, project.timezone)} by ${board.updated_by}`}>{ago(Date.now() - board.updated)}</span></td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </Page>
  )
}

function New() {
  const project = useProject()
  const navigate = useNavigate()
  const [open, { open: ask, close }] = useDisclosure()
  const [name, setName] = useState('')
  const make = useAction(() => create('dashboards', project.id, name.trim(), { tiles: [] }), [['dashboards', project.id]], (board) => void navigate({ to: `/p/${project.id}/dashboards/${board.id}` }))
  return (
    <>
      <Button size="xs" leftSection={<PlusIcon size={14} />} onClick={ask} data-testid="new-dashboard">New dashboard</Button>
      <Modal opened={open} onClose={close} title="New dashboard" closeButtonProps={{ 'aria-label': 'Close' }} centered styles={{ title: { fontWeight: 650 } }}>
        <form onSubmit={(event) => { event.preventDefault(); make.mutate() }}>
          <Stack gap="sm">
            <TextInput label="Name" required data-autofocus maxLength={255} value={name} onChange={(event) => setName(event.currentTarget.value)} data-testid="dashboard-name" />
            <Problem text={make.error?.message} />
            <Group justify="flex-end"><Button type="submit" loading={make.isPending} disabled={!name.trim()}>Make the dashboard</Button></Group>
          </Stack>
        </form>
      </Modal>
    </>
  )
}
