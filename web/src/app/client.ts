import { QueryCache, QueryClient } from '@tanstack/react-query'
import { ApiError } from '../api/client'
import { SESSION } from '../api/queries'

const AGAIN = 2

/** Server data. A refusal for want of a session asks for the session anew, which leads to the sign-in page. */
export const client: QueryClient = new QueryClient({
  queryCache: new QueryCache({
    onError: (error, query) => {
      if (error instanceof ApiError && error.status === 401 && query.queryKey[0] !== SESSION[0]) {
        void client.invalidateQueries({ queryKey: SESSION })
      }
    },
  }),
  defaultOptions: {
    queries: {
      staleTime: 30_000,
      refetchOnWindowFocus: false,
      // The browser's idea of being online says nothing about a server on this machine or in this network.
      networkMode: 'always',
      // An engine that is busy may answer soon; a wrong question does not get better.
      retry: (failures, error) => error instanceof ApiError && error.status === 503 && failures < AGAIN,
    },
  },
})
