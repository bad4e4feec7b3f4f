import { expect, test } from 'vitest'
import { laidOut } from './jsontext'

test('an object is laid out over lines', () => {
  const value = { event: 'A', properties: { list: [1, { deep: null }], empty: {}, none: [] }, text: 'a,b: {"c"} \\ "' }
  expect(laidOut(JSON.stringify(value))).toBe(JSON.stringify(value, null, 2))
})

test('what is laid out already comes out the same', () => {
  const text = JSON.stringify({ a: [1, 2], b: 'x  y' }, null, 2)
  expect(laidOut(text)).toBe(text)
})

test('no digit and no copy of a key is lost', () => {
  expect(laidOut('{"id":12345678901234567890,"x":1.50,"x":NaN}')).toBe('{\n  "id": 12345678901234567890,\n  "x": 1.50,\n  "x": NaN\n}')
})

test.each([
  ['in a text', '{"a":{"b":"some te', '{\n  "a": {\n    "b": "some te'],
  ['behind a backslash', '{"a":"b\\', '{\n  "a": "b\\'],
  ['in a list', '[1,{"a":2},', '[\n  1,\n  {\n    "a": 2\n  },'],
])('a record that is cut %s', (_, text, shown) => expect(laidOut(text)).toBe(shown))

test.each(['', 'not JSON: {', 'null', '"text"'])('the text %j stays', (text) => expect(laidOut(text)).toBe(text))

test('brackets that do not match do no harm', () => expect(laidOut('[]]}1')).toBe('[]\n]\n}1'))
