import { Button, CloseButton, Text } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { Link, useRouterState } from '@tanstack/react-router'
import { useState } from 'react'
import { sessionQuery } from '../api/queries'
import { useProject } from './project'

const LATER = 'diptych-set-up-later'

/** Whoever came in by a link is told to set a password, until that is done or put off. */
export function SetUp() {
  const project = useProject()
  const { data: session } = useQuery(sessionQuery())
  const [later, setLater] = useState(() => sessionStorage.getItem(LATER) !== null)
  const there = useRouterState({ select: (state) => state.location.pathname.endsWith('/account') })
  if (!session?.user || !session.by_link || later || there) return null
  const first = !session.user.has_password
  const putOff = () => {
    sessionStorage.setItem(LATER, '1')
    setLater(true)
  }
  return (
    <aside className="card set-up" aria-label="Your sign-in" data-testid="set-up">
      <Text size="sm" style={{ flex: '1 1 240px' }}>
        {first ? 'You came in by a link that works once. Set an e-mail address and a password to sign in with next time.' : 'You came in by a link. If you forgot your password, you can set a new one now.'}
      </Text>
      <Button size="compact-sm" renderRoot={(props) => <Link {...props} to="/p/$projectId/account" params={{ projectId: String(project.id) }} />}>
        {first ? 'Set up your sign-in' : 'Set a new password'}
      </Button>
      <CloseButton aria-label="Later" onClick={putOff} />
    </aside>
  )
}
