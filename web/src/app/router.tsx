import { createRootRoute, createRoute, createRouter, lazyRouteComponent } from '@tanstack/react-router'
import { parseSearch, stringifySearch } from '../lib/report'
import { Crash } from '../screens/Crash'
import { Home, Start } from '../screens/Home'
import { NotFound } from '../screens/NotFound'
import { Root } from './Root'
import { Shell } from './Shell'

const root = createRootRoute({ component: Root, notFoundComponent: () => <NotFound what="such a page" /> })
const home = createRoute({ getParentRoute: () => root, path: '/', component: Home })
const project = createRoute({ getParentRoute: () => root, path: '/p/$projectId', component: Shell })
const start = createRoute({ getParentRoute: () => project, path: '/', component: Start })
const overview = createRoute({
  getParentRoute: () => project,
  path: '/overview',
  component: lazyRouteComponent(() => import('../screens/overview/Overview'), 'Overview'),
})
const insights = createRoute({
  getParentRoute: () => project,
  path: '/insights',
  component: lazyRouteComponent(() => import('../screens/insights/Insights'), 'Insights'),
})
const events = createRoute({
  getParentRoute: () => project,
  path: '/events',
  component: lazyRouteComponent(() => import('../screens/Live'), 'Live'),
})
const issues = createRoute({
  getParentRoute: () => project,
  path: '/issues',
  component: lazyRouteComponent(() => import('../screens/issues/Issues'), 'Issues'),
})
const install = createRoute({
  getParentRoute: () => project,
  path: '/install',
  component: lazyRouteComponent(() => import('../screens/install/Install'), 'Install'),
})

export const router = createRouter({
  routeTree: root.addChildren([home, project.addChildren([start, overview, insights, events, issues, install])]),
  basepath: '/app',
  parseSearch,
  stringifySearch,
  defaultPreload: 'intent',
  defaultErrorComponent: Crash,
  scrollRestoration: true,
})

declare module '@tanstack/react-router' {
  interface Register {
    router: typeof router
  }
}
