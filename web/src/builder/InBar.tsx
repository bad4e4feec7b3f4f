import { type ReactNode, createContext, use } from 'react'
import { createPortal } from 'react-dom'

/** Where what belongs to an answer as a whole is put: the bar above it. Null where an answer stands without one. */
export const BarContext = createContext<HTMLElement | null>(null)

export function InBar({ children }: { children: ReactNode }) {
  const bar = use(BarContext)
  return bar && createPortal(children, bar)
}
