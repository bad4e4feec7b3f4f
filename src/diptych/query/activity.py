"""What one person did, page by page, in bounded time however much history there is."""

import base64
import binascii
from collections.abc import Sequence

import msgspec

from diptych.model import Project
from diptych.model.clock import now_ms
from diptych.people.persons import PERSON
from diptych.query.parts import InvalidQuestion
from diptych.query.run import Queries
from diptych.query.sql.events import both, instant
from diptych.query.stream import COLUMNS, StreamEvent, event_of
from diptych.store.sql import Bound, Sql, join, sql

_DAY = 86_400_000
# Looked through one after the other, from the page's edge on, until the page is full.
_WINDOWS = (7 * _DAY, 60 * _DAY, 400 * _DAY, None)

# An event lies under the id that it came with, or counts under another one since: both are indexed.
_OF_PERSON = "(id_hash IN {ids} OR actor IN {ids}) AND {who} = {person}"
_PLACE = "(toUnixTimestamp64Milli(time), ifNull(event_id, -1), toUnixTimestamp64Milli(received), accept_id)"
# Narrow columns first, so that the wide ones are read for one page only.
_EDGES = """
SELECT {place} AS place FROM events FINAL
WHERE project = {project} AND {within}
ORDER BY place {direction} LIMIT {limit}
"""
_PAGE = """
SELECT {columns} FROM events FINAL
WHERE project = {project} AND {within} AND accept_id IN {accept_ids}
ORDER BY {place} DESC
"""

Place = tuple[int, int, int, int]
BEGINNING = "WzAsMCwwLDBd"
"""The place before every event."""


class ActivityPage(msgspec.Struct, frozen=True):
    """Events of one person, the latest first.

    older, newer   where the pages before and behind this one begin; null: there is nothing on that side now
    """

    events: list[StreamEvent]
    older: str | None
    newer: str | None


class Activity:
    """Reads what single persons did. Events are ordered by (time, event id, received, accept id)."""

    def __init__(self, queries: Queries) -> None:
        self._queries = queries

    async def page(
        self,
        project: Project,
        person: int,
        ids: Sequence[int],
        *,
        limit: int = 100,
        before: str | None = None,
        after: str | None = None,
        names: Sequence[str] = (),
    ) -> ActivityPage:
        """One page: the latest events, those `before` a place, or the first ones `after` it.

        ids     hashes of every id that is or was the person's
        names   only events of these names; none: of every name, control events included

        Raises InvalidQuestion for a place that no page gave, and as `Queries.rows` does.
        """
        await self._queries.settled()
        chosen = both(of_person(person, ids), _named(names))
        backward = after is None
        edge = _read("before", before) if backward else _read("after", after)
        found = await self._places(project, chosen, edge, backward=backward, limit=limit + 1)
        more, places = len(found) > limit, sorted(found[:limit], reverse=True)
        if not places:
            return ActivityPage([], None if backward else after, before if backward else None)
        older = more if backward else True
        newer = before is not None if backward else more
        return ActivityPage(
            await self._events(project, chosen, places),
            _written(places[-1]) if older else None,
            _written(places[0]) if newer else None,
        )

    async def _places(
        self, project: Project, chosen: Sql, edge: Place | None, *, backward: bool, limit: int
    ) -> list[Place]:
        for window in _WINDOWS:
            statement = sql(
                _EDGES.strip(),
                place=Sql(_PLACE),
                project=Bound(project.id, "UInt32"),
                within=both(chosen, *_window(edge, window, now_ms(), backward=backward)),
                direction=Sql("DESC" if backward else "ASC"),
                limit=Bound(limit, "UInt32"),
            )
            found = [place for (place,) in (await self._queries.rows(statement, f"project {project.id} activity")).rows]
            if len(found) == limit:
                break
        return found

    async def _events(self, project: Project, chosen: Sql, places: list[Place]) -> list[StreamEvent]:
        first, last = places[-1][0], places[0][0]
        statement = sql(
            _PAGE.strip(),
            columns=join(", ", map(Sql, COLUMNS)),
            project=Bound(project.id, "UInt32"),
            within=both(chosen, sql("time BETWEEN {a} AND {b}", a=instant(first), b=instant(last))),
            accept_ids=Bound([place[3] for place in places], "Array(UInt64)"),
            place=Sql(_PLACE),
        )
        rows = (await self._queries.rows(statement, f"project {project.id} activity")).rows
        return [event_of(row) for row in rows]


def of_person(person: int, ids: Sequence[int]) -> Sql:
    """The condition that an event is a person's; `ids` are the hashes of every id that is or was theirs."""
    return sql(
        _OF_PERSON, ids=Bound(sorted({person, *ids}), "Array(UInt64)"), who=PERSON, person=Bound(person, "UInt64")
    )


def _named(names: Sequence[str]) -> Sql:
    return sql("name IN {names}", names=Bound(list(names), "Array(String)")) if names else Sql("true")


def _window(edge: Place | None, width: int | None, now: int, *, backward: bool) -> list[Sql]:
    """Conditions: beyond the edge (from now on back if there is none), and no further from it than the width."""
    conditions: list[Sql] = []
    if edge is not None:
        sign = Sql("<" if backward else ">")
        place = Bound(edge, "Tuple(Int64, Int64, Int64, UInt64)")
        conditions.append(sql("{of} {sign} {place}", of=Sql(_PLACE), sign=sign, place=place))
        beyond = "time <= {edge}" if backward else "time >= {edge}"
        conditions.append(sql(beyond, edge=instant(edge[0])))
    if width is not None:
        start = now if edge is None else edge[0]
        far = instant(start - width if backward else start + width)
        conditions.append(sql("time >= {far}" if backward else "time <= {far}", far=far))
    return conditions


def _written(place: Place) -> str:
    return base64.urlsafe_b64encode(msgspec.json.encode(place)).decode().rstrip("=")


def _read(field: str, text: str | None) -> Place | None:
    if text is None:
        return None
    try:
        packed = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
        place: Place = msgspec.json.decode(packed, type=Place)
        return place
    except (binascii.Error, msgspec.DecodeError, ValueError):
        raise InvalidQuestion(field, "a place that an earlier page gave as `older` or `newer`") from None
