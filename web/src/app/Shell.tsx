import { AppShell, Burger, Group, NavLink, Text } from '@mantine/core'
import { useDisclosure } from '@mantine/hooks'
import { Link, Outlet, useParams, useRouterState } from '@tanstack/react-router'
import { useQuery } from '@tanstack/react-query'
import { useEffect } from 'react'
import { sessionQuery } from '../api/queries'
import { Mark } from '../components/icons'
import { NotFound } from '../screens/NotFound'
import { ColorScheme } from './ColorScheme'
import { Palette, PaletteButton } from './Palette'
import { ProjectContext, remember, useProject } from './project'
import { ProjectSwitcher } from './ProjectSwitcher'
import { SCREENS } from './screens'
import { SetUp } from './SetUp'
import { ShortcutHelp } from './ShortcutHelp'
import { UserMenu } from './UserMenu'

/** The frame of every screen of a project: navigation beside it, or above it where the screen is narrow. */
export function Shell() {
  const { projectId } = useParams({ strict: false })
  const { data: session } = useQuery(sessionQuery())
  const project = session?.projects.find((one) => String(one.id) === projectId)
  useEffect(() => {
    if (project) remember(project)
  }, [project])
  if (!project) return <NotFound what={`a project ${projectId ?? ''}`} />
  return (
    <ProjectContext value={project}>
      <Frame key={project.id} demo={session?.demo ?? false} />
    </ProjectContext>
  )
}

function Frame({ demo }: { demo: boolean }) {
  const [open, { toggle, close }] = useDisclosure()
  const path = useRouterState({ select: (state) => state.location.pathname })
  useEffect(close, [path, close])
  return (
    <AppShell
      layout="alt"
      header={{ height: { base: 56, sm: 0 } }}
      navbar={{ width: 236, breakpoint: 'sm', collapsed: { mobile: !open } }}
      padding={{ base: 'md', sm: 'xl' }}
    >
      <Palette />
      <ShortcutHelp />
      <a className="skip" href="#main">Skip to the content</a>
      <AppShell.Header hiddenFrom="sm" px="md">
        <Group h="100%" gap="sm" wrap="nowrap">
          <Burger opened={open} onClick={toggle} size="sm" aria-label="Navigation" aria-expanded={open} data-testid="burger" />
          <Mark />
          <Text fw={700}>Diptych</Text>
        </Group>
      </AppShell.Header>
      <AppShell.Navbar p="sm" onKeyDown={(event) => event.key === 'Escape' && close()}>
        <Navigation close={close} demo={demo} />
      </AppShell.Navbar>
      <AppShell.Main id="main" tabIndex={-1}>
        <SetUp />
        <Outlet />
      </AppShell.Main>
    </AppShell>
  )
}

function Navigation({ close, demo }: { close: () => void; demo: boolean }) {
  const project = useProject()
  const path = useRouterState({ select: (state) => state.location.pathname })
  const base = `/p/${project.id}/`
  return (
    <>
      <Group justify="space-between" px={6} pb="sm" h={40}>
        <Group gap="xs">
          <Mark />
          <Text fw={700} fz="lg">Diptych</Text>
        </Group>
        <Burger opened onClick={close} hiddenFrom="sm" size="sm" aria-label="Close the navigation" />
      </Group>
      <ProjectSwitcher />
      <PaletteButton />
      <AppShell.Section grow className="screens" mt="sm">
        <nav aria-label="Screens">
          {SCREENS.map(({ title, entries }) => (
            <div key={title} role="group" aria-label={title || 'Home'}>
              {title && <div className="nav-title">{title}</div>}
              {entries.map(({ path: to, label, Icon, Count }) => (
                <NavLink
                  key={to}
                  label={label}
                  noWrap
                  py={6}
                  leftSection={<Icon size={17} />}
                  rightSection={Count && <Count />}
                  active={`${path}/`.startsWith(`${base}${to}/`)}
                  renderRoot={(props) => <Link {...props} to={`${base}${to}` as never} />}
                  style={{ borderRadius: 'var(--mantine-radius-md)' }}
                />
              ))}
            </div>
          ))}
        </nav>
      </AppShell.Section>
      <Text size="xs" c="dimmed" className="clip" px={6} pt="xs" title={`Days begin at midnight in ${project.timezone}`}>
        {demo ? 'Demo · ' : ''}{project.timezone}
      </Text>
      <Group justify="space-between" wrap="nowrap" gap={4}>
        <UserMenu />
        <ColorScheme />
      </Group>
    </>
  )
}
