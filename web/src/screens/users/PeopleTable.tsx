import { Link } from '@tanstack/react-router'
import type { FoundPerson, Order } from '../../api/people'
import { useProject } from '../../app/project'
import { ago, moment } from '../../lib/format'
import { columnsOf, nameOf } from '../../lib/people'
import { shown } from '../../lib/values'

/** A line per person: name and id, then the properties that most of those shown have. */
export function PeopleTable({ people, order }: { people: FoundPerson[]; order: Order }) {
  const columns = columnsOf(people.map((person) => person.properties))
  const recent = order === 'recent'
  return (
    <div className="card people-table">
      <table className="issue-table" aria-label="People" data-testid="people-table">
        <thead>
          <tr>
            <th scope="col">Person</th>
            {columns.map((key) => <th key={key} scope="col" className="wide clip" title={key}>{key}</th>)}
            <th scope="col" className="figure people-seen">{recent ? 'Last seen' : 'Profile changed'}</th>
          </tr>
        </thead>
        <tbody>
          {people.map((person) => (
            <tr key={person.person} data-testid="person">
              <td><Who person={person} /></td>
              {columns.map((key) => <td key={key} className="wide clip" title={shown(person.properties[key])}>{shown(person.properties[key])}</td>)}
              <td className="figure"><Time time={recent ? person.last_seen : person.updated} /></td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  )
}

function Who({ person }: { person: FoundPerson }) {
  const project = useProject()
  const name = nameOf(person.id, person.properties)
  return (
    <>
      <Link to={`/p/${project.id}/users/person` as never} search={{ id: person.id } as never} className="plain-link clip person-name" title={name}>{name}</Link>
      {name !== person.id && <span className="clip hint person-name" title={person.id}>{person.id}</span>}
    </>
  )
}

function Time({ time }: { time: number | null }) {
  const { timezone } = useProject()
  if (time === null) return <span className="hint">–</span>
  return <time dateTime={new Date(time).toISOString()} title={`${moment(time, timezone)} (${timezone})`}>{ago(Date.now() - time)}</time>
}
