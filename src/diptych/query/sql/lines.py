"""Events as lines of JSON, written by the engine, so that an export costs no Python per event."""

from collections.abc import Mapping
from dataclasses import dataclass

from diptych.model import Project
from diptych.query.parts import Filter
from diptych.query.sql import properties as p
from diptych.query.sql.events import both, within
from diptych.query.sql.rows import Rows
from diptych.store.sql import Bound, Sql, join, sql

_DAYS = """
SELECT intDiv(toUnixTimestamp(time), 86400) AS day FROM events
WHERE project = {project} AND {scan}
GROUP BY day ORDER BY day
"""

# The ids of persons who are not who the event was sent for; of all others the event has it.
_KNOWN_AS = """
LEFT ANY JOIN (
    SELECT hash, min(id) AS known_as FROM ids
    WHERE project = {project} AND hash IN (SELECT person_now FROM {source} WHERE person_now != id_hash)
    GROUP BY hash
) AS known ON person_now = known.hash
"""

_LINES = """
SELECT concat('{"event":', {name}, ',"properties":{', arrayStringConcat(arrayConcat({fields}), ','), '}}') AS line
FROM (
    SELECT *,
        if(known_as = '', distinct_id, known_as) AS canonical_id, if(sent_id = '', distinct_id, sent_id) AS own_id,
        mapKeys(properties) AS keys, arrayMap(k -> transform(k, {sent_names}, {canonical_names}, ''), keys) AS covered
    FROM {source} {known_as}
    WHERE {matches}
)
{order}
"""

# Written from what an event has outside its properties.
_OWN_KEYS = ("time", "distinct_id", "$insert_id", "mp_processing_time_ms", "$distinct_id_before_identity")


@dataclass(frozen=True)
class Shape:
    """How a vendor writes events down.

    protocol     of its own events, which have its names already
    builtins     its name of a built-in property → canonical name; the first of several is written
    """

    protocol: str
    builtins: Mapping[str, str]


def days(project: Project, start: int, end: int, names: list[str]) -> Sql:
    """The days of UTC, numbered from 1970 on, on which there are events: column `day`. Times in UTC milliseconds."""
    return sql(_DAYS.strip(), project=_number(project), scan=_scan(start, end, names))


def lines(
    project: Project,
    start: int,
    end: int,
    names: list[str],
    matching: Filter | None,
    shape: Shape,
    *,
    milliseconds: bool = False,
    limit: int | None = None,
    only: Sql | None = None,
) -> Sql:
    """One line per event of a span: column `line`. Raises InvalidQuestion.

    Args:
        project: whose.
        start, end: UTC milliseconds, the end excluded.
        names: of events; none: all, control events too.
        matching: only such events.
        shape: whose names are written.
        milliseconds: whether times are; else seconds.
        limit: only the earliest so many.
        only: a further condition on columns of `events`.
    """
    rows, scan = Rows(project), both(_scan(start, end, names), *([] if only is None else [only]))
    matches = rows.condition(matching)
    first = "" if limit is None else "ORDER BY time, accept_id LIMIT {limit}"
    return sql(
        _LINES.strip(),
        name=p.as_json(Sql("name")),
        fields=join(", ", _fields(shape, milliseconds=milliseconds)),
        sent_names=Bound(list(shape.builtins), "Array(String)"),
        canonical_names=Bound(list(shape.builtins.values()), "Array(String)"),
        source=rows.source(scan),
        known_as=sql(_KNOWN_AS.strip(), project=_number(project), source=Rows(project).source(scan)),
        matches=matches,
        order=sql(first, limit=Bound(limit, "UInt32")) if first else Sql(""),
    )


def _fields(shape: Shape, *, milliseconds: bool) -> list[Sql]:
    """Arrays of `"key":value`."""
    foreign = sql("protocol != {own}", own=Bound(shape.protocol, "String"))
    time = "toString(toUnixTimestamp64Milli(time))" if milliseconds else "toString(toUnixTimestamp(time))"
    return [
        sql(
            """[concat('"time":', {time}), concat('"distinct_id":', {id}),
            concat('"mp_processing_time_ms":', toString(toUnixTimestamp64Milli(received)))]""",
            time=Sql(time),
            id=p.as_json(Sql("canonical_id")),
        ),
        _if(Sql("own_id != canonical_id"), "$distinct_id_before_identity", p.as_json(Sql("own_id"))),
        _if(
            Sql("insert_id != ''"),
            "$insert_id",
            sql(
                "if(envelope['$insert_id'] = '', {id}, envelope['$insert_id'])",
                id=p.as_json(Sql("insert_id")),
            ),
        ),
        *(
            _if(sql("{foreign} AND {id} != ''", foreign=foreign, id=Sql(column)), name, p.as_json(Sql(column)))
            for column, name in (("user_id", "$user_id"), ("device_id", "$device_id"), ("library", "mp_lib"))
        ),
        sql(
            """arrayMap((k, v) -> concat({k}, ':', v),
            mapKeys(mapFilter((k, v) -> k NOT IN {own}, properties) AS sent), mapValues(sent))""",
            k=p.as_json(Sql("k")),
            own=Bound(list(_OWN_KEYS), "Array(String)"),
        ),
        _builtins(shape),
        sql(
            """arrayMap((k, ids) -> concat({k}, ':[', arrayStringConcat(arrayMap(g -> {g}, ids), ','), ']'),
            mapKeys(mapFilter((k, ids) -> NOT has(keys, k), groups) AS other_groups), mapValues(other_groups))""",
            k=p.as_json(Sql("k")),
            g=p.as_json(Sql("g")),
        ),
    ]


def _builtins(shape: Shape) -> Sql:
    """Built-in properties that the event's own properties do not say under any of the vendor's names."""
    names: dict[str, str] = {}
    for sent, canonical in shape.builtins.items():
        names.setdefault(canonical, sent)
    return sql(
        """arrayMap((k, v) -> concat({k}, ':', v),
        mapKeys(mapFilter((k, v) -> k IN {canonical} AND NOT has(covered, k), context) AS others),
        mapValues(others))""",
        k=p.as_json(
            sql(
                "transform(k, {canonical}, {sent}, '')",
                canonical=Bound(list(names), "Array(String)"),
                sent=Bound(list(names.values()), "Array(String)"),
            )
        ),
        canonical=Bound(list(names), "Array(String)"),
    )


def _if(condition: Sql, key: str, value: Sql) -> Sql:
    template = "if({condition}, [concat({key}, ':', {value})], emptyArrayString())"
    return sql(template, condition=condition, key=p.as_json(sql("{key}", key=Bound(key, "String"))), value=value)


def _scan(start: int, end: int, names: list[str]) -> Sql:
    span = within(start, end)
    return both(span, sql("name IN {names}", names=Bound(names, "Array(String)"))) if names else span


def _number(project: Project) -> Bound:
    return Bound(project.id, "UInt32")
