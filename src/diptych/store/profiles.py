"""Reads `profile_updates`, reads and writes the tables `profiles` and `profile_history` that are derived from it.

Times are milliseconds here. Owners are looked up in slices, so that no statement grows without bound.
"""

import secrets
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import pyarrow as pa

from diptych.store.engine import Engine
from diptych.store.sql import Bound, Sql, join, long_array, sql
from diptych.store.tables import map_column

BEFORE_ALL = -(1 << 62)  # earlier than any time
AFTER_ALL = 1 << 62

_PER_QUERY = 5_000
_PER_BLOCK = 100_000
_MILLISECONDS = pa.timestamp("ms", "UTC")
_MAP = pa.map_(pa.string(), pa.string())


class Group(NamedTuple):
    """Whose profiles: people of a project (an empty type) or its groups of a type."""

    project: int
    type: str


class Stretch(NamedTuple):
    """Updates that name `profile_id` and were accepted after `since` are about the profile of the id `owner_id`."""

    profile_id: str
    since: int
    owner_id: str


class Span(NamedTuple):
    """Owner and profile id, with the times that are asked for: from `start` on, and before `end`.

    `of`: the updates of the owner, where they are not simply those that name its id: the whole timelines of all ids
    whose updates are the owner's at some time.
    """

    owner: int
    profile_id: str
    start: int
    end: int
    of: tuple[Stretch, ...] = ()


class ProfileRow(NamedTuple):
    """A row of `profiles`. Version 0: there is no such row."""

    group: Group
    owner: int
    profile_id: str
    properties: dict[str, str]
    updated: int
    last_accept_id: int
    version: int
    deleted: bool


class HistoryRow(NamedTuple):
    """A row of `profile_history`."""

    group: Group
    key: str
    owner: int
    time: int
    value: str
    deleted: bool = False


class UpdateRow(NamedTuple):
    """A row of `profile_updates`. `profile_id` is that of the owner."""

    profile_id: str
    time: int
    accept_id: int
    position: int
    operation: str
    values: dict[str, str]


_OWNERS = """
SELECT {owner} AS owner FROM
(SELECT k.1 AS project, k.2 AS group_type, k.3 AS profile_id
 FROM (SELECT arrayJoin(arrayZip({projects}, {types}, {ids})) AS k))
"""


def owners(engine: Engine, keys: Sequence[tuple[Group, str]], owner: Sql) -> list[int]:
    """The owners of profile ids, in their order. `owner` is SQL over project, group_type and profile_id."""
    found: list[int] = []
    for start in range(0, len(keys), _PER_QUERY):
        part = keys[start : start + _PER_QUERY]
        statement = sql(
            _OWNERS.strip(),
            owner=owner,
            projects=long_array([group.project for group, _ in part], "UInt32"),
            types=long_array([group.type for group, _ in part], "String"),
            ids=long_array([profile_id for _, profile_id in part], "String"),
        )
        found += engine.query_arrow(statement).column(0).to_pylist()
    return found


_CURRENT = """
SELECT project, group_type, owner, profile_id, properties, toUnixTimestamp64Milli(updated), last_accept_id, version,
    deleted
FROM profiles PREWHERE project IN {projects} AND group_type IN {types} AND owner IN {owners}
ORDER BY version DESC LIMIT 1 BY project, group_type, owner
"""


def current(engine: Engine, keys: Sequence[tuple[Group, int]]) -> dict[tuple[Group, int], ProfileRow]:
    """The newest rows of owners, those of deleted profiles among them."""
    found: dict[tuple[Group, int], ProfileRow] = {}
    for start in range(0, len(keys), _PER_QUERY):
        part = keys[start : start + _PER_QUERY]
        statement = sql(
            _CURRENT.strip(),
            projects=Bound(sorted({group.project for group, _ in part}), "Array(UInt32)"),
            types=Bound(sorted({group.type for group, _ in part}), "Array(String)"),
            owners=long_array([owner for _, owner in part], "UInt64"),
        )
        for project, group_type, owner, profile_id, properties, updated, accept_id, version, deleted in _rows(
            engine, statement
        ):
            group = Group(project, group_type)
            row = ProfileRow(group, owner, profile_id, dict(properties), updated, accept_id, version, bool(deleted))
            found[group, owner] = row
    return found


# The updates that name certain ids, as if they named the id whose profile they are about.
_OF_OWNERS = """(
    SELECT project, group_type, owner_id AS profile_id, time, accept_id, position, operation, values
    FROM (
        SELECT project, group_type, profile_id AS named, time, accept_id, position, operation, values
        FROM profile_updates FINAL WHERE project = {project} AND group_type = {type} AND profile_id IN {named}
    ) AS said
    ASOF JOIN (
        SELECT turn.1 AS named, turn.2 AS since, turn.3 AS owner_id
        FROM (SELECT arrayJoin(arrayZip({named}, {since}, {owners})) AS turn)
    ) AS line ON said.named = line.named AND said.accept_id > line.since
) AS owned"""

_UPDATES = """
SELECT profile_id, toUnixTimestamp64Milli(time) AS ms, accept_id, position, operation, values
FROM {updates}
WHERE project = {project} AND group_type = {type} AND profile_id IN {ids} AND {within}
ORDER BY profile_id, time, accept_id, position
"""


def updates(engine: Engine, group: Group, spans: Sequence[Span]) -> Iterator[UpdateRow]:
    """Updates in their spans: by profile id, in order."""
    for start in range(0, len(spans), _PER_QUERY):
        part = spans[start : start + _PER_QUERY]
        for profile_id, ms, accept_id, position, operation, values in _rows(engine, _spanned(_UPDATES, group, part)):
            yield UpdateRow(profile_id, ms, accept_id, position, operation, dict(values))


_COUNTS = """
SELECT profile_id, count() FROM {updates}
WHERE project = {project} AND group_type = {type} AND profile_id IN {ids} AND {within}
GROUP BY profile_id
"""


def update_counts(engine: Engine, group: Group, spans: Sequence[Span]) -> dict[str, int]:
    """Profile id → how many updates its span has, about: replayed ones may count twice."""
    found: dict[str, int] = {}
    for start in range(0, len(spans), _PER_QUERY):
        found |= dict(_rows(engine, _spanned(_COUNTS, group, spans[start : start + _PER_QUERY])))
    return found


_NTH = """
SELECT toUnixTimestamp64Milli(time) FROM {updates}
WHERE project = {project} AND group_type = {type} AND profile_id = {id} AND toUnixTimestamp64Milli(time) >= {start}
ORDER BY time LIMIT 1 OFFSET {number}
"""


def time_of_update(engine: Engine, group: Group, span: Span, number: int) -> int | None:
    """The time of the update with this number, from 0, in the span; None when there are fewer."""
    statement = sql(
        _NTH.strip(),
        updates=_updates_of(group, [span]),
        project=Bound(group.project, "UInt32"),
        type=Bound(group.type, "String"),
        id=Bound(span.profile_id, "String"),
        start=Bound(span.start, "Int64"),
        number=Bound(number, "UInt64"),
    )
    times = [time for (time,) in _rows(engine, statement)]
    return times[0] if times and times[0] < span.end else None


_BEFORE = """
SELECT owner, key, argMax(value, time) AS last FROM profile_history FINAL
WHERE project = {project} AND group_type = {type} AND owner IN {owners} AND {before}
GROUP BY owner, key HAVING last != ''
"""


def properties_before(engine: Engine, group: Group, spans: Sequence[Span]) -> dict[int, dict[str, str]]:
    """Owner → property → value right before the span, by the history."""
    found: dict[int, dict[str, str]] = {}
    for start in range(0, len(spans), _PER_QUERY):
        part = spans[start : start + _PER_QUERY]
        for owner, key, value in _rows(engine, _spanned(_BEFORE, group, part)):
            found.setdefault(owner, {})[key] = value
    return found


_HISTORY = """
SELECT owner, key, toUnixTimestamp64Milli(time) AS ms, value FROM profile_history FINAL
WHERE project = {project} AND group_type = {type} AND owner IN {owners} AND {within}
"""


def history(engine: Engine, group: Group, spans: Sequence[Span]) -> Iterator[HistoryRow]:
    """The history within the spans, in no order."""
    for start in range(0, len(spans), _PER_QUERY):
        statement = _spanned(_HISTORY, group, spans[start : start + _PER_QUERY])
        for owner, key, ms, value in _rows(engine, statement):
            yield HistoryRow(group, key, owner, ms, value)


def newest_version(engine: Engine, known: int = 0) -> int:
    """The highest version that a change in the history has. `known`: one that it is not below."""
    statement = sql("SELECT max(version) FROM profile_history WHERE version > {known}", known=Bound(known, "UInt64"))
    return max(known, int(engine.query(statement).rows[0][0]))


def _spanned(template: str, group: Group, spans: Sequence[Span]) -> Sql:
    """A statement about the spans, of the owners or of the profile ids, whichever its template has a place for."""
    if "{ids}" in template:
        name, key, keys = "ids", Sql("profile_id"), long_array([span.profile_id for span in spans], "String")
    else:
        name, key, keys = "owners", Sql("owner"), long_array([span.owner for span in spans], "UInt64")
    parts: dict[str, Sql | Bound] = {
        "project": Bound(group.project, "UInt32"),
        "type": Bound(group.type, "String"),
        name: keys,
    }
    if "{updates}" in template:
        parts["updates"] = _updates_of(group, spans)
    if "{before}" in template:
        parts["before"] = _bounded("<", key, keys, [span.start for span in spans])
    else:
        starts, ends = [span.start for span in spans], [span.end for span in spans]
        above = Sql("true") if set(starts) == {BEFORE_ALL} else _bounded(">=", key, keys, starts)
        below = Sql("true") if set(ends) == {AFTER_ALL} else _bounded("<", key, keys, ends)
        parts["within"] = join(" AND ", (above, below))
    return sql(template.strip(), **parts)


def _updates_of(group: Group, spans: Sequence[Span]) -> Sql:
    """What stands behind FROM for the updates of the spans' owners."""
    if not any(span.of for span in spans):
        return Sql("profile_updates FINAL")
    own = {Stretch(span.profile_id, 0, span.profile_id) for span in spans if not span.of}
    turns = sorted(own.union(*(span.of for span in spans)))
    return sql(
        _OF_OWNERS,
        project=Bound(group.project, "UInt32"),
        type=Bound(group.type, "String"),
        named=long_array([turn.profile_id for turn in turns], "String"),
        since=long_array([turn.since for turn in turns], "UInt64"),
        owners=long_array([turn.owner_id for turn in turns], "String"),
    )


_NAMED = """
SELECT DISTINCT profile_id FROM profile_updates
WHERE project = {project} AND group_type = {type} AND profile_id IN {ids}
  AND accept_id > transform(profile_id, {ids}, {since}, toUInt64(0))
"""


def named_after(engine: Engine, group: Group, since: Mapping[str, int]) -> set[str]:
    """Which of these profile ids an update names that was accepted after the given accept id."""
    found: set[str] = set()
    ids = list(since)
    for start in range(0, len(ids), _PER_QUERY):
        part = ids[start : start + _PER_QUERY]
        statement = sql(
            _NAMED.strip(),
            project=Bound(group.project, "UInt32"),
            type=Bound(group.type, "String"),
            ids=long_array(part, "String"),
            since=long_array([since[one] for one in part], "UInt64"),
        )
        found |= {one for (one,) in _rows(engine, statement)}
    return found


def _bounded(operator: str, key: Sql, keys: Bound, times: Sequence[int]) -> Sql:
    template = "toUnixTimestamp64Milli(time) {operator} transform({key}, {keys}, {times}, toInt64(0))"
    return sql(template, operator=Sql(operator), key=key, keys=keys, times=long_array(times, "Int64"))


def insert_history(engine: Engine, rows: Sequence[HistoryRow], version: int) -> None:
    """Write rows of the history; each replaces one of a lower version with its owner, key and time."""
    for start in range(0, len(rows), _PER_BLOCK):
        part = rows[start : start + _PER_BLOCK]
        columns = {
            "project": pa.array([row.group.project for row in part], pa.uint32()),
            "group_type": pa.array([row.group.type for row in part], pa.string()),
            "key": pa.array([row.key for row in part], pa.string()),
            "owner": pa.array([row.owner for row in part], pa.uint64()),
            "time": pa.array([row.time for row in part], _MILLISECONDS),
            "value": pa.array([row.value for row in part], pa.string()),
            "version": pa.array([version] * len(part), pa.uint64()),
            "deleted": pa.array([row.deleted for row in part]).cast(pa.uint8()),
        }
        engine.insert("profile_history", pa.table(columns), _token())


def insert_profiles(engine: Engine, rows: Sequence[ProfileRow]) -> None:
    """Write current profiles; each replaces one of a lower version."""
    for start in range(0, len(rows), _PER_BLOCK):
        part = rows[start : start + _PER_BLOCK]
        columns = {
            "project": pa.array([row.group.project for row in part], pa.uint32()),
            "group_type": pa.array([row.group.type for row in part], pa.string()),
            "owner": pa.array([row.owner for row in part], pa.uint64()),
            "profile_id": pa.array([row.profile_id for row in part], pa.string()),
            "properties": map_column([row.properties for row in part], _MAP),
            "updated": pa.array([row.updated for row in part], _MILLISECONDS),
            "last_accept_id": pa.array([row.last_accept_id for row in part], pa.uint64()),
            "version": pa.array([row.version for row in part], pa.uint64()),
            "deleted": pa.array([row.deleted for row in part]).cast(pa.uint8()),
        }
        engine.insert("profiles", pa.table(columns), _token())


def _token() -> str:
    """No two inserts of derived rows are the same one: what is tried again may have other rows."""
    return secrets.token_hex(16)


def _rows(engine: Engine, statement: Sql) -> Iterator[tuple[Any, ...]]:
    table = engine.query_arrow(statement)
    yield from zip(*(column.to_pylist() for column in table.columns), strict=True)
