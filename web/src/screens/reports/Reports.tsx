import { ActionIcon, Button, Group, Menu, Modal, Select, Skeleton, Stack, Text, TextInput, Textarea } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { useState } from 'react'
import { type ReportContent, type Saved, change, create, deletedQuery, remove, reportsQuery, restore, versionsQuery } from '../../api/saved'
import { useProject } from '../../app/project'
import { Failure } from '../../components/Failure'
import { MoreIcon, SearchIcon } from '../../components/icons'
import { Page } from '../../components/Page'
import { Problem } from '../../components/Problem'
import { Tag } from '../../components/Tag'
import { useAction } from '../../components/useAction'
import { ago, moment } from '../../lib/format'
import { type Display, writeDisplay } from '../../lib/report'
import { addressOf, titleOf } from '../../lib/reports'
import { mayEdit } from '../../lib/roles'

type Report = Saved<ReportContent>
type Asking = { what: 'rename' | 'versions' | 'delete'; report: Report } | null

/** All saved reports: to find, open, rename, duplicate, delete and restore, and to go back to an older version. */
export function Reports() {
  const project = useProject()
  const reports = useQuery(reportsQuery(project.id))
  const [text, setText] = useState('')
  const [kind, setKind] = useState<string | null>(null)
  const [asking, setAsking] = useState<Asking>(null)
  const wanted = text.trim().toLowerCase()
  const kinds = [...new Set(reports.data?.map((one) => titleOf(one.content.question)))].sort()
  const found = reports.data?.filter((one) => `${one.name} ${one.description}`.toLowerCase().includes(wanted) && (kind === null || titleOf(one.content.question) === kind))
  const edits = mayEdit(project.role)
  return (
    <Page title="Saved reports" lead="Questions that somebody kept" width={1100}>
      {reports.error && !reports.data && <Failure error={reports.error} retry={() => void reports.refetch()} />}
      {reports.isPending && <div className="card" role="status" aria-label="Loading">{Array.from({ length: 4 }, (_, place) => <Skeleton key={place} height={18} m="md" w="auto" />)}</div>}
      {reports.data?.length === 0 && (
        <div className="card part" data-testid="no-reports">
          <Text fw={600}>No saved reports yet</Text>
          <Text size="sm" c="dimmed">Ask a question in <Link to={`/p/${project.id}/insights` as never} className="plain-link"><u>Insights</u></Link> or any other report, and press Save.</Text>
        </div>
      )}
      {reports.data && reports.data.length > 0 && (
        <Group gap="sm">
          <TextInput leftSection={<SearchIcon size={16} />} placeholder="Search reports" aria-label="Search reports" value={text} onChange={(event) => setText(event.currentTarget.value)} style={{ flex: '1 1 220px' }} maw={360} data-testid="report-search" />
          <Select aria-label="Kind" placeholder="All kinds" clearable data={kinds} value={kind} onChange={setKind} w={170} />
        </Group>
      )}
      {found && found.length > 0 && (
        <div className="card" style={{ overflow: 'hidden' }}>
          <table className="issue-table" aria-label="Saved reports">
            <thead><tr><th scope="col">Report</th><th scope="col" className="wide report-kind">Kind</th><th scope="col" className="figure wide cohort-changed">Changed</th>{edits && <th scope="col" className="row-actions"><span className="only-heard">Actions</span></th>}</tr></thead>
            <tbody>{found.map((report) => <Row key={report.id} report={report} edits={edits} ask={setAsking} />)}</tbody>
          </table>
        </div>
      )}
      {reports.data && reports.data.length > 0 && found?.length === 0 && <Text c="dimmed">No report fits the search.</Text>}
      {edits && <Deleted />}
      <Dialog asking={asking} close={() => setAsking(null)} />
    </Page>
  )
}

function Row({ report, edits, ask }: { report: Report; edits: boolean; ask: (asking: Asking) => void }) {
  const project = useProject()
  const copy = useAction(() => create('reports', project.id, `${report.name.slice(0, 240)} (copy)`, report.content, report.description), [['reports', project.id]])
  const { question, display } = report.content
  const search = { q: JSON.stringify(question), ...writeDisplay(display as Display), report: String(report.id) }
  return (
    <tr data-testid="report">
      <td>
        <Link to={`/p/${project.id}/${addressOf(question)}` as never} search={search as never} className="plain-link clip person-name" title={report.name}>{report.name}</Link>
        {report.description && <span className="clip hint person-name" title={report.description}>{report.description}</span>}
      </td>
      <td className="wide"><Tag>{titleOf(question)}</Tag></td>
      <td className="figure wide"><span title={`${moment(report.updated, project.timezone)} by ${report.updated_by}`}>{ago(Date.now() - report.updated)}</span></td>
      {edits && (
        <td>
          <Menu position="bottom-end">
            <Menu.Target><ActionIcon variant="subtle" color="gray" size={26} aria-label={`More for ${report.name}`} data-testid="report-more"><MoreIcon size={15} /></ActionIcon></Menu.Target>
            <Menu.Dropdown>
              <Menu.Item onClick={() => ask({ what: 'rename', report })}>Rename</Menu.Item>
              <Menu.Item onClick={() => copy.mutate()}>Duplicate</Menu.Item>
              <Menu.Item onClick={() => ask({ what: 'versions', report })}>Versions</Menu.Item>
              <Menu.Item color="red" onClick={() => ask({ what: 'delete', report })}>Delete</Menu.Item>
            </Menu.Dropdown>
          </Menu>
        </td>
      )}
    </tr>
  )
}

const TITLES = { rename: 'Rename the report', versions: 'Versions', delete: 'Delete the report?' }

function Dialog({ asking, close }: { asking: Asking; close: () => void }) {
  return (
    <Modal opened={asking !== null} onClose={close} title={asking && TITLES[asking.what]} closeButtonProps={{ 'aria-label': 'Close' }} centered styles={{ title: { fontWeight: 650 } }}>
      {asking?.what === 'rename' && <Rename report={asking.report} close={close} />}
      {asking?.what === 'versions' && <Versions report={asking.report} close={close} />}
      {asking?.what === 'delete' && <Delete report={asking.report} close={close} />}
    </Modal>
  )
}

function Rename({ report, close }: { report: Report; close: () => void }) {
  const project = useProject()
  const [name, setName] = useState(report.name)
  const [description, setDescription] = useState(report.description)
  const save = useAction(() => change('reports', project.id, report, { name: name.trim(), description: description.trim() }), [['reports', project.id]], close)
  return (
    <form onSubmit={(event) => { event.preventDefault(); save.mutate() }}>
      <Stack gap="sm">
        <TextInput label="Name" required data-autofocus maxLength={255} value={name} onChange={(event) => setName(event.currentTarget.value)} data-testid="new-name" />
        <Textarea label="Description" autosize minRows={2} value={description} onChange={(event) => setDescription(event.currentTarget.value)} />
        <Problem text={save.error?.message} />
        <Group justify="flex-end"><Button type="submit" loading={save.isPending} disabled={!name.trim()}>Save</Button></Group>
      </Stack>
    </form>
  )
}

/** What the report was; an older version is taken up again as a new one. */
function Versions({ report, close }: { report: Report; close: () => void }) {
  const project = useProject()
  const versions = useQuery(versionsQuery('reports', project.id, report.id))
  const back = useAction((content: ReportContent) => change('reports', project.id, report, { content }), [['reports', project.id], ['versions', 'reports', project.id]], close)
  if (versions.error) return <Failure error={versions.error} />
  if (!versions.data) return <Skeleton height={120} />
  return (
    <>
      <ul className="rows" data-testid="versions">
        {versions.data.map((one) => (
          <li key={one.version}>
            <div style={{ flex: 1, minWidth: 0 }}>
              <div className="clip">{one.version}. {one.name}</div>
              <div className="hint">{moment(one.created, project.timezone)} by {one.created_by}</div>
            </div>
            {one.version !== report.version && <Button size="compact-sm" variant="default" loading={back.isPending} onClick={() => back.mutate(one.content)} aria-label={`Take up version ${one.version}`}>Take up again</Button>}
          </li>
        ))}
      </ul>
      <Problem text={back.error?.message} />
    </>
  )
}

function Delete({ report, close }: { report: Report; close: () => void }) {
  const project = useProject()
  const drop = useAction(() => remove('reports', project.id, report.id), [['reports', project.id], ['deleted', 'reports', project.id]], close)
  return (
    <>
      <Text size="sm" mb="md" className="anywhere">“{report.name}” is then gone from dashboards as well. It can be restored below the list.</Text>
      <Problem text={drop.error?.message} />
      <Group justify="flex-end">
        <Button variant="default" onClick={close}>Cancel</Button>
        <Button color="red" loading={drop.isPending} onClick={() => drop.mutate()}>Delete</Button>
      </Group>
    </>
  )
}

function Deleted() {
  const project = useProject()
  const [open, setOpen] = useState(false)
  const deleted = useQuery({ ...deletedQuery('reports', project.id), enabled: open })
  const back = useAction((number: number) => restore('reports', project.id, number), [['reports', project.id], ['deleted', 'reports', project.id]])
  return (
    <details className="aside" onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>Deleted reports</summary>
      {deleted.data?.length === 0 && <Text size="sm" c="dimmed" mt="xs">None.</Text>}
      <ul className="rows" style={{ marginTop: 10 }}>
        {deleted.data?.map((one) => (
          <li key={one.id}><span className="clip" style={{ flex: 1 }}>{one.name}</span><Button size="compact-sm" variant="default" loading={back.isPending} onClick={() => back.mutate(one.id)} aria-label={`Restore ${one.name}`}>Restore</Button></li>
        ))}
      </ul>
      <Problem text={(deleted.error ?? back.error)?.message} />
    </details>
  )
}
