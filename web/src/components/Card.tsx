import { Group, Text, Title } from '@mantine/core'
import { type ReactNode, useId } from 'react'

type Props = { title: string; lead?: ReactNode; aside?: ReactNode; testId?: string; children: ReactNode }

/** A part of a screen with a name of its own. */
export function Card({ title, lead, aside, testId, children }: Props) {
  const id = useId()
  return (
    <section className="card part" aria-labelledby={id} data-testid={testId}>
      <Group justify="space-between" align="flex-start" gap="sm" mb="md">
        <div style={{ flex: '1 1 260px', minWidth: 0 }}>
          <Title order={2} id={id}>{title}</Title>
          {lead && <Text size="sm" c="dimmed" mt={2}>{lead}</Text>}
        </div>
        {aside}
      </Group>
      {children}
    </section>
  )
}
