import { Anchor, Button, Stack, Text } from '@mantine/core'
import { Link } from '@tanstack/react-router'
import { useProject } from '../../app/project'
import { CheckIcon } from '../../components/icons'
import { ALL, type IssuePeriod } from '../../lib/issues'

/** Nothing was wrong; what would be told here if it were. */
export function NoIssues({ period, choose }: { period: IssuePeriod; choose: (period: IssuePeriod) => void }) {
  const project = useProject()
  return (
    <Stack className="card" align="center" gap="sm" py={56} px="md" ta="center" data-testid="no-issues">
      <span className="arrived-sign"><CheckIcon size={18} /></span>
      <Text fw={600}>Nothing was rejected or corrected in {period.name}.</Text>
      <Text size="sm" c="dimmed" maw={560}>
        Records would appear here that could not be stored, such as an event without a name or with a time in the future, and
        records that were stored in another form than they were sent. Requests with a token that no project has are not
        among them: nobody knows whose they are.
      </Text>
      {period !== ALL && <Button size="compact-sm" variant="light" onClick={() => choose(ALL)}>Look at {ALL.name}</Button>}
      <Anchor size="sm" renderRoot={(props) => <Link {...props} to="/p/$projectId/install" params={{ projectId: String(project.id) }} />}>
        How to send events
      </Anchor>
    </Stack>
  )
}
