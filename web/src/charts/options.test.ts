import { expect, test } from 'vitest'
import type { Bucket } from '../api/types'
import { finished, optionsOf } from './options'

const buckets = (complete: boolean[]): Bucket[] =>
  complete.map((one, place) => ({ start: place, end: place + 1, date: `2026-01-0${place + 1}`, complete: one }))
const line = { key: '[]', name: 'Paid', color: '#123456', values: [5, 7, 2], overall: 14 }
const drawing = { lines: [line], interval: 'day' as const, stacked: false, dark: false }
const series = (kind: 'line' | 'bar', complete: boolean[], stacked = false) =>
  optionsOf({ ...drawing, kind, stacked, buckets: buckets(complete) }).series as unknown as Record<string, unknown>[]

test('a line whose last interval still runs ends dashed, from the last finished point', () => {
  const [solid, dashed] = series('line', [true, true, false])
  expect(solid!.data).toEqual([5, 7, null])
  expect(dashed!.data).toEqual([null, 7, 2])
  expect(dashed!.lineStyle).toMatchObject({ type: [4, 4] })
})

test('a line of finished intervals is one line', () => expect(series('line', [true, true, true])).toHaveLength(1))

test('a bar that still grows is pale with a dashed edge', () => {
  expect(series('bar', [true, true, false])[0]!.data).toEqual([5, 7, { value: 2, itemStyle: expect.objectContaining({ borderType: 'dashed' }) }])
})

test('bars are stacked only where they add up', () => {
  expect(series('bar', [true, true, true], true)[0]).toHaveProperty('stack')
  expect(series('bar', [true, true, true])[0]).not.toHaveProperty('stack')
})

test('the axis starts at zero', () => expect(optionsOf({ ...drawing, kind: 'line', buckets: buckets([true]) }).yAxis.min).toBe(0))

test('finished intervals', () => {
  expect(finished(buckets([true, false]))).toBe(1)
  expect(finished(buckets([true, true]))).toBe(2)
})
