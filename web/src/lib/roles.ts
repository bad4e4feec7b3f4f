import type { Role } from '../api/types'

export const ROLES: { value: Role; label: string; may: string }[] = [
  { value: 'viewer', label: 'Viewer', may: 'asks questions and looks at everything that is saved' },
  { value: 'editor', label: 'Editor', may: 'asks questions, and saves and changes reports, cohorts, dashboards and the lexicon' },
  { value: 'owner', label: 'Owner', may: 'does all of that, and manages people, keys and settings' },
]

export const roleName = (role: Role) => ROLES.find(({ value }) => value === role)?.label ?? role

export const mayEdit = (role: Role) => role !== 'viewer'
