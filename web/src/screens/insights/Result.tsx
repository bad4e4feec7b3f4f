import { Button, Group, Loader, Text } from '@mantine/core'
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { answerQuery } from '../../api/queries'
import type { Question } from '../../api/types'
import { useProject } from '../../app/project'
import { Failure } from '../../components/Failure'
import { today } from '../../lib/dates'
import { type Report, questionOf } from '../../lib/report'
import { Empty } from './Empty'
import { Shown } from './Shown'
import { useElapsed } from './useElapsed'
import type { Change } from './useReport'

const QUIET_MS = 250

/** The answer to a report's question: asked, waited for, cancelled, refused or shown. */
export function Result({ report, change }: { report: Report; change: Change }) {
  const project = useProject()
  const client = useQueryClient()
  const question = questionOf(report, today(project.timezone))
  const query = answerQuery(project.id, question)
  const answer = useQuery(query)
  const asking = answer.fetchStatus === 'fetching'
  const waiting = asking && (!answer.data || answer.isPlaceholderData)
  const elapsed = useElapsed(waiting, question)
  const cancel = () => void client.cancelQueries({ queryKey: query.queryKey })
  const ask = () => void answer.refetch()

  if (answer.error && (!answer.data || answer.isPlaceholderData)) return <Failed error={answer.error} retry={ask} />
  if (!waiting && (!answer.data || answer.isPlaceholderData)) return <Cancelled ask={ask} />
  return (
    <div style={{ position: 'relative', minHeight: 320 }} aria-busy={waiting}>
      {waiting && elapsed >= QUIET_MS && <Waiting elapsed={elapsed} cancel={cancel} />}
      {answer.data && (
        <div className={waiting && elapsed >= QUIET_MS ? 'busy' : undefined} inert={waiting && elapsed >= QUIET_MS}>
          <Shown
            key={shownFor(answer.data.question)}
            {...answer.data}
            view={report.view}
            empty={<Empty report={report} change={change} />}
            refresh={ask}
            refreshing={asking && !waiting}
          />
        </div>
      )}
    </div>
  )
}

/** Which lines are ticked outlives another range, but not another event or breakdown. */
const shownFor = ({ metrics, breakdowns }: Question) => JSON.stringify([metrics[0]?.event, breakdowns])

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

function Failed({ error, retry }: { error: Error; retry: () => void }) {
  return (
    <div style={{ display: 'grid', placeItems: 'center', minHeight: 320, padding: 16 }}>
      <Failure error={error} retry={retry} />
    </div>
  )
}
