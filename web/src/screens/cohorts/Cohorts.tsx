import { Button, Group, Skeleton, Text, TextInput } from '@mantine/core'
import { useDisclosure } from '@mantine/hooks'
import { useQuery } from '@tanstack/react-query'
import { Link, useNavigate } from '@tanstack/react-router'
import { useState } from 'react'
import { sizeQuery } from '../../api/cohorts'
import { type CohortContent, type Saved, cohortsQuery } from '../../api/saved'
import { useProject } from '../../app/project'
import { Failure } from '../../components/Failure'
import { PlusIcon, SearchIcon } from '../../components/icons'
import { Page } from '../../components/Page'
import { inWords } from '../../lib/cohorts'
import { ago, full, moment } from '../../lib/format'
import { mayEdit } from '../../lib/roles'
import { Upload } from './Upload'

/** Sizes are counted when they are looked at; of more cohorts than this only on their own pages. */
const SIZES_OF = 30

/** All cohorts of the project: groups of people to filter and split reports by. */
export function Cohorts() {
  const project = useProject()
  const cohorts = useQuery(cohortsQuery(project.id))
  const [text, setText] = useState('')
  const wanted = text.trim().toLowerCase()
  const found = cohorts.data?.filter((one) => `${one.name} ${one.description}`.toLowerCase().includes(wanted))
  return (
    <Page title="Cohorts" lead="Groups of people, by what they did and what they are" width={1100} aside={mayEdit(project.role) && <New />}>
      {cohorts.error && !cohorts.data && <Failure error={cohorts.error} retry={() => void cohorts.refetch()} />}
      {cohorts.isPending && <div className="card" role="status" aria-label="Loading">{Array.from({ length: 4 }, (_, place) => <Skeleton key={place} height={18} m="md" w="auto" />)}</div>}
      {cohorts.data?.length === 0 && <None edits={mayEdit(project.role)} />}
      {cohorts.data && cohorts.data.length > 0 && (
        <TextInput leftSection={<SearchIcon size={16} />} placeholder="Search cohorts" aria-label="Search cohorts" value={text} onChange={(event) => setText(event.currentTarget.value)} maw={360} />
      )}
      {found && found.length > 0 && <Table cohorts={found} />}
      {cohorts.data && cohorts.data.length > 0 && found?.length === 0 && <Text c="dimmed">No cohort fits the search.</Text>}
    </Page>
  )
}

function New() {
  const project = useProject()
  const navigate = useNavigate()
  const [open, { open: upload, close }] = useDisclosure()
  return (
    <Group gap={8}>
      <Button size="xs" variant="default" onClick={upload} data-testid="upload">Upload a list</Button>
      <Button size="xs" leftSection={<PlusIcon size={14} />} onClick={() => void navigate({ to: `/p/${project.id}/cohorts/new` })} data-testid="new-cohort">New cohort</Button>
      <Upload opened={open} close={close} />
    </Group>
  )
}

function None({ edits }: { edits: boolean }) {
  return (
    <div className="card part" data-testid="no-cohorts">
      <Text fw={600}>No cohorts yet</Text>
      <Text size="sm" c="dimmed">
        {edits ? 'Build one from conditions, upload a list of ids, or click a number in any report and save the people behind it.' : 'Editors of the project can make cohorts.'}
      </Text>
    </div>
  )
}

function Table({ cohorts }: { cohorts: Saved<CohortContent>[] }) {
  return (
    <div className="card" style={{ overflow: 'hidden' }}>
      <table className="issue-table" aria-label="Cohorts" data-testid="cohorts">
        <thead>
          <tr>
            <th scope="col">Cohort</th>
            <th scope="col" className="wide">Who is in it</th>
            <th scope="col" className="figure issue-records">People</th>
            <th scope="col" className="figure wide cohort-changed">Changed</th>
          </tr>
        </thead>
        <tbody>{cohorts.map((cohort, place) => <Row key={cohort.id} cohort={cohort} counted={place < SIZES_OF} />)}</tbody>
      </table>
    </div>
  )
}

function Row({ cohort, counted }: { cohort: Saved<CohortContent>; counted: boolean }) {
  const project = useProject()
  const words = inWords(cohort.content.cohort.condition)
  return (
    <tr data-testid="cohort">
      <td>
        <Link to={`/p/${project.id}/cohorts/${cohort.id}` as never} className="plain-link clip person-name" title={cohort.name}>{cohort.name}</Link>
        {cohort.description && <span className="clip hint person-name" title={cohort.description}>{cohort.description}</span>}
      </td>
      <td className="wide"><Text fz={13} lh="inherit" lineClamp={2} className="anywhere" title={words}>{words}</Text></td>
      <td className="figure">{counted ? <Size content={cohort.content} /> : <span className="hint">–</span>}</td>
      <td className="figure wide"><span title={`${moment(cohort.updated, project.timezone)} by ${cohort.updated_by}`}>{ago(Date.now() - cohort.updated)}</span></td>
    </tr>
  )
}

function Size({ content }: { content: CohortContent }) {
  const project = useProject()
  const size = useQuery(sizeQuery(project.id, content.cohort))
  if (size.error) return <span className="hint" title={size.error.message}>cannot be counted</span>
  return size.data === undefined ? <Skeleton height={14} mt={5} /> : <span data-testid="size">{full(size.data)}</span>
}
