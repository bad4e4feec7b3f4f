import { Group, Select, Skeleton, Text } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { historyQuery } from '../../api/people'
import { useProject } from '../../app/project'
import { Failure } from '../../components/Failure'
import { moment } from '../../lib/format'
import { changesOf } from '../../lib/people'
import { shown } from '../../lib/values'

/** How properties changed: what each was before and after, the latest change first. */
export function History({ id }: { id: string }) {
  const { id: project, timezone } = useProject()
  const history = useQuery(historyQuery(project, id))
  const [key, setKey] = useState<string | null>(null)
  if (history.error && !history.data) return <div style={{ padding: 12 }}><Failure error={history.error} retry={() => void history.refetch()} /></div>
  if (!history.data) return Array.from({ length: 6 }, (_, place) => <Skeleton key={place} height={18} m="sm" w="auto" />)
  if (history.data.length === 0) return <Text p="lg" c="dimmed" size="sm" ta="center">No property of this person was ever set.</Text>
  const changes = changesOf(history.data).filter((change) => key === null || change.key === key)
  return (
    <div data-testid="history">
      <Group p="sm"><Select size="xs" w={240} clearable searchable aria-label="Property" placeholder="All properties" data={[...new Set(history.data.map((change) => change.key))].sort()} value={key} onChange={setKey} /></Group>
      <div className="history">
        <table className="issue-table" aria-label="Property history">
          <thead><tr><th scope="col">Property</th><th scope="col">Value</th><th scope="col" className="history-time">From</th></tr></thead>
          <tbody>
            {changes.map((change) => (
              <tr key={`${change.key} ${change.time}`} data-testid="change">
                <td className="anywhere">{change.key}</td>
                <td className="anywhere">
                  {change.before !== undefined && <span className="hint">{change.before === null ? 'not set' : shown(change.before)} → </span>}
                  {change.value === null ? <span className="hint">not set</span> : shown(change.value)}
                </td>
                <td><time dateTime={new Date(change.time).toISOString()}>{moment(change.time, timezone)}</time></td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </div>
  )
}
