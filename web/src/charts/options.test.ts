import { expect, test } from 'vitest'
import type { Bucket } from '../api/types'
import { finished, timeAxis } from './axis'
import { type Kind, optionsOf } from './options'

const buckets = (complete: boolean[]): Bucket[] =>
  complete.map((one, place) => ({ start: place, end: place + 1, date: `2026-01-0${place + 1}`, complete: one }))
const line = { key: '[]', name: 'Paid', color: '#123456', values: [5, 7, 2], overall: 14 }
const drawn = (kind: Kind, complete: boolean[], lines = [line]) => optionsOf({ lines, kind, axis: timeAxis(buckets(complete), 'day'), dark: false })
const series = (kind: Kind, complete: boolean[]) => drawn(kind, complete).series as unknown as Record<string, unknown>[]

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

test('bars are stacked only where that was chosen', () => {
  expect(series('stacked', [true, true, true])[0]).toHaveProperty('stack')
  expect(series('bar', [true, true, true])[0]).not.toHaveProperty('stack')
})

test('the axis starts at zero, unless something is below it', () => {
  expect(drawn('line', [true]).yAxis.min).toBe(0)
  expect(drawn('stacked', [true], [{ ...line, mirrored: true } as never]).yAxis).not.toHaveProperty('min')
})

test('an earlier range is a thin line beside each line', () => {
  const both = drawn('line', [true, true, true], [{ ...line, before: { values: [1, 2, 3, 4], overall: 10 } } as never]).series as unknown as Record<string, unknown>[]
  expect(both.map((one) => one.data)).toEqual([[1, 2, 3], [5, 7, 2]])
})

test('finished intervals', () => {
  expect(finished(buckets([true, false]))).toBe(1)
  expect(finished(buckets([true, true]))).toBe(2)
})
