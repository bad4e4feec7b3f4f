import '@mantine/core/styles.css'
import './app/app.css'
import './app/builder.css'
import { MantineProvider } from '@mantine/core'
import { QueryClientProvider } from '@tanstack/react-query'
import { RouterProvider } from '@tanstack/react-router'
import { createRoot } from 'react-dom/client'
import { client } from './app/client'
import { router } from './app/router'
import { theme, variables } from './app/theme'
import { reloadWhenReplaced } from './app/replaced'

reloadWhenReplaced()
createRoot(document.getElementById('root')!).render(
  <MantineProvider theme={theme} cssVariablesResolver={variables} defaultColorScheme="auto">
    <QueryClientProvider client={client}>
      <RouterProvider router={router} />
    </QueryClientProvider>
  </MantineProvider>,
)
