import { useEffect, useState } from 'react'

const TICK_MS = 100

/** Milliseconds since `running` began, or since `of` changed while running. */
export function useElapsed(running: boolean, of: unknown): number {
  const key = JSON.stringify(of)
  const [elapsed, setElapsed] = useState(0)
  useEffect(() => {
    setElapsed(0)
    if (!running) return
    const started = performance.now()
    const timer = setInterval(() => setElapsed(performance.now() - started), TICK_MS)
    return () => clearInterval(timer)
  }, [running, key])
  return elapsed
}
