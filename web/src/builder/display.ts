import { createContext, use } from 'react'
import type { Display } from '../lib/report'

type Shown = { display: Display; show: ((change: Display) => void) | null }

/** How the answer here is drawn; `show` changes it, where that can be done. */
export const DisplayContext = createContext<Shown>({ display: {}, show: null })
export const useDisplay = () => use(DisplayContext)
