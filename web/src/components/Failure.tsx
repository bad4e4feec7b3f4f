import { Alert } from '@mantine/core'
import { ApiError } from '../lib/api'

export function Failure({ error }: { error: Error }) {
  const away = error instanceof ApiError && (error.status === 0 || error.status === 503)
  return (
    <Alert color={away ? 'yellow' : 'red'} title={away ? 'The server does not answer' : 'This could not be answered'} role="alert" data-testid="failure">
      {error.message}
    </Alert>
  )
}
