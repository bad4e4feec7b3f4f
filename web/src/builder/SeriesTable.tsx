import { Checkbox, Text, UnstyledButton } from '@mantine/core'
import { useVirtualizer } from '@tanstack/react-virtual'
import { useMemo, useRef, useState } from 'react'
import type { Axis } from '../charts/axis'
import type { Line } from '../charts/lines'
import { change, figure } from '../lib/format'
import { type Sort, sorted } from './sort'

const ROW = 36
const BEYOND = 8

type Props = {
  lines: Line[]
  axis: Axis
  heading: string
  overall?: string
  isVisible: (line: Line) => boolean
  toggle: (line: Line) => void
  toggleAll: () => void
  /** Whether there may be more lines than these. */
  cut?: boolean
  /** Who is behind a number; `place` null: the one of the whole range. */
  pick?: (place: number | null, line: Line) => void
}

/** A row per line, with a box that shows or hides it in the chart. Only rows in sight are in the page. */
export function SeriesTable({ lines, axis, heading, overall = 'Overall', isVisible, toggle, toggleAll, cut = false, pick }: Props) {
  const [sort, setSort] = useState<Sort>({ by: 'overall', down: true })
  const rows = useMemo(() => sorted(lines, sort), [lines, sort])
  const box = useRef<HTMLDivElement>(null)
  const window = useVirtualizer({ count: rows.length, getScrollElement: () => box.current, estimateSize: () => ROW, overscan: BEYOND })
  const items = window.getVirtualItems()
  const above = items[0]?.start ?? 0
  const below = window.getTotalSize() - (items.at(-1)?.end ?? 0)
  const drawn = lines.filter(isVisible).length
  const compared = lines.some((line) => line.before)
  return (
    <div style={{ borderTop: '1px solid var(--line)' }}>
      <div ref={box} className="series-table" tabIndex={0} role="region" aria-label="The numbers of the chart">
        <table style={{ minWidth: '100%' }} aria-rowcount={rows.length + 1} data-testid="table">
          <thead>
            <tr>
              <th className="stuck" style={{ width: 40 }}>
                <Checkbox
                  size="xs"
                  aria-label="Show all lines"
                  checked={drawn === lines.length}
                  indeterminate={drawn > 0 && drawn < lines.length}
                  onChange={toggleAll}
                  data-testid="series-all"
                />
              </th>
              <Heading text={heading} by="name" sort={sort} setSort={setSort} />
              <Heading text={overall} by="overall" sort={sort} setSort={setSort} />
              {compared && <th className="figure">Change</th>}
              {axis.labels.map((label, place) => (
                <Column key={place} label={label} open={place >= axis.finished} place={place} sort={sort} setSort={setSort} />
              ))}
            </tr>
          </thead>
          <tbody>
            {above > 0 && <tr aria-hidden><td style={{ height: above, padding: 0 }} /></tr>}
            {items.map((item) => {
              const line = rows[item.index]!
              return <Row key={line.key} line={line} compared={compared} visible={isVisible(line)} toggle={() => toggle(line)} pick={pick} titles={axis.titles} />
            })}
            {below > 0 && <tr aria-hidden><td style={{ height: below, padding: 0 }} /></tr>}
          </tbody>
        </table>
      </div>
      {cut && <Text size="xs" c="dimmed" px="md" py="xs">The {lines.length} largest are shown; there may be more.</Text>}
    </div>
  )
}

type RowProps = { line: Line; compared: boolean; visible: boolean; toggle: () => void; pick: Props['pick']; titles: string[] }

function Row({ line, compared, visible, toggle, pick, titles }: RowProps) {
  return (
    <tr data-testid="series">
      <td className="stuck">
        <Checkbox size="xs" color={line.color} checked={visible} onChange={toggle} aria-label={`Show ${line.name}`} />
      </td>
      <td className="stuck second name clip" title={line.name}>{line.name}</td>
      <td className="figure" style={{ fontWeight: 650 }} data-testid="overall">
        <Cell text={figure(line.overall, line.style)} name={`${line.name}, overall`} act={pick && line.overall ? () => pick(null, line) : undefined} />
      </td>
      {compared && <td className="figure"><Change now={line.overall} before={line.before?.overall ?? null} line={line} /></td>}
      {line.values.map((value, place) => (
        <td key={place} className="figure">
          <Cell text={figure(value, line.style)} name={`${line.name}, ${titles[place]}`} act={pick && value ? () => pick(place, line) : undefined} />
        </td>
      ))}
    </tr>
  )
}

/** A number; where there is somebody behind it, a button that shows them. */
function Cell({ text, name, act }: { text: string; name: string; act?: () => void }) {
  if (!act) return <>{text}</>
  return <button type="button" className="cell" onClick={act} title={`Who is behind: ${name}`}>{text}</button>
}

const ARROWS = { up: '▲', down: '▼', same: '=' }

function Change({ now, before, line }: { now: number | null; before: number | null; line: Line }) {
  if (now === null || before === null) return <>–</>
  const moved = change(now, before)
  return <span title={`${figure(before, line.style)} before`} className={moved ? `change ${moved.direction}` : undefined}>{moved ? `${ARROWS[moved.direction]} ${moved.text}` : 'new'}</span>
}

type SortProps = { sort: Sort; setSort: (sort: Sort) => void }

function Heading({ text, by, sort, setSort }: SortProps & { text: string; by: 'name' | 'overall' }) {
  return (
    <th className={by === 'name' ? 'stuck second' : 'figure'} aria-sort={direction(sort, by)}>
      <SortButton text={text} active={sort.by === by} sort={sort} choose={() => setSort({ by, down: sort.by === by ? !sort.down : by !== 'name' })} />
    </th>
  )
}

function Column({ label, open, place, sort, setSort }: SortProps & { label: string; open: boolean; place: number }) {
  return (
    <th className="figure" aria-sort={direction(sort, place)} title={open ? 'Not over yet' : undefined}>
      <SortButton text={open ? `${label} …` : label} active={sort.by === place} sort={sort} choose={() => setSort({ by: place, down: sort.by === place ? !sort.down : true })} dimmed />
    </th>
  )
}

function SortButton({ text, active, sort, choose, dimmed = false }: { text: string; active: boolean; sort: Sort; choose: () => void; dimmed?: boolean }) {
  return (
    <UnstyledButton fz={13} fw={dimmed && !active ? 500 : 650} c={dimmed && !active ? 'dimmed' : undefined} onClick={choose}>
      {text}
      {active && <span aria-hidden>{sort.down ? ' ↓' : ' ↑'}</span>}
    </UnstyledButton>
  )
}

const direction = (sort: Sort, by: Sort['by']) => (sort.by !== by ? 'none' : sort.down ? 'descending' : 'ascending')
