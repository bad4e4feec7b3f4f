"""Who the person of an event is, as SQL over a row of `events`; and which ids are whose."""

from diptych.store.sql import Bound, Sql, sql
from diptych.store.tables import ACTOR

PERSON = Sql(
    f"if(joinGet('person_overrides', 'person', {ACTOR}) AS moved != 0, moved, if(person != 0, person, {ACTOR}))"
)
"""The person, as UInt64: what the column says, unless the identity log says otherwise since. 0: tied to no one."""

OWNER = Sql(
    f"if(joinGet('person_overrides', 'owner', {ACTOR}) AS gained != 0, gained, "
    f"if(property_owner != 0, property_owner, {ACTOR}))"
)
"""Whose profile the event's own values of user properties come from, as UInt64. The person's, except in mode
`amplitude`, where properties do not follow a merge."""

_PERSONS_OF = """
SELECT if(known.person = 0, listed.actor, known.person)
FROM ({actors}) AS listed
LEFT ANY JOIN (
    SELECT actor, argMax(person, version) AS person FROM persons
    WHERE project = {project} AND actor IN ({actors}) GROUP BY actor
) AS known ON listed.actor = known.actor
"""


def persons_of(project: Bound, actors: Sql) -> Sql:
    """The persons of ids, as a SELECT of one column. `actors`: a SELECT of one column, `actor`, the ids' hashes."""
    return sql(_PERSONS_OF.strip(), project=project, actors=actors)
