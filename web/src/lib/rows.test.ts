import { expect, test } from 'vitest'
import { actionsOf, duplicated, moved, replaced, without } from './rows'

test('rows by place', () => {
  const rows = ['a', 'b', 'c']
  expect(replaced(rows, 1, 'x')).toEqual(['a', 'x', 'c'])
  expect(without(rows, 0)).toEqual(['b', 'c'])
  expect(duplicated(rows, 1)).toEqual(['a', 'b', 'b', 'c'])
  expect(moved(rows, 2, -1)).toEqual(['a', 'c', 'b'])
  expect(rows).toEqual(['a', 'b', 'c'])
})

test('only what can be done is offered', () => {
  const offered = (rows: string[], place: number) => Object.keys(actionsOf(rows, place, () => {}, { least: 1, most: 2 }))
  expect(offered(['a'], 0)).toEqual(['duplicate'])
  expect(offered(['a', 'b'], 0)).toEqual(['down', 'remove'])
  expect(offered(['a', 'b'], 1)).toEqual(['up', 'remove'])
})
