import { Group, Text } from '@mantine/core'
import { useMemo, useState } from 'react'
import type { Selected } from '../../api/behind'
import type { Answered, Segmentation } from '../../api/types'
import { useProject } from '../../app/project'
import { useDark } from '../../app/theme'
import { Empty } from '../../builder/Empty'
import { PeopleBehind } from '../../builder/PeopleBehind'
import { ComparePicker, IntervalPicker, RangePicker } from '../../builder/RangePicker'
import { ReportFrame } from '../../builder/ReportFrame'
import { Result } from '../../builder/Result'
import { SeriesView } from '../../builder/SeriesView'
import { useAsked } from '../../builder/useAsked'
import { ViewPicker, viewOf } from '../../builder/ViewPicker'
import { timeAxis } from '../../charts/axis'
import { type Line, headingOf, neverSet, segmentationLines } from '../../charts/lines'
import { inWords } from '../../lib/filters'
import { usualInterval } from '../../lib/ranges'
import { today } from '../../lib/dates'
import { lacking } from '../../lib/measures'
import { DEFAULT, type View } from '../../lib/report'
import { MetricsBuilder } from './MetricsBuilder'

export const VIEWS: View[] = ['line', 'area', 'bar', 'stacked', 'horizontal', 'number', 'table']

export function Insights() {
  const { timezone } = useProject()
  const asked = useAsked<Segmentation>('insights', DEFAULT)
  const { question, change, show } = asked
  const view = viewOf(VIEWS, asked.display.view)
  const [selected, setSelected] = useState<Selected | null>(null)
  return (
    <ReportFrame
      title="Insights"
      lead={`How often, by how many, over time. Days are those of ${timezone}.`}
      asked={asked}
      builder={<MetricsBuilder question={question} change={change} />}
      toolbar={
        <>
          <Group gap={8} maw="100%">
            <RangePicker range={question.range} interval={question.interval} change={(range, interval) => change({ range, interval })} />
            <ComparePicker compare={question.compare} choose={(compare) => change({ compare })} />
          </Group>
          <Group gap={8} maw="100%">
            <IntervalPicker interval={question.interval} range={question.range} choose={(interval) => change({ interval })} />
            <ViewPicker views={VIEWS} view={view} choose={(next) => show({ view: next })} />
          </Group>
        </>
      }
    >
      <Result question={question} lacking={lacking(question)}>
        {(answered) => (
          <SegmentationShown
            key={JSON.stringify([answered.question.metrics.map((metric) => metric.event.names), answered.question.breakdowns])}
            {...answered}
            view={view}
            select={setSelected}
            choose={(range) => change({ range, interval: usualInterval(range, today(timezone)) })}
          />
        )}
      </Result>
      <PeopleBehind selected={selected} close={() => setSelected(null)} />
    </ReportFrame>
  )
}

type ShownProps = Answered<Segmentation> & { view: View; select?: (selected: Selected) => void; choose?: (range: Segmentation['range']) => void }

/** The answer of a segmentation: its chart and its table, or why there is nothing to show. */
export function SegmentationShown({ question, answer, view, select, choose }: ShownProps) {
  const dark = useDark()
  const lines = useMemo(() => segmentationLines(question, answer, dark), [question, answer, dark])
  const axis = useMemo(() => timeAxis(answer.buckets, question.interval), [answer, question.interval])
  const nothing = lines.every((line) => !line.overall && line.values.every((value) => !value))
  if (nothing && choose) {
    return <Empty events={question.metrics.map((metric) => metric.event)} filtered={question.filter ? inWords(question.filter) : null} choose={choose} />
  }
  const pick = (place: number | null, line: Line) => {
    const series = line.series!
    if (series.metric >= question.metrics.length || series.other) return
    const breakdown = question.breakdowns.length ? series.breakdown.slice(0, question.breakdowns.length) : null
    select?.({
      question,
      selection: { metric: series.metric, bucket: place, breakdown },
      title: `${line.name}${place === null ? '' : `, ${axis.titles[place]}`}`,
    })
  }
  return (
    <>
      {neverSet(lines) && <Text size="sm" c="dimmed" px="md" data-testid="never-set">No event in this range has the property “{headingOf(question)}”.</Text>}
      <SeriesView
        lines={lines}
        axis={axis}
        view={view}
        file="insights"
        sentence={answer.explanation.sentence}
        heading={headingOf(question)}
        cut={question.breakdowns.length > 0 && lines.length >= (question.limit ?? Infinity) * question.metrics.length}
        pick={select && pick}
      />
    </>
  )
}
