import { UnstyledButton } from '@mantine/core'
import type { Line } from '../charts/lines'

const MOST = 12

/** The drawn lines by colour; a click takes one out of the chart. */
export function Legend({ lines, hide }: { lines: Line[]; hide: (line: Line) => void }) {
  if (lines.length < 2) return null
  return (
    <div className="legend" data-testid="legend">
      {lines.slice(0, MOST).map((line) => (
        <UnstyledButton key={line.key} className="legend-item" onClick={() => hide(line)} title={`Hide ${line.name}`}>
          <span className="swatch" style={{ background: line.color }} />
          <span className="clip">{line.name}</span>
        </UnstyledButton>
      ))}
      {lines.length > MOST && <span className="hint">and {lines.length - MOST} more</span>}
    </div>
  )
}
