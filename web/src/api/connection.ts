/** Whether the server answered last time; the banner and what waits for it listen. */

let reachable = true
const listeners = new Set<() => void>()

export const connection = {
  reachable: () => reachable,
  report(answered: boolean) {
    if (answered === reachable) return
    reachable = answered
    for (const listener of listeners) listener()
  },
  subscribe(listener: () => void) {
    listeners.add(listener)
    return () => void listeners.delete(listener)
  },
}
