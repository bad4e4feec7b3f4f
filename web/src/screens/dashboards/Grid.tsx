import { useElementSize } from '@mantine/hooks'
import { type CSSProperties, type KeyboardEvent, type PointerEvent, type ReactNode, useRef, useState } from 'react'
import type { Tile } from '../../api/saved'
import { COLUMNS, arranged } from '../../lib/grid'

export const ROW = 76
export const GAP = 12
/** Below this width cards stand one below the other, as wide as the screen. */
const NARROW = 720

type Grip = { onPointerDown: (event: PointerEvent<HTMLElement>) => void; onKeyDown: (event: KeyboardEvent<HTMLElement>) => void }
/** What makes an element a grip for moving or for resizing a card. */
export type Grips = { move: Grip; size: Grip }
type Props = { tiles: Tile[]; fixed: boolean; become: (tiles: Tile[]) => void; children: (tile: Tile, place: number, grips: Grips | null, height: number) => ReactNode }
type Held = { place: number; sizing: boolean; from: Tile; x: number; y: number }

/** Cards on twelve columns. They are dragged and resized by their grips, with a pointer or with the arrow keys. */
export function Grid({ tiles, fixed, become, children }: Props) {
  const { ref, width } = useElementSize()
  const [preview, setPreview] = useState<Tile[] | null>(null)
  const [held, setHeld] = useState<number | null>(null)
  const latest = useRef<Tile[] | null>(null)
  const narrow = width > 0 && width < NARROW
  const shown = preview ?? tiles
  const show = (next: Tile[] | null) => {
    latest.current = next
    setPreview(next)
  }

  const hold = (place: number, sizing: boolean) => (event: PointerEvent<HTMLElement>) => {
    if (event.button !== 0) return
    event.preventDefault()
    const start: Held = { place, sizing, from: tiles[place]!, x: event.clientX, y: event.clientY }
    const grip = event.currentTarget
    const move = (moved: globalThis.PointerEvent) => show(arranged(tiles, place, dragged(start, moved, width)))
    const end = (ended: globalThis.PointerEvent) => {
      grip.removeEventListener('pointermove', move)
      grip.removeEventListener('pointerup', end)
      grip.removeEventListener('pointercancel', end)
      setHeld(null)
      if (ended.type === 'pointerup' && latest.current && JSON.stringify(latest.current) !== JSON.stringify(tiles)) become(latest.current)
      show(null)
    }
    grip.setPointerCapture(event.pointerId)
    grip.addEventListener('pointermove', move)
    grip.addEventListener('pointerup', end)
    grip.addEventListener('pointercancel', end)
    setHeld(place)
  }
  const press = (place: number, sizing: boolean) => (event: KeyboardEvent<HTMLElement>) => {
    const step = STEPS[event.key]
    if (!step) return
    event.preventDefault()
    const tile = tiles[place]!
    become(arranged(tiles, place, sizing ? { width: tile.width + step[0], height: tile.height + step[1] } : { x: tile.x + step[0], y: tile.y + step[1] }))
  }
  const grips = (place: number): Grips | null =>
    fixed || narrow ? null : { move: { onPointerDown: hold(place, false), onKeyDown: press(place, false) }, size: { onPointerDown: hold(place, true), onKeyDown: press(place, true) } }
  const order = narrow ? shown.map((_, place) => place).sort((a, b) => shown[a]!.y - shown[b]!.y || shown[a]!.x - shown[b]!.x) : shown.map((_, place) => place)

  return (
    <div ref={ref} className={narrow ? 'board narrow' : 'board'} data-testid="board">
      {order.map((place) => {
        const tile = shown[place]!
        return (
          <div key={`${tile.report ?? 'text'} ${place}`} className={held === place ? 'tile card held' : 'tile card'} style={narrow ? undefined : area(tile)} data-testid="tile">
            {children(tile, place, grips(place), tile.height * ROW + (tile.height - 1) * GAP)}
          </div>
        )
      })}
    </div>
  )
}

const STEPS: Record<string, [number, number]> = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }

const area = ({ x, y, width, height }: Tile): CSSProperties => ({ gridColumn: `${x + 1} / span ${width}`, gridRow: `${y + 1} / span ${height}` })

function dragged({ sizing, from, x, y }: Held, moved: globalThis.PointerEvent, width: number): Partial<Tile> {
  const across = Math.round((moved.clientX - x) / ((width + GAP) / COLUMNS))
  const down = Math.round((moved.clientY - y) / (ROW + GAP))
  return sizing ? { width: from.width + across, height: from.height + down } : { x: from.x + across, y: from.y + down }
}
