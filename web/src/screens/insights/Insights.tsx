import { Page } from '../../components/Page'
import { useProject } from '../../app/project'
import { Builder } from './Builder'
import { PeriodPicker } from './PeriodPicker'
import { Result } from './Result'
import { useReport } from './useReport'

export function Insights() {
  const project = useProject()
  const { report, change } = useReport()
  return (
    <Page title="Insights" lead={`How often, by how many, over time. Days are those of ${project.timezone}.`}>
      <div className="card" style={{ padding: 16 }}>
        <Builder report={report} change={change} />
      </div>
      <div className="card">
        <PeriodPicker report={report} change={change} />
        <Result report={report} change={change} />
      </div>
    </Page>
  )
}
