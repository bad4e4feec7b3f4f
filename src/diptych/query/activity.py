"""What one person did, page by page, in bounded time however much history there is."""

import base64
import binascii
from collections.abc import Sequence
from typing import NamedTuple

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
# How far from the page's edge to look first, and how far at most before everything that is left is read.
_FIRST_REACH, _LAST_REACH = _DAY, 100 * _DAY

# An event lies under the id that it came with, or counts under another one since: both are indexed.
_OF_PERSON = "(id_hash IN {ids} OR actor IN {ids}) AND {who} = {person}"
_PLACE = "(toUnixTimestamp64Milli(time), ifNull(event_id, -1), toUnixTimestamp64Milli(received), accept_id)"
# Candidates: from narrow columns, and from those blocks alone in which an id may be. An event found by its id is one
# that counts; one that is found only by its actor may be the copy that another, elsewhere, has replaced.
_CANDIDATES = """
SELECT {place} AS place, name, toString(toDate(time)), id_hash, id_hash NOT IN {ids} FROM events FINAL
WHERE project = {project} AND {within}
ORDER BY place {direction} LIMIT {limit}
"""
_BY_THEIR_INDEXES = {"use_skip_indexes_for_disjunctions": 1, "use_skip_indexes_if_final_exact_mode": 0}
_STILL_THERE = "SELECT accept_id FROM events FINAL WHERE {key} AND accept_id IN {accept_ids}"
# By the key of the table, and wide columns only where an event of the page is.
_PAGE = """
SELECT {columns} FROM events FINAL
PREWHERE {key} AND accept_id IN {accept_ids}
ORDER BY {place} DESC
"""
_KEY = "project = {project} AND (name, toDate(time), id_hash) IN {places}"

Place = tuple[int, int, int, int]
BEGINNING = "WzAsMCwwLDBd"
"""The place before every event."""


def place_before(time: int) -> str:
    """The place before every event of a time, in UTC milliseconds, and of later ones."""
    return _written((time, -(2**63), 0, 0))


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
        theirs = Bound(sorted({person, *ids}), "Array(UInt64)")
        found = await self._candidates(project, chosen, theirs, edge, backward=backward, limit=limit + 1)
        more, page = len(found) > limit, sorted(found[:limit], reverse=True)
        if not page:
            return ActivityPage([], None if backward else after, before if backward else None)
        older = more if backward else True
        newer = before is not None if backward else more
        return ActivityPage(
            await self._events(project, page),
            _written(page[-1].place) if older else None,
            _written(page[0].place) if newer else None,
        )

    async def _candidates(
        self, project: Project, chosen: Sql, ids: Bound, edge: Place | None, *, backward: bool, limit: int
    ) -> list["_Candidate"]:
        found: list[_Candidate] = []
        nearer: int | None = None
        reach: int | None = _FIRST_REACH
        while True:
            stretch = _stretch(edge, nearer, reach, now_ms(), backward=backward)
            statement = sql(
                _CANDIDATES.strip(),
                place=Sql(_PLACE),
                ids=ids,
                project=Bound(project.id, "UInt32"),
                within=both(chosen, *stretch),
                direction=Sql("DESC" if backward else "ASC"),
                limit=Bound(limit - len(found), "UInt32"),
            )
            rows = await self._queries.rows(statement, f"project {project.id} activity", _BY_THEIR_INDEXES)
            found += [_Candidate(*row) for row in rows.rows]
            if len(found) == limit or reach is None:
                return found
            nearer, reach = reach, _next_reach(reach, len(found), limit)

    async def _events(self, project: Project, page: list["_Candidate"]) -> list[StreamEvent]:
        certain = [one.place[3] for one in page if not one.by_actor]
        if doubtful := [one for one in page if one.by_actor]:
            statement = sql(_STILL_THERE, key=_key(project, doubtful), accept_ids=_accept_ids(doubtful))
            there = (await self._queries.rows(statement, f"project {project.id} activity")).rows
            certain += [accept_id for (accept_id,) in there]
        statement = sql(
            _PAGE.strip(),
            columns=join(", ", map(Sql, COLUMNS)),
            key=_key(project, page),
            accept_ids=Bound(certain, "Array(UInt64)"),
            place=Sql(_PLACE),
        )
        rows = (await self._queries.rows(statement, f"project {project.id} activity")).rows
        return [event_of(row) for row in rows]


class _Candidate(NamedTuple):
    """Where an event stands in the order and in the table. `by_actor`: none of the person's ids is its id."""

    place: Place
    name: str
    day: str
    id_hash: int
    by_actor: bool


def _key(project: Project, page: Sequence[_Candidate]) -> Sql:
    places = sorted({(one.name, one.day, one.id_hash) for one in page})
    return sql(_KEY, project=Bound(project.id, "UInt32"), places=Bound(places, "Array(Tuple(String, Date, UInt64))"))


def _accept_ids(page: Sequence[_Candidate]) -> Bound:
    return Bound([one.place[3] for one in page], "Array(UInt64)")


def of_person(person: int, ids: Sequence[int]) -> Sql:
    """The condition that an event is a person's; `ids` are the hashes of every id that is or was theirs."""
    return sql(
        _OF_PERSON, ids=Bound(sorted({person, *ids}), "Array(UInt64)"), who=PERSON, person=Bound(person, "UInt64")
    )


def _named(names: Sequence[str]) -> Sql:
    return sql("name IN {names}", names=Bound(list(names), "Array(String)")) if names else Sql("true")


def _next_reach(reach: int, found: int, wanted: int) -> int | None:
    """How far to look when `reach` milliseconds had `found` events of those wanted; None: everything that is left.

    At the pace so far it has half as many more as are wanted, so that neither many stretches nor many events too many
    are read: a busy week is thousands of events, and years of others have ten.
    """
    if reach >= _LAST_REACH:
        return None
    at_that_pace = 3 * reach * wanted // (2 * max(found, 1))
    return min(max(at_that_pace, 2 * reach), 10 * reach)


def _stretch(edge: Place | None, nearer: int | None, reach: int | None, now: int, *, backward: bool) -> list[Sql]:
    """Conditions: beyond the edge (from now on back if there is none), and from `nearer` to `reach` milliseconds
    away from it; None: from the edge on, and without end."""
    start, toward, away = (now if edge is None else edge[0]), Sql("<"), Sql(">=")
    if not backward:
        toward, away = Sql(">"), Sql("<=")
    sign = -1 if backward else 1
    conditions: list[Sql] = []
    if edge is not None:
        place = Bound(edge, "Tuple(Int64, Int64, Int64, UInt64)")
        conditions.append(sql("{of} {toward} {place}", of=Sql(_PLACE), toward=toward, place=place))
        conditions.append(sql("time {toward}= {edge}", toward=toward, edge=instant(start)))
    if nearer is not None:
        conditions.append(sql("time {toward} {near}", toward=toward, near=instant(start + sign * nearer)))
    if reach is not None:
        conditions.append(sql("time {away} {far}", away=away, far=instant(start + sign * reach)))
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
