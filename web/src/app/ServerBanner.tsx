import { Loader, Text } from '@mantine/core'
import { useQueryClient } from '@tanstack/react-query'
import { useEffect, useSyncExternalStore } from 'react'
import { connection } from '../api/connection'
import { SESSION, sessionQuery } from '../api/queries'

const AGAIN_MS = 2000

/** Says that the server is away, asks until it is back, and then lets every screen ask again. */
export function ServerBanner() {
  const reachable = useSyncExternalStore(connection.subscribe, connection.reachable)
  const client = useQueryClient()
  useEffect(() => {
    if (reachable) return
    const timer = setInterval(() => void client.refetchQueries({ queryKey: SESSION }), AGAIN_MS)
    return () => {
      clearInterval(timer)
      void client.invalidateQueries({ predicate: (query) => query.queryKey[0] !== sessionQuery().queryKey[0] })
    }
  }, [reachable, client])
  if (reachable) return null
  return (
    <div className="banner" role="alert" data-testid="server-banner">
      <Loader size={14} color="currentColor" aria-hidden />
      <Text size="sm">The server does not answer. This page goes on by itself when it is back.</Text>
    </div>
  )
}
