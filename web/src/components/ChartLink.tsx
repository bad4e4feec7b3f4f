import { Button } from '@mantine/core'
import { Link } from '@tanstack/react-router'
import { useProject } from '../app/project'
import { chartOf } from '../lib/report'

/** An event's name; a click opens its chart. */
export function EventLink({ event }: { event: string }) {
  const project = useProject()
  return (
    <Link
      to="/p/$projectId/insights"
      params={{ projectId: String(project.id) }}
      search={chartOf(event)}
      className="plain-link clip"
      title={event}
      onClick={(click) => click.stopPropagation()}
    >
      {event || '(no name)'}
    </Link>
  )
}

export function ChartButton({ event }: { event: string }) {
  const project = useProject()
  return (
    <Button
      size="sm"
      renderRoot={(props) => (
        <Link {...props} to="/p/$projectId/insights" params={{ projectId: String(project.id) }} search={chartOf(event)} />
      )}
    >
      Chart this event
    </Button>
  )
}
