import { Button, Drawer, Group, Skeleton, Text, TextInput } from '@mantine/core'
import { useInfiniteQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { useState } from 'react'
import { type Behind, type Selected, behindQuery, everybodyBehind, listBehind } from '../api/behind'
import { useProject } from '../app/project'
import { Failure } from '../components/Failure'
import { DownloadIcon } from '../components/icons'
import { Problem } from '../components/Problem'
import { useAction } from '../components/useAction'
import { download, toCsv } from '../lib/csv'
import { full } from '../lib/format'
import { nameOf, summaryOf } from '../lib/people'
import { mayEdit } from '../lib/roles'

/** The people behind a mark of a chart: how many, who, and what can be made of them. */
export function PeopleBehind({ selected, close }: { selected: Selected | null; close: () => void }) {
  return (
    <Drawer
      opened={selected !== null}
      onClose={close}
      position="right"
      size={460}
      title={<Text fw={650} className="anywhere">{selected?.title}</Text>}
      closeButtonProps={{ 'aria-label': 'Close' }}
    >
      {selected && <People key={JSON.stringify(selected)} selected={selected} />}
    </Drawer>
  )
}

/** `keep`: whether those who may can save them as a cohort. */
export function People({ selected, keep = true }: { selected: Selected; keep?: boolean }) {
  const project = useProject()
  const people = useInfiniteQuery(behindQuery(project.id, selected))
  const pages = people.data?.pages ?? []
  if (people.error && !people.data) return <Failure error={people.error} retry={() => void people.refetch()} />
  if (!people.data) return Array.from({ length: 8 }, (_, place) => <Skeleton key={place} height={34} mb="sm" />)
  const count = pages[0]!.count
  return (
    <div data-testid="people-behind">
      <Group justify="space-between" mb="sm">
        <Text fw={650} className="number" data-testid="people-count">{full(count)} {count === 1 ? 'person' : 'people'}</Text>
        <Csv selected={selected} />
      </Group>
      {keep && count > 0 && mayEdit(project.role) && <AsCohort selected={selected} />}
      {pages.flatMap((page) => page.people).map((person) => <Person key={person.who} person={person} />)}
      {count === 0 && <Text size="sm" c="dimmed">Nobody is behind this.</Text>}
      {people.hasNextPage && <Button mt="sm" size="xs" variant="default" loading={people.isFetchingNextPage} onClick={() => void people.fetchNextPage()}>Show more</Button>}
    </div>
  )
}

function Person({ person }: { person: Behind }) {
  const project = useProject()
  const name = nameOf(person.id, person.properties ?? {})
  return (
    <Link to={`/p/${project.id}/users/person` as never} search={{ id: person.id } as never} className="person-row" data-testid="person-behind">
      <span className="clip" style={{ fontWeight: 550 }}>{name}</span>
      <span className="clip hint">{[name === person.id ? '' : person.id, summaryOf(person.properties ?? {})].filter(Boolean).join(' · ')}</span>
    </Link>
  )
}

/** Everybody of now as a cohort, to filter and split other reports by. */
function AsCohort({ selected }: { selected: Selected }) {
  const project = useProject()
  const [name, setName] = useState(selected.title.slice(0, 200))
  const save = useAction(() => listBehind(project.id, selected, name.trim()), [['cohorts', project.id]])
  if (save.data) return <Text size="sm" mb="sm" role="status" data-testid="cohort-saved">Saved as the cohort “{save.data.name}”.</Text>
  return (
    <form onSubmit={(event) => { event.preventDefault(); save.mutate() }}>
      <Group gap={6} mb="sm" wrap="nowrap">
        <TextInput size="xs" flex={1} aria-label="Name of the cohort" value={name} onChange={(event) => setName(event.currentTarget.value)} data-testid="cohort-name" />
        <Button size="xs" variant="light" type="submit" loading={save.isPending} disabled={!name.trim()} data-testid="save-cohort">Save as a cohort</Button>
      </Group>
      <Problem text={save.error?.message} />
    </form>
  )
}

/** Everybody as a file, however many pages that takes. */
function Csv({ selected }: { selected: Selected }) {
  const project = useProject()
  const [read, setRead] = useState(0)
  const make = useAction(async () => {
    const people = await everybodyBehind(project.id, selected, setRead)
    download('people.csv', toCsv(people.map(({ id, properties }) => ({ id, ...properties }))))
  }, [])
  return (
    <>
      <Button size="compact-sm" variant="default" leftSection={<DownloadIcon size={14} />} loading={make.isPending} onClick={() => make.mutate()} data-testid="people-csv">CSV</Button>
      {make.isPending && read > 0 && <Text size="xs" c="dimmed" role="status">{full(read)} read…</Text>}
      <Problem text={make.error?.message} />
    </>
  )
}
