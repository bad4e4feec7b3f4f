import { expect, test } from 'vitest'
import type { Tile } from '../api/saved'
import { arranged, packed, place } from './grid'

const tile = (x: number, y: number, width = 6, height = 4): Tile => ({ x, y, width, height })
const at = (tiles: Tile[]) => tiles.map(({ x, y }) => [x, y])

test('a new tile takes the first free place', () => {
  expect(place([], { width: 6, height: 4 })).toMatchObject({ x: 0, y: 0 })
  expect(place([tile(0, 0)], { width: 6, height: 4 })).toMatchObject({ x: 6, y: 0 })
  expect(place([tile(0, 0), tile(6, 0)], { width: 6, height: 4 })).toMatchObject({ x: 0, y: 4 })
})

test('a moved tile pushes the others down, and nothing overlaps', () => {
  expect(at(arranged([tile(0, 0), tile(6, 0)], 1, { x: 0 }))).toEqual([[0, 4], [0, 0]])
  expect(at(arranged([tile(0, 0), tile(6, 0), tile(0, 4)], 0, { width: 12 }))).toEqual([[0, 0], [6, 4], [0, 4]])
})

test('a tile stays on the grid', () => {
  expect(arranged([tile(0, 0)], 0, { x: 20, width: 40 })[0]).toMatchObject({ x: 0, width: 12 })
  expect(arranged([tile(0, 0)], 0, { x: -3, y: -2, height: 0 })[0]).toMatchObject({ x: 0, y: 0, height: 2 })
})

test('no empty rows stay', () => expect(at(packed([tile(0, 7), tile(0, 3)]))).toEqual([[0, 4], [0, 0]]))
