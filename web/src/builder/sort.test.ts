import { expect, test } from 'vitest'
import { sorted } from './sort'

const line = (name: string, overall: number, values: number[]) => ({ key: name, name, color: '', values, overall })
const lines = [line('b10', 5, [3, 0]), line('b9', 9, [1, 8]), line('a', 7, [2, 4])]
const names = (...sort: Parameters<typeof sorted>) => sorted(...sort).map((one) => one.name)

test.each([
  [{ by: 'overall', down: true }, ['b9', 'a', 'b10']],
  [{ by: 'overall', down: false }, ['b10', 'a', 'b9']],
  [{ by: 'name', down: false }, ['a', 'b9', 'b10']],
  [{ by: 0, down: true }, ['b10', 'a', 'b9']],
] as const)('%j', (sort, result) => expect(names(lines, sort)).toEqual(result))
