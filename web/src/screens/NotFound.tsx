import { Button, Text } from '@mantine/core'
import { Link } from '@tanstack/react-router'
import { Notice } from '../components/Notice'

export function NotFound({ what }: { what: string }) {
  return (
    <Notice title="Not found" testId="not-found">
      <Text mb="md">There is not {what} here.</Text>
      <Button renderRoot={(props) => <Link {...props} to="/" />}>To the start</Button>
    </Notice>
  )
}
