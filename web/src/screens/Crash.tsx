import { Button, Code, Text } from '@mantine/core'
import { Notice } from '../components/Notice'

/** A defect of ours, said as one. */
export function Crash({ error }: { error: unknown }) {
  return (
    <Notice title="This page broke" testId="crash">
      <Text mb="sm">That is a defect of Diptych, not of your data. Loading the page again may help.</Text>
      <Code block mb="md">{String(error)}</Code>
      <Button onClick={() => location.reload()}>Load again</Button>
    </Notice>
  )
}
