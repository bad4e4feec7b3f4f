import { expect, test } from 'vitest'
import type { Annotation } from '../api/annotations'
import { notesOf } from './notes'

const note = (name: string, time: number, until?: number): Annotation => ({ id: 1, name, description: '', version: 1, content: { time, until }, created: 0, created_by: '', updated: 0, updated_by: '' })
const spans = [{ start: 0, end: 10 }, { start: 10, end: 20 }, { start: 20, end: 30 }]

test('an annotation stands at the interval of its time, or at all that it covers', () => {
  expect(notesOf([note('edge', 10), note('long', 5, 20), note('outside', 30), note('before', -1)], spans)).toEqual([['long'], ['edge', 'long'], ['long']])
})
