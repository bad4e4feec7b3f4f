import { CopyButton } from './CopyButton'

/** A JSON document as text, with a button to copy it. */
export function JsonView({ text, height = 340, testId }: { text: string; height?: number; testId?: string }) {
  return (
    <div style={{ position: 'relative' }}>
      <pre className="lines wrapped json" style={{ maxHeight: height }} tabIndex={0} aria-label="JSON" data-testid={testId}>{text}</pre>
      <div style={{ position: 'absolute', top: 8, right: 8 }}>
        <CopyButton text={() => text} name="Copy the JSON" />
      </div>
    </div>
  )
}
