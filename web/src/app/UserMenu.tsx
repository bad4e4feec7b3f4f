import { Button, Menu, Text } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { send } from '../api/client'
import { sessionQuery } from '../api/queries'
import { PersonIcon } from '../components/icons'
import { useAction } from '../components/useAction'
import { roleName } from '../lib/roles'
import { client } from './client'
import { useProject } from './project'

/** Who is signed in, with the way to the account and out. */
export function UserMenu() {
  const project = useProject()
  const { data: session } = useQuery(sessionQuery())
  // What the one before saw must not be there for the next.
  const signOut = useAction(() => send('DELETE', '/api/v1/session'), [], () => {
    client.clear()
    location.assign('/app/')
  })
  const name = session?.user?.name ?? 'Demo'
  return (
    <Menu position="top-start" width={220}>
      <Menu.Target>
        <Button variant="subtle" color="gray" px={6} leftSection={<PersonIcon />} aria-label={`Account: ${name}`} styles={{ root: { minWidth: 0 }, label: { minWidth: 0 } }} data-testid="user-menu">
          <span className="clip">{name}</span>
        </Button>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Label>
          <Text size="xs" className="clip">{session?.user?.email ?? 'No e-mail address'}</Text>
          {session?.user?.admin ? 'Runs the installation' : roleName(project.role)}
        </Menu.Label>
        <Menu.Item renderRoot={(props) => <Link {...props} to="/p/$projectId/account" params={{ projectId: String(project.id) }} />}>Account</Menu.Item>
        {session?.user && <Menu.Item onClick={() => signOut.mutate()}>Sign out</Menu.Item>}
      </Menu.Dropdown>
    </Menu>
  )
}
