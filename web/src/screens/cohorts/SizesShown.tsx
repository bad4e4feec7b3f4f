import { useMemo, useState } from 'react'
import type { Selected } from '../../api/behind'
import type { Answered, CohortSizes } from '../../api/types'
import { useDark } from '../../app/theme'
import { PeopleBehind } from '../../builder/PeopleBehind'
import { SeriesView } from '../../builder/SeriesView'
import { timeAxis } from '../../charts/axis'
import { colorsFor } from '../../charts/colors'
import { plainLine } from '../../charts/lines'
import type { View } from '../../lib/report'

/** Sizes of cohorts over time, and now in the table. */
export function SizesShown({ question, answer, view, name }: Answered<CohortSizes> & { view: View; name: string }) {
  const dark = useDark()
  const [selected, setSelected] = useState<Selected | null>(null)
  const axis = useMemo(() => timeAxis(answer.buckets, question.interval ?? 'day'), [answer, question.interval])
  const lines = useMemo(() => {
    const colors = colorsFor('cohorts', answer.series.map((one) => String(one.cohort)), dark)
    return answer.series.map((one) => plainLine(String(one.cohort), one.name || name, colors.get(String(one.cohort))!, one.values, one.size))
  }, [answer, dark, name])
  return (
    <>
      <SeriesView
        lines={lines}
        file="cohort"
        axis={axis}
        view={view}
        sentence={answer.explanation.sentence}
        heading="Cohort"
        overall="Now"
        pick={(place, line) => setSelected({ question, selection: { cohort: Number(line.key), bucket: place }, title: place === null ? line.name : `${line.name}, ${axis.titles[place]}` })}
      />
      <PeopleBehind selected={selected} close={() => setSelected(null)} />
    </>
  )
}
