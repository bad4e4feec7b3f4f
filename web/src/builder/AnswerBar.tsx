import { ActionIcon, Group, Text, Tooltip } from '@mantine/core'
import { useEffect, useState } from 'react'
import type { Explanation } from '../api/types'
import { CopyButton } from '../components/CopyButton'
import { LinkIcon, RefreshIcon } from '../components/icons'
import { ago, moment } from '../lib/format'
import { Explain } from './Explain'

type Props = { explanation: Explanation; timezone: string; refresh: () => void; refreshing: boolean; slot?: (element: HTMLElement | null) => void }

/** When an answer was computed, how, and again. */
export function AnswerBar({ explanation, timezone, refresh, refreshing, slot }: Props) {
  return (
    <Group justify="space-between" gap="xs" px="md" py={8} mih={48}>
      <Explain explanation={explanation} timezone={timezone} />
      <Group gap={6}>
        {explanation.behind && <Text size="xs" c="orange.8" fw={550}>Events of the last seconds may be missing.</Text>}
        <Computed at={explanation.computed_at} timezone={timezone} />
        <Tooltip label="Ask again">
          <ActionIcon variant="default" size={28} onClick={refresh} loading={refreshing} aria-label="Refresh" data-testid="refresh"><RefreshIcon size={15} /></ActionIcon>
        </Tooltip>
        {slot && <span ref={slot} className="bar-slot" />}
        <CopyButton text={() => location.href} name="Copy the link to this chart" Icon={LinkIcon} />
      </Group>
    </Group>
  )
}

const TICK_MS = 5000

function Computed({ at, timezone }: { at: number; timezone: string }) {
  const [now, setNow] = useState(Date.now)
  useEffect(() => {
    setNow(Date.now())
    const timer = setInterval(() => setNow(Date.now()), TICK_MS)
    return () => clearInterval(timer)
  }, [at])
  return (
    <Text size="xs" c="dimmed" title={`${moment(at, timezone)} (${timezone})`} data-testid="computed-at">
      Computed {ago(now - at)}
    </Text>
  )
}
