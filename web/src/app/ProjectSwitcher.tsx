import { Button, Menu, Text } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { sessionQuery } from '../api/queries'
import { CopyIcon, UpDown } from '../components/icons'
import { copy } from '../lib/copy'
import { useProject } from './project'

/** The open project; its menu holds the others. */
export function ProjectSwitcher() {
  const project = useProject()
  const projects = useQuery(sessionQuery()).data?.projects ?? []
  const navigate = useNavigate()
  return (
    <Menu position="bottom-start" width={260}>
      <Menu.Target>
        <Button
          variant="default"
          fullWidth
          justify="space-between"
          rightSection={<UpDown size={16} />}
          aria-label={`Project: ${project.name}`}
          data-testid="project-switcher"
        >
          {project.name}
        </Button>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Label>Projects</Menu.Label>
        <div style={{ maxHeight: 320, overflowY: 'auto' }}>
          <Menu.RadioGroup value={String(project.id)} onChange={(projectId) => void navigate({ to: '/p/$projectId', params: { projectId } })}>
            {projects.map((one) => (
              <Menu.RadioItem key={one.id} value={String(one.id)} closeMenuOnClick styles={{ itemLabel: { minWidth: 0 } }}>
                <Text size="sm" className="clip" title={one.name}>{one.name}</Text>
                <Text size="xs" c="dimmed" className="clip">{one.timezone}</Text>
              </Menu.RadioItem>
            ))}
          </Menu.RadioGroup>
        </div>
        <Menu.Divider />
        <Menu.Item leftSection={<CopyIcon size={16} />} onClick={() => void copy(project.token)}>Copy the project token</Menu.Item>
      </Menu.Dropdown>
    </Menu>
  )
}
