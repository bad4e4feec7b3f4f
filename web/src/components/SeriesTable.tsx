import { Checkbox, Paper, ScrollArea, Table, UnstyledButton } from '@mantine/core'
import { useState } from 'react'
import type { Bucket, Interval } from '../lib/api'
import { day, full } from '../lib/format'
import type { Line } from './Chart'

type Props = { lines: Line[]; buckets: Bucket[]; interval: Interval; hidden: ReadonlySet<number>; setHidden: (hidden: ReadonlySet<number>) => void }
type Sort = { by: 'name' | 'overall'; down: boolean }

/** A row per line, with a box that shows or hides it in the chart. */
export function SeriesTable({ lines, buckets, interval, hidden, setHidden }: Props) {
  const [sort, setSort] = useState<Sort>({ by: 'overall', down: true })
  const order = lines.map((_, place) => place).sort((a, b) => {
    const compared = sort.by === 'overall' ? lines[a]!.overall - lines[b]!.overall : lines[a]!.name.localeCompare(lines[b]!.name)
    return sort.down ? -compared : compared
  })
  const toggle = (place: number) => {
    const next = new Set(hidden)
    if (!next.delete(place)) next.add(place)
    setHidden(next)
  }
  return (
    <Paper withBorder>
      <ScrollArea.Autosize mah={520} tabIndex={0} aria-label="The numbers of the chart">
        <Table verticalSpacing={6} stickyHeader data-testid="table">
          <Table.Thead>
            <Table.Tr>
              <Table.Th w={40}><span aria-hidden>✓</span></Table.Th>
              <Heading text="Value" by="name" sort={sort} setSort={setSort} />
              <Heading text="Overall" by="overall" sort={sort} setSort={setSort} right />
              {buckets.map((bucket) => (
                <Table.Th key={bucket.start} ta="right" fw={500} fz="xs" c="dimmed" style={{ whiteSpace: 'nowrap' }}>
                  {day(bucket.date, interval)}{bucket.complete ? '' : '*'}
                </Table.Th>
              ))}
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {order.map((place) => {
              const line = lines[place]!
              return (
                <Table.Tr key={place} data-testid="series">
                  <Table.Td><Checkbox size="xs" checked={!hidden.has(place)} onChange={() => toggle(place)} aria-label={`Show ${line.name}`} /></Table.Td>
                  <Table.Td maw={320} className="clip" title={line.name}>{line.name}</Table.Td>
                  <Table.Td ta="right" fw={600} className="number" data-testid="overall">{full(line.overall)}</Table.Td>
                  {line.values.map((value, number) => <Table.Td key={number} ta="right" fz="sm" className="number">{full(value)}</Table.Td>)}
                </Table.Tr>
              )
            })}
          </Table.Tbody>
        </Table>
      </ScrollArea.Autosize>
    </Paper>
  )
}

type HeadingProps = { text: string; by: Sort['by']; sort: Sort; setSort: (sort: Sort) => void; right?: boolean }

function Heading({ text, by, sort, setSort, right = false }: HeadingProps) {
  const active = sort.by === by
  return (
    <Table.Th ta={right ? 'right' : 'left'} aria-sort={active ? (sort.down ? 'descending' : 'ascending') : 'none'}>
      <UnstyledButton fz="sm" fw={600} onClick={() => setSort({ by, down: active ? !sort.down : true })}>
        {text}{active && <span aria-hidden>{sort.down ? ' ↓' : ' ↑'}</span>}
      </UnstyledButton>
    </Table.Th>
  )
}
