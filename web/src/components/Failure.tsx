import { Button, Text } from '@mantine/core'
import { ApiError } from '../api/client'

/** An error in words, with what to do. */
export function Failure({ error, retry }: { error: Error; retry?: () => void }) {
  const { title, text, passing } = inWords(error)
  return (
    <div className={passing ? 'card failure passing' : 'card failure'} role="alert" data-testid="failure">
      <Text fw={600}>{title}</Text>
      <Text size="sm" c="dimmed" style={{ overflowWrap: 'anywhere' }}>{text}</Text>
      {retry && <Button size="compact-sm" variant="default" mt="sm" onClick={retry}>Try again</Button>}
    </div>
  )
}

/** `passing`: it will probably be well again without anybody doing anything. */
function inWords(error: Error): { title: string; text: string; passing: boolean } {
  const status = error instanceof ApiError ? error.status : -1
  const field = error instanceof ApiError && error.field ? `${error.field}: ` : ''
  if (status === 0) return { title: 'The server does not answer', text: 'This goes on by itself when it is back.', passing: true }
  if (status === 503) return { title: 'The server cannot answer now', text: error.message, passing: true }
  if (status === 400) return { title: 'This cannot be asked', text: `${field}${error.message}`, passing: false }
  if (status === 404) return { title: 'Not found', text: error.message, passing: false }
  return { title: 'This could not be answered', text: error.message, passing: false }
}
