import { Center, Loader } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { Outlet, useRouterState } from '@tanstack/react-router'
import { ApiError } from '../api/client'
import { sessionQuery } from '../api/queries'
import { Failure } from '../components/Failure'
import { NoProject } from '../screens/NoProject'
import { SignIn } from '../screens/SignIn'
import { ServerBanner } from './ServerBanner'

const AGAIN_MS = 4000

/** What every address needs first: a server that answers, somebody who is signed in, a project. */
export function Root() {
  const session = useQuery({
    ...sessionQuery(),
    refetchInterval: (query) => (query.state.error || query.state.data?.projects.length === 0 ? AGAIN_MS : false),
  })
  // An invitation is for people who are not signed in yet.
  const open = useRouterState({ select: (state) => state.location.pathname.startsWith('/invitation/') })
  const stranger = session.error instanceof ApiError && session.error.status === 401
  return (
    <>
      <ServerBanner />
      {open ? <Outlet /> : stranger ? <SignIn /> : session.data ? <Inside projects={session.data.projects.length} /> : <Waiting error={session.error} />}
    </>
  )
}

function Inside({ projects }: { projects: number }) {
  return projects === 0 ? <NoProject /> : <Outlet />
}

function Waiting({ error }: { error: Error | null }) {
  return (
    <Center mih="70vh" p="md">
      {error ? <Failure error={error} /> : <Loader aria-label="Loading" />}
    </Center>
  )
}
