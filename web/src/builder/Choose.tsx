import { Select, type SelectProps } from '@mantine/core'

type Props<T extends string> = {
  label: string
  hideLabel?: boolean
  value: T
  choices: { value: T; label: string; disabled?: boolean }[]
  choose: (value: T) => void
  testId: string
} & Pick<SelectProps, 'w' | 'flex' | 'size' | 'labelProps'>

/** One of a few. */
export function Choose<T extends string>({ label, hideLabel = false, value, choices, choose, testId, ...rest }: Props<T>) {
  return (
    <Select
      {...rest}
      label={hideLabel ? undefined : label}
      aria-label={label}
      classNames={{ label: 'field-label' }}
      data={choices}
      value={value}
      allowDeselect={false}
      onChange={(chosen) => chosen && choose(chosen as T)}
      data-testid={testId}
    />
  )
}
