import { Button, Group, SegmentedControl, Skeleton, Text, TextInput } from '@mantine/core'
import { useDebouncedCallback } from '@mantine/hooks'
import { useInfiniteQuery } from '@tanstack/react-query'
import { useNavigate, useSearch } from '@tanstack/react-router'
import { useEffect, useRef, useState } from 'react'
import { type Order, type PeopleSearch, searchQuery } from '../../api/people'
import { useProject } from '../../app/project'
import { FilterEditor } from '../../builder/FilterEditor'
import { Failure } from '../../components/Failure'
import { SearchIcon } from '../../components/icons'
import { Page } from '../../components/Page'
import { withoutUnfinished } from '../../lib/filters'
import { full } from '../../lib/format'
import { readSearch, writeSearch } from '../../lib/people'
import type { Search } from '../../lib/report'
import { PeopleTable } from './PeopleTable'

const TYPING_MS = 250
const ORDERS: { value: Order; label: string }[] = [{ value: 'updated', label: 'Profile changed last' }, { value: 'recent', label: 'Seen last' }]

/** Everybody, to look for: by id, name or e-mail address, by properties, by cohorts. What is looked for is in the address. */
export function Users() {
  const project = useProject()
  const { search, become } = useLookedFor()
  const asked = { ...search, filter: withoutUnfinished({ filter: search.filter }).filter }
  const found = useInfiniteQuery({ ...searchQuery(project.id, asked), placeholderData: (before) => before })
  const people = found.data?.pages.flatMap((page) => page.people)
  const narrowed = asked.text !== '' || asked.filter !== null
  return (
    <Page title="Users" lead="Who was here, with their profiles as they are now" width={1240}>
      <Group gap="sm">
        <TextSearch text={search.text} choose={(text) => become({ ...search, text })} />
        <SegmentedControl size="sm" aria-label="Order" data={ORDERS} value={search.order} onChange={(order) => become({ ...search, order: order as Order })} data-testid="people-order" />
      </Group>
      <div className="card people-filter">
        <FilterEditor filter={search.filter} change={(filter) => become({ ...search, filter })} event={null} atEvent={false} only="user" />
      </div>
      {found.error && !found.data && <Failure error={found.error} retry={() => void found.refetch()} />}
      {found.isPending && <Loading />}
      {people && (
        <div className={found.isPlaceholderData ? 'busy' : undefined} aria-busy={found.isPlaceholderData} data-testid="people">
          {people.length > 0 ? <PeopleTable people={people} order={search.order} /> : <Nobody narrowed={narrowed} clear={() => become({ ...search, text: '', filter: null })} />}
          {people.length > 0 && (
            <Group justify="space-between" mt="sm">
              <Text size="sm" c="dimmed" role="status">{full(people.length)} shown{found.hasNextPage ? ', and there are more' : ''}</Text>
              {found.hasNextPage && <Button size="xs" variant="default" loading={found.isFetchingNextPage} onClick={() => void found.fetchNextPage()} data-testid="more-people">Show more</Button>}
            </Group>
          )}
        </div>
      )}
    </Page>
  )
}

function useLookedFor(): { search: PeopleSearch; become: (next: PeopleSearch) => void } {
  const search = useSearch({ strict: false }) as Search
  const project = useProject()
  const navigate = useNavigate()
  const become = (next: PeopleSearch) => void navigate({ to: `/p/${project.id}/users`, search: writeSearch(next) as never, resetScroll: false, replace: true })
  return { search: readSearch(search), become }
}

function TextSearch({ text: asked, choose }: { text: string; choose: (text: string) => void }) {
  const [text, setText] = useState(asked)
  const sent = useRef(asked)
  const soon = useDebouncedCallback((next: string) => {
    sent.current = next
    choose(next)
  }, TYPING_MS)
  // The address may also change by a link or a button; what was typed here meanwhile stays.
  useEffect(() => {
    if (asked === sent.current) return
    sent.current = asked
    setText(asked)
  }, [asked])
  return (
    <TextInput
      leftSection={<SearchIcon size={16} />}
      placeholder="Id, name or e-mail address"
      aria-label="Search people"
      maxLength={255}
      value={text}
      onChange={(event) => {
        setText(event.currentTarget.value)
        soon(event.currentTarget.value)
      }}
      style={{ flex: '1 1 240px' }}
      maw={420}
      data-testid="people-search"
    />
  )
}

function Nobody({ narrowed, clear }: { narrowed: boolean; clear: () => void }) {
  return (
    <div className="card part" data-testid="nobody">
      <Text fw={600}>{narrowed ? 'Nobody fits' : 'Nobody yet'}</Text>
      <Text size="sm" c="dimmed">
        {narrowed
          ? 'Ids are searched by how they begin, names and e-mail addresses by any part. Conditions are about profiles as they are now.'
          : 'People appear here with their first event or profile.'}
      </Text>
      {narrowed && <Button mt="sm" size="xs" variant="default" onClick={clear}>Show everybody</Button>}
    </div>
  )
}

function Loading() {
  return (
    <div className="card" role="status" aria-label="Loading">
      {Array.from({ length: 8 }, (_, place) => <Skeleton key={place} height={18} m="md" w="auto" />)}
    </div>
  )
}
