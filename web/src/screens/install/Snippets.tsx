import { Code, Group, Tabs, Text } from '@mantine/core'
import { useLocalStorage } from '@mantine/hooks'
import { Fragment } from 'react'
import { useProject } from '../../app/project'
import { CopyButton } from '../../components/CopyButton'
import { type Snippet, snippets } from '../../lib/snippets'

/** The project's own lines per client; what points the SDK here is marked. */
export function Snippets() {
  const project = useProject()
  const choices = snippets(location.origin, project.token)
  const [stored, setChosen] = useLocalStorage({ key: 'diptych-client', defaultValue: choices[0]!.id, getInitialValueInEffect: false })
  const chosen = choices.some((choice) => choice.id === stored) ? stored : choices[0]!.id
  return (
    <Tabs className="card" value={chosen} onChange={(value) => value && setChosen(value)} data-testid="snippets" keepMounted={false}>
      <div className="scrolling">
        <Tabs.List style={{ flexWrap: 'nowrap' }} px="xs" pt={4}>
          {choices.map((choice) => <Tabs.Tab key={choice.id} value={choice.id} data-testid={`client-${choice.id}`}>{choice.label}</Tabs.Tab>)}
        </Tabs.List>
      </div>
      {choices.map((choice) => (
        <Tabs.Panel key={choice.id} value={choice.id}>
          <Panel snippet={choice} />
        </Tabs.Panel>
      ))}
    </Tabs>
  )
}

function Panel({ snippet }: { snippet: Snippet }) {
  return (
    <>
      <Group justify="space-between" px="md" pt="md" wrap="nowrap">
        {snippet.install ? <Code className="clip" fz={13}>{snippet.install}</Code> : <Text size="sm" c="dimmed">Nothing to install</Text>}
        <CopyButton text={() => snippet.lines} label="Copy" name="Copy the lines" />
      </Group>
      <pre className="lines" tabIndex={0} aria-label={`Lines for ${snippet.label}`}>
        <code data-testid={`snippet-${snippet.id}`}><Marked text={snippet.lines} part={location.host} /></code>
      </pre>
      {snippet.note && <Text size="sm" c="dimmed" px="md" pb="md">{snippet.note}</Text>}
    </>
  )
}

/** Text in which every line with `part` is marked. */
function Marked({ text, part }: { text: string; part: string }) {
  return text.split('\n').map((line, place, lines) => (
    <Fragment key={place}>
      {line.includes(part) ? <MarkedLine line={line} /> : line}
      {place < lines.length - 1 && '\n'}
    </Fragment>
  ))
}

function MarkedLine({ line }: { line: string }) {
  const text = line.trimStart()
  return <>{line.slice(0, line.length - text.length)}<mark>{text}</mark></>
}
