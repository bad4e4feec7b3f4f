import { Button, Group, Modal, Text } from '@mantine/core'
import { useDisclosure } from '@mantine/hooks'
import type { ReactNode } from 'react'
import { Problem } from './Problem'

type Props = {
  label: string
  name?: string
  question: string
  text: ReactNode
  act: { mutate: (input: void, options: { onSuccess: () => void }) => void; isPending: boolean; error: Error | null }
  disabled?: boolean
}

/** A button for what cannot be undone: it asks first. `name` is what it is called where its label is not enough. */
export function Confirm({ label, name, question, text, act, disabled }: Props) {
  const [open, { open: ask, close }] = useDisclosure()
  return (
    <>
      <Button variant="default" size="compact-sm" fz={13} style={{ flex: 'none' }} onClick={ask} aria-label={name} disabled={disabled}>{label}</Button>
      <Modal opened={open} onClose={close} title={question} closeButtonProps={{ 'aria-label': 'Close' }} centered styles={{ title: { fontWeight: 650 } }}>
        <Text size="sm" mb="md">{text}</Text>
        <Problem text={act.error?.message} />
        <Group justify="flex-end" mt="md">
          <Button variant="default" onClick={close}>Cancel</Button>
          <Button color="red" loading={act.isPending} onClick={() => act.mutate(undefined, { onSuccess: close })}>{label}</Button>
        </Group>
      </Modal>
    </>
  )
}
