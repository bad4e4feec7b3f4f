import { expect, test } from 'vitest'
import { toCsv } from './csv'

test('a table has a column per key', () => {
  expect(toCsv([{ id: 'a', plan: 'pro' }, { id: 'b', seats: 5 }])).toBe('id,plan,seats\r\na,pro,\r\nb,,5\r\n')
})

test('texts are quoted where they must be', () => {
  expect(toCsv([{ id: 'a "b", c\nd' }])).toBe('id\r\n"a ""b"", c\nd"\r\n')
})

test('a text from outside is no formula, a number stays one', () => {
  expect(toCsv([{ id: '=1+1', n: -5 }])).toBe("id,n\r\n'=1+1,-5\r\n")
})
