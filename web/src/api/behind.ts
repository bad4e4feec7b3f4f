import { infiniteQueryOptions } from '@tanstack/react-query'
import { post } from './client'
import type { Json, Question } from './types'

/** A part of an answer, as the question's report names parts; `title` is what people read. */
export type Selected = { question: Question; selection: Record<string, unknown>; title: string }
export type Behind = { who: string; id: string; properties?: Record<string, Json> }
export type PeoplePage = { count: number; people: Behind[]; next: string | null }

const PAGE = 50
const LARGE_PAGE = 1000

const ask = (project: number, { question, selection }: Selected, after: string, limit: number, signal?: AbortSignal) =>
  post<PeoplePage>('/api/v1/query/people', { project_id: project, question, selection, limit, after }, signal)

export const behindQuery = (project: number, selected: Selected) =>
  infiniteQueryOptions({
    queryKey: ['behind', project, selected.question, selected.selection],
    queryFn: ({ pageParam, signal }) => ask(project, selected, pageParam, PAGE, signal),
    initialPageParam: '',
    getNextPageParam: (page) => page.next,
  })

/** Keeps everybody of now as a cohort. */
export const listBehind = (project: number, { question, selection }: Selected, name: string) =>
  post<{ id: number; name: string }>('/api/v1/query/cohort', { project_id: project, question, selection, name })

/** All of them, page by page; `told` hears how many there are so far. */
export async function everybodyBehind(project: number, selected: Selected, told: (count: number) => void = () => {}): Promise<Behind[]> {
  const found: Behind[] = []
  for (let after: string | null = ''; after !== null; ) {
    const page: PeoplePage = await ask(project, selected, after, LARGE_PAGE)
    found.push(...page.people)
    told(found.length)
    after = page.next
  }
  return found
}
