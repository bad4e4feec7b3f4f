import { ActionIcon, Button, Group, Loader, Menu, Modal, Text, Textarea } from '@mantine/core'
import { useDisclosure, useInViewport } from '@mantine/hooks'
import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { type ReactNode, useEffect, useState } from 'react'
import type { Selected } from '../../api/behind'
import { answerQuery } from '../../api/queries'
import type { ReportContent, Saved, Tile } from '../../api/saved'
import type { Question } from '../../api/types'
import { useProject } from '../../app/project'
import { DisplayContext } from '../../builder/display'
import { TileContext } from '../../builder/tile'
import { REFRESH } from '../../builder/keys'
import { useElapsed } from '../../builder/useElapsed'
import { Failure } from '../../components/Failure'
import { MoreIcon } from '../../components/icons'
import { ago } from '../../lib/format'
import { type Display, type View, writeDisplay } from '../../lib/report'
import { addressOf, lackingIn, prepared } from '../../lib/reports'
import type { Grips } from './Grid'
import { ReportShown } from './ReportShown'

const HEAD = 44
/** What legends and headlines take beside the chart. */
const BESIDE = 84
const SMALLEST = 90
const QUIET_MS = 400

type Props = { tile: Tile; grips: Grips | null; height: number; edit: { remove: () => void; change: (tile: Tile) => void } | null }

export function TextCard({ tile, grips, edit }: Props) {
  const [open, { open: ask, close }] = useDisclosure()
  const [text, setText] = useState(tile.text ?? '')
  return (
    <>
      <Head name="Text" grips={grips} title={<span />}>
        {edit && (
          <Menu.Dropdown>
            <Menu.Item onClick={ask}>Edit</Menu.Item>
            <Menu.Item color="red" onClick={edit.remove}>Remove</Menu.Item>
          </Menu.Dropdown>
        )}
      </Head>
      <div className="tile-text" data-testid="tile-text">{paragraphs(tile.text ?? '')}</div>
      {edit && (
        <Modal opened={open} onClose={close} title="Text" closeButtonProps={{ 'aria-label': 'Close' }} centered styles={{ title: { fontWeight: 650 } }}>
          <form onSubmit={(event) => { event.preventDefault(); edit.change({ ...tile, text }); close() }}>
            <Textarea aria-label="Text" description="A line that begins with # is a heading" autosize minRows={5} maxRows={16} maxLength={10_000} data-autofocus value={text} onChange={(event) => setText(event.currentTarget.value)} data-testid="text" />
            <Group justify="flex-end" mt="sm"><Button type="submit">Keep the text</Button></Group>
          </form>
        </Modal>
      )}
    </>
  )
}

/** Lines as they are; those that begin with # are headings. */
const paragraphs = (text: string): ReactNode =>
  text.split('\n').map((line, place) => (/^#+ /.test(line) ? <h2 key={place}>{line.replace(/^#+ /, '')}</h2> : <p key={place}>{line}</p>))

type ReportProps = Props & { report: Saved<ReportContent> | undefined; question: Question | null; select: (selected: Selected) => void }

export function ReportCard({ tile, grips, height, edit, report, question, select }: ReportProps) {
  const project = useProject()
  const name = report?.name ?? 'A report that is gone'
  const title = report ? <Link to={`/p/${project.id}/${addressOf(report.content.question)}` as never} search={linkOf(report) as never} className="plain-link clip" title={name}>{name}</Link> : <span className="clip">{name}</span>
  return (
    <>
      <Head name={name} grips={grips} title={title}>
        {edit && <Menu.Dropdown><Menu.Item color="red" onClick={edit.remove}>Remove from the dashboard</Menu.Item></Menu.Dropdown>}
      </Head>
      <div className="tile-body">
        {report && question ? (
          <TileContext value={Math.max(SMALLEST, height - HEAD - BESIDE)}>
            <DisplayContext value={{ display: report.content.display as Display, show: null }}>
              <Answer question={question} view={report.content.display.view as View | undefined} select={select} />
            </DisplayContext>
          </TileContext>
        ) : (
          <Text size="sm" c="dimmed" p="md">The report {tile.report} was deleted. It can be restored under Saved reports.</Text>
        )}
      </div>
    </>
  )
}

const linkOf = (report: Saved<ReportContent>) => ({
  q: JSON.stringify(report.content.question),
  ...writeDisplay(report.content.display as Display),
  report: String(report.id),
})

function Head({ name, title, grips, children }: { name: string; title: ReactNode; grips: Grips | null; children: ReactNode }) {
  return (
    <div className="tile-head">
      {grips && <button type="button" className="grip" aria-label={`Move ${name}; arrow keys move it`} {...grips.move}>⠿</button>}
      <div className="tile-title">{title}</div>
      {children && (
        <Menu position="bottom-end">
          <Menu.Target><ActionIcon variant="subtle" color="gray" size={26} aria-label={`More for ${name}`} data-testid="tile-more"><MoreIcon size={15} /></ActionIcon></Menu.Target>
          {children}
        </Menu>
      )}
      {grips && <button type="button" className="grip-size" aria-label={`Resize ${name}; arrow keys resize it`} {...grips.size} />}
    </div>
  )
}

/** The answer on a card. It is asked when the card comes into view, and one that fails leaves the others alone. */
function Answer({ question, view, select }: { question: Question; view: View | undefined; select: (selected: Selected) => void }) {
  const project = useProject()
  const { ref, inViewport } = useInViewport()
  const [seen, setSeen] = useState(false)
  useEffect(() => {
    if (inViewport) setSeen(true)
  }, [inViewport])
  const lacking = lackingIn(question)
  const asked = prepared(question, view ?? 'line')
  const answer = useQuery({ ...answerQuery(project.id, asked), enabled: seen && lacking === null })
  const waiting = seen && !answer.error && (!answer.data || answer.isPlaceholderData)
  const elapsed = useElapsed(waiting, asked)
  useEffect(() => {
    const ask = () => void answer.refetch()
    window.addEventListener(REFRESH, ask)
    return () => window.removeEventListener(REFRESH, ask)
  })
  return (
    <div ref={ref} className="tile-answer" aria-busy={waiting} data-testid="tile-answer">
      {lacking && <Text size="sm" c="dimmed" p="md">{lacking}</Text>}
      {answer.error && <div style={{ padding: 12 }}><Failure error={answer.error} retry={() => void answer.refetch()} /></div>}
      {waiting && elapsed > QUIET_MS && <Group className="tile-wait" gap={8} role="status"><Loader size="xs" /><Text size="xs" className="number">Counting… {(elapsed / 1000).toFixed(1)} s</Text></Group>}
      {!answer.error && answer.data && answer.data.question.type === asked.type && (
        <div className={answer.isPlaceholderData ? 'busy' : undefined}>
          <ReportShown answered={answer.data} view={view} select={select} />
          <Text size="xs" c="dimmed" px="md" pb={6} className="tile-when">Computed {ago(Date.now() - answer.data.answer.explanation.computed_at)}</Text>
        </div>
      )}
    </div>
  )
}
