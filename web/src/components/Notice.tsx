import { Center, Group, Title } from '@mantine/core'
import type { ReactNode } from 'react'
import { Mark } from './icons'

/** A page with one thing to say. */
export function Notice({ title, testId, children }: { title: string; testId: string; children: ReactNode }) {
  return (
    <Center mih="90vh" p="md" component="main">
      <title>{`${title} · Diptych`}</title>
      <div className="card" style={{ width: '100%', maxWidth: 460, padding: 32 }} data-testid={testId}>
        <Group gap="sm" mb="md">
          <Mark size={28} />
          <Title order={1} fz={22}>{title}</Title>
        </Group>
        {children}
      </div>
    </Center>
  )
}
