import {
  CohortsIcon, DashboardIcon, FlowsIcon, FunnelIcon, InsightsIcon, InstallIcon, IssuesIcon, LexiconIcon, LifecycleIcon, LifetimeIcon, LiveIcon, OverviewIcon,
  ReportsIcon, RetentionIcon, RevenueIcon, SessionsIcon, SettingsIcon, StickinessIcon, UsersIcon,
} from '../components/icons'
import { IssueCount } from './IssueCount'

/** Every screen of a project, as the navigation lists them. */
export type Entry = { path: string; label: string; Icon: typeof InsightsIcon; Count?: typeof IssueCount }
export const SCREENS: { title: string; entries: Entry[] }[] = [
  {
    title: '',
    entries: [
      { path: 'overview', label: 'Overview', Icon: OverviewIcon },
      { path: 'dashboards', label: 'Dashboards', Icon: DashboardIcon },
      { path: 'reports', label: 'Saved reports', Icon: ReportsIcon },
    ],
  },
  {
    title: 'Reports',
    entries: [
      { path: 'insights', label: 'Insights', Icon: InsightsIcon },
      { path: 'funnels', label: 'Funnels', Icon: FunnelIcon },
      { path: 'retention', label: 'Retention', Icon: RetentionIcon },
      { path: 'flows', label: 'Flows', Icon: FlowsIcon },
      { path: 'lifecycle', label: 'Lifecycle', Icon: LifecycleIcon },
      { path: 'stickiness', label: 'Stickiness', Icon: StickinessIcon },
      { path: 'sessions', label: 'Sessions', Icon: SessionsIcon },
      { path: 'revenue', label: 'Revenue', Icon: RevenueIcon },
      { path: 'lifetime-value', label: 'Lifetime value', Icon: LifetimeIcon },
    ],
  },
  {
    title: 'People',
    entries: [
      { path: 'users', label: 'Users', Icon: UsersIcon },
      { path: 'cohorts', label: 'Cohorts', Icon: CohortsIcon },
    ],
  },
  {
    title: 'Data',
    entries: [
      { path: 'events', label: 'Live events', Icon: LiveIcon },
      { path: 'issues', label: 'Ingestion issues', Icon: IssuesIcon, Count: IssueCount },
      { path: 'lexicon', label: 'Lexicon', Icon: LexiconIcon },
      { path: 'install', label: 'Install', Icon: InstallIcon },
      { path: 'settings', label: 'Settings', Icon: SettingsIcon },
    ],
  },
]

