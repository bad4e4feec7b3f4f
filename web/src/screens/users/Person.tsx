import { Anchor, Group, Skeleton, Tabs, Text } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { Link, useNavigate, useSearch } from '@tanstack/react-router'
import { ApiError } from '../../api/client'
import { type PersonDetails, personQuery } from '../../api/people'
import { useProject } from '../../app/project'
import { CopyButton } from '../../components/CopyButton'
import { Failure } from '../../components/Failure'
import { Page } from '../../components/Page'
import { ago, full, moment } from '../../lib/format'
import { nameOf } from '../../lib/people'
import type { Search } from '../../lib/report'
import { Activity } from './Activity'
import { History } from './History'
import { Identity } from './Identity'
import { Profile } from './Profile'

const TABS = [
  { value: 'activity', label: 'Activity' },
  { value: 'history', label: 'Property history' },
  { value: 'identity', label: 'Ids and links' },
]

/** One person: the profile as it is now, what they did, how their properties changed, and which ids are theirs. */
export function Person() {
  const project = useProject()
  const { id = '' } = useSearch({ strict: false }) as Search
  const person = useQuery(personQuery(project.id, id))
  if (person.data) return <Known key={person.data.person} person={person.data} id={id} />
  return (
    <Page title={id || 'Nobody'} aside={<Back />}>
      {person.error ? <NotThere error={person.error} id={id} retry={() => void person.refetch()} /> : <Loading />}
    </Page>
  )
}

function Known({ person, id }: { person: PersonDetails; id: string }) {
  const name = nameOf(person.id, person.properties)
  const { tab, choose } = useTab(id)
  return (
    <Page title={name} lead={<Lead person={person} named={name !== person.id} />} aside={<Back />} width={1360}>
      <div className="person">
        <Profile person={person} />
        <div className="card person-tabs">
          <Tabs value={tab} onChange={(next) => next && choose(next)} keepMounted={false}>
            <Tabs.List>
              {TABS.map(({ value, label }) => <Tabs.Tab key={value} value={value} data-testid={`tab-${value}`}>{label}</Tabs.Tab>)}
            </Tabs.List>
            <Tabs.Panel value="activity"><Activity id={person.id} /></Tabs.Panel>
            <Tabs.Panel value="history"><History id={person.id} /></Tabs.Panel>
            <Tabs.Panel value="identity"><Identity id={id} person={person} /></Tabs.Panel>
          </Tabs>
        </div>
      </div>
    </Page>
  )
}

function Lead({ person, named }: { person: PersonDetails; named: boolean }) {
  const { timezone } = useProject()
  const seen = (time: number) => <time dateTime={new Date(time).toISOString()} title={`${moment(time, timezone)} (${timezone})`}>{ago(Date.now() - time)}</time>
  return (
    <span className="person-lead">
      {named && <span className="person-id"><code className="clip" title={person.id}>{person.id}</code><CopyButton text={() => person.id} name="Copy the id" /></span>}
      <span data-testid="person-events">{full(person.events)} {person.events === 1 ? 'event' : 'events'}</span>
      {person.first_seen !== null && <span>first seen {seen(person.first_seen)}</span>}
      {person.last_seen !== null && <span>last seen {seen(person.last_seen)}</span>}
      {person.ids.length > 1 && <span>{full(person.ids.length)} ids</span>}
    </span>
  )
}

function useTab(id: string): { tab: string; choose: (tab: string) => void } {
  const { tab } = useSearch({ strict: false }) as Search
  const project = useProject()
  const navigate = useNavigate()
  const choose = (next: string) => void navigate({ to: `/p/${project.id}/users/person`, search: { id, tab: next } as never, replace: true, resetScroll: false })
  return { tab: TABS.some(({ value }) => value === tab) ? tab! : 'activity', choose }
}

function NotThere({ error, id, retry }: { error: Error; id: string; retry: () => void }) {
  if (!(error instanceof ApiError && error.status === 404)) return <Failure error={error} retry={retry} />
  return (
    <div className="card part" data-testid="no-person">
      <Text fw={600}>Nobody is known by this id</Text>
      <Text size="sm" c="dimmed" className="anywhere">{id ? `No event and no profile was ever received under “${id}” in this project.` : 'The address names no id.'}</Text>
    </div>
  )
}

function Back() {
  const project = useProject()
  return <Anchor size="sm" renderRoot={(props) => <Link {...props} to={`/p/${project.id}/users` as never} />}>All users</Anchor>
}

function Loading() {
  return (
    <Group align="flex-start" wrap="nowrap" role="status" aria-label="Loading">
      <Skeleton height={320} maw={340} />
      <Skeleton height={480} />
    </Group>
  )
}
