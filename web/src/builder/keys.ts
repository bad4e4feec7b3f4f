import { useEffect } from 'react'

/** Asks the question of the screen again, wherever it is shown. */
export const REFRESH = 'diptych-refresh'
export const refresh = () => window.dispatchEvent(new Event(REFRESH))

/** Opens the search for everything. */
export const SEARCH = 'diptych-search'
export const openSearch = () => window.dispatchEvent(new Event(SEARCH))

const MAC = /Mac|iPhone|iPad/.test(navigator.platform)

/** A key as it is written on the keyboard. */
export const keyName = (key: string) => (key === 'mod' ? (MAC ? '⌘' : 'Ctrl') : key === 'shift' ? 'Shift' : key)

export type Shortcut = { keys: string; name: string; act: () => void }

/** Whether a key was meant for a field. */
const typing = (target: EventTarget | null) =>
  target instanceof HTMLElement && (target.isContentEditable || ['INPUT', 'TEXTAREA', 'SELECT'].includes(target.tagName))

/** `mod` is Ctrl, or Cmd on a Mac. */
export function keysOf(event: Pick<KeyboardEvent, 'key' | 'ctrlKey' | 'metaKey' | 'shiftKey'>): string {
  const key = event.key.length === 1 ? event.key.toUpperCase() : event.key
  const letter = /^[A-Z]$/.test(key)
  return [(event.ctrlKey || event.metaKey) && 'mod', event.shiftKey && letter && 'shift', key].filter(Boolean).join('+')
}

const active = new Set<Shortcut[]>()

/** What keys do now, those of the screen first. */
export const activeShortcuts = (): Shortcut[] => [...active].reverse().flat()

/** Keys that do something on this screen. Those without `mod` are left to fields while one is typed in. */
export function useShortcuts(shortcuts: Shortcut[]) {
  useEffect(() => {
    active.add(shortcuts)
    const listen = (event: KeyboardEvent) => {
      const keys = keysOf(event)
      const found = shortcuts.find((one) => one.keys === keys)
      if (!found || event.defaultPrevented || event.altKey || (typing(event.target) && keys !== 'mod+K')) return
      event.preventDefault()
      found.act()
    }
    window.addEventListener('keydown', listen)
    return () => {
      active.delete(shortcuts)
      window.removeEventListener('keydown', listen)
    }
  })
}
