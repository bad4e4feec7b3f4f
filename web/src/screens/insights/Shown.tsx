import { Text } from '@mantine/core'
import { type ReactNode, useCallback, useMemo, useState } from 'react'
import type { Answer, Answered, Question } from '../../api/types'
import { useDark } from '../../app/theme'
import { NOT_SET_KEY } from '../../charts/colors'
import { LazyChart } from '../../charts/LazyChart'
import { type Line, addsUp, inWords, linesOf } from '../../charts/lines'
import type { View } from '../../lib/report'
import { AnswerBar } from './AnswerBar'
import { nameOf } from './BreakdownPicker'
import { ANY } from './EventPicker'
import { Legend } from './Legend'
import { SeriesTable } from './SeriesTable'

const DRAWN_AT_FIRST = 10
const HEIGHT = 340

type Props = Answered & { view: View; empty: ReactNode; refresh: () => void; refreshing: boolean }

/** An answer: the chart of the ticked lines, and all of them in a table. */
export function Shown({ question, answer, view, empty, refresh, refreshing }: Props) {
  const { lines, property, additive } = useDrawing(question, answer)
  const { visible, isVisible, toggle, toggleAll } = useTicks(lines)
  const nothing = lines.every((line) => line.overall === 0)
  return (
    <>
      <AnswerBar explanation={answer.explanation} timezone={answer.timezone} refresh={refresh} refreshing={refreshing} />
      {nothing && empty}
      {!nothing && property && lines.every((line) => line.key === NOT_SET_KEY) && (
        <Text size="sm" c="dimmed" px="md" data-testid="never-set">No event in this range has the property “{nameOf(property)}”.</Text>
      )}
      {!nothing && view !== 'table' && (
        <div style={{ padding: '4px 16px 16px' }}>
          <Legend lines={visible} hide={toggle} />
          <LazyChart
            lines={visible}
            buckets={answer.buckets}
            interval={question.interval}
            kind={view}
            stacked={additive}
            height={HEIGHT}
            description={inWords(answer.explanation.sentence, visible)}
          />
        </div>
      )}
      {!nothing && (
        <SeriesTable
          lines={lines}
          buckets={answer.buckets}
          interval={question.interval}
          heading={property ? nameOf(property) : 'Event'}
          isVisible={isVisible}
          toggle={toggle}
          toggleAll={toggleAll}
          cut={lines.length === question.limit}
        />
      )}
    </>
  )
}

function useDrawing(question: Question, answer: Answer) {
  const dark = useDark()
  const metric = question.metrics[0]!
  const property = question.breakdowns[0]?.property ?? null
  const lines = useMemo(
    () => linesOf(answer, metric.event.names[0] ?? ANY, property ? `${property.scope}:${property.key}` : '', dark),
    [answer, metric, property, dark],
  )
  return { lines, property, additive: addsUp(metric.measure) }
}

/** Which lines are drawn: the largest at first, and what the reader ticked. */
function useTicks(lines: Line[]) {
  const [ticked, setTicked] = useState<ReadonlyMap<string, boolean>>(new Map())
  const first = useMemo(() => new Set(lines.slice(0, DRAWN_AT_FIRST).map((line) => line.key)), [lines])
  const isVisible = useCallback((line: Line) => ticked.get(line.key) ?? first.has(line.key), [ticked, first])
  const visible = useMemo(() => lines.filter(isVisible), [lines, isVisible])
  const toggle = (line: Line) => setTicked(new Map(ticked).set(line.key, !isVisible(line)))
  const toggleAll = () => setTicked(new Map(lines.map((line) => [line.key, visible.length < lines.length])))
  return { visible, isVisible, toggle, toggleAll }
}
