import { Button, TextInput } from '@mantine/core'
import { useState } from 'react'
import type { Formula, Segmentation } from '../../api/types'
import { Breakdowns, Others } from '../../builder/Breakdowns'
import { FilterEditor } from '../../builder/FilterEditor'
import { MetricRow, RowHead } from '../../builder/MetricRow'
import { Section } from '../../builder/Section'
import { letter } from '../../lib/measures'
import { MOST_SERIES } from '../../lib/report'
import { actionsOf, replaced, without } from '../../lib/rows'

const MOST = 26

type Props = { question: Segmentation; change: (part: Partial<Segmentation>) => void }

/** What is counted: metrics and formulas, whose events they are of, and what they are split by. */
export function MetricsBuilder({ question, change }: Props) {
  const { metrics, formulas = [], breakdowns } = question
  const event = metrics.length === 1 ? (metrics[0]!.event.names?.[0] ?? null) : null
  const add = () => change({ metrics: [...metrics, { event: { names: metrics.at(-1)!.event.names ?? [] }, measure: 'total' }] })
  return (
    <>
      <Section title="Metrics">
        {metrics.map((metric, place) => (
          <MetricRow
            key={`${place} ${metrics.length}`}
            metric={metric}
            place={place}
            change={(next) => change({ metrics: replaced(metrics, place, next) })}
            actions={actionsOf(metrics, place, (next) => change({ metrics: next }), { least: 1, most: MOST })}
          />
        ))}
        {formulas.map((formula, place) => (
          <FormulaRow
            key={`${place} ${formulas.length}`}
            formula={formula}
            place={metrics.length + place}
            change={(next) => change({ formulas: replaced(formulas, place, next) })}
            remove={() => change({ formulas: without(formulas, place) })}
          />
        ))}
        <div className="adding">
          {metrics.length < MOST && <Button size="compact-sm" variant="subtle" onClick={add} data-testid="add-event">+ Metric</Button>}
          <Button size="compact-sm" variant="subtle" onClick={() => change({ formulas: [...formulas, { expression: metrics.length > 1 ? 'A / B * 100' : 'A' }], others: false })} data-testid="add-formula">+ Formula</Button>
        </div>
      </Section>
      <Section title="Filter for all">
        <FilterEditor filter={question.filter} change={(filter) => change({ filter })} event={event} testId="global-filter" />
      </Section>
      <Section title="Breakdown">
        <Breakdowns breakdowns={breakdowns} change={(next) => change({ breakdowns: next, ...(next.length === 0 && { others: false, limit: MOST_SERIES }) })} event={event} automatic />
        {breakdowns.length > 0 && formulas.length === 0 && <Others limit={question.limit ?? MOST_SERIES} others={question.others ?? false} change={change} />}
      </Section>
    </>
  )
}

type FormulaProps = { formula: Formula; place: number; change: (formula: Formula) => void; remove: () => void }

/** A formula over the metrics' letters; asked when the field is left or Enter is pressed. */
function FormulaRow({ formula, place, change, remove }: FormulaProps) {
  const [text, setText] = useState(formula.expression)
  const [name, setName] = useState(formula.name ?? '')
  const keep = () => (text !== formula.expression || name !== (formula.name ?? '')) && change({ expression: text, name })
  const entered = (event: React.KeyboardEvent) => event.key === 'Enter' && keep()
  return (
    <div className="part-row" data-testid="formula">
      <RowHead sign={letter(place)} name={`formula ${letter(place)}`} actions={{ remove }}>
        <TextInput size="xs" aria-label="Formula" className="formula" value={text} onChange={(event) => setText(event.currentTarget.value)} onBlur={keep} onKeyDown={entered} data-testid="expression" />
      </RowHead>
      <TextInput size="xs" aria-label="Name of the formula" placeholder="Name" value={name} onChange={(event) => setName(event.currentTarget.value)} onBlur={keep} onKeyDown={entered} />
    </div>
  )
}
