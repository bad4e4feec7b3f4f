import { Text } from '@mantine/core'
import { Link } from '@tanstack/react-router'
import type { ReactNode } from 'react'
import { useProject } from '../../app/project'
import { Page } from '../../components/Page'
import { roleName } from '../../lib/roles'

const PARTS = [
  { to: '/p/$projectId/settings', label: 'Project' },
  { to: '/p/$projectId/settings/people', label: 'People' },
  { to: '/p/$projectId/settings/keys', label: 'Keys' },
] as const

/** A part of the settings, under links to the others. */
export function SettingsPage({ children }: { children: ReactNode }) {
  const project = useProject()
  return (
    <Page title="Settings" lead={project.name} width={860}>
      <nav aria-label="Settings" className="tabs">
        {PARTS.map(({ to, label }) => (
          <Link key={to} to={to} params={{ projectId: String(project.id) }} activeOptions={{ exact: true }} activeProps={{ 'aria-current': 'page' }}>{label}</Link>
        ))}
      </nav>
      {project.role !== 'owner' && (
        <Text size="sm" c="dimmed" data-testid="read-only">Only owners of the project can change something here; your role is {roleName(project.role).toLowerCase()}.</Text>
      )}
      {children}
    </Page>
  )
}
