"""Who is in a saved cohort: one person, or everybody with an id and some properties."""

from collections.abc import AsyncIterator, Sequence
from typing import Any

from diptych.model import Project
from diptych.model.clock import now_ms
from diptych.people.identity import DEVICE_PREFIX
from diptych.query.cohorts import Evaluated, Saved, resolved
from diptych.query.export import Exports
from diptych.query.parts import InCohort, InvalidQuestion
from diptych.query.run import Queries
from diptych.query.sql import cohorts
from diptych.store.sql import Bound, Sql, renumber, sql

_HOLDS = "SELECT {holds}"
_COUNT = "SELECT count() FROM ({members})"
_MEMBERS = """
SELECT who, if(user = '', known_as, user) AS id, arrayMap(k -> values[k], {keys}) FROM ({members}) AS members
LEFT ANY JOIN (SELECT hash, id AS known_as FROM ids WHERE project = {project}) AS known ON who = hash
LEFT ANY JOIN (
    SELECT person, min(id) AS user FROM (
        SELECT actor, argMax(person, version) AS person FROM persons WHERE project = {project} GROUP BY actor
    ) AS moved
    INNER JOIN (SELECT hash, id FROM ids WHERE project = {project} AND NOT startsWith(id, {device})) AS named
        ON actor = hash
    WHERE person IN (SELECT hash FROM ids WHERE project = {project} AND startsWith(id, {device}))
    GROUP BY person
) AS users ON who = person
LEFT ANY JOIN (
    SELECT owner, properties AS values FROM profiles FINAL WHERE project = {project} AND group_type = ''
) AS profile ON who = owner
ORDER BY who
"""


class Membership:
    """Raises InvalidQuestion for a cohort that the project does not have."""

    def __init__(self, queries: Queries, exports: Exports, saved: Saved) -> None:
        self._queries = queries
        self._exports = exports
        self._saved = saved

    async def has(self, project: Project, cohort: str, person: int) -> bool:
        """Whether a person is in a cohort now."""
        await self._queries.settled()
        evaluated = await self._evaluated(project, cohort)
        holds = cohorts.of_owner(project, evaluated, sql("{who}", who=Bound(person, "UInt64")))
        rows = (await self._queries.rows(renumber(sql(_HOLDS, holds=holds)), f"project {project.id} cohort")).rows
        return bool(rows[0][0])

    async def count(self, project: Project, cohort: str) -> int:
        """How many are in a cohort now."""
        await self._queries.settled()
        statement = renumber(sql(_COUNT, members=await self._members(project, cohort)))
        rows = (await self._queries.rows(statement, f"project {project.id} cohort")).rows
        return int(rows[0][0])

    async def everybody(
        self, project: Project, cohort: str, keys: Sequence[str] = ()
    ) -> AsyncIterator[list[tuple[Any, ...]]]:
        """Blocks of (person, id, values of some properties of the profile as JSON texts).

        The id is a user's where the person has one.
        """
        statement = sql(
            _MEMBERS.strip(),
            members=await self._members(project, cohort),
            keys=Bound(list(keys), "Array(String)"),
            device=Bound(DEVICE_PREFIX, "String"),
            project=Bound(project.id, "UInt32"),
        )
        async for block in self._exports.blocks([renumber(statement)], f"project {project.id} cohort"):
            yield block

    async def _members(self, project: Project, cohort: str) -> Sql:
        return cohorts.members(project, await self._evaluated(project, cohort))

    async def _evaluated(self, project: Project, cohort: str) -> Evaluated:
        found = await resolved(InCohort(id=cohort), project, now_ms(), self._saved)
        if not isinstance(found, Evaluated) or (found.cohort and found.cohort.group_type):
            raise InvalidQuestion("cohort", "a cohort of people")
        return found
