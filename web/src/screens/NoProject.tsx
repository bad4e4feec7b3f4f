import { Code, Text } from '@mantine/core'
import { Notice } from '../components/Notice'

export function NoProject() {
  return (
    <Notice title="There is no project yet" testId="no-project">
      <Text mb={6}>Create one where the server runs; this page takes it up by itself:</Text>
      <Code block>diptych project create NAME</Code>
    </Notice>
  )
}
