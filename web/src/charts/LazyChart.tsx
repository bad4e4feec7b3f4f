import { Skeleton } from '@mantine/core'
import { Suspense, lazy } from 'react'
import { useDark } from '../app/theme'
import type { ChartProps } from './Chart'

const Chart = lazy(() => import('./Chart'))

/** A chart whose library is loaded when the first one is shown. */
export function LazyChart(props: Omit<ChartProps, 'dark'>) {
  const dark = useDark()
  return (
    <Suspense fallback={<Skeleton height={props.height} radius="sm" />}>
      <Chart {...props} dark={dark} />
    </Suspense>
  )
}
