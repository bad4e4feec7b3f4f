import { Text } from '@mantine/core'
import { useElementSize } from '@mantine/hooks'
import { useMemo, useState } from 'react'
import type { Selected } from '../../api/behind'
import type { Answered, DateRange, Flows, FlowNode, FlowPath, FlowsAnswer } from '../../api/types'
import { useDark } from '../../app/theme'
import { Download } from '../../builder/Download'
import { Empty } from '../../builder/Empty'
import { colorsFor } from '../../charts/colors'
import { inWords } from '../../lib/filters'
import { full, share } from '../../lib/format'
import type { View } from '../../lib/report'
import { NODE_WIDTH, curve, layout, placeOf, stepName } from '../../lib/sankey'

type Props = Answered<Flows> & { view: View; select?: (selected: Selected) => void; choose?: (range: DateRange) => void; hide?: (event: string) => void }

/** The answer of flows: a graph of what follows on what, or the most frequent whole paths. */
export function FlowsShown({ question, answer, view, select, choose, hide }: Props) {
  if (answer.total === 0) {
    return choose ? <Empty events={[question.anchor]} filtered={question.filter ? inWords(question.filter) : null} choose={choose} /> : <Text ta="center" c="dimmed" py={60} px="md">The event did not happen in this range.</Text>
  }
  const behind = (nodes: Pick<FlowNode, 'position' | 'step'>[]) =>
    select?.({
      question,
      selection: { places: nodes.map((node) => placeOf(node, answer.nodes)) },
      title: nodes.map(stepName).join(' → '),
    })
  return (
    <>
      <Download name="flows" rows={() => answer.paths.map((path) => ({ Path: nodesOf(path).map(stepName).join(' → '), Paths: path.count }))} />
      <div className="headline" data-testid="flow-total">
        <b className="number">{full(answer.total)}</b>{' '}
        <span>{answer.total === 1 ? 'path' : 'paths'}{question.to && <>, of which {full(answer.converted)} ({share(answer.converted / answer.total)}) got there</>}</span>
      </div>
      {view === 'paths' ? <Paths answer={answer} behind={behind} /> : <Graph answer={answer} behind={behind} hide={hide} />}
    </>
  )
}

const nodesOf = (path: FlowPath) => path.steps.map((step, at) => ({ position: path.position + at, step }))

type Behind = (nodes: Pick<FlowNode, 'position' | 'step'>[]) => void

function Graph({ answer, behind, hide }: { answer: FlowsAnswer; behind: Behind; hide?: (event: string) => void }) {
  const dark = useDark()
  const { ref, width: room } = useElementSize()
  const { nodes, links, width, height, column } = useMemo(() => layout(answer, room), [answer, room])
  const colors = useMemo(() => colorsFor('flow', [...new Set(answer.nodes.map(stepName))], dark), [answer, dark])
  const [over, setOver] = useState<number | null>(null)
  const color = (node: FlowNode) => (node.step.kind === 'end' ? 'var(--flow-end)' : node.step.kind === 'other' ? 'var(--flow-other)' : colors.get(stepName(node)))
  return (
    <div className="flow" ref={ref} tabIndex={0} role="region" aria-label="Graph of the paths">
      <svg data-picture width={width} height={height} role="img" aria-label={answer.explanation.sentence} data-testid="flow">
        {links.map((link) => (
          <path
            key={`${link.source} ${link.target}`}
            d={curve(link)}
            className={over === link.source || over === link.target ? 'flow-link over' : 'flow-link'}
            fill={color(answer.nodes[link.source]!)}
            onClick={() => behind([answer.nodes[link.source]!, answer.nodes[link.target]!])}
          >
            <title>{`${stepName(answer.nodes[link.source]!)} → ${stepName(answer.nodes[link.target]!)}: ${full(link.count)}`}</title>
          </path>
        ))}
        {nodes.map(({ node, place, x, y, height: tall }) => (
          <rect key={place} x={x} y={y} width={NODE_WIDTH} height={tall} rx={3} fill={color(node)} onPointerEnter={() => setOver(place)} onPointerLeave={() => setOver(null)} onClick={() => behind([node])} style={{ cursor: 'pointer' }} />
        ))}
      </svg>
      {nodes.map(({ node, place, x, y }) => (
        <div key={place} className="flow-label" style={{ left: x + NODE_WIDTH + 4, top: y, width: column - NODE_WIDTH - 8 }} onPointerEnter={() => setOver(place)} onPointerLeave={() => setOver(null)}>
          <button type="button" className="cell clip" title={stepName(node)} onClick={() => behind([node])} data-testid="flow-node">
            <span className="clip">{stepName(node)}</span> <b className="number">{full(node.count)}</b> <span className="hint">{share(node.count / answer.total)}</span>
          </button>
          {hide && node.step.kind === 'event' && node.position !== 0 && <button type="button" className="flow-hide" onClick={() => hide(node.step.event!)} aria-label={`Hide ${node.step.event}`}>×</button>}
        </div>
      ))}
    </div>
  )
}

function Paths({ answer, behind }: { answer: FlowsAnswer; behind: Behind }) {
  return (
    <div className="series-table" tabIndex={0} role="region" aria-label="The most frequent paths" style={{ borderTop: '1px solid var(--line)' }}>
      <table style={{ width: '100%' }} data-testid="paths">
        <thead><tr><th>Path</th><th className="figure">Paths</th><th className="figure">Share</th></tr></thead>
        <tbody>
          {answer.paths.map((path, place) => {
            const nodes = nodesOf(path)
            return (
              <tr key={place} data-testid="path">
                <td style={{ whiteSpace: 'normal', height: 'auto', paddingBlock: 8 }} className="anywhere">{nodes.map(stepName).join(' → ')}</td>
                <td className="figure"><button type="button" className="cell" onClick={() => behind(nodes)}>{full(path.count)}</button></td>
                <td className="figure">{share(path.count / answer.total)}</td>
              </tr>
            )
          })}
        </tbody>
      </table>
    </div>
  )
}
