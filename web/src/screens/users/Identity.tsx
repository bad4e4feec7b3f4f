import { Button, Group, Skeleton, Text, TextInput } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { type PersonDetails, type Said, linkIds, personKey, unlinkIds, whoIsQuery } from '../../api/people'
import { useProject } from '../../app/project'
import { Confirm } from '../../components/Confirm'
import { CopyButton } from '../../components/CopyButton'
import { Failure } from '../../components/Failure'
import { Problem } from '../../components/Problem'
import { Tag } from '../../components/Tag'
import { useAction } from '../../components/useAction'
import { moment } from '../../lib/format'
import { mayEdit } from '../../lib/roles'

/** Which ids are one person, what said so, and how to take it back. Nothing is ever removed from the log. */
export function Identity({ id, person }: { id: string; person: PersonDetails }) {
  const project = useProject()
  const who = useQuery(whoIsQuery(project.id, id))
  const edits = mayEdit(project.role)
  if (who.error && !who.data) return <div style={{ padding: 12 }}><Failure error={who.error} retry={() => void who.refetch()} /></div>
  if (!who.data) return Array.from({ length: 5 }, (_, place) => <Skeleton key={place} height={18} m="sm" w="auto" />)
  const { ids, log } = who.data
  return (
    <div className="identity" data-testid="identity">
      <h3>Ids of this person</h3>
      <ul className="rows">
        {ids.map((one) => (
          <li key={one} data-testid="id">
            <code className="anywhere" style={{ flex: 1 }}>{one || '(empty)'}</code>
            {one === who.data.person && <Tag color="brand">canonical</Tag>}
            <CopyButton text={() => one} name={`Copy ${one}`} />
          </li>
        ))}
      </ul>
      {edits && <LinkForm person={person.id} />}
      <h3>What was said</h3>
      {log.length === 0 && <Text size="sm" c="dimmed">Nothing: this person has always had this one id.</Text>}
      <ul className="rows">
        {log.toReversed().map((said, place) => <Statement key={place} said={said} edits={edits} />)}
      </ul>
    </div>
  )
}

/** What a statement says, between its two ids. */
const KINDS: Record<string, string> = {
  stated: 'is', together: 'was used together with', identified: 'was identified as', renamed: 'is now called', merged: 'was merged into', alias: 'is another name of',
}

function Statement({ said, edits }: { said: Said; edits: boolean }) {
  const project = useProject()
  const stale = [personKey(project.id), ['people', project.id], ['answer', project.id]]
  const unlink = useAction(() => unlinkIds(project.id, said.actor, said.person), stale)
  const again = useAction(() => linkIds(project.id, said.actor, said.person), stale)
  const isLink = said.kind !== 'unlink'
  return (
    <li data-testid="said">
      <div style={{ flex: '1 1 260px', minWidth: 0 }}>
        <div className="anywhere">
          <code>{said.actor || '(empty)'}</code> {isLink ? (KINDS[said.kind] ?? said.kind) : 'and'} <code>{said.person || '(any)'}</code>{!isLink && ' are not one person'}
        </div>
        <div className="hint">{moment(said.time, project.timezone)} · {said.source}</div>
      </div>
      <Tag color={said.effect === 'counts' ? 'teal' : 'gray'}>{said.effect}</Tag>
      {edits && isLink && said.effect === 'counts' && (
        <Confirm
          label="Unlink"
          name={`Unlink ${said.actor} from ${said.person}`}
          question="Take this link back?"
          text="The two ids are then not one person by anything that was said until now. Reports follow at once, for past events too. No event is lost, and the link can be made again."
          act={unlink}
        />
      )}
      {edits && isLink && said.effect === 'taken back' && (
        <Button variant="default" size="compact-sm" loading={again.isPending} onClick={() => again.mutate()} aria-label={`Link ${said.actor} to ${said.person} again`}>Link again</Button>
      )}
      <Problem text={again.error?.message} />
    </li>
  )
}

function LinkForm({ person }: { person: string }) {
  const project = useProject()
  const [actor, setActor] = useState('')
  const link = useAction(() => linkIds(project.id, actor.trim(), person), [personKey(project.id), ['people', project.id], ['answer', project.id]], () => setActor(''))
  return (
    <form onSubmit={(event) => { event.preventDefault(); link.mutate() }}>
      <Group gap={8} my="sm" align="flex-end">
        <TextInput size="xs" label="Another id of the same person" value={actor} maxLength={1024} onChange={(event) => setActor(event.currentTarget.value)} style={{ flex: '1 1 220px' }} maw={420} data-testid="link-id" />
        <Button size="xs" type="submit" variant="light" loading={link.isPending} disabled={!actor.trim()} data-testid="link">Link</Button>
      </Group>
      <Problem text={link.error?.message} />
    </form>
  )
}
