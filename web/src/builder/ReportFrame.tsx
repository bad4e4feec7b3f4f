import { ActionIcon, Group, Tooltip } from '@mantine/core'
import type { ReactNode } from 'react'
import { useQuery } from '@tanstack/react-query'
import { reportsQuery } from '../api/saved'
import type { Question } from '../api/types'
import { useProject } from '../app/project'
import { RedoIcon, UndoIcon } from '../components/icons'
import { Page } from '../components/Page'
import { copy } from '../lib/copy'
import { DisplayContext } from './display'
import { refresh, useShortcuts } from './keys'
import { SaveMenu } from './SaveMenu'
import type { Asked } from './useAsked'

const press = (testId: string) => () => document.querySelector<HTMLElement>(`[data-testid="${testId}"]`)?.click()

type Props<Q extends Question> = { title: string; lead: string; asked: Asked<Q>; builder: ReactNode; toolbar: ReactNode; children: ReactNode }

/** A report's screen: what is asked on the left, the answer on the right; one above the other where it is narrow. */
export function ReportFrame<Q extends Question>({ title, lead, asked, builder, toolbar, children }: Props<Q>) {
  const { undo, redo } = asked
  const project = useProject()
  const saved = useQuery({ ...reportsQuery(project.id), enabled: asked.report !== null }).data?.find((one) => one.id === asked.report)
  useShortcuts([
    { keys: 'shift+R', name: 'Ask again', act: refresh },
    { keys: 'shift+U', name: 'Copy the link', act: () => void copy(location.href) },
    { keys: 'shift+E', name: 'Add an event', act: press('add-event') },
    { keys: 'shift+F', name: 'Add a filter', act: press('filter') },
    { keys: 'shift+G', name: 'Group by a property', act: press('breakdown') },
    { keys: 'shift+S', name: 'Save', act: press('save') },
    ...(asked.report === null ? [] : [{ keys: 'shift+D', name: 'Duplicate as a new question', act: () => asked.become({ question: asked.question, display: asked.display, report: null }) }]),
    { keys: 'mod+Z', name: 'Undo', act: () => undo?.() },
    { keys: 'mod+shift+Z', name: 'Redo', act: () => redo?.() },
  ])
  return (
    <Page title={saved?.name ?? title} lead={saved ? saved.description || title : lead} width={1560} aside={<Aside asked={asked} />}>
      <div className="report">
        <div className="card builder" data-testid="builder">{builder}</div>
        <div className="card answer">
          <div className="toolbar">{toolbar}</div>
          <DisplayContext value={{ display: asked.display, show: asked.show }}>{children}</DisplayContext>
        </div>
      </div>
    </Page>
  )
}

function Aside<Q extends Question>({ asked }: { asked: Asked<Q> }) {
  return (
    <Group gap={6}>
      <Step name="Undo" act={asked.undo} icon={<UndoIcon size={16} />} />
      <Step name="Redo" act={asked.redo} icon={<RedoIcon size={16} />} />
      <SaveMenu asked={asked} />
    </Group>
  )
}

function Step({ name, act, icon }: { name: string; act: (() => void) | null; icon: ReactNode }) {
  return (
    <Tooltip label={name}>
      <ActionIcon variant="default" size={30} disabled={!act} onClick={() => act?.()} aria-label={name} data-testid={name.toLowerCase()}>{icon}</ActionIcon>
    </Tooltip>
  )
}
