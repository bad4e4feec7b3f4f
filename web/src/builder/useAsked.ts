import { useNavigate, useSearch } from '@tanstack/react-router'
import { useCallback, useEffect, useMemo, useRef, useState } from 'react'
import type { Question } from '../api/types'
import { useProject } from '../app/project'
import { type Addressed, type Display, type Search, fromSearch, toSearch } from '../lib/report'
import { type History, began, seen } from '../lib/undo'

/** A screen's question, which lives in the address, and how it is changed. */
export type Asked<Q extends Question> = Addressed<Q> & {
  change: (part: Partial<Q>) => void
  show: (display: Display) => void
  become: (next: Addressed<Q>) => void
  undo: (() => void) | null
  redo: (() => void) | null
}

/** The question in the address of `path`; every change is an entry of the browser's history, and can be undone. */
export function useAsked<Q extends Question>(path: string, initial: Q): Asked<Q> {
  const search = useSearch({ strict: false }) as Search
  const project = useProject()
  const navigate = useNavigate()
  const addressed = useMemo(() => fromSearch<Q>(search, initial), [search, initial])
  const become = useCallback(
    (next: Addressed<Q>) => void navigate({ to: `/p/${project.id}/${path}`, search: toSearch(next) as never, resetScroll: false }),
    [navigate, project.id, path],
  )
  const text = useMemo(() => JSON.stringify(addressed), [addressed])
  const history = useHistory(text)
  const to = (place: number) => {
    const entry = history.entries[place]
    return entry === undefined ? null : () => become(JSON.parse(entry) as Addressed<Q>)
  }
  return {
    ...addressed,
    change: (part) => become({ ...addressed, question: { ...addressed.question, ...part } }),
    show: (display) => become({ ...addressed, display: { ...addressed.display, ...display } }),
    become,
    undo: to(history.at - 1),
    redo: to(history.at + 1),
  }
}

/** What the address held while this screen was open; going back in the browser is an undo as well. */
function useHistory(text: string): History {
  const latest = useRef(began(text))
  const [history, setHistory] = useState(latest.current)
  useEffect(() => {
    latest.current = seen(latest.current, text)
    setHistory(latest.current)
  }, [text])
  return history
}
