import { createContext, use } from 'react'
import type { Project } from '../api/types'

export const ProjectContext = createContext<Project | null>(null)

/** The project of this screen. */
export function useProject(): Project {
  const project = use(ProjectContext)
  if (!project) throw new Error('useProject outside of a project')
  return project
}

const LAST = 'diptych-project'

export const remember = (project: Project) => localStorage.setItem(LAST, String(project.id))

/** The project that was open last, else the newest. */
export function preferred(projects: Project[]): Project | undefined {
  const last = localStorage.getItem(LAST)
  return projects.find((project) => String(project.id) === last) ?? projects.at(-1)
}
