import { Group, Skeleton, Table, Text, Title } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { figureQuery } from '../../api/queries'
import type { Series } from '../../api/types'
import { useProject } from '../../app/project'
import { EventLink } from '../../components/ChartLink'
import { Failure } from '../../components/Failure'
import { topEvents } from '../../lib/figures'
import { full } from '../../lib/format'

const SHOWN = 12
const ALL = { measure: 'total', by: 'name', scope: 'field' }

export function TopEvents() {
  const project = useProject()
  const answer = useQuery(figureQuery(project.id, topEvents(SHOWN)))
  const rows = answer.data?.series ?? []
  return (
    <section className="card" style={{ overflow: 'hidden', height: '100%' }} aria-label="Top events" data-testid="top-events">
      <Group justify="space-between" px="md" py="sm" mih={51} className="card-head">
        <Title order={2}>Top events</Title>
        <Link className="plain-link" to="/p/$projectId/insights" params={{ projectId: String(project.id) }} search={ALL}>
          <Text size="sm" c="dimmed">Chart all</Text>
        </Link>
      </Group>
      {answer.error && !answer.data && <Failure error={answer.error} retry={() => void answer.refetch()} />}
      {answer.isPending && Array.from({ length: 8 }, (_, place) => <Skeleton key={place} height={18} m="sm" w="auto" />)}
      {rows.length > 0 && <Rows rows={rows} />}
      {answer.data && rows.length === 0 && <Text p="lg" c="dimmed" size="sm" ta="center">No events in these days.</Text>}
    </section>
  )
}

function Rows({ rows }: { rows: Series[] }) {
  const most = rows[0]?.overall || 1
  return (
    <Table layout="fixed" verticalSpacing={7} horizontalSpacing="md" aria-label="Events of the last days with how often they happened" mt={4} mb={4} withRowBorders={false}>
      <Table.Tbody>
        {rows.map((row) => (
          <Table.Tr key={String(row.breakdown[0])}>
            <Table.Td>
              <div className="share" style={{ '--share': `${(100 * (row.overall ?? 0)) / most}%` } as React.CSSProperties}>
                <div className="clip" style={{ padding: '5px 8px' }}><EventLink event={String(row.breakdown[0] ?? '')} /></div>
              </div>
            </Table.Td>
            <Table.Td ta="right" w={110} className="number">{full(row.overall ?? 0)}</Table.Td>
          </Table.Tr>
        ))}
      </Table.Tbody>
    </Table>
  )
}
