"""Events as they were received, newest first, and what a project's events look like."""

from functools import partial
from typing import Any

import msgspec

from diptych.model import Project
from diptych.query.run import Queries
from diptych.store.sql import Bound, Sql, join, sql

_HOUR = 3_600
_WINDOWS = (_HOUR, 24 * _HOUR, 30 * 24 * _HOUR, None)

# The ids come first from narrow columns, so that the wide ones are read for a few rows only.
_NEWEST = """
SELECT {columns}
FROM events FINAL
PREWHERE accept_id IN (
    SELECT accept_id FROM events FINAL
    WHERE project = {project} AND accept_id > {after} AND {recent}
    ORDER BY accept_id DESC LIMIT {limit}
)
WHERE project = {project}
ORDER BY accept_id DESC
"""

_STATUS = """
SELECT count(), toUnixTimestamp64Milli(min(received)), toUnixTimestamp64Milli(max(received))
FROM events FINAL WHERE project = {project}
"""

_NAMES = """
SELECT name, count() AS events, toUnixTimestamp64Milli(min(time)), toUnixTimestamp64Milli(max(time)), max(control)
FROM events FINAL WHERE project = {project}
GROUP BY name ORDER BY events DESC, name LIMIT {limit}
"""

# Keys and example values of a sample: enough to choose from, and bounded however much there is.
_PROPERTIES = """
SELECT scope, key, count() AS events, topKIf(5)(value, length(value) <= 200) AS examples
FROM (
    SELECT arrayJoin(arrayConcat(
        arrayMap((k, v) -> ('event', k, v), mapKeys(properties), mapValues(properties)),
        arrayMap((k, v) -> ('builtin', k, v), mapKeys(context), mapValues(context))
    )) AS item, item.1 AS scope, item.2 AS key, item.3 AS value
    FROM (
        SELECT properties, context FROM events
        WHERE project = {project} AND {named}
        LIMIT 100000
    )
)
GROUP BY scope, key ORDER BY scope = 'builtin', events DESC, key LIMIT {limit}
"""

# What people's profiles have, of a sample of them as well.
_PROFILE_PROPERTIES = """
SELECT 'user', key, count() AS people, topKIf(5)(value, length(value) <= 200) AS examples
FROM (
    SELECT arrayJoin(arrayZip(mapKeys(properties), mapValues(properties))) AS item, item.1 AS key, item.2 AS value
    FROM (SELECT properties FROM profiles FINAL WHERE project = {project} AND group_type = '' LIMIT 100000)
)
GROUP BY key ORDER BY people DESC, key LIMIT {limit}
"""


# Narrow columns first here too: what is wrong in every record of a busy client is many rows with long samples.
# `first` looks back over all that is kept, so that a new mistake can be told from an old one.
_ISSUES = """
SELECT kind, reason, protocol, field, sumIf(count, {recent}) AS records,
    toUnixTimestamp64Milli(min(received)) AS first, toUnixTimestamp64Milli(max(received)) AS latest,
    arrayMap(id -> toUInt64(-id), groupArraySortedIf({samples})(-toInt64(accept_id), {recent}))
FROM ingestion_issues FINAL
WHERE project = {project} AND received > now() - INTERVAL 30 DAY
GROUP BY kind, reason, protocol, field HAVING records > 0
ORDER BY latest DESC, kind, reason, protocol, field LIMIT {limit}
"""

_SAMPLES = """
SELECT accept_id, sample FROM ingestion_issues
PREWHERE project = {project} AND accept_id IN {ids}
WHERE sample != ''
"""

MOST_ISSUES = 200
MOST_SAMPLES = 5


# The columns of `events` that make a StreamEvent, in its order.
COLUMNS = (
    "toString(accept_id)",
    "name",
    "toUnixTimestamp64Milli(time)",
    "toUnixTimestamp64Milli(received)",
    "distinct_id",
    "user_id",
    "device_id",
    "insert_id",
    "session_id",
    "event_id",
    "protocol",
    "library",
    "control",
    "properties",
    "user_properties",
    "context",
    "envelope",
    "groups",
)


class StreamEvent(msgspec.Struct, frozen=True):
    """One event as it was received. Times are UTC milliseconds; property values are JSON values."""

    accept_id: str
    name: str
    time: int
    received: int
    distinct_id: str
    user_id: str
    device_id: str
    insert_id: str
    session_id: int | None
    event_id: int | None
    protocol: str
    library: str
    control: bool
    properties: dict[str, msgspec.Raw]
    user_properties: dict[str, msgspec.Raw]
    context: dict[str, msgspec.Raw]
    envelope: dict[str, msgspec.Raw]
    groups: dict[str, list[str]]


class Status(msgspec.Struct, frozen=True):
    """Whether a project has events, and when the first and the last arrived (UTC milliseconds)."""

    events: int
    first_received: int | None
    last_received: int | None


class EventName(msgspec.Struct, frozen=True):
    """An event name with its volume, and the times of its first and last event (UTC milliseconds)."""

    name: str
    count: int
    first_seen: int
    last_seen: int
    control: bool


class PropertyKey(msgspec.Struct, frozen=True):
    """A property with how many of a sample of events, or of profiles, carry it, and frequent values."""

    scope: str
    key: str
    count: int
    examples: list[msgspec.Raw]


class IssueSummary(msgspec.Struct, frozen=True):
    """One reason for which records were rejected or corrected: how many, when, and the latest of them.

    Times are UTC milliseconds. `first` is the first time in the 30 days that are kept, `count` and `samples` are
    of the time that was asked about. A sample is the record as it was sent, cut to 2,000 characters.
    """

    kind: str
    reason: str
    protocol: str
    field: str
    count: int
    first: int
    latest: int
    samples: list[str]


class Stream:
    """Reads of single events and of the names in use."""

    def __init__(self, queries: Queries) -> None:
        self._queries = queries

    async def newest(self, project: Project, *, limit: int, after: int = 0) -> list[StreamEvent]:
        """The last `limit` events received, newest first; only those accepted behind `after`."""
        await self._queries.settled()
        found: list[tuple[Any, ...]] = []
        for window in _WINDOWS:
            recent = Sql("true") if window is None else sql("received > now() - {s}", s=Bound(window, "UInt32"))
            statement = sql(
                _NEWEST.strip(),
                columns=join(", ", map(Sql, COLUMNS)),
                project=_project(project),
                after=Bound(after, "UInt64"),
                recent=recent,
                limit=Bound(limit, "UInt32"),
            )
            found = (await self._queries.rows(statement, "stream")).rows
            if len(found) == limit:
                break
        return [event_of(row) for row in found]

    async def status(self, project: Project) -> Status:
        """Whether there are events yet."""
        return await self._queries.kept(project, "status", partial(self._status, project))

    async def _status(self, project: Project) -> Status:
        rows = (await self._queries.rows(sql(_STATUS.strip(), project=_project(project)), "status")).rows
        count, first, last = rows[0]
        return Status(count, first, last) if count else Status(0, None, None)

    async def names(self, project: Project) -> list[EventName]:
        """Event names by falling volume, at most 1,000."""
        return await self._queries.kept(project, "names", partial(self._names, project))

    async def _names(self, project: Project) -> list[EventName]:
        statement = sql(_NAMES.strip(), project=_project(project), limit=Bound(1000, "UInt32"))
        return [EventName(*row) for row in (await self._queries.rows(statement, "names")).rows]

    async def properties(self, project: Project, event: str | None) -> list[PropertyKey]:
        """Properties in use, of one event, or of all and of people's profiles; by falling frequency, 1,000 of each."""
        return await self._queries.kept(project, ("properties", event), partial(self._properties, project, event))

    async def _properties(self, project: Project, event: str | None) -> list[PropertyKey]:
        limit = Bound(1000, "UInt32")
        named = Sql("control = 0") if event is None else sql("name = {name}", name=Bound(event, "String"))
        statements = [sql(_PROPERTIES.strip(), project=_project(project), named=named, limit=limit)]
        if event is None:
            statements.append(sql(_PROFILE_PROPERTIES.strip(), project=_project(project), limit=limit))
        return [
            PropertyKey(scope, key, count, [_raw(text) for text in examples])
            for statement in statements
            for scope, key, count, examples in (await self._queries.rows(statement, "properties")).rows
        ]

    async def issues(self, project: Project, *, since: int = 0, samples: int = MOST_SAMPLES) -> list[IssueSummary]:
        """What was wrong with what clients sent since a time, latest first; at most 200 reasons of 30 days."""
        await self._queries.settled()
        statement = sql(
            _ISSUES.strip(),
            project=_project(project),
            recent=sql("toUnixTimestamp64Milli(received) >= {since}", since=Bound(since, "Int64")),
            samples=Sql(str(MOST_SAMPLES)),
            limit=Bound(MOST_ISSUES, "UInt32"),
        )
        rows = [(*row[:-1], row[-1][:samples]) for row in (await self._queries.rows(statement, "issues")).rows]
        kept = await self._samples(project, [one for row in rows for one in row[-1]])
        return [IssueSummary(*_with_samples(row, kept)) for row in rows]

    async def _samples(self, project: Project, ids: list[int]) -> dict[int, str]:
        if not ids:
            return {}
        statement = sql(_SAMPLES.strip(), project=_project(project), ids=Bound(ids, "Array(UInt64)"))
        return dict((await self._queries.rows(statement, "samples of issues")).rows)


def _with_samples(row: tuple[Any, ...], kept: dict[int, str]) -> tuple[Any, ...]:
    """A row whose last column has accept ids, with what is kept of those in their place."""
    *others, ids = row
    return (*others, [kept[one] for one in ids if one in kept])


def _project(project: Project) -> Bound:
    return Bound(project.id, "UInt32")


def event_of(row: tuple[Any, ...]) -> StreamEvent:
    """An event from a row of `COLUMNS`."""
    values = dict(zip(StreamEvent.__struct_fields__, row, strict=True))
    for name in ("properties", "user_properties", "context", "envelope"):
        values[name] = _raw_map(values[name])
    return StreamEvent(**values)


def _raw_map(values: dict[str, str]) -> dict[str, msgspec.Raw]:
    return {key: _raw(text) for key, text in values.items()}


def _raw(text: str) -> msgspec.Raw:
    return msgspec.Raw(text.encode())
