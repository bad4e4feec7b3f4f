import { Button, Code, Modal, Stack, Text } from '@mantine/core'
import { useDisclosure } from '@mantine/hooks'
import type { Explanation } from '../lib/api'
import { full } from '../lib/format'

/** How the numbers were counted: the sentence, the SQL, what it read and how long it took. */
export function Explain({ explanation }: { explanation: Explanation }) {
  const [open, { open: show, close }] = useDisclosure()
  return (
    <>
      <Button size="compact-xs" variant="light" onClick={show} data-testid="explain">How was this counted?</Button>
      <Modal opened={open} onClose={close} title="How was this counted?" size="xl">
        <Stack data-testid="explanation">
          <Text>{explanation.sentence}</Text>
          <Text size="sm" c="dimmed">
            {full(explanation.rows_read)} rows read in {full(Math.round(explanation.elapsed_ms))} ms.
          </Text>
          {explanation.sql.map((sql, place) => (
            <div key={place}>
              <Code block style={{ whiteSpace: 'pre-wrap' }}>{sql}</Code>
              <Code block mt={4} style={{ whiteSpace: 'pre-wrap' }}>{JSON.stringify(explanation.parameters[place], null, 1)}</Code>
            </div>
          ))}
        </Stack>
      </Modal>
    </>
  )
}
