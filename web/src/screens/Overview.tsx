import { Card, Grid, Group, Paper, Stack, Table, Text, Title, UnstyledButton } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { Suspense, lazy } from 'react'
import { Link } from 'wouter'
import { Failure } from '../components/Failure'
import { LiveEvents } from '../components/LiveEvents'
import { type EventSelector, type Measure, type Project, api } from '../lib/api'
import { change, full } from '../lib/format'
import { DEFAULT, toAddress } from '../lib/question'

const Chart = lazy(() => import('../components/Chart'))
const DAYS = 30

export function Overview({ project }: { project: Project }) {
  return (
    <Stack gap="lg" maw={1200}>
      <div>
        <Title order={1} size="h2">Overview</Title>
        <Text c="dimmed" size="sm">The last {DAYS} days in {project.timezone}, today included.</Text>
      </div>
      <Grid gap="md">
        <Grid.Col span={{ base: 12, sm: 4 }}><Figure project={project} id="active-users" title="Active users" measure="unique" event={{ names: [] }} /></Grid.Col>
        <Grid.Col span={{ base: 12, sm: 4 }}><Figure project={project} id="new-users" title="New users" measure="unique" event={{ names: [], first_time: true }} /></Grid.Col>
        <Grid.Col span={{ base: 12, sm: 4 }}><Figure project={project} id="events" title="Events" measure="total" event={{ names: [] }} /></Grid.Col>
        <Grid.Col span={{ base: 12, md: 5 }}><TopEvents project={project} /></Grid.Col>
        <Grid.Col span={{ base: 12, md: 7 }}><LiveEvents project={project} limit={12} /></Grid.Col>
      </Grid>
    </Stack>
  )
}

type FigureProps = { project: Project; id: string; title: string; measure: Measure; event: EventSelector }

/** A number over the range, its change against the range before, and its line. */
function Figure({ project, id, title, measure, event }: FigureProps) {
  const ask = (count: number) =>
    api.ask(project.id, {
      type: 'segmentation',
      metrics: [{ event, measure }],
      range: { type: 'last', count, unit: 'day' },
      interval: 'day',
      breakdowns: [],
    })
  const now = useQuery({ queryKey: ['figure', project.id, id], queryFn: () => ask(DAYS) })
  const before = useQuery({ queryKey: ['figure-before', project.id, id], queryFn: () => previous(project, event, measure) })
  const series = now.data?.series[0]
  const delta = series && before.data !== undefined ? change(series.overall, before.data) : null
  return (
    <Card withBorder padding="md" data-testid={`card-${id}`}>
      <Text size="sm" c="dimmed">{title}</Text>
      {now.error && <Failure error={now.error} />}
      <Group align="baseline" gap="xs" mih={36}>
        <Text fz={28} fw={700} className="number" data-testid={`value-${id}`}>{series ? full(series.overall) : '…'}</Text>
        {delta && (
          <Text size="sm" c={delta.up ? 'green' : 'red'} title={`The ${DAYS} days before: ${full(before.data!)}`}>
            <span aria-hidden>{delta.up ? '▲' : '▼'}</span> {delta.up ? 'up' : 'down'} {delta.text}
          </Text>
        )}
      </Group>
      <div style={{ height: 140 }}>
        {now.data && series && (
          <Suspense fallback={null}>
            <Chart
              lines={[{ name: title, values: series.values, overall: series.overall }]}
              buckets={now.data.buckets}
              interval="day"
              kind="line"
              height={140}
              description={`${title} by day, ${full(series.overall)} in the last ${DAYS} days`}
            />
          </Suspense>
        )}
      </div>
    </Card>
  )
}

/** The same measure over the days before, by calendar days of the project's zone. */
async function previous(project: Project, event: EventSelector, measure: Measure): Promise<number> {
  const today = new Intl.DateTimeFormat('en-CA', { timeZone: project.timezone, dateStyle: 'short' }).format(new Date())
  const back = (days: number) => {
    const date = new Date(`${today}T00:00:00Z`)
    date.setUTCDate(date.getUTCDate() - days)
    return date.toISOString().slice(0, 10)
  }
  const answer = await api.ask(project.id, {
    type: 'segmentation',
    metrics: [{ event, measure }],
    range: { type: 'between', from: back(2 * DAYS - 1), to: back(DAYS) },
    interval: 'month',
    breakdowns: [],
  })
  return answer.series[0]?.overall ?? 0
}

function TopEvents({ project }: { project: Project }) {
  const names = useQuery({ queryKey: ['names', project.id], queryFn: () => api.names(project.id) })
  const shown = (names.data ?? []).filter((name) => !name.control).slice(0, 12)
  return (
    <Stack gap="xs">
      <Text fw={600}>Top events</Text>
      {names.error && <Failure error={names.error} />}
      <Paper withBorder data-testid="top-events">
        <Table verticalSpacing={7}>
          <Table.Tbody>
            {shown.map((name) => (
              <Table.Tr key={name.name}>
                <Table.Td style={{ maxWidth: 0, width: '100%' }}>
                  <UnstyledButton
                    component={Link}
                    className="clip row-button"
                    fz="sm"
                    href={`/p/${project.id}/insights?${toAddress({ ...DEFAULT, event: name.name, measure: 'total' })}`}
                  >
                    {name.name}
                  </UnstyledButton>
                </Table.Td>
                <Table.Td ta="right" className="number">{full(name.count)}</Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
        {names.data && shown.length === 0 && <Text p="md" c="dimmed" size="sm">No events yet.</Text>}
        {!names.data && !names.error && <Text p="md" c="dimmed" size="sm" className="pulse">Loading…</Text>}
      </Paper>
    </Stack>
  )
}
