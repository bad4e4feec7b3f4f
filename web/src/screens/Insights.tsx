import { Button, Group, Loader, Paper, SegmentedControl, Select, Stack, Text, TextInput, Title } from '@mantine/core'
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { Suspense, lazy, useEffect, useMemo, useState } from 'react'
import { useLocation, useSearch } from 'wouter'
import { Explain } from '../components/Explain'
import { Failure } from '../components/Failure'
import { SeriesTable } from '../components/SeriesTable'
import { type Answer, type Interval, type Measure, type Project, type Scope, api } from '../lib/api'
import { full, label, moment } from '../lib/format'
import { PRESETS, type Report, type View, fromAddress, questionOf, toAddress } from '../lib/question'

const Chart = lazy(() => import('../components/Chart'))
const SHOWN_AT_FIRST = 10
const ANY = 'any event'

export default function Insights({ project }: { project: Project }) {
  const report = fromAddress(useSearch())
  const [, navigate] = useLocation()
  const change = (part: Partial<Report>) => navigate(`/p/${project.id}/insights?${toAddress({ ...report, ...part })}`)
  return (
    <Stack maw={1200}>
      <Title order={1} size="h2">Insights</Title>
      <Builder project={project} report={report} change={change} />
      <Result key={JSON.stringify(questionOf(report))} project={project} report={report} change={change} />
    </Stack>
  )
}

type Parts = { project: Project; report: Report; change: (part: Partial<Report>) => void }

function Builder({ project, report, change }: Parts) {
  const names = useQuery({ queryKey: ['names', project.id], queryFn: () => api.names(project.id) })
  const properties = useQuery({
    queryKey: ['properties', project.id, report.event],
    queryFn: () => api.properties(project.id, report.event ?? undefined),
  })
  const events = (names.data ?? []).filter((name) => !name.control || name.name === report.event).map((name) => name.name)
  if (report.event !== null && !events.includes(report.event)) events.push(report.event)
  const keys = (properties.data ?? []).map((p) => ({ value: `${p.scope}:${p.key}`, label: p.key, hint: p.examples.slice(0, 3).map(String).join(', '), scope: p.scope }))
  const chosen = report.breakdown && `${report.breakdown.scope}:${report.breakdown.key}`
  if (report.breakdown && !keys.some((key) => key.value === chosen)) {
    keys.push({ value: chosen!, label: report.breakdown.key, hint: '', scope: report.breakdown.scope })
  }
  const hints = new Map(keys.map((key) => [key.value, key.hint]))
  const grouped = [
    { group: 'Properties of the event', items: keys.filter((key) => key.scope === 'event').map(({ value, label }) => ({ value, label })) },
    { group: 'Built-in', items: keys.filter((key) => key.scope !== 'event').map(({ value, label }) => ({ value, label })) },
  ]
  return (
    <Paper withBorder p="md">
      <Group align="end" gap="sm">
        <Select
          label="Event"
          searchable
          w={260}
          allowDeselect={false}
          data={[{ value: '', label: ANY }, ...events.map((name) => ({ value: `=${name}`, label: name }))]}
          value={report.event === null ? '' : `=${report.event}`}
          onChange={(value) => value !== null && change({ event: value === '' ? null : value.slice(1), breakdown: null })}
          nothingFoundMessage="No event of that name"
          data-testid="event"
        />
        <Select
          label="Measure"
          w={180}
          allowDeselect={false}
          data={[
            { value: 'total', label: 'Total events' },
            { value: 'unique', label: 'Unique people' },
            { value: 'average', label: 'Average per person' },
          ]}
          value={report.measure}
          onChange={(value) => value && change({ measure: value as Measure })}
          data-testid="measure"
        />
        <Select
          label="Breakdown"
          placeholder="None"
          searchable
          clearable
          w={240}
          data={grouped}
          value={chosen}
          renderOption={({ option }) => (
            <div style={{ minWidth: 0 }}>
              <Text size="sm" className="clip">{option.label}</Text>
              <Text size="xs" c="dimmed" className="clip">{hints.get(option.value)}</Text>
            </div>
          )}
          onChange={(value) => change({ breakdown: value ? { scope: value.split(':', 1)[0] as Scope, key: value.slice(value.indexOf(':') + 1) } : null })}
          data-testid="breakdown"
        />
        <Select
          label="By"
          w={110}
          allowDeselect={false}
          data={['hour', 'day', 'week', 'month', 'quarter'].map((value) => ({ value, label: value }))}
          value={report.interval}
          onChange={(value) => value && change({ interval: value as Interval })}
          data-testid="interval"
        />
      </Group>
      <DateRangePicker project={project} report={report} change={change} />
    </Paper>
  )
}

function DateRangePicker({ report, change }: Parts) {
  const current = PRESETS.find((preset) => JSON.stringify(preset.range) === JSON.stringify(report.range))
  const days = report.range.type === 'between' ? report.range : null
  const [from, setFrom] = useState(days?.from ?? '')
  const [to, setTo] = useState(days?.to ?? '')
  useEffect(() => {
    setFrom(days?.from ?? '')
    setTo(days?.to ?? '')
  }, [days?.from, days?.to])
  return (
    <Group mt="sm" gap="sm" align="end">
      <SegmentedControl
        size="xs"
        aria-label="Date range"
        data={[...PRESETS.map((preset) => preset.label), { value: 'custom', label: 'Custom', disabled: true }]}
        value={current?.label ?? 'custom'}
        onChange={(value) => {
          const preset = PRESETS.find((p) => p.label === value)
          if (preset) change({ range: preset.range, interval: preset.interval })
        }}
        data-testid="range"
      />
      <form
        onSubmit={(event) => {
          event.preventDefault()
          change({ range: { type: 'between', from, to } })
        }}
      >
        <Group gap={6} align="end">
          <TextInput size="xs" type="date" aria-label="From" value={from} max={to || undefined} onChange={(e) => setFrom(e.currentTarget.value)} data-testid="from" />
          <TextInput size="xs" type="date" aria-label="To" value={to} min={from || undefined} onChange={(e) => setTo(e.currentTarget.value)} data-testid="to" />
          <Button size="xs" variant="default" type="submit" disabled={!from || !to || from > to}>Apply</Button>
        </Group>
      </form>
    </Group>
  )
}

function Result({ project, report, change }: Parts) {
  const question = questionOf(report)
  const key = ['ask', project.id, question]
  const client = useQueryClient()
  const answer = useQuery({ queryKey: key, queryFn: ({ signal }) => api.ask(project.id, question, signal) })
  if (answer.error) return <Failure error={answer.error} />
  if (!answer.data) {
    return answer.fetchStatus === 'idle' ? (
      <Paper withBorder p="xl"><Group><Text>Cancelled.</Text><Button size="xs" onClick={() => answer.refetch()}>Ask again</Button></Group></Paper>
    ) : (
      <Waiting cancel={() => client.cancelQueries({ queryKey: key })} />
    )
  }
  return <Shown project={project} report={report} change={change} answer={answer.data} refresh={() => answer.refetch()} refreshing={answer.isFetching} />
}

function Waiting({ cancel }: { cancel: () => void }) {
  const [seconds, setSeconds] = useState(0)
  useEffect(() => {
    const started = Date.now()
    const timer = setInterval(() => setSeconds((Date.now() - started) / 1000), 100)
    return () => clearInterval(timer)
  }, [])
  return (
    <Paper withBorder p="xl" mih={320} role="status" data-testid="loading">
      <Group><Loader size="sm" /><Text className="number">Counting… {seconds.toFixed(1)} s</Text><Button size="compact-sm" variant="default" onClick={cancel}>Cancel</Button></Group>
    </Paper>
  )
}

function Shown({ project, report, change, answer, refresh, refreshing }: Parts & { answer: Answer; refresh: () => void; refreshing: boolean }) {
  const name = report.event ?? ANY
  const lines = useMemo(
    () => answer.series.map((series) => ({ name: series.breakdown.length ? series.breakdown.map(label).join(' · ') : name, values: series.values, overall: series.overall })),
    [answer, name],
  )
  const [hidden, setHidden] = useState<ReadonlySet<number>>(() => new Set(lines.map((_, place) => place).filter((place) => place >= SHOWN_AT_FIRST)))
  const visible = lines.filter((_, place) => !hidden.has(place))
  const empty = lines.every((line) => line.overall === 0)
  const total = lines.length === 1 ? `, ${full(lines[0]!.overall)} in all` : `, ${lines.length} lines; the table below has the numbers`
  return (
    <Stack gap="sm">
      <Paper withBorder p="md">
        <Group justify="space-between" mb="xs">
          <SegmentedControl size="xs" aria-label="Chart type" data={['line', 'bar', 'table']} value={report.view} onChange={(value) => change({ view: value as View })} data-testid="view" />
          <Group gap="xs">
            <Text size="xs" c="dimmed" className={refreshing ? 'pulse' : undefined}>Computed {moment(answer.explanation.computed_at, project.timezone)}</Text>
            <Button size="compact-xs" variant="default" onClick={refresh} data-testid="refresh">Refresh</Button>
            <Explain explanation={answer.explanation} />
          </Group>
        </Group>
        {answer.explanation.behind && <Text size="xs" c="orange">Events that arrived in the last seconds may be missing.</Text>}
        {empty ? (
          <Text py="xl" ta="center" c="dimmed" data-testid="empty">
            {report.event === null ? 'There are no events in this range.' : `“${report.event}” did not happen in this range.`} Try a longer range.
          </Text>
        ) : (
          report.view !== 'table' && (
            <Suspense fallback={<div style={{ height: 340 }} />}>
              <Chart lines={visible} buckets={answer.buckets} interval={report.interval} kind={report.view} height={340} description={`${answer.explanation.sentence}${total}`} />
            </Suspense>
          )
        )}
      </Paper>
      {!empty && <SeriesTable lines={lines} buckets={answer.buckets} interval={report.interval} hidden={hidden} setHidden={setHidden} />}
    </Stack>
  )
}
