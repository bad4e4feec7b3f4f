/** What went wrong with a form, where no single field is at fault. */
export function Problem({ text }: { text: string | undefined }) {
  if (!text) return null
  return <div className="problem" role="alert" data-testid="problem">{text}</div>
}
