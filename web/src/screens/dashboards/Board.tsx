import { ActionIcon, Button, Group, Menu, Modal, Skeleton, Stack, Text, TextInput, Textarea, Tooltip } from '@mantine/core'
import { useDisclosure, useFullscreenElement } from '@mantine/hooks'
import { useQuery } from '@tanstack/react-query'
import { Link, useNavigate, useParams } from '@tanstack/react-router'
import { useMemo, useState } from 'react'
import type { Selected } from '../../api/behind'
import { type DashboardContent, type Saved, create, dashboardsQuery, remove, reportsQuery } from '../../api/saved'
import { useProject } from '../../app/project'
import { FilterEditor } from '../../builder/FilterEditor'
import { refresh, useShortcuts } from '../../builder/keys'
import { PeopleBehind } from '../../builder/PeopleBehind'
import { RangePicker } from '../../builder/RangePicker'
import { Confirm } from '../../components/Confirm'
import { Failure } from '../../components/Failure'
import { ChevronDown, RefreshIcon } from '../../components/icons'
import { Page } from '../../components/Page'
import { Picker } from '../../components/Picker'
import { Problem } from '../../components/Problem'
import { useAction } from '../../components/useAction'
import { applied } from '../../lib/boards'
import { today } from '../../lib/dates'
import { withoutUnfinished } from '../../lib/filters'
import { packed, place } from '../../lib/grid'
import { PRESETS } from '../../lib/ranges'
import { titleOf } from '../../lib/reports'
import { mayEdit } from '../../lib/roles'
import { replaced, without } from '../../lib/rows'
import { ReportCard, TextCard } from './Card'
import { Grid } from './Grid'
import { useBoard } from './useBoard'

const LAST_30 = PRESETS[3]!.range

/** One dashboard: cards on a grid, under one range and one filter where those are set. */
export function Board() {
  const project = useProject()
  const { number } = useParams({ strict: false })
  const boards = useQuery(dashboardsQuery(project.id))
  const saved = boards.data?.find((one) => String(one.id) === number)
  if (saved) return <Shown key={saved.id} saved={saved} />
  return (
    <Page title="Dashboard">
      {boards.error ? <Failure error={boards.error} retry={() => void boards.refetch()} /> : boards.data ? <Text c="dimmed">There is no such dashboard in this project. It may have been deleted.</Text> : <Skeleton height={400} />}
    </Page>
  )
}

function Shown({ saved }: { saved: Saved<DashboardContent> }) {
  const { id, role, timezone } = useProject()
  const { board, problem, save, put } = useBoard(saved)
  const reports = useQuery(reportsQuery(id))
  const [selected, setSelected] = useState<Selected | null>(null)
  const { ref, toggle, fullscreen } = useFullscreenElement()
  const edits = mayEdit(role)
  const { tiles, range = null, filter = null } = board.content
  const become = (next: DashboardContent['tiles']) => put({ tiles: next })
  const now = today(timezone)
  const asked = useMemo(() => {
    const complete = withoutUnfinished({ filter }).filter
    return new Map(reports.data?.map((one) => [one.id, applied(one.content.question, range, complete, now)]))
  }, [reports.data, range, filter, now])
  useShortcuts([{ keys: 'shift+R', name: 'Ask all again', act: refresh }])
  return (
    <Page title={board.name} lead={board.description} width={1680} aside={<Actions board={board} edits={edits} save={save} toggle={() => void toggle()} />}>
      <Problem text={problem} />
      <div className="card toolbar board-bar">
        <Group gap={8}>
          {range ? <RangePicker range={range} change={(next) => put({ range: next })} /> : <Text size="sm" c="dimmed">Each report in its own range</Text>}
          {range ? <Button size="xs" variant="subtle" onClick={() => put({ range: null })}>Each its own</Button> : <Button size="xs" variant="default" onClick={() => put({ range: LAST_30 })} data-testid="one-range">One range for all</Button>}
        </Group>
        {edits && <Add tiles={tiles} become={become} />}
        <div className="board-filter"><FilterEditor filter={filter} change={(next) => put({ filter: next })} event={null} add="Filter for all" testId="board-filter" /></div>
      </div>
      <div ref={ref} className={fullscreen ? 'presented' : undefined} data-testid="presented">
        {fullscreen && <h1 className="presented-title">{board.name}</h1>}
        {tiles.length === 0 && <Nothing edits={edits} />}
        {tiles.length > 0 && (reports.data ? (
          <Grid tiles={tiles} fixed={!edits || fullscreen} become={become}>
            {(tile, at, grips, height) => {
              const edit = edits ? { remove: () => become(packed(without(tiles, at))), change: (next: typeof tile) => become(replaced(tiles, at, next)) } : null
              if (!tile.report) return <TextCard tile={tile} grips={grips} height={height} edit={edit} />
              const report = reports.data.find((one) => one.id === tile.report)
              return <ReportCard tile={tile} grips={grips} height={height} edit={edit} report={report} question={asked.get(tile.report) ?? null} select={setSelected} />
            }}
          </Grid>
        ) : reports.error ? <Failure error={reports.error} retry={() => void reports.refetch()} /> : <Skeleton height={400} />)}
      </div>
      <PeopleBehind selected={selected} close={() => setSelected(null)} />
    </Page>
  )
}

function Nothing({ edits }: { edits: boolean }) {
  const project = useProject()
  return (
    <div className="card part" data-testid="empty-board">
      <Text fw={600}>Nothing on it yet</Text>
      <Text size="sm" c="dimmed">{edits ? <>Add saved reports and texts above. New reports begin at <Link to={`/p/${project.id}/insights` as never} className="plain-link"><u>Insights</u></Link>.</> : 'Editors of the project can add reports.'}</Text>
    </div>
  )
}

type Tiles = DashboardContent['tiles']

function Add({ tiles, become }: { tiles: Tiles; become: (tiles: Tiles) => void }) {
  const project = useProject()
  const reports = useQuery(reportsQuery(project.id))
  const groups = [{ label: 'Saved reports', choices: (reports.data ?? []).map((one) => ({ value: String(one.id), label: one.name, hint: titleOf(one.content.question) })) }]
  return (
    <Group gap={6}>
      <Picker
        label="Add a report"
        look="add"
        shown="+ Report"
        groups={groups}
        chosen={null}
        choose={(value) => become([...tiles, place(tiles, { report: Number(value), width: 6, height: 4 })])}
        search="Search saved reports"
        nothing="No saved report of that name"
        loading={reports.isPending}
        testId="add-report"
      />
      <Button size="compact-sm" variant="subtle" onClick={() => become([...tiles, place(tiles, { text: '# Heading', width: 6, height: 2 })])} data-testid="add-text">+ Text</Button>
    </Group>
  )
}

type ActionsProps = { board: Saved<DashboardContent>; edits: boolean; save: (changes: { name?: string; description?: string }) => void; toggle: () => void }

function Actions({ board, edits, save, toggle }: ActionsProps) {
  const project = useProject()
  const navigate = useNavigate()
  const [open, { open: rename, close }] = useDisclosure()
  const stale = [['dashboards', project.id]]
  const copy = useAction(() => create('dashboards', project.id, `${board.name.slice(0, 240)} (copy)`, board.content, board.description), stale, (made) => void navigate({ to: `/p/${project.id}/dashboards/${made.id}` }))
  const drop = useAction(() => remove('dashboards', project.id, board.id), stale, () => void navigate({ to: `/p/${project.id}/dashboards` }))
  return (
    <Group gap={6}>
      <Problem text={copy.error?.message} />
      <Tooltip label="Ask all again"><ActionIcon variant="default" size={30} onClick={refresh} aria-label="Refresh all" data-testid="refresh-all"><RefreshIcon size={15} /></ActionIcon></Tooltip>
      <Button size="xs" variant="default" onClick={toggle} data-testid="full-screen">Full screen</Button>
      {edits && (
        <Menu position="bottom-end">
          <Menu.Target><Button size="xs" variant="default" rightSection={<ChevronDown size={13} />} data-testid="board-more">More</Button></Menu.Target>
          <Menu.Dropdown>
            <Menu.Item onClick={rename}>Rename</Menu.Item>
            <Menu.Item onClick={() => copy.mutate()}>Duplicate</Menu.Item>
          </Menu.Dropdown>
        </Menu>
      )}
      {edits && <Confirm label="Delete" question={`Delete “${board.name}”?`} text="The reports on it stay. The dashboard can be restored through the API." act={drop} />}
      <Modal opened={open} onClose={close} title="Rename the dashboard" closeButtonProps={{ 'aria-label': 'Close' }} centered styles={{ title: { fontWeight: 650 } }}>
        <Rename board={board} save={(changes) => { save(changes); close() }} />
      </Modal>
    </Group>
  )
}

function Rename({ board, save }: { board: Saved<DashboardContent>; save: (changes: { name: string; description: string }) => void }) {
  const [name, setName] = useState(board.name)
  const [description, setDescription] = useState(board.description)
  return (
    <form onSubmit={(event) => { event.preventDefault(); save({ name: name.trim(), description: description.trim() }) }}>
      <Stack gap="sm">
        <TextInput label="Name" required data-autofocus maxLength={255} value={name} onChange={(event) => setName(event.currentTarget.value)} />
        <Textarea label="Description" autosize minRows={2} value={description} onChange={(event) => setDescription(event.currentTarget.value)} />
        <Group justify="flex-end"><Button type="submit" disabled={!name.trim()}>Save</Button></Group>
      </Stack>
    </form>
  )
}
