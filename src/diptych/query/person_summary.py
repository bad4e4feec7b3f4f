"""What a person's events amount to, and as what the person was last seen."""

import asyncio
from collections.abc import Sequence

import msgspec

from diptych.model import Project
from diptych.query.activity import of_person
from diptych.query.run import Queries
from diptych.store import identity as ids
from diptych.store.engine import Engine
from diptych.store.sql import Bound, Sql, sql

_TOTALS = """
SELECT countIf(control = 0), toUnixTimestamp64Milli(minIf(time, control = 0)),
    toUnixTimestamp64Milli(maxIf(time, control = 0)),
    countIf(toFloat64OrZero(context['revenue']) > 0), sum(toFloat64OrZero(context['revenue'])),
    arraySort(groupUniqArrayIf(1000)(device_id, device_id != '')), anyLastIf(user_id, user_id != '')
FROM events FINAL WHERE project = {project} AND {own}
"""
_SESSIONS = """
SELECT count(), sum(last - first) FROM (
    SELECT session_id, toUnixTimestamp64Milli(min(time)) AS first, toUnixTimestamp64Milli(max(time)) AS last
    FROM events FINAL WHERE project = {project} AND {own} AND control = 0 AND session_id IS NOT NULL
    GROUP BY session_id
)
"""
_LATEST = """
SELECT key, argMax(value, place) FROM (
    SELECT (time, accept_id) AS place, arrayJoin(mapKeys(context)) AS key, context[key] AS value
    FROM events FINAL WHERE project = {project} AND {own}
)
GROUP BY key
"""


class PersonSummary(msgspec.Struct, frozen=True):
    """Control events count in nothing but the built-in properties.

    first, last   of the events, UTC milliseconds; null when there are none
    paid          events that earned something; `revenue` in all
    usage         length of all sessions by session id, in milliseconds
    latest        built-in property → its last value, as JSON text
    """

    events: int
    first: int | None
    last: int | None
    paid: int
    revenue: float
    devices: list[str]
    user_id: str
    sessions: int
    usage: int
    latest: dict[str, str]


class Summaries:
    """Sums up single persons."""

    def __init__(self, engine: Engine, queries: Queries) -> None:
        self._engine = engine
        self._queries = queries

    async def ids(self, project: Project, first: int, last: int) -> dict[int, str]:
        """Ids that are known whose hashes lie in a span, both ends included: hash → id."""
        await self._queries.settled()
        return await asyncio.to_thread(ids.hashed_between, self._engine, project.id, first, last)

    async def summary(self, project: Project, person: int, hashes: Sequence[int]) -> PersonSummary:
        """A person. `hashes`: of every id that is or was theirs."""
        own = of_person(person, hashes)
        parts: dict[str, Sql | Bound] = {"project": Bound(project.id, "UInt32"), "own": own}
        totals, sessions, latest = [
            (await self._queries.rows(sql(one.strip(), **parts), f"project {project.id} person")).rows
            for one in (_TOTALS, _SESSIONS, _LATEST)
        ]
        events, first, last, paid, revenue, devices, user_id = totals[0]
        return PersonSummary(
            events=events,
            first=first if events else None,
            last=last if events else None,
            paid=paid,
            revenue=revenue,
            devices=devices,
            user_id=user_id,
            sessions=sessions[0][0],
            usage=sessions[0][1] or 0,
            latest=dict(latest),
        )
