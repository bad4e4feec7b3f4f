import { send } from './client'
import { inside } from './queries'
import type { Said } from './types'

export const describeEvent = (project: number, name: string, said: Partial<Said>) =>
  send('PATCH', inside(project, 'lexicon/events'), { events: [{ name, ...said }] })

export const describeProperty = (project: number, scope: string, key: string, said: Partial<Said>) =>
  send('PATCH', inside(project, 'lexicon/properties'), { properties: [{ scope, key, ...said }] })
