import { NumberInput } from '@mantine/core'
import { Choose } from './Choose'

type ChooseProps<T extends string> = { label: string; value: T; choices: { value: T; label: string }[]; choose: (value: T) => void; testId: string }

/** One of a report's options, with its name beside it. */
export function Option<T extends string>({ label, ...rest }: ChooseProps<T>) {
  return (
    <div className="option">
      <span aria-hidden>{label}</span>
      <Choose label={label} hideLabel size="xs" {...rest} />
    </div>
  )
}

type NumberProps = { label: string; value: number; least: number; most: number; choose: (value: number) => void; testId: string }

export function NumberOption({ label, value, least, most, choose, testId }: NumberProps) {
  return (
    <div className="option">
      <span aria-hidden>{label}</span>
      <NumberInput size="xs" aria-label={label} min={least} max={most} clampBehavior="strict" value={value} onChange={(next) => typeof next === 'number' && next >= least && choose(next)} data-testid={testId} />
    </div>
  )
}
