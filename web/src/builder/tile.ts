import { createContext, use } from 'react'

/** The height that a chart has on a dashboard; null on a report's own screen, where the table stands below it. */
export const TileContext = createContext<number | null>(null)
export const useTile = () => use(TileContext)
