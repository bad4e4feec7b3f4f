import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'

type Entry = { integrity?: string; link?: boolean }
const text = readFileSync(new URL('../package-lock.json', import.meta.url), 'utf8')

test('the lock file names no host (mend it with: npm run lock)', () => expect(text).not.toMatch(/https?:/))

test('every package is held by its hash', () => {
  const packages = Object.entries((JSON.parse(text) as { packages: Record<string, Entry> }).packages)
  expect(packages.filter(([name, entry]) => name !== '' && !entry.integrity).map(([name]) => name)).toEqual([])
})
