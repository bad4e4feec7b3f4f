import { NumberInput, TagsInput, TextInput } from '@mantine/core'
import { useState } from 'react'
import type { Compare, Scalar } from '../api/types'
import { numberOrText, operatorOf, valueOf } from '../lib/filters'
import { label } from '../lib/format'
import { propertyName } from '../lib/measures'
import { useValues } from './values'

type Props = { condition: Compare; event: string | null; choose: (values: Scalar[]) => void }

/** What a condition compares with: values to choose from or to type, a number, a range, or a day. */
export function ValueInput({ condition, event, choose }: Props) {
  const operator = operatorOf(condition.operator)
  const values = condition.values ?? []
  const name = `Value of ${propertyName(condition.property)}`
  switch (operator?.takes ?? 'many') {
    case 'none':
      return null
    case 'days':
      return <NumberInput size="xs" w={90} min={1} max={3660} aria-label="Days" value={Number(values[0] ?? 30)} onChange={(count) => choose([Number(count) || 1, 'day'])} />
    case 'range':
      return (
        <>
          <Single name={`${name}, from`} value={values[0]} choose={(value) => choose([value, values[1] ?? value])} />
          <Single name={`${name}, to`} value={values[1]} choose={(value) => choose([values[0] ?? value, value])} />
        </>
      )
    case 'one':
      return <Single name={name} value={values[0]} date={operator?.kind === 'date'} choose={(value) => choose([value])} />
    case 'many':
      return <Several name={name} condition={condition} event={event} choose={choose} />
  }
}

/** Kept back until the field is left or Enter is pressed, so that not every letter asks a question. */
function Single({ name, value, date = false, choose }: { name: string; value: Scalar | undefined; date?: boolean; choose: (value: Scalar) => void }) {
  const [text, setText] = useState(value === undefined || value === null ? '' : String(value))
  const keep = () => {
    if (text !== '' && text !== String(value)) choose(date ? text : numberOrText(text))
  }
  return (
    <TextInput
      size="xs"
      w={date ? 140 : 96}
      type={date ? 'date' : 'text'}
      aria-label={name}
      value={text}
      onChange={(event) => setText(event.currentTarget.value)}
      onBlur={keep}
      onKeyDown={(event) => event.key === 'Enter' && keep()}
      data-testid="value"
    />
  )
}

function Several({ name, condition, event, choose }: Props & { name: string }) {
  const [wanted, setWanted] = useState(false)
  const { values: known, loading } = useValues(condition.property, event, wanted)
  const chosen = condition.values ?? []
  const read = (text: string) => chosen.find((one) => label(one) === text) ?? valueOf(text, known)
  const choices = [...new Set(known.filter((value) => typeof value !== 'object' || value === null).map(label))]
  return (
    <TagsInput
      size="xs"
      flex="1 1 0"
      miw={0}
      aria-label={name}
      placeholder={chosen.length ? undefined : loading ? 'Looking for values…' : 'Value'}
      data={choices}
      value={[...new Set(chosen.map(label))]}
      onChange={(texts) => choose(texts.map((text) => (text === label(null) ? null : read(text))))}
      onFocus={() => setWanted(true)}
      limit={100}
      acceptValueOnBlur
      comboboxProps={{ withinPortal: true }}
      data-testid="value"
    />
  )
}
