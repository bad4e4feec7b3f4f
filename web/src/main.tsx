import '@mantine/core/styles.css'
import './app.css'
import { MantineProvider, createTheme } from '@mantine/core'
import { QueryClient, QueryClientProvider } from '@tanstack/react-query'
import { createRoot } from 'react-dom/client'
import { Router } from 'wouter'
import { App } from './App'
import { ApiError } from './lib/api'

const theme = createTheme({
  primaryColor: 'indigo',
  defaultRadius: 'md',
  fontFamily: 'system-ui, -apple-system, "Segoe UI", Roboto, sans-serif',
  headings: { fontFamily: 'inherit', fontWeight: '650' },
})

const client = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: 30_000,
      refetchOnWindowFocus: false,
      // A server that is restarting comes back by itself; a wrong question does not get better.
      retry: (failures, error) => error instanceof ApiError && (error.status === 0 || error.status === 503) && failures < 3,
    },
  },
})

createRoot(document.getElementById('root')!).render(
  <MantineProvider theme={theme} defaultColorScheme="auto">
    <QueryClientProvider client={client}>
      <Router base="/app">
        <App />
      </Router>
    </QueryClientProvider>
  </MantineProvider>,
)
