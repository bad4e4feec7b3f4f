import { Button, Group, Menu, Modal, Stack, TextInput, Textarea } from '@mantine/core'
import { useDisclosure } from '@mantine/hooks'
import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { type DashboardContent, type ReportContent, type Saved, change, create, dashboardsQuery, reportsQuery } from '../api/saved'
import type { Question } from '../api/types'
import { useProject } from '../app/project'
import { ChevronDown, SaveIcon } from '../components/icons'
import { Problem } from '../components/Problem'
import { useAction } from '../components/useAction'
import { withoutUnfinished } from '../lib/filters'
import { place } from '../lib/grid'
import { mayEdit } from '../lib/roles'
import type { Asked } from './useAsked'

/** Saves the question as a report, over the one it came from or as a new one, and puts it on a dashboard. */
export function SaveMenu<Q extends Question>({ asked }: { asked: Asked<Q> }) {
  const project = useProject()
  const [open, { open: name, close }] = useDisclosure()
  const reports = useQuery(reportsQuery(project.id)).data ?? []
  const saved = reports.find((one) => one.id === asked.report) ?? null
  const content = { question: withoutUnfinished<Question>(asked.question), display: { ...asked.display } }
  const update = useAction(() => change('reports', project.id, saved!, { content }), [['reports', project.id]])
  if (!mayEdit(project.role)) return null
  return (
    <>
      <Button.Group>
        <Button size="xs" leftSection={<SaveIcon size={14} />} loading={update.isPending} onClick={saved ? () => update.mutate() : name} data-testid="save">
          {saved ? (update.isSuccess && same(saved, content) ? 'Saved' : 'Save') : 'Save'}
        </Button>
        <Menu position="bottom-end" width={230}>
          <Menu.Target>
            <Button size="xs" px={6} variant="light" aria-label="More ways to keep this" data-testid="save-more"><ChevronDown size={14} /></Button>
          </Menu.Target>
          <Menu.Dropdown>
            <Menu.Item onClick={name}>{saved ? 'Save as a new report' : 'Save as a report'}</Menu.Item>
            {saved && <Dashboards report={saved} />}
          </Menu.Dropdown>
        </Menu>
      </Button.Group>
      <Problem text={update.error?.message} />
      <Modal opened={open} onClose={close} title="Save as a report" closeButtonProps={{ 'aria-label': 'Close' }} centered styles={{ title: { fontWeight: 650 } }}>
        <NameForm content={content} done={(id) => { close(); asked.become({ question: asked.question, display: asked.display, report: id }) }} />
      </Modal>
    </>
  )
}

const same = (saved: Saved<ReportContent>, content: ReportContent) => JSON.stringify(saved.content.display) === JSON.stringify(content.display)

function NameForm({ content, done }: { content: ReportContent; done: (id: number) => void }) {
  const project = useProject()
  const [name, setName] = useState('')
  const [description, setDescription] = useState('')
  const save = useAction(() => create('reports', project.id, name.trim(), content, description.trim()), [['reports', project.id]], (report) => done(report.id))
  return (
    <form onSubmit={(event) => { event.preventDefault(); save.mutate() }}>
      <Stack gap="sm">
        <TextInput label="Name" required data-autofocus value={name} onChange={(event) => setName(event.currentTarget.value)} data-testid="report-name" />
        <Textarea label="Description" autosize minRows={2} value={description} onChange={(event) => setDescription(event.currentTarget.value)} />
        <Problem text={save.error?.message} />
        <Group justify="flex-end"><Button type="submit" loading={save.isPending} disabled={!name.trim()}>Save the report</Button></Group>
      </Stack>
    </form>
  )
}

/** The dashboards that a saved report can be put on. */
function Dashboards({ report }: { report: Saved<ReportContent> }) {
  const project = useProject()
  const dashboards = useQuery(dashboardsQuery(project.id)).data ?? []
  const add = useAction(
    (board: Saved<DashboardContent> | null) => {
      const tiles = board?.content.tiles ?? []
      const next = { ...board?.content, tiles: [...tiles, place(tiles, { report: report.id, width: 6, height: 4 })] }
      return board ? change('dashboards', project.id, board, { content: next }) : create('dashboards', project.id, report.name, next)
    },
    [['dashboards', project.id]],
  )
  return (
    <>
      <Menu.Divider />
      <Menu.Label>Add to a dashboard</Menu.Label>
      {dashboards.slice(0, 12).map((board) => (
        <Menu.Item key={board.id} closeMenuOnClick={false} onClick={() => add.mutate(board)} rightSection={board.content.tiles.some((tile) => tile.report === report.id) ? '✓' : null}>
          <div className="clip">{board.name}</div>
        </Menu.Item>
      ))}
      <Menu.Item closeMenuOnClick={false} onClick={() => add.mutate(null)}>New dashboard</Menu.Item>
      {add.error && <Problem text={add.error.message} />}
    </>
  )
}
