"""Events with all that was known about their people when they happened, to be written down row by row."""

from diptych.model import Project
from diptych.query.sql import properties as p
from diptych.query.sql.rows import Rows
from diptych.store.sql import Bound, Sql, sql

# How many events were received in each hour, numbered from 1970 on.
_HOURS = """
SELECT intDiv(toUnixTimestamp(received), 3600) AS hour, count() AS events FROM events FINAL
WHERE project = {project} AND {received}
GROUP BY hour ORDER BY hour
"""
_RECEIVED = "received >= fromUnixTimestamp64Milli({start}, 'UTC') AND received < fromUnixTimestamp64Milli({end}, 'UTC')"

# `changes` are those of the person's properties, the latest first: (time, key, value). Of the ones up to the event the
# first one of each key holds; an event that sees only its own properties has what it set.
_SNAPSHOTS = """
SELECT *, arrayFilter(c -> c.1 <= time, changes) AS until_then, arrayMap(c -> c.2, until_then) AS changed,
    multiIf(NOT own_properties_only, arrayFilter((c, n) -> n = 1 AND c.3 NOT IN ('', 'null'), until_then,
            arrayEnumerateUniq(changed)),
        mapContains(user_properties, '$set') OR mapContains(user_properties, '$setOnce'),
        arrayMap(kv -> (time, kv.1, kv.2), arrayConcat(JSONExtractKeysAndValuesRaw(user_properties['$set']),
            JSONExtractKeysAndValuesRaw(user_properties['$setOnce']))),
        arrayMap((k, v) -> (time, toString(k), v), mapKeys(user_properties), mapValues(user_properties))) AS held,
    concat('{', arrayStringConcat(arrayMap(c -> concat({key}, ':', c.3), held), ','), '}') AS held_json
FROM {source}
LEFT ANY JOIN (
    SELECT owner, arrayReverseSort(groupArray((time, toString(key), value))) AS changes
    FROM profile_history FINAL
    WHERE project = {project} AND group_type = '' AND owner IN (SELECT person_now FROM {people})
    GROUP BY owner
) AS history ON person_now = owner
WHERE {part}
"""
_PART = "person_now % {parts} = {number}"


def hours(project: Project, start: int, end: int) -> Sql:
    """Rows of hour and number of events, of events received in a span of UTC milliseconds, the end excluded."""
    return sql(_HOURS.strip(), project=Bound(project.id, "UInt32"), received=received(start, end))


def received(start: int, end: int) -> Sql:
    """The condition that an event was received in a span of UTC milliseconds, the end excluded."""
    return sql(_RECEIVED, start=Bound(start, "Int64"), end=Bound(end, "Int64"))


def snapshots(project: Project, scan: Sql, part: tuple[int, int] = (0, 1)) -> Sql:
    """A SELECT of events with all their columns, `person_now`, and `held_json`.

    held_json   a JSON object of the person's properties as they were at the event

    Args:
        project: whose events.
        scan: condition on columns of `events`.
        part: of the people, the one with this number of so many parts.
    """
    number, parts = part
    some = sql(_PART, parts=Bound(parts, "UInt32"), number=Bound(number, "UInt32")) if parts > 1 else Sql("true")
    source = Rows(project).source(scan)
    return sql(
        _SNAPSHOTS.strip(),
        key=p.as_json(Sql("c.2")),
        source=source,
        project=Bound(project.id, "UInt32"),
        people=sql("{source} WHERE {some}", source=source, some=some),
        part=some,
    )
