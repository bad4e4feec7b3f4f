import react from '@vitejs/plugin-react'
import { defineConfig } from 'vitest/config'

const server = process.env.DIPTYCH_ADDRESS ?? 'http://127.0.0.1:8000'

export default defineConfig({
  base: '/app/',
  plugins: [react()],
  build: {
    outDir: '../src/diptych/web/static',
    emptyOutDir: true,
    // The page's policy forbids inline scripts and data addresses of fonts.
    assetsInlineLimit: 0,
    chunkSizeWarningLimit: 750,
    // A screen would be thirty small files, each of which costs the browser some milliseconds. What draws charts stays
    // in files of its own, fetched when there is something to draw.
    rolldownOptions: {
      output: {
        codeSplitting: {
          groups: [
            { name: 'libraries', test: /node_modules[\\/](?!echarts|zrender|tslib).*js$/ },
            { name: 'common', test: /src[\\/](api|app|builder|components|lib|charts)[\\/]/, minShareCount: 2 },
          ],
        },
      },
    },
  },
  server: { proxy: { '/api': server } },
  test: { include: ['src/**/*.test.ts', 'dev/**/*.test.ts'] },
})
