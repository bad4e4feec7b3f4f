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
const funnels = createRoute({
  getParentRoute: () => project,
  path: '/funnels',
  component: lazyRouteComponent(() => import('../screens/funnels/Funnels'), 'Funnels'),
})
const retention = createRoute({
  getParentRoute: () => project,
  path: '/retention',
  component: lazyRouteComponent(() => import('../screens/retention/RetentionScreen'), 'RetentionScreen'),
})
const flows = createRoute({
  getParentRoute: () => project,
  path: '/flows',
  component: lazyRouteComponent(() => import('../screens/flows/FlowsScreen'), 'FlowsScreen'),
})
const lifecycle = createRoute({
  getParentRoute: () => project,
  path: '/lifecycle',
  component: lazyRouteComponent(() => import('../screens/lifecycle/LifecycleScreen'), 'LifecycleScreen'),
})
const stickiness = createRoute({
  getParentRoute: () => project,
  path: '/stickiness',
  component: lazyRouteComponent(() => import('../screens/lifecycle/Stickiness'), 'Stickiness'),
})
const sessions = createRoute({
  getParentRoute: () => project,
  path: '/sessions',
  component: lazyRouteComponent(() => import('../screens/sessions/SessionsScreen'), 'SessionsScreen'),
})
const revenue = createRoute({
  getParentRoute: () => project,
  path: '/revenue',
  component: lazyRouteComponent(() => import('../screens/revenue/RevenueScreen'), 'RevenueScreen'),
})
const lifetimeValue = createRoute({
  getParentRoute: () => project,
  path: '/lifetime-value',
  component: lazyRouteComponent(() => import('../screens/revenue/LifetimeScreen'), 'LifetimeScreen'),
})
const dashboards = createRoute({
  getParentRoute: () => project,
  path: '/dashboards',
  component: lazyRouteComponent(() => import('../screens/dashboards/Dashboards'), 'Dashboards'),
})
const dashboard = createRoute({
  getParentRoute: () => project,
  path: '/dashboards/$number',
  component: lazyRouteComponent(() => import('../screens/dashboards/Board'), 'Board'),
})
const saved = createRoute({
  getParentRoute: () => project,
  path: '/reports',
  component: lazyRouteComponent(() => import('../screens/reports/Reports'), 'Reports'),
})
const users = createRoute({
  getParentRoute: () => project,
  path: '/users',
  component: lazyRouteComponent(() => import('../screens/users/Users'), 'Users'),
})
const person = createRoute({
  getParentRoute: () => project,
  path: '/users/person',
  component: lazyRouteComponent(() => import('../screens/users/Person'), 'Person'),
})
const cohorts = createRoute({
  getParentRoute: () => project,
  path: '/cohorts',
  component: lazyRouteComponent(() => import('../screens/cohorts/Cohorts'), 'Cohorts'),
})
const cohort = createRoute({
  getParentRoute: () => project,
  path: '/cohorts/$number',
  component: lazyRouteComponent(() => import('../screens/cohorts/CohortScreen'), 'CohortScreen'),
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
const lexicon = createRoute({
  getParentRoute: () => project,
  path: '/lexicon',
  component: lazyRouteComponent(() => import('../screens/lexicon/Lexicon'), 'Lexicon'),
})
const settings = createRoute({
  getParentRoute: () => project,
  path: '/settings',
  component: lazyRouteComponent(() => import('../screens/settings/ProjectSettings'), 'ProjectSettings'),
})
const people = createRoute({
  getParentRoute: () => project,
  path: '/settings/people',
  component: lazyRouteComponent(() => import('../screens/settings/PeopleSettings'), 'PeopleSettings'),
})
const keys = createRoute({
  getParentRoute: () => project,
  path: '/settings/keys',
  component: lazyRouteComponent(() => import('../screens/settings/KeySettings'), 'KeySettings'),
})
const account = createRoute({
  getParentRoute: () => project,
  path: '/account',
  component: lazyRouteComponent(() => import('../screens/account/Account'), 'Account'),
})
const invitation = createRoute({
  getParentRoute: () => root,
  path: '/invitation/$link',
  component: lazyRouteComponent(() => import('../screens/Invitation'), 'Invitation'),
})

const reports = [insights, funnels, retention, flows, lifecycle, stickiness, sessions, revenue, lifetimeValue]
const screens = [start, overview, ...reports, dashboards, dashboard, saved, users, person, cohorts, cohort, events, issues, lexicon, install, settings, people, keys, account]

export const router = createRouter({
  routeTree: root.addChildren([home, invitation, project.addChildren(screens)]),
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
