import { Button, Code, Group, Modal, Stack, Text, Title } from '@mantine/core'
import { useDisclosure } from '@mantine/hooks'
import type { Explanation } from '../api/types'
import { CopyButton } from '../components/CopyButton'
import { duration, full, moment } from '../lib/format'

/** How the numbers were counted: the sentence, the SQL, what it read and how long it took. */
export function Explain({ explanation, timezone }: { explanation: Explanation; timezone: string }) {
  const [open, { open: show, close }] = useDisclosure()
  return (
    <>
      <Button size="compact-sm" variant="subtle" onClick={show} ml={-8} data-testid="explain">How was this counted?</Button>
      <Modal opened={open} onClose={close} title={<Text fw={650}>How was this counted?</Text>} size="xl" closeButtonProps={{ 'aria-label': 'Close' }}>
        <Stack data-testid="explanation">
          <Text data-testid="sentence" style={{ overflowWrap: 'anywhere' }}>{explanation.sentence}</Text>
          <Text size="sm" c="dimmed">
            {full(explanation.rows_read)} rows read in {duration(explanation.elapsed_ms)}, computed {moment(explanation.computed_at, timezone)} ({timezone}).
          </Text>
          {explanation.sql.map((sql, place) => <Statement key={place} sql={sql} parameters={explanation.parameters[place] ?? {}} />)}
        </Stack>
      </Modal>
    </>
  )
}

function Statement({ sql, parameters }: { sql: string; parameters: Record<string, string> }) {
  return (
    <div>
      <Group justify="space-between" mb={6}>
        <Title order={3} fz="sm">SQL</Title>
        <CopyButton text={() => sql} label="Copy" name="Copy the SQL" />
      </Group>
      <pre className="lines wrapped json" tabIndex={0} aria-label="SQL" style={{ maxHeight: 380 }}>{sql}</pre>
      {Object.keys(parameters).length > 0 && (
        <>
          <Title order={3} fz="sm" mt="sm" mb={6}>Parameters</Title>
          <div className="parameters">
            {Object.entries(parameters).map(([name, value]) => (
              <div key={name}><Code>{name}</Code> <span style={{ overflowWrap: 'anywhere' }}>{value}</span></div>
            ))}
          </div>
        </>
      )}
    </div>
  )
}
