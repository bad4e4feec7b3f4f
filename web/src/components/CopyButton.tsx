import { Button, Tooltip, ActionIcon } from '@mantine/core'
import { useEffect, useState } from 'react'
import { copy } from '../lib/copy'
import { CheckIcon, CopyIcon } from './icons'

const SHOWN_MS = 1600

/** Copies a text and says so. With `label` on its face, else as a small sign named by `name`. */
export function CopyButton({ text, label, name, Icon = CopyIcon }: { text: () => string; label?: string; name: string; Icon?: typeof CopyIcon }) {
  const [copied, setCopied] = useState(false)
  useEffect(() => {
    if (!copied) return
    const timer = setTimeout(() => setCopied(false), SHOWN_MS)
    return () => clearTimeout(timer)
  }, [copied])
  const press = () => void copy(text()).then(() => setCopied(true))
  const sign = copied ? <CheckIcon size={15} /> : <Icon size={15} />
  if (label) {
    return (
      <Button size="compact-sm" variant="default" style={{ flex: 'none' }} leftSection={sign} onClick={press} aria-label={copied ? 'Copied' : name}>
        {copied ? 'Copied' : label}
      </Button>
    )
  }
  return (
    <Tooltip label={copied ? 'Copied' : name}>
      <ActionIcon variant="default" size={28} onClick={press} aria-label={copied ? 'Copied' : name}>{sign}</ActionIcon>
    </Tooltip>
  )
}
