import { ActionIcon, Menu, Tooltip } from '@mantine/core'
import type { Json } from '../api/types'
import { DownloadIcon } from '../components/icons'
import { download, toCsv } from '../lib/csv'
import { InBar } from './InBar'
import { pngOf, svgOf } from '../lib/picture'

/** A button above the answer: the numbers as a file, and the chart as a picture. */
export function Download({ name, rows }: { name: string; rows: () => Record<string, Json>[] }) {
  return (
    <InBar>
      <Menu position="bottom-end">
        <Menu.Target>
          <Tooltip label="Download">
            <ActionIcon variant="default" size={28} aria-label="Download" data-testid="download"><DownloadIcon size={15} /></ActionIcon>
          </Tooltip>
        </Menu.Target>
        <Menu.Dropdown>
          <Menu.Item onClick={() => download(`${name}.csv`, toCsv(rows()))}>Numbers (CSV)</Menu.Item>
          <Menu.Item onClick={() => { const text = svgOf(); if (text) download(`${name}.svg`, text, 'image/svg+xml') }}>Chart (SVG)</Menu.Item>
          <Menu.Item onClick={() => void pngOf(name)}>Chart (PNG)</Menu.Item>
        </Menu.Dropdown>
      </Menu>
    </InBar>
  )
}
