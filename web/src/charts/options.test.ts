import { expect, test } from 'vitest'
import type { Bucket, Series } from '../api/types'
import { finished, timeAxis } from './axis'
import { type Extras, type Kind, optionsOf } from './options'

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
  expect(drawn('line', [true]).yAxis).toMatchObject({ min: 0 })
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

const of = (extras: Extras, lines = [line]) => optionsOf({ lines, kind: 'line', axis: timeAxis(buckets([true, true, true]), 'day'), dark: false, extras })

test('a logarithmic axis leaves out what is not above zero', () => {
  const options = of({ log: true }, [{ ...line, values: [0, 7, 2] }])
  expect(options.yAxis).toMatchObject({ type: 'log' })
  expect(options.yAxis).not.toHaveProperty('min')
  expect((options.series[0] as { data: unknown }).data).toEqual([null, 7, 2])
})

test('metrics after the first have an axis of their own where that was chosen', () => {
  const metric = (number: number) => ({ ...line, key: String(number), series: { metric: number, breakdown: [], values: [], overall: 0 } as unknown as Series })
  const both = of({ second: true }, [metric(0), metric(1)])
  expect(both.yAxis).toHaveLength(2)
  expect(both.series.map((one) => (one as { yAxisIndex?: number }).yAxisIndex)).toEqual([undefined, 1])
  expect(Array.isArray(of({ second: true }, [metric(0)]).yAxis)).toBe(false)
})

test('a goal is a line of its own', () => {
  expect(of({ goal: 5 }).series.at(-1)).toMatchObject({ name: 'goal', markLine: { data: [{ yAxis: 5 }] } })
  expect(of({ goal: null }).series).toHaveLength(1)
})
