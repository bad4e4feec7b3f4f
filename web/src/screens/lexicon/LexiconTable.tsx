import { Text } from '@mantine/core'
import { useProject } from '../../app/project'
import { Tag } from '../../components/Tag'
import { ago, compact, full, moment } from '../../lib/format'
import { type Line, example, scopeName } from '../../lib/lexicon'

type Props = { lines: Line[]; events: boolean; open: (line: Line) => void }

/** A line per name. The name is a button that opens what is known about it. */
export function LexiconTable({ lines, events, open }: Props) {
  return (
    <div className="card" style={{ overflow: 'hidden' }}>
      <table className="issue-table lexicon" aria-label={events ? 'Events' : 'Properties'} data-testid="lexicon">
        <thead>
          <tr>
            <th scope="col">{events ? 'Event' : 'Property'}</th>
            <th scope="col" className="wide">Description</th>
            {!events && <th scope="col" className="wide lexicon-examples">Examples</th>}
            <th scope="col" className="figure issue-records" title={events ? undefined : 'In a sample of 100,000 events'}>{events ? 'Events' : 'In sample'}</th>
            {events && <th scope="col" className="figure wide issue-seen">First seen</th>}
            {events && <th scope="col" className="figure wide issue-seen">Last seen</th>}
          </tr>
        </thead>
        <tbody>{lines.map((line) => <Row key={line.key} line={line} events={events} open={open} />)}</tbody>
      </table>
    </div>
  )
}

function Row({ line, events, open }: { line: Line; events: boolean; open: (line: Line) => void }) {
  return (
    <tr className="issue-row" onClick={() => open(line)} data-testid="lexicon-row">
      <td>
        <button type="button" className="link-button" title={line.name} onClick={(click) => { click.stopPropagation(); open(line) }}>
          {line.display_name || line.name || '(no name)'}
        </button>
        <div className="hint lexicon-under">
          {line.display_name && <code className="clip" title={line.name}>{line.name}</code>}
          {line.scope && <span>{scopeName(line.scope)}</span>}
          {line.control && <span>control event</span>}
          {line.hidden && <Tag size="xs">hidden</Tag>}
          {line.dropped && <Tag size="xs" color="orange">not to be sent</Tag>}
          {line.tags.map((tag) => <Tag key={tag} size="xs" tt="none" maw={140}>{tag}</Tag>)}
        </div>
      </td>
      <td className="wide"><Text fz={13} lh="inherit" lineClamp={2} className="anywhere" c={line.description ? undefined : 'dimmed'}>{line.description || 'Not described'}</Text></td>
      {!events && <td className="wide"><span className="clip hint" style={{ display: 'block' }}>{line.examples.map(example).join(', ')}</span></td>}
      <td className="figure" title={full(line.count)}>{line.count ? compact(line.count) : <span className="hint">not seen</span>}</td>
      {events && <td className="figure wide"><Seen time={line.first} /></td>}
      {events && <td className="figure wide"><Seen time={line.last} /></td>}
    </tr>
  )
}

function Seen({ time }: { time: number }) {
  const { timezone } = useProject()
  if (!time) return null
  return <time dateTime={new Date(time).toISOString()} title={`${moment(time, timezone)} (${timezone})`}>{ago(Date.now() - time)}</time>
}
