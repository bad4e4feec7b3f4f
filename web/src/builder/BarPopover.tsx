import { ActionIcon, Popover, Stack } from '@mantine/core'
import { type ReactNode, useState } from 'react'
import { InBar } from './InBar'

type Props = { name: string; icon: ReactNode; width: number; testId: string; children: ReactNode }

/** A button above an answer that opens a few controls. */
export function BarPopover({ name, icon, width, testId, children }: Props) {
  const [open, setOpen] = useState(false)
  return (
    <InBar>
      <Popover opened={open} onChange={setOpen} position="bottom-end" width={width} withinPortal trapFocus>
        <Popover.Target>
          <ActionIcon variant="default" size={28} onClick={() => setOpen(!open)} title={name} aria-label={name} aria-expanded={open} data-testid={testId}>{icon}</ActionIcon>
        </Popover.Target>
        <Popover.Dropdown><Stack gap="xs">{children}</Stack></Popover.Dropdown>
      </Popover>
    </InBar>
  )
}
