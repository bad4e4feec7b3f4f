import { Button, Menu, Modal, Text } from '@mantine/core'
import { useDisclosure } from '@mantine/hooks'
import { useQuery } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { sessionQuery } from '../api/queries'
import { CopyIcon, PlusIcon, UpDown } from '../components/icons'
import { copy } from '../lib/copy'
import { NewProject } from '../screens/settings/NewProject'
import { useProject } from './project'

/** The open project; its menu holds the others. */
export function ProjectSwitcher() {
  const project = useProject()
  const { data: session } = useQuery(sessionQuery())
  const projects = session?.projects ?? []
  const admin = session?.demo || session?.user?.admin
  const [making, { open: make, close: made }] = useDisclosure()
  const navigate = useNavigate()
  return (
    <>
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
          {admin && <Menu.Item leftSection={<PlusIcon size={16} />} onClick={make}>New project</Menu.Item>}
        </Menu.Dropdown>
      </Menu>
      <Modal opened={making} onClose={made} title="New project" closeButtonProps={{ 'aria-label': 'Close' }} styles={{ title: { fontWeight: 650 } }} centered>
        <NewProject opened={made} />
      </Modal>
    </>
  )
}
