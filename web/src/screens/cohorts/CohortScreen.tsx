import { Button, Group, Skeleton, Stack, Text, TextInput, Textarea } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { useNavigate, useParams } from '@tanstack/react-router'
import { useMemo, useState } from 'react'
import type { Selected } from '../../api/behind'
import { type Cohort, sizeQuery } from '../../api/cohorts'
import { type CohortContent, type Saved, change, cohortsQuery, create, remove } from '../../api/saved'
import type { CohortSizes, DateRange, Interval } from '../../api/types'
import { useProject } from '../../app/project'
import { People } from '../../builder/PeopleBehind'
import { IntervalPicker, RangePicker } from '../../builder/RangePicker'
import { Result } from '../../builder/Result'
import { ViewPicker } from '../../builder/ViewPicker'
import { Confirm } from '../../components/Confirm'
import { Failure } from '../../components/Failure'
import { Page } from '../../components/Page'
import { Problem } from '../../components/Problem'
import { useAction } from '../../components/useAction'
import { EMPTY, asGroup, inWords, lackingIn } from '../../lib/cohorts'
import { full } from '../../lib/format'
import { PRESETS } from '../../lib/ranges'
import type { View } from '../../lib/report'
import { mayEdit } from '../../lib/roles'
import { GroupEditor } from './ConditionEditor'
import { SizesShown } from './SizesShown'

/** A size is counted for every day of the range: shorter ranges than elsewhere. */
const SIZE_PRESETS = PRESETS.filter(({ label }) => ['7D', '30D', '3M', '6M', '12M'].includes(label))
const NEW = 'new'

/** One cohort: its conditions, its size now and over time, and who is in it. `new`: one that is not saved yet. */
export function CohortScreen() {
  const project = useProject()
  const { number } = useParams({ strict: false })
  const cohorts = useQuery(cohortsQuery(project.id))
  const saved = cohorts.data?.find((one) => String(one.id) === number)
  if (number === NEW) return <Editor key={NEW} saved={null} />
  if (saved) return <Editor key={`${saved.id} ${saved.version}`} saved={saved} />
  return (
    <Page title="Cohort">
      {cohorts.error ? <Failure error={cohorts.error} retry={() => void cohorts.refetch()} /> : cohorts.data ? <Text c="dimmed">There is no such cohort in this project. It may have been deleted.</Text> : <Skeleton height={400} />}
    </Page>
  )
}

function Editor({ saved }: { saved: Saved<CohortContent> | null }) {
  const project = useProject()
  const [name, setName] = useState(saved?.name ?? '')
  const [description, setDescription] = useState(saved?.description ?? '')
  const [cohort, setCohort] = useState<Cohort>(saved?.content.cohort ?? EMPTY)
  const edits = mayEdit(project.role)
  const lacking = lackingIn(cohort.condition)
  const changed = !saved || name !== saved.name || description !== saved.description || JSON.stringify(cohort) !== JSON.stringify(saved.content.cohort)
  return (
    <Page title={saved?.name ?? 'New cohort'} lead={lacking ?? inWords(cohort.condition)} width={1560} aside={saved && edits && <Actions saved={saved} />}>
      <div className="report">
        <div className="card builder" data-testid="cohort-builder">
          <Stack gap={8} py={10}>
            <TextInput size="xs" label="Name" maxLength={255} value={name} readOnly={!edits} onChange={(event) => setName(event.currentTarget.value)} data-testid="cohort-title" />
            <Textarea size="xs" label="Description" autosize minRows={1} value={description} readOnly={!edits} onChange={(event) => setDescription(event.currentTarget.value)} />
            <div>
              <div className="field-label">Who is in it</div>
              {edits ? <GroupEditor group={asGroup(cohort.condition)} change={(condition) => setCohort({ ...cohort, condition })} /> : <Text size="sm">{inWords(cohort.condition)}</Text>}
            </div>
            {edits && <SaveBar saved={saved} name={name.trim()} description={description} cohort={cohort} disabled={!changed || !name.trim() || lacking !== null} />}
          </Stack>
        </div>
        <Sizes name={name.trim() || 'Cohort'} cohort={cohort} lacking={lacking} />
      </div>
    </Page>
  )
}

type SaveProps = { saved: Saved<CohortContent> | null; name: string; description: string; cohort: Cohort; disabled: boolean }

function SaveBar({ saved, name, description, cohort, disabled }: SaveProps) {
  const project = useProject()
  const navigate = useNavigate()
  const content = { cohort }
  const save = useAction(
    () => (saved ? change('cohorts', project.id, saved, { name, description, content }) : create('cohorts', project.id, name, content, description)),
    [['cohorts', project.id]],
    (kept) => void navigate({ to: `/p/${project.id}/cohorts/${kept.id}`, replace: true }),
  )
  return (
    <>
      <Problem text={save.error?.message} />
      <Group justify="flex-end"><Button size="xs" loading={save.isPending} disabled={disabled} onClick={() => save.mutate()} data-testid="save-cohort">{saved ? 'Save the changes' : 'Save the cohort'}</Button></Group>
    </>
  )
}

function Actions({ saved }: { saved: Saved<CohortContent> }) {
  const project = useProject()
  const navigate = useNavigate()
  const stale = [['cohorts', project.id]]
  const copy = useAction(() => create('cohorts', project.id, `${saved.name.slice(0, 240)} (copy)`, saved.content, saved.description), stale, (made) => void navigate({ to: `/p/${project.id}/cohorts/${made.id}` }))
  const drop = useAction(() => remove('cohorts', project.id, saved.id), stale, () => void navigate({ to: `/p/${project.id}/cohorts` }))
  return (
    <Group gap={6}>
      <Problem text={copy.error?.message} />
      <Button variant="default" size="compact-sm" loading={copy.isPending} onClick={() => copy.mutate()} data-testid="duplicate">Duplicate</Button>
      <Confirm label="Delete" question={`Delete “${saved.name}”?`} text="Reports that use it then say that it is gone. It can be restored through the API." act={drop} />
    </Group>
  )
}

function Sizes({ name, cohort, lacking }: { name: string; cohort: Cohort; lacking: string | null }) {
  const [{ range, interval }, setShown] = useState<{ range: DateRange; interval: Interval }>({ range: { type: 'last', count: 30, unit: 'day' }, interval: 'day' })
  const [view, setView] = useState<View>('line')
  const question: CohortSizes = useMemo(() => ({ type: 'cohort_sizes', cohorts: [{ type: 'in_cohort', cohort, name }], range, interval }), [cohort, name, range, interval])
  const everybody: Selected = { question: { ...question, range: null }, selection: { cohort: 0 }, title: name }
  return (
    <div>
      <div className="card answer">
        <div className="toolbar">
          <RangePicker range={range} interval={interval} presets={SIZE_PRESETS} change={(next, every) => setShown({ range: next, interval: every === 'hour' ? 'day' : every })} />
          <Group gap={8}>
            <IntervalPicker interval={interval} range={range} only={['day', 'week', 'month']} choose={(next) => setShown({ range, interval: next })} />
            <ViewPicker views={['line', 'bar', 'table']} view={view} choose={setView} />
          </Group>
        </div>
        {!lacking && <Now cohort={cohort} />}
        <Result question={question} lacking={lacking}>{(answered) => <SizesShown {...answered} view={view} name={name} />}</Result>
      </div>
      {!lacking && <div className="card part" style={{ marginTop: 16 }}><People key={JSON.stringify(cohort)} selected={everybody} keep={false} /></div>}
    </div>
  )
}

/** The size of today, which is there long before those of all days are counted. */
function Now({ cohort }: { cohort: Cohort }) {
  const project = useProject()
  const size = useQuery(sizeQuery(project.id, cohort))
  if (size.error) return null
  return (
    <div className="headline" style={{ paddingTop: 10 }} role="status">
      {size.data === undefined ? <Skeleton height={30} w={120} /> : <><b className="number" data-testid="cohort-size">{full(size.data)}</b> {size.data === 1 ? 'person' : 'people'} now</>}
    </div>
  )
}
