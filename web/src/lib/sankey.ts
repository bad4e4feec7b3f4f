import type { FlowNode, FlowStep, FlowsAnswer, Json } from '../api/types'

/** Where nodes and links of a flow are drawn. Heights are in proportion to paths. */
export type PlacedNode = { node: FlowNode; place: number; x: number; y: number; height: number }
export type PlacedLink = { source: number; target: number; count: number; from: [number, number]; to: [number, number]; height: number }
export type Layout = { nodes: PlacedNode[]; links: PlacedLink[]; width: number; height: number; column: number }

export const NODE_WIDTH = 14
const NARROWEST = 124
const WIDEST = 260
const GAP = 26
const LEAST = 3
const TALL = 360

/** In `room` pixels where the columns fit there. Columns by position, the largest node on top, what is not an event below all events. */
export function layout({ nodes, links }: Pick<FlowsAnswer, 'nodes' | 'links'>, room = 0): Layout {
  const positions = [...new Set(nodes.map((node) => node.position))].sort((a, b) => a - b)
  const column = Math.floor(Math.min(WIDEST, Math.max(NARROWEST, room / Math.max(1, positions.length))))
  const columns = positions.map((position) => nodes.map((node, place) => ({ node, place })).filter(({ node }) => node.position === position).sort(order))
  const most = Math.max(1, ...columns.map((own) => own.reduce((sum, { node }) => sum + node.count, 0)))
  const scale = TALL / most
  const placed: PlacedNode[] = []
  columns.forEach((own, at) => {
    let y = 0
    for (const { node, place } of own) {
      const height = Math.max(LEAST, node.count * scale)
      placed.push({ node, place, x: at * column, y, height })
      y += height + GAP
    }
  })
  const height = Math.max(...placed.map((one) => one.y + one.height), 0) + GAP
  return { nodes: placed, links: placedLinks(links, placed, scale), width: positions.length * column, height, column }
}

const RANK = { event: 0, target: 0, other: 1, more: 2, end: 3 }

function order(a: { node: FlowNode }, b: { node: FlowNode }): number {
  return RANK[a.node.step.kind] - RANK[b.node.step.kind] || b.node.count - a.node.count
}

/** Links leave and enter a node in the order of the nodes at their other ends, so that few of them cross. */
function placedLinks(links: FlowsAnswer['links'], placed: PlacedNode[], scale: number): PlacedLink[] {
  const at = new Map(placed.map((one) => [one.place, one]))
  const leaving = new Map<number, number>()
  const entering = new Map<number, number>()
  const next = (used: Map<number, number>, place: number, height: number) => {
    const start = used.get(place) ?? 0
    used.set(place, start + height)
    return at.get(place)!.y + start
  }
  return links
    .filter(({ source, target }) => at.has(source) && at.has(target))
    .sort((a, b) => at.get(a.source)!.y - at.get(b.source)!.y || at.get(a.target)!.y - at.get(b.target)!.y)
    .map(({ source, target, count }) => {
      const height = Math.max(1, count * scale)
      const from: [number, number] = [at.get(source)!.x + NODE_WIDTH, next(leaving, source, height)]
      const to: [number, number] = [at.get(target)!.x, next(entering, target, height)]
      return { source, target, count, from, to, height }
    })
}

/** The outline of a link, from the right edge of one node to the left edge of another. */
export function curve({ from: [x0, y0], to: [x1, y1], height }: PlacedLink): string {
  const middle = (x0 + x1) / 2
  return `M${x0},${y0} C${middle},${y0} ${middle},${y1} ${x1},${y1} L${x1},${y1 + height} C${middle},${y1 + height} ${middle},${y0 + height} ${x0},${y0 + height} Z`
}

const WORDS = { event: '', other: 'Other events', end: 'Drop-off', more: 'More events', target: '' }

/** What stands at a step, as people read it. */
export function stepName({ position, step }: Pick<FlowNode, 'position' | 'step'>): string {
  if (step.kind === 'end' && position < 0) return 'Beginning'
  const name = WORDS[step.kind] || step.event || 'Target'
  return step.value === null || step.value === undefined ? name : `${name} · ${String(step.value)}`
}

/** A node as questions about its people name it: others are all but the events that are told apart at their position. */
export function placeOf({ position, step }: Pick<FlowNode, 'position' | 'step'>, nodes: FlowNode[]): Record<string, Json> {
  const named = ({ kind, event, value }: FlowStep) => ({ kind, event: event ?? '', value: value ?? null })
  const beside = nodes.filter((node) => node.position === position && node.step.kind === 'event')
  return { position, ...named(step), ...(step.kind === 'other' && { shown: beside.map((node) => named(node.step)) }) }
}
