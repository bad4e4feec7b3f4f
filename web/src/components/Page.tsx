import { Group, Stack, Text, Title } from '@mantine/core'
import type { ReactNode } from 'react'
import { useProject } from '../app/project'

type Props = { title: string; lead?: ReactNode; aside?: ReactNode; width?: number; children: ReactNode }

/** A screen: its name, what it shows, and its content. */
export function Page({ title, lead, aside, width = 1240, children }: Props) {
  const project = useProject()
  return (
    <Stack maw={width} mx="auto" gap="lg">
      <title>{`${title} · ${project.name} · Diptych`}</title>
      <Group justify="space-between" align="flex-end">
        <div>
          <Title order={1}>{title}</Title>
          {lead && <Text c="dimmed" size="sm" mt={2}>{lead}</Text>}
        </div>
        {aside}
      </Group>
      {children}
    </Stack>
  )
}
