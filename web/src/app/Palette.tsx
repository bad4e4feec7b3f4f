import { Button, Kbd, Modal, TextInput } from '@mantine/core'
import { useDisclosure, useWindowEvent } from '@mantine/hooks'
import { useQuery } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { type KeyboardEvent, useId, useMemo, useState } from 'react'
import { namesQuery } from '../api/queries'
import { cohortsQuery, dashboardsQuery, reportsQuery } from '../api/saved'
import { SEARCH, keyName, openSearch, useShortcuts } from '../builder/keys'
import { SearchIcon } from '../components/icons'
import { type Target, found } from '../lib/palette'
import { type Display, chartOf, writeDisplay } from '../lib/report'
import { addressOf, titleOf } from '../lib/reports'
import { useProject } from './project'
import { SCREENS } from './screens'

/** A way to everything by its name: screens, what is saved, charts of events, people. Opened with Ctrl or Cmd and K. */
export function Palette() {
  const [opened, { open, close }] = useDisclosure()
  useShortcuts([{ keys: 'mod+K', name: 'Search and jump', act: open }])
  useWindowEvent(SEARCH, open)
  return (
    <Modal.Root opened={opened} onClose={close} size={560} yOffset="12vh">
      <Modal.Overlay />
      <Modal.Content aria-label="Search and jump"><Modal.Body p={0}>{opened && <Search close={close} />}</Modal.Body></Modal.Content>
    </Modal.Root>
  )
}

export function PaletteButton() {
  return (
    <Button variant="default" size="xs" fullWidth mt={8} justify="space-between" leftSection={<SearchIcon size={14} />} rightSection={<Kbd size="xs">{keyName('mod')} K</Kbd>} styles={{ label: { flex: 1 } }} c="dimmed" fw={400} onClick={openSearch} data-testid="palette-button">
      Search
    </Button>
  )
}

function Search({ close }: { close: () => void }) {
  const project = useProject()
  const navigate = useNavigate()
  const list = useId()
  const [text, setText] = useState('')
  const [at, setAt] = useState(0)
  const targets = useTargets(project.id)
  const shown = useMemo(() => [...found(targets, text), ...peopleOf(project.id, text)], [targets, text, project.id])
  const go = ({ to, search }: Target) => {
    close()
    void navigate({ to, search: (search ?? {}) as never })
  }
  const press = (event: KeyboardEvent) => {
    if (event.key === 'Enter' && shown[at]) return go(shown[at])
    const next = event.key === 'ArrowDown' ? at + 1 : event.key === 'ArrowUp' ? at - 1 : null
    if (next === null || shown.length === 0) return
    event.preventDefault()
    const place = (next + shown.length) % shown.length
    setAt(place)
    document.getElementById(`${list}-${place}`)?.scrollIntoView({ block: 'nearest' })
  }
  return (
    <div data-testid="palette">
      <TextInput
        autoFocus
        data-autofocus
        size="md"
        variant="unstyled"
        px="md"
        leftSection={<SearchIcon size={17} />}
        placeholder="Screens, reports, dashboards, cohorts, events, people"
        aria-label="Search and jump"
        role="combobox"
        aria-expanded
        aria-controls={list}
        aria-activedescendant={shown[at] ? `${list}-${at}` : undefined}
        value={text}
        onChange={(event) => {
          setText(event.currentTarget.value)
          setAt(0)
        }}
        onKeyDown={press}
      />
      <div id={list} role="listbox" aria-label="Found" className="palette">
        {shown.map((target, place) => (
          <div key={`${target.kind} ${target.key}`} id={`${list}-${place}`} role="option" aria-selected={place === at} className="palette-row" onPointerMove={() => setAt(place)} onClick={() => go(target)} data-testid="target">
            <span className="clip" style={{ flex: '0 1 auto' }}>{target.label}</span>
            {target.hint && <span className="clip hint" style={{ flex: 1 }}>{target.hint}</span>}
            <span className="hint" style={{ marginLeft: 'auto' }}>{target.kind}</span>
          </div>
        ))}
        {shown.length === 0 && <div className="palette-none">Nothing of that name</div>}
      </div>
    </div>
  )
}

const peopleOf = (project: number, text: string): Target[] =>
  text.trim() ? [{ key: 'people', kind: 'People', label: `Find people: ${text.trim()}`, to: `/p/${project}/users`, search: { text: text.trim() } }] : []

function useTargets(project: number): Target[] {
  const reports = useQuery(reportsQuery(project)).data
  const boards = useQuery(dashboardsQuery(project)).data
  const cohorts = useQuery(cohortsQuery(project)).data
  const names = useQuery(namesQuery(project)).data
  return useMemo(() => {
    const to = (path: string) => `/p/${project}/${path}`
    return [
      ...SCREENS.flatMap(({ title, entries }) => entries.map(({ path, label }) => ({ key: path, kind: 'Screen', label, hint: title || undefined, to: to(path) }))),
      ...(boards ?? []).map(({ id, name, description }) => ({ key: String(id), kind: 'Dashboard', label: name, hint: description || undefined, to: to(`dashboards/${id}`) })),
      ...(reports ?? []).map(({ id, name, content: { question, display } }) => ({
        key: String(id), kind: 'Report', label: name, hint: titleOf(question), to: to(addressOf(question)), search: { q: JSON.stringify(question), ...writeDisplay(display as Display), report: String(id) },
      })),
      ...(cohorts ?? []).map(({ id, name, description }) => ({ key: String(id), kind: 'Cohort', label: name, hint: description || undefined, to: to(`cohorts/${id}`) })),
      ...(names ?? []).filter(({ hidden }) => !hidden).map(({ name, display_name }) => ({ key: name, kind: 'Chart of an event', label: display_name || name || '(no name)', hint: display_name ? name : undefined, to: to('insights'), search: chartOf(name) })),
    ]
  }, [project, reports, boards, cohorts, names])
}
