import { Badge, type BadgeProps } from '@mantine/core'
import { useDark } from '../app/theme'

/** A small mark beside a name; Mantine's light badges are too pale to read at this size. */
export function Tag({ color = 'gray', ...props }: BadgeProps & { color?: string }) {
  const dark = useDark()
  return <Badge size="sm" variant="light" color={color} c={dark ? `${color}.2` : 'dark.7'} style={{ flex: 'none' }} {...props} />
}
