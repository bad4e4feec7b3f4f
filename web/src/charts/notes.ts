import { useQuery } from '@tanstack/react-query'
import { useMemo } from 'react'
import { type Annotation, annotationsQuery } from '../api/annotations'
import { useProject } from '../app/project'
import type { Axis } from './axis'

type Span = { start: number; end: number }

/** Texts of annotations by the place of the interval in which they lie, or which they cover. */
export function notesOf(annotations: Annotation[], spans: Span[]): string[][] {
  const inside = ({ content: { time, until } }: Annotation, { start, end }: Span) => time < end && (until ?? time) >= start
  return spans.map((span) => annotations.filter((one) => inside(one, span)).map((one) => one.name))
}

/** The axis with the project's annotations, where it is one of time. */
export function useNotes(axis: Axis): Axis {
  const project = useProject()
  const { spans } = axis
  const { data } = useQuery({ ...annotationsQuery(project.id), enabled: spans !== undefined })
  return useMemo(() => (spans && data?.length ? { ...axis, notes: notesOf(data, spans) } : axis), [axis, spans, data])
}
