import { ActionIcon, Badge, Text } from '@mantine/core'
import { useMediaQuery } from '@mantine/hooks'
import { Fragment, useEffect, useId, useState } from 'react'
import type { Issue } from '../../api/types'
import { useProject } from '../../app/project'
import { useDark } from '../../app/theme'
import { ChevronRight } from '../../components/icons'
import { ago, full, moment } from '../../lib/format'
import { type IssuePeriod, issueKey, vendorOf } from '../../lib/issues'
import { IssueDetails } from './IssueDetails'

/** As in app.css. */
const NARROW = '(max-width: 48em)'
const TICK_MS = 5000
/** Of a reason; what is open tells the rest. */
const LINES = 3

type Props = { issues: Issue[]; period: IssuePeriod; open: string | null; setOpen: (key: string | null) => void }

/** A row per reason; one at a time can be open. On narrow screens the small columns stand below the reason. */
export function IssueTable({ issues, period, open, setOpen }: Props) {
  const now = useNow()
  // A cell over columns that are not shown would give them a width.
  const columns = useMediaQuery(NARROW) ? 3 : 7
  return (
    <>
      <div className="card" style={{ overflow: 'hidden' }}>
        <table className="issue-table" aria-label={`Reasons for which records were rejected or corrected in ${period.name}`}>
          <thead>
            <tr>
              <th scope="col">Reason</th>
              <th scope="col" className="wide issue-kind">Kind</th>
              <th scope="col" className="wide issue-field">Field</th>
              <th scope="col" className="wide issue-protocol">Protocol</th>
              <th scope="col" className="figure issue-records">Records</th>
              <th scope="col" className="figure wide issue-seen">First seen</th>
              <th scope="col" className="figure issue-seen">Last seen</th>
            </tr>
          </thead>
          <tbody>
            {issues.map((issue) => {
              const key = issueKey(issue)
              return <Row key={key} issue={issue} now={now} columns={columns} open={open === key} toggle={() => setOpen(open === key ? null : key)} />
            })}
          </tbody>
        </table>
      </div>
      <Text size="xs" c="dimmed" mt="xs">
        A record that is wrong in two ways counts under both reasons. “First seen” looks back over the 30 days that are kept.
      </Text>
    </>
  )
}

type RowProps = { issue: Issue; now: number; columns: number; open: boolean; toggle: () => void }

function Row({ issue, now, columns, open, toggle }: RowProps) {
  const details = useId()
  return (
    <Fragment>
      <tr className={open ? 'issue-row open' : 'issue-row'} onClick={toggle} data-testid="issue">
        <td>
          <div className="issue-reason">
            <ActionIcon
              variant="subtle"
              color="gray"
              size={24}
              aria-expanded={open}
              aria-controls={open ? details : undefined}
              aria-label={`Details: ${issue.reason}`}
              onClick={(click) => {
                click.stopPropagation()
                toggle()
              }}
              data-testid="issue-details"
            >
              <span className="chevron" style={{ display: 'grid' }}><ChevronRight size={15} /></span>
            </ActionIcon>
            <div style={{ minWidth: 0 }}>
              <Text size="sm" fw={550} className="anywhere" lineClamp={LINES} data-testid="issue-reason">{issue.reason || '(no reason given)'}</Text>
              <div className="hint narrow">
                <Kind kind={issue.kind} />
                <span className={open ? 'anywhere' : 'clip'}>{[vendorOf(issue.protocol), issue.field].filter(Boolean).join(' · ')}</span>
              </div>
            </div>
          </div>
        </td>
        <td className="wide" data-testid="issue-kind"><Kind kind={issue.kind} /></td>
        <td className="wide"><Field field={issue.field} open={open} /></td>
        <td className="wide" data-testid="issue-protocol">{vendorOf(issue.protocol)}</td>
        <td className="figure" style={{ fontWeight: 650 }} data-testid="issue-records">{full(issue.count)}</td>
        <td className="figure wide"><Ago time={issue.first} now={now} /></td>
        <td className="figure"><Ago time={issue.latest} now={now} /></td>
      </tr>
      {open && (
        <tr id={details}>
          <td colSpan={columns} className="issue-open"><IssueDetails issue={issue} /></td>
        </tr>
      )}
    </Fragment>
  )
}

const COLOURS: Record<string, string> = { rejected: 'red', corrected: 'yellow' }

function Kind({ kind }: { kind: string }) {
  const dark = useDark()
  const color = COLOURS[kind] ?? 'gray'
  return <Badge size="sm" variant="light" color={color} c={dark ? `${color}.2` : 'dark.7'} maw="100%" style={{ verticalAlign: 'middle' }}>{kind}</Badge>
}

function Field({ field, open }: { field: string; open: boolean }) {
  if (!field) return <span className="hint">whole record</span>
  return <code className={open ? 'anywhere' : 'clip'} title={field} data-testid="issue-field">{field}</code>
}

/** How long ago; the exact time in the project's zone on hover. */
function Ago({ time, now }: { time: number; now: number }) {
  const { timezone } = useProject()
  return <time dateTime={new Date(time).toISOString()} title={`${moment(time, timezone)} (${timezone})`}>{ago(now - time)}</time>
}

/** The current time, so that what is told as "ago" grows older while nothing new comes. */
function useNow(): number {
  const [now, setNow] = useState(Date.now)
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), TICK_MS)
    return () => clearInterval(timer)
  }, [])
  return now
}
