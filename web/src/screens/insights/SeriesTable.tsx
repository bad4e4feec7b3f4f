import { Checkbox, Text, UnstyledButton } from '@mantine/core'
import { useVirtualizer } from '@tanstack/react-virtual'
import { useMemo, useRef, useState } from 'react'
import type { Bucket, Interval } from '../../api/types'
import type { Line } from '../../charts/lines'
import { bucketLabels, full } from '../../lib/format'
import { type Sort, sorted } from './sort'

const ROW = 36
const BEYOND = 8

type Props = {
  lines: Line[]
  buckets: Bucket[]
  interval: Interval
  heading: string
  isVisible: (line: Line) => boolean
  toggle: (line: Line) => void
  toggleAll: () => void
  /** Whether there may be more lines than these. */
  cut: boolean
}

/** A row per line, with a box that shows or hides it in the chart. Only rows in sight are in the page. */
export function SeriesTable({ lines, buckets, interval, heading, isVisible, toggle, toggleAll, cut }: Props) {
  const [sort, setSort] = useState<Sort>({ by: 'overall', down: true })
  const rows = useMemo(() => sorted(lines, sort), [lines, sort])
  const labels = useMemo(() => bucketLabels(buckets, interval), [buckets, interval])
  const box = useRef<HTMLDivElement>(null)
  const window = useVirtualizer({ count: rows.length, getScrollElement: () => box.current, estimateSize: () => ROW, overscan: BEYOND })
  const items = window.getVirtualItems()
  const above = items[0]?.start ?? 0
  const below = window.getTotalSize() - (items.at(-1)?.end ?? 0)
  const drawn = lines.filter(isVisible).length
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
              <Heading text="Overall" by="overall" sort={sort} setSort={setSort} />
              {buckets.map((bucket, place) => (
                <Column key={bucket.start} label={labels[place]!} open={!bucket.complete} place={place} sort={sort} setSort={setSort} />
              ))}
            </tr>
          </thead>
          <tbody>
            {above > 0 && <tr aria-hidden><td style={{ height: above, padding: 0 }} /></tr>}
            {items.map((item) => {
              const line = rows[item.index]!
              return <Row key={line.key} line={line} visible={isVisible(line)} toggle={() => toggle(line)} />
            })}
            {below > 0 && <tr aria-hidden><td style={{ height: below, padding: 0 }} /></tr>}
          </tbody>
        </table>
      </div>
      {cut && <Text size="xs" c="dimmed" px="md" py="xs">The {lines.length} largest are shown; there may be more.</Text>}
    </div>
  )
}

function Row({ line, visible, toggle }: { line: Line; visible: boolean; toggle: () => void }) {
  return (
    <tr data-testid="series">
      <td className="stuck">
        <Checkbox size="xs" color={line.color} checked={visible} onChange={toggle} aria-label={`Show ${line.name}`} />
      </td>
      <td className="stuck second name clip" title={line.name}>{line.name}</td>
      <td className="figure" style={{ fontWeight: 650 }} data-testid="overall">{full(line.overall)}</td>
      {line.values.map((value, place) => <td key={place} className="figure">{full(value)}</td>)}
    </tr>
  )
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
