import { ActionIcon, Alert, AppShell, Burger, Center, Group, Loader, NavLink, Select, Text, useMantineColorScheme } from '@mantine/core'
import { useDisclosure } from '@mantine/hooks'
import { useQuery } from '@tanstack/react-query'
import { type ReactNode, Suspense, lazy } from 'react'
import { Link, Redirect, Route, Switch, useLocation } from 'wouter'
import { ApiError, type Project, api } from './lib/api'
import { Install } from './screens/Install'
import { Live } from './screens/Live'
import { Overview } from './screens/Overview'
import { SignIn } from './screens/SignIn'

const Insights = lazy(() => import('./screens/Insights'))

const SCREENS = [
  { path: 'overview', label: 'Overview' },
  { path: 'insights', label: 'Insights' },
  { path: 'events', label: 'Live events' },
  { path: 'install', label: 'Install' },
] as const

export function App() {
  const session = useQuery({ queryKey: ['session'], queryFn: api.session, refetchInterval: (q) => (q.state.error ? 3000 : false) })
  if (session.data) {
    const projects = session.data.projects
    if (projects.length === 0) return <NoProject />
    return (
      <Switch>
        <Route path="/p/:id/*?">
          {({ id }) => {
            const project = projects.find((p) => String(p.id) === id)
            return project ? <Shell project={project} projects={projects} /> : <Redirect to={`/p/${projects[0]!.id}`} replace />
          }}
        </Route>
        <Route>
          <Redirect to={`/p/${projects.at(-1)!.id}`} replace />
        </Route>
      </Switch>
    )
  }
  if (session.error instanceof ApiError && session.error.status === 401) return <SignIn />
  return (
    <Center mih="60vh">
      {session.error ? <Alert color="yellow" title="The server does not answer">Trying again every three seconds.</Alert> : <Loader aria-label="Loading" />}
    </Center>
  )
}

function Shell({ project, projects }: { project: Project; projects: Project[] }) {
  const [open, { toggle, close }] = useDisclosure()
  const [location, navigate] = useLocation()
  const base = `/p/${project.id}`
  return (
    <AppShell header={{ height: 52 }} navbar={{ width: 208, breakpoint: 'sm', collapsed: { mobile: !open } }} padding="lg">
      <AppShell.Header>
        <Group h="100%" px="md" justify="space-between" wrap="nowrap">
          <Group gap="sm" wrap="nowrap">
            <Burger opened={open} onClick={toggle} hiddenFrom="sm" size="sm" aria-label="Menu" />
            <Mark />
            <Text fw={700} visibleFrom="xs">Diptych</Text>
          </Group>
          <Group gap="sm" wrap="nowrap">
            <Select
              aria-label="Project"
              size="xs"
              w={180}
              allowDeselect={false}
              data={projects.map((p) => ({ value: String(p.id), label: p.name }))}
              value={String(project.id)}
              onChange={(id) => id && navigate(`/p/${id}`)}
              data-testid="project-switcher"
            />
            <ColorScheme />
          </Group>
        </Group>
      </AppShell.Header>
      <AppShell.Navbar p="xs">
        <nav aria-label="Screens">
          {SCREENS.map((screen) => (
            <NavLink
              key={screen.path}
              component={Link}
              href={`${base}/${screen.path}`}
              label={screen.label}
              active={location.startsWith(`${base}/${screen.path}`)}
              onClick={close}
              style={{ borderRadius: 'var(--mantine-radius-md)' }}
            />
          ))}
        </nav>
        <Text size="xs" c="dimmed" mt="auto" p="sm">{project.timezone}</Text>
      </AppShell.Navbar>
      <AppShell.Main>
        <Switch>
          <Route path={base}><Start project={project} /></Route>
          <Route path={`${base}/overview`}><Overview project={project} /></Route>
          <Route path={`${base}/insights`}><Later><Insights project={project} /></Later></Route>
          <Route path={`${base}/events`}><Live project={project} /></Route>
          <Route path={`${base}/install`}><Install project={project} /></Route>
          <Route><Redirect to={base} replace /></Route>
        </Switch>
      </AppShell.Main>
    </AppShell>
  )
}

/** An empty project opens on the install page, one with events on the overview. */
function Start({ project }: { project: Project }) {
  const status = useQuery({ queryKey: ['status', project.id], queryFn: () => api.status(project.id) })
  if (!status.data) return <Center mih={200}><Loader aria-label="Loading" /></Center>
  return <Redirect to={`/p/${project.id}/${status.data.events > 0 ? 'overview' : 'install'}`} replace />
}

function Later({ children }: { children: ReactNode }) {
  return <Suspense fallback={<Center mih={200}><Loader aria-label="Loading" /></Center>}>{children}</Suspense>
}

function NoProject() {
  return (
    <Center mih="60vh" p="md">
      <Alert title="There is no project yet" maw={480}>
        Run <code>diptych project create NAME</code> on the server, then reload this page.
      </Alert>
    </Center>
  )
}

function ColorScheme() {
  const { colorScheme, setColorScheme } = useMantineColorScheme()
  const next = { auto: 'light', light: 'dark', dark: 'auto' } as const
  const sign = { auto: '◐', light: '☀', dark: '☾' }[colorScheme]
  return (
    <ActionIcon variant="default" size="lg" onClick={() => setColorScheme(next[colorScheme])} aria-label={`Colours: ${colorScheme}. Change`} data-testid="color-scheme">
      <span aria-hidden>{sign}</span>
    </ActionIcon>
  )
}

function Mark() {
  return (
    <svg width="24" height="24" viewBox="0 0 32 32" aria-hidden>
      <rect x="3" y="5" width="12" height="22" rx="2" fill="var(--mantine-color-indigo-6)" />
      <rect x="17" y="5" width="12" height="22" rx="2" fill="var(--mantine-color-orange-6)" />
    </svg>
  )
}
