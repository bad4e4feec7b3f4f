import { Center, Loader } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { Navigate } from '@tanstack/react-router'
import { sessionQuery, statusQuery } from '../api/queries'
import { preferred, useProject } from '../app/project'
import { Failure } from '../components/Failure'

/** Without a project in the address: the one that was open last. */
export function Home() {
  const project = preferred(useQuery(sessionQuery()).data?.projects ?? [])
  return project ? <Navigate to="/p/$projectId" params={{ projectId: String(project.id) }} replace /> : null
}

/** A project without events opens on the install page, one with events on the overview. */
export function Start() {
  const project = useProject()
  const status = useQuery(statusQuery(project.id))
  const params = { projectId: String(project.id) }
  if (status.data) {
    return <Navigate to={status.data.events > 0 ? '/p/$projectId/overview' : '/p/$projectId/install'} params={params} replace />
  }
  return (
    <Center mih={240}>
      {status.error ? <Failure error={status.error} retry={() => void status.refetch()} /> : <Loader aria-label="Loading" />}
    </Center>
  )
}
