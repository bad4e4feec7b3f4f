import { Button, Group, Loader, Text } from '@mantine/core'
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { type ReactNode, useEffect, useState } from 'react'
import { answerQuery } from '../api/queries'
import type { Answered, Question } from '../api/types'
import { useProject } from '../app/project'
import { Failure } from '../components/Failure'
import { withoutUnfinished } from '../lib/filters'
import { AnswerBar } from './AnswerBar'
import { BarContext } from './InBar'
import { REFRESH } from './keys'
import { useElapsed } from './useElapsed'

const QUIET_MS = 250

type Props<Q extends Question> = {
  question: Q
  /** What the question still lacks before it can be asked. */
  lacking?: string | null
  children: (answered: Answered<Q>) => ReactNode
}

/** The answer to a question: asked, waited for, cancelled, refused or shown. */
export function Result<Q extends Question>({ question, lacking, ...rest }: Props<Q>) {
  if (lacking) return <Unfinished text={lacking} />
  return <Asking question={withoutUnfinished(question)} {...rest} />
}

function Asking<Q extends Question>({ question, children }: Omit<Props<Q>, 'lacking'>) {
  const project = useProject()
  const client = useQueryClient()
  const [bar, setBar] = useState<HTMLElement | null>(null)
  const query = answerQuery<Q>(project.id, question)
  const answer = useQuery(query)
  const asking = answer.fetchStatus === 'fetching'
  const waiting = asking && (!answer.data || answer.isPlaceholderData)
  const elapsed = useElapsed(waiting, question)
  const cancel = () => void client.cancelQueries({ queryKey: query.queryKey })
  const ask = () => void answer.refetch()
  useRefresh(ask)

  if (answer.error && (!answer.data || answer.isPlaceholderData)) return <Failed error={answer.error} retry={ask} />
  if (!waiting && (!answer.data || answer.isPlaceholderData)) return <Cancelled ask={ask} />
  const slow = waiting && elapsed >= QUIET_MS
  // What was asked before stands there until the new answer is in, but only under the same kind of report.
  const shown = answer.data?.question.type === question.type ? answer.data : undefined
  return (
    <div style={{ position: 'relative', minHeight: 320 }} aria-busy={waiting} data-testid="result">
      {slow && <Waiting elapsed={elapsed} cancel={cancel} />}
      {shown && (
        <div className={slow ? 'busy' : undefined} inert={slow}>
          <AnswerBar explanation={shown.answer.explanation} timezone={shown.answer.timezone} refresh={ask} refreshing={asking && !waiting} slot={setBar} />
          <BarContext value={bar}>{children(shown)}</BarContext>
        </div>
      )}
    </div>
  )
}

function useRefresh(ask: () => void) {
  useEffect(() => {
    window.addEventListener(REFRESH, ask)
    return () => window.removeEventListener(REFRESH, ask)
  })
}

function Waiting({ elapsed, cancel }: { elapsed: number; cancel: () => void }) {
  return (
    <Group className="waiting" role="status" data-testid="loading">
      <Loader size="sm" />
      <Text className="number" size="sm">Counting… {(elapsed / 1000).toFixed(1)} s</Text>
      <Button size="compact-sm" variant="default" onClick={cancel} data-testid="cancel">Cancel</Button>
    </Group>
  )
}

function Cancelled({ ask }: { ask: () => void }) {
  return (
    <Group justify="center" py={100} data-testid="cancelled">
      <Text c="dimmed">Cancelled.</Text>
      <Button size="compact-sm" onClick={ask}>Ask again</Button>
    </Group>
  )
}

function Unfinished({ text }: { text: string }) {
  return <Text c="dimmed" ta="center" py={100} px="md" data-testid="unfinished">{text}</Text>
}

function Failed({ error, retry }: { error: Error; retry: () => void }) {
  return (
    <div style={{ display: 'grid', placeItems: 'center', minHeight: 320, padding: 16 }}>
      <Failure error={error} retry={retry} />
    </div>
  )
}
