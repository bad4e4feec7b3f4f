import { expect, test } from 'vitest'
import type { FlowNode } from '../api/types'
import { layout, placeOf, stepName } from './sankey'

const node = (position: number, event: string | null, count: number, kind: FlowNode['step']['kind'] = 'event'): FlowNode => ({ position, step: { kind, event, value: null }, count })
const nodes = [node(0, 'Signed Up', 10), node(1, 'Viewed', 3), node(1, 'Paid', 5), node(1, null, 2, 'end')]
const links = [{ source: 0, target: 1, count: 3 }, { source: 0, target: 2, count: 5 }, { source: 0, target: 3, count: 2 }]

test('columns are steps, the largest on top and drop-offs below', () => {
  const { nodes: placed } = layout({ nodes, links })
  expect(placed.map((one) => one.node.step.event)).toEqual(['Signed Up', 'Paid', 'Viewed', null])
  expect(new Set(placed.slice(1).map((one) => one.x)).size).toBe(1)
  expect(placed[1]!.height / placed[2]!.height).toBeCloseTo(5 / 3)
})

test('links fill the node that they leave, in the order of their targets', () => {
  const { links: placed, nodes: [first] } = layout({ nodes, links })
  expect(placed.map((one) => one.target)).toEqual([2, 1, 3])
  expect(placed.reduce((sum, one) => sum + one.height, 0)).toBeCloseTo(first!.height)
})

test('names of steps', () => {
  expect(stepName(nodes[3]!)).toBe('Drop-off')
  expect(stepName(node(-1, null, 1, 'end'))).toBe('Beginning')
  expect(stepName({ position: 1, step: { kind: 'event', event: 'Viewed', value: '/home' } })).toBe('Viewed · /home')
})

test('others are named by the events beside them', () => {
  const rest = node(1, null, 4, 'other')
  expect(placeOf(nodes[1]!, nodes)).toEqual({ position: 1, kind: 'event', event: 'Viewed', value: null })
  expect(placeOf(rest, [...nodes, rest]).shown).toEqual([{ kind: 'event', event: 'Viewed', value: null }, { kind: 'event', event: 'Paid', value: null }])
})
