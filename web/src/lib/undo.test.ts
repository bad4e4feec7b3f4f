import { expect, test } from 'vitest'
import { began, seen } from './undo'

const through = (...entries: string[]) => entries.slice(1).reduce(seen, began(entries[0]!))

test('going back is an undo, and forth a redo', () => {
  expect(through('a', 'b', 'c', 'b')).toEqual({ entries: ['a', 'b', 'c'], at: 1 })
  expect(through('a', 'b', 'c', 'b', 'c')).toEqual({ entries: ['a', 'b', 'c'], at: 2 })
})

test('a change after an undo forgets what was undone', () => {
  expect(through('a', 'b', 'a', 'd')).toEqual({ entries: ['a', 'd'], at: 1 })
})

test('the same again is no change', () => expect(through('a', 'a')).toEqual(began('a')))
