import { Box, Skeleton, Text, Title } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { useMemo } from 'react'
import { figureQuery } from '../../api/queries'
import type { SegmentationAnswer } from '../../api/types'
import { useProject } from '../../app/project'
import { useDark } from '../../app/theme'
import { timeAxis } from '../../charts/axis'
import { LazyChart } from '../../charts/LazyChart'
import { inWords, linesOf } from '../../charts/lines'
import { Failure } from '../../components/Failure'
import { today } from '../../lib/dates'
import { DAYS, type Figure, before, recent } from '../../lib/figures'
import { change, full } from '../../lib/format'

const HEIGHT = 168

/** A number over the last days, its change against the days before, and its line. */
export function FigureCard({ figure }: { figure: Figure }) {
  const project = useProject()
  const now = useQuery(figureQuery(project.id, recent(figure)))
  const then = useQuery(figureQuery(project.id, before(figure, today(project.timezone))))
  const number = now.data?.series[0]?.overall
  return (
    <section className="card" style={{ padding: '14px 16px 10px', height: '100%' }} aria-label={figure.title} data-testid={`card-${figure.id}`}>
      <Title order={2} fz="sm" fw={550} c="dimmed" title={figure.help}>{figure.title}</Title>
      {now.error && !now.data ? (
        <Failure error={now.error} retry={() => void now.refetch()} />
      ) : (
        <>
          {number == null ? (
            <Skeleton height={28} width={110} my={5} />
          ) : (
            <Text fz={28} fw={700} lh={1.35} className="number" data-testid={`value-${figure.id}`}>{full(number)}</Text>
          )}
          <Box mih={22} mb={8}>
            {number != null && then.data && <Delta id={figure.id} now={number} before={then.data.series[0]?.overall ?? 0} />}
          </Box>
          {now.data ? <Line figure={figure} answer={now.data} /> : <Skeleton height={HEIGHT} radius="sm" />}
        </>
      )}
    </section>
  )
}

function Line({ figure, answer }: { figure: Figure; answer: SegmentationAnswer }) {
  const dark = useDark()
  const lines = useMemo(() => linesOf(answer.series, { name: () => figure.title, of: '' }, dark), [answer, figure, dark])
  const axis = useMemo(() => timeAxis(answer.buckets, 'day'), [answer])
  return (
    <LazyChart
      lines={lines}
      axis={axis}
      kind="line"
      height={HEIGHT}
      description={inWords(`${figure.title} by day over the last ${DAYS} days.`, lines)}
    />
  )
}

const SIGNS = { up: '▲', down: '▼', same: '=' }
const COLOURS = { up: 'teal.8', down: 'red.8', same: 'dimmed' }
const DARK_COLOURS = { up: 'teal.4', down: 'red.4', same: 'dimmed' }

function Delta({ id, now, before }: { id: string; now: number; before: number }) {
  const dark = useDark()
  const moved = change(now, before)
  if (!moved) return <Text size="xs" c="dimmed" data-testid={`delta-${id}`}>{now ? `none in the ${DAYS} days before` : ''}</Text>
  const { direction, text } = moved
  return (
    <Text size="sm" fw={550} c={(dark ? DARK_COLOURS : COLOURS)[direction]} title={`${full(before)} in the ${DAYS} days before`} data-testid={`delta-${id}`}>
      <span aria-hidden>{SIGNS[direction]} </span>
      <span className="only-heard">{direction} </span>
      {text}
      <Text span size="xs" fw={400} c="dimmed"> vs the {DAYS} days before</Text>
    </Text>
  )
}
