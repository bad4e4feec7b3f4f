import { Title } from '@mantine/core'
import { type ReactNode, useId } from 'react'

/** A part of the builder with its name. */
export function Section({ title, aside, children }: { title: string; aside?: ReactNode; children: ReactNode }) {
  const id = useId()
  return (
    <section className="builder-section" aria-labelledby={id}>
      <div className="builder-head">
        <Title order={2} fz={13} id={id}>{title}</Title>
        {aside}
      </div>
      {children}
    </section>
  )
}
