import { ActionIcon, Badge, Text } from '@mantine/core'
import type { StreamEvent } from '../api/types'
import { useProject } from '../app/project'
import { eventJson } from '../lib/events'
import { clock, moment } from '../lib/format'
import { EventLink } from './ChartLink'
import { ChevronRight } from './icons'
import { JsonView } from './JsonView'

type Props = { event: StreamEvent; open: boolean; fresh: boolean; toggle: () => void }

/** One event: its name opens the chart, the rest of the row its JSON. */
export function EventRow({ event, open, fresh, toggle }: Props) {
  const { timezone } = useProject()
  const time = clock(event.time, timezone, Date.now())
  return (
    <div className={fresh ? 'event-row event-new' : 'event-row'} data-testid="live-event">
      <div className="event-head" onClick={toggle}>
        <ActionIcon
          variant="subtle"
          color="gray"
          size={24}
          aria-expanded={open}
          aria-label={`Details of ${event.name}`}
          onClick={(click) => {
            click.stopPropagation()
            toggle()
          }}
          data-testid="live-event-details"
        >
          <span className="chevron" style={{ display: 'grid' }}><ChevronRight size={15} /></span>
        </ActionIcon>
        <span className="event-name"><EventLink event={event.name} /></span>
        {event.control && <Badge size="xs" variant="light" color="gray">internal</Badge>}
        <Text size="xs" c="dimmed" className="clip event-who" title={event.distinct_id}>{event.distinct_id || 'no id'}</Text>
        <Text size="xs" c="dimmed" className="clip event-from" title={event.library}>{event.library || event.protocol}</Text>
        <Text size="xs" c="dimmed" className="number event-time" title={moment(event.time, timezone)}>{time}</Text>
      </div>
      {open && (
        <div style={{ padding: '0 12px 12px' }}>
          <JsonView text={eventJson(event)} testId="live-event-json" />
        </div>
      )}
    </div>
  )
}
