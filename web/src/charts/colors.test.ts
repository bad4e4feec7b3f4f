import { expect, test } from 'vitest'
import { type Memory, NOT_SET_KEY, colorsFor } from './colors'

const keys = (count: number) => Array.from({ length: count }, (_, place) => `["value ${place}"]`)

test('the first ten lines all differ', () => {
  expect(new Set(colorsFor('plan', keys(10), false, new Map()).values()).size).toBe(10)
})

test('a value keeps its colour when its rank changes and others come', () => {
  const memory: Memory = new Map()
  const first = colorsFor('plan', ['["free"]', '["pro"]'], false, memory)
  const later = colorsFor('plan', ['["team"]', '["pro"]', '["free"]'], false, memory)
  expect(later.get('["pro"]')).toBe(first.get('["pro"]'))
  expect(later.get('["free"]')).toBe(first.get('["free"]'))
  expect(new Set(later.values()).size).toBe(3)
})

test('lines differ even when more values than colours were seen before', () => {
  const memory: Memory = new Map()
  const many = keys(25)
  colorsFor('plan', many, false, memory)
  expect(new Set(colorsFor('plan', [many[0]!, many[10]!, many[20]!], false, memory).values()).size).toBe(3)
})

test('absent values are grey and take no hue', () => {
  const alone = colorsFor('plan', ['["free"]'], false, new Map())
  const both = colorsFor('plan', [NOT_SET_KEY, '["free"]'], false, new Map())
  expect(both.get('["free"]')).toBe(alone.get('["free"]'))
  expect(both.get(NOT_SET_KEY)).toBe('#868e96')
})
