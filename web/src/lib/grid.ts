import type { Tile } from '../api/saved'

/** A dashboard's grid of 12 columns. */
export const COLUMNS = 12

export const bottom = (tiles: Tile[]) => tiles.reduce((most, tile) => Math.max(most, tile.y + tile.height), 0)

const overlap = (a: Tile, b: Tile) => a.x < b.x + b.width && b.x < a.x + a.width && a.y < b.y + b.height && b.y < a.y + a.height

/** A new tile in the first free place, row by row. */
export function place(tiles: Tile[], tile: Omit<Tile, 'x' | 'y'>): Tile {
  for (let y = 0; y < bottom(tiles); y++) {
    for (let x = 0; x + tile.width <= COLUMNS; x++) {
      const there = { ...tile, x, y }
      if (!tiles.some((other) => overlap(other, there))) return there
    }
  }
  return { ...tile, x: 0, y: bottom(tiles) }
}

/** One tile in a new place or size: the others make room downwards, then all move up as far as they can. */
export function arranged(tiles: Tile[], at: number, change: Partial<Tile>): Tile[] {
  const width = Math.min(COLUMNS, Math.max(2, change.width ?? tiles[at]!.width))
  const wanted = { ...tiles[at]!, ...change, width }
  const chosen = { ...wanted, x: Math.min(Math.max(0, wanted.x), COLUMNS - width), y: Math.max(0, wanted.y), height: Math.min(40, Math.max(2, wanted.height)) }
  const order = tiles.map((_, place) => place).filter((place) => place !== at).sort((a, b) => tiles[a]!.y - tiles[b]!.y || tiles[a]!.x - tiles[b]!.x)
  const placed = new Map([[at, chosen]])
  for (const one of order) placed.set(one, below(tiles[one]!, [...placed.values()]))
  return packed(tiles.map((_, one) => placed.get(one)!))
}

function below(tile: Tile, others: Tile[]): Tile {
  let moved = tile
  for (let hit = others.find((other) => overlap(other, moved)); hit; hit = others.find((other) => overlap(other, moved))) {
    moved = { ...moved, y: hit.y + hit.height }
  }
  return moved
}

/** Tiles without empty rows above them. */
export function packed(tiles: Tile[]): Tile[] {
  const order = tiles.map((_, place) => place).sort((a, b) => tiles[a]!.y - tiles[b]!.y || tiles[a]!.x - tiles[b]!.x)
  const placed = new Map<number, Tile>()
  for (const one of order) {
    let tile = tiles[one]!
    while (tile.y > 0 && ![...placed.values()].some((other) => overlap(other, { ...tile, y: tile.y - 1 }))) tile = { ...tile, y: tile.y - 1 }
    placed.set(one, tile)
  }
  return tiles.map((_, one) => placed.get(one)!)
}
