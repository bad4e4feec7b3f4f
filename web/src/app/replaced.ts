const LAST = 'diptych-reloaded'
const PAUSE_MS = 30_000

/** A part of the app that is gone means that a newer version is served: load that, but never in a circle. */
export function reloadWhenReplaced() {
  window.addEventListener('vite:preloadError', (event) => {
    const last = Number(sessionStorage.getItem(LAST) ?? 0)
    if (Date.now() - last < PAUSE_MS) return
    event.preventDefault()
    sessionStorage.setItem(LAST, String(Date.now()))
    location.reload()
  })
}
