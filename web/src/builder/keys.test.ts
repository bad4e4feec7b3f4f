import { expect, test } from 'vitest'
import { keysOf } from './keys'

const pressed = (key: string, held: Partial<Record<'ctrlKey' | 'metaKey' | 'shiftKey', boolean>> = {}) =>
  keysOf({ key, ctrlKey: false, metaKey: false, shiftKey: false, ...held })

test('keys have one name on every system', () => {
  expect(pressed('k', { ctrlKey: true })).toBe('mod+K')
  expect(pressed('k', { metaKey: true })).toBe('mod+K')
  expect(pressed('E', { shiftKey: true })).toBe('shift+E')
  expect(pressed('z', { metaKey: true, shiftKey: true })).toBe('mod+shift+Z')
  expect(pressed('?', { shiftKey: true })).toBe('?')
  expect(pressed('Escape')).toBe('Escape')
})
