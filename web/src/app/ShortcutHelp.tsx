import { Kbd, Modal } from '@mantine/core'
import { useDisclosure } from '@mantine/hooks'
import { useNavigate } from '@tanstack/react-router'
import { activeShortcuts, keyName, useShortcuts } from '../builder/keys'
import { useProject } from './project'

/** What keys do on this screen: shown with `?`. */
export function ShortcutHelp() {
  const project = useProject()
  const navigate = useNavigate()
  const [opened, { open, close }] = useDisclosure()
  useShortcuts([
    { keys: '?', name: 'Show what keys do', act: open },
    { keys: 'shift+N', name: 'New question', act: () => void navigate({ to: `/p/${project.id}/insights`, search: {} as never }) },
  ])
  return (
    <Modal opened={opened} onClose={close} title="Keys" closeButtonProps={{ 'aria-label': 'Close' }} centered styles={{ title: { fontWeight: 650 } }}>
      <ul className="rows" data-testid="shortcuts">
        {opened && activeShortcuts().map(({ keys, name }) => (
          <li key={keys}>
            <span style={{ flex: 1 }}>{name}</span>
            <span>{keys.split('+').map((key) => <Kbd key={key} ml={4}>{keyName(key)}</Kbd>)}</span>
          </li>
        ))}
        <li><span style={{ flex: 1 }}>Close what is open</span><Kbd>Esc</Kbd></li>
      </ul>
    </Modal>
  )
}
