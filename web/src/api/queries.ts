import { keepPreviousData, queryOptions } from '@tanstack/react-query'
import { get, post } from './client'
import { DAY, type IssuePeriod, issuesPath } from '../lib/issues'
import type { AnswerOf, Answered, EventName, Issue, PropertyKey, Question, Session, Status, StreamEvent } from './types'

const SECOND = 1000
export const inside = (project: number, path: string) => `/api/v1/projects/${project}/${path}`

export const SESSION = ['session']

export const sessionQuery = () =>
  queryOptions({
    queryKey: SESSION,
    queryFn: ({ signal }) => get<Session>('/api/v1/session', signal),
    staleTime: 30 * SECOND,
    // Somebody may sign in with the link in another tab, or create a project in the terminal.
    refetchOnWindowFocus: true,
  })

export const statusQuery = (project: number) =>
  queryOptions({
    queryKey: ['status', project],
    queryFn: ({ signal }) => get<Status>(inside(project, 'status'), signal),
    staleTime: 0,
  })

export const eventsQuery = (project: number, limit: number) =>
  queryOptions({
    queryKey: ['events', project, limit],
    queryFn: async ({ signal }) => (await get<{ events: StreamEvent[] }>(inside(project, `events?limit=${limit}`), signal)).events,
    staleTime: 0,
  })

export const namesQuery = (project: number) =>
  queryOptions({
    queryKey: ['names', project],
    queryFn: async ({ signal }) => (await get<{ events: EventName[] }>(inside(project, 'lexicon/events'), signal)).events,
    staleTime: 60 * SECOND,
  })

export const propertiesQuery = (project: number, event: string | null) =>
  queryOptions({
    queryKey: ['properties', project, event],
    queryFn: async ({ signal }) => {
      const query = event === null ? '' : `?event=${encodeURIComponent(event)}`
      return (await get<{ properties: PropertyKey[] }>(inside(project, `lexicon/properties${query}`), signal)).properties
    },
    staleTime: 60 * SECOND,
  })

const issues = async (path: string, signal: AbortSignal) => (await get<{ issues: Issue[] }>(path, signal)).issues

export const issuesQuery = (project: number, period: IssuePeriod) =>
  queryOptions({
    queryKey: ['issues', project, period.id],
    queryFn: ({ signal }) => issues(issuesPath(project, period, Date.now()), signal),
    staleTime: 0,
    placeholderData: keepPreviousData,
  })

/** The same of one day without samples, for the count beside the screen's name. */
export const issueCountsQuery = (project: number) =>
  queryOptions({
    queryKey: ['issues', project, 'counts'],
    queryFn: ({ signal }) => issues(issuesPath(project, DAY, Date.now(), 0), signal),
    staleTime: 0,
  })

const ask = <Q extends Question>(project: number, question: Q, signal: AbortSignal) =>
  post<AnswerOf<Q>>('/api/v1/query', { project_id: project, question }, signal)

export const answerQuery = <Q extends Question>(project: number, question: Q) =>
  queryOptions({
    queryKey: ['answer', project, question],
    queryFn: async ({ signal }): Promise<Answered<Q>> => ({ question, answer: await ask(project, question, signal) }),
    staleTime: 60 * SECOND,
    placeholderData: keepPreviousData,
  })

/** A figure that a screen keeps up to date while it is open. */
export const figureQuery = <Q extends Question>(project: number, question: Q) =>
  queryOptions({
    queryKey: ['figure', project, question],
    queryFn: ({ signal }) => ask(project, question, signal),
    staleTime: 30 * SECOND,
    refetchInterval: 60 * SECOND,
  })
