import { Button, Group, Stack, Text, TextInput } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { useRef, useState } from 'react'
import { type Annotation, annotate, annotationsQuery, unannotate } from '../api/annotations'
import { useProject } from '../app/project'
import type { Axis } from '../charts/axis'
import { FlagIcon } from '../components/icons'
import { Problem } from '../components/Problem'
import { useAction } from '../components/useAction'
import { instantOf, today } from '../lib/dates'
import { moment } from '../lib/format'
import { mayEdit } from '../lib/roles'
import { BarPopover } from './BarPopover'
import { Remove } from './FilterEditor'

const SHOWN = 50

/** A button above a chart over time: what happened when, for all charts of the project. */
export function Annotate({ axis }: { axis: Axis }) {
  const project = useProject()
  const { data } = useQuery(annotationsQuery(project.id))
  const spans = axis.spans ?? []
  const within = (data ?? []).filter(({ content }) => content.time < (spans.at(-1)?.end ?? 0) && (content.until ?? content.time) >= (spans[0]?.start ?? 0))
  const edits = mayEdit(project.role)
  if (spans.length === 0 || (!edits && within.length === 0)) return null
  return (
    <BarPopover name="Annotations" icon={<FlagIcon size={15} />} width={320} testId="annotations">
      {within.length === 0 && <Text size="sm" c="dimmed">Nothing is noted in this range.</Text>}
      {within.length > 0 && (
        <ul className="rows notes">
          {within.toSorted((a, b) => a.content.time - b.content.time).slice(0, SHOWN).map((one) => <Note key={one.id} note={one} edits={edits} />)}
        </ul>
      )}
      {edits && <Add first={axis.dates?.[0]} />}
    </BarPopover>
  )
}

function Note({ note, edits }: { note: Annotation; edits: boolean }) {
  const project = useProject()
  const drop = useAction(() => unannotate(project.id, note.id), [['annotations', project.id]])
  return (
    <li data-testid="annotation">
      <div style={{ flex: 1, minWidth: 0 }}>
        <div className="anywhere">{note.name}</div>
        <div className="hint">{moment(note.content.time, project.timezone)}</div>
      </div>
      {edits && <Remove name={note.name} act={() => drop.mutate()} />}
      <Problem text={drop.error?.message} />
    </li>
  )
}

function Add({ first }: { first: string | undefined }) {
  const project = useProject()
  const input = useRef<HTMLInputElement>(null)
  const [name, setName] = useState('')
  const [day, setDay] = useState(() => today(project.timezone))
  const add = useAction(() => annotate(project.id, name.trim(), instantOf(day, project.timezone)), [['annotations', project.id]], () => {
    setName('')
    input.current?.focus()
  })
  return (
    <form onSubmit={(event) => { event.preventDefault(); add.mutate() }}>
      <Stack gap={6}>
        <TextInput ref={input} size="xs" label="What happened" placeholder="Version 2 is out" maxLength={255} data-autofocus value={name} onChange={(event) => setName(event.currentTarget.value)} data-testid="annotation-name" />
        <Group gap={6} align="flex-end">
          <TextInput size="xs" type="date" label="Day" flex={1} min={first?.slice(0, 10)} value={day} onChange={(event) => setDay(event.currentTarget.value)} data-testid="annotation-day" />
          <Button size="xs" type="submit" loading={add.isPending} disabled={!name.trim() || !day}>Note it</Button>
        </Group>
        <Problem text={add.error?.message} />
      </Stack>
    </form>
  )
}
