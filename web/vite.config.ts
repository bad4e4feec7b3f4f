import react from '@vitejs/plugin-react'
import { defineConfig } from 'vite'

const server = process.env.DIPTYCH_ADDRESS ?? 'http://127.0.0.1:8000'

export default defineConfig({
  base: '/app/',
  plugins: [react()],
  build: { outDir: '../src/diptych/web/static', emptyOutDir: true, chunkSizeWarningLimit: 700 },
  server: { proxy: { '/api': server } },
})
