import { Stack, Text, Title } from '@mantine/core'
import type { Issue } from '../../api/types'
import { useProject } from '../../app/project'
import { JsonView } from '../../components/JsonView'
import { adviceOf } from '../../lib/advice'
import { moment } from '../../lib/format'
import { SAMPLE_LENGTH } from '../../lib/issues'
import { laidOut } from '../../lib/jsontext'

const ONE_HEIGHT = 340
const HEIGHT = 200
/** Characters of a reason from which on its row may not have room for it. */
const LONG = 60

/** What to do about an issue, when it came, and the latest records as they were sent. */
export function IssueDetails({ issue }: { issue: Issue }) {
  const { timezone } = useProject()
  const advice = adviceOf(issue)
  const { samples } = issue
  return (
    <Stack gap="sm" data-testid="issue-open">
      {issue.reason.length > LONG && <Text size="sm" className="anywhere" mah={HEIGHT} style={{ overflowY: 'auto' }} tabIndex={0} data-testid="issue-whole-reason">{issue.reason}</Text>}
      {advice && <Text size="sm" className="issue-advice anywhere" data-testid="issue-advice">{advice}</Text>}
      <Text size="xs" c="dimmed">
        First seen {moment(issue.first, timezone)}, last seen {moment(issue.latest, timezone)} ({timezone}).
      </Text>
      <Title order={3} fz="sm">{headingOf(samples)}</Title>
      {samples.map((sample, place) => (
        <div key={place}>
          <JsonView text={laidOut(sample)} height={samples.length === 1 ? ONE_HEIGHT : HEIGHT} testId="issue-sample" />
          {[...sample].length >= SAMPLE_LENGTH && <Text size="xs" c="dimmed" mt={4}>Only the first {SAMPLE_LENGTH} characters are kept.</Text>}
        </div>
      ))}
    </Stack>
  )
}

function headingOf(samples: string[]): string {
  if (samples.length === 0) return 'No record was kept: what was sent could not be read as one.'
  return samples.length === 1 ? 'The latest record, as it was sent' : `The latest ${samples.length} records, as they were sent`
}
