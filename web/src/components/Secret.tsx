import { Text } from '@mantine/core'
import { CopyButton } from './CopyButton'

/** A key to copy. `once`: it is not shown again. */
export function Secret({ name, value, once = false }: { name: string; value: string; once?: boolean }) {
  return (
    <div className="secret" data-testid="secret">
      <div style={{ minWidth: 0, flex: 1 }}>
        <Text size="xs" c="dimmed" fw={550}>{name}{once && ', shown only now'}</Text>
        <code className="anywhere">{value}</code>
      </div>
      <CopyButton text={() => value} name={`Copy: ${name}`} />
    </div>
  )
}

/** A link on this server, as others open it. */
export const address = (path: string) => `${location.origin}${path}`
