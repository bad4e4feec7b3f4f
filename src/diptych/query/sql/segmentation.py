"""Segmentation as SQL: one statement per metric, one scan, one row per combination of values."""

from collections.abc import Sequence
from dataclasses import dataclass

from diptych.model import Project
from diptych.query.parts import Breakdown, Filter, MeasureType, Metric, Property, Scalar
from diptych.query.spans import Cells
from diptych.query.sql import breakdowns as by, properties as p
from diptych.query.sql.events import both, select, within
from diptych.query.sql.measures import HAS_NO_NUMBER, Measure, measure_of, over_people
from diptych.query.sql.rows import Rows
from diptych.query.sql.sessions import sessions
from diptych.query.values import texts_of
from diptych.store.sql import Bound, Sql, join, renumber, sql

# Matching events with their cell of time, their breakdown values and what the measure needs of them.
_ROWS = """
SELECT {distinct}roundDown(toUnixTimestamp(time), {starts}) AS cell, {columns}
FROM {source}
WHERE {matches}
"""

# What is behind all combinations but some. An event with several of the others is one. The key names its source:
# a bare b0 would be the constant that stands beside it.
_OTHERS = """
SELECT DISTINCT cell, {columns}, '' AS b0
FROM ({rows}) AS valued
WHERE {key} NOT IN {kept}
"""

# Each cell is one window: counts per cell and combination; then per combination the measure over the whole
# range and the list of (cell, measure).
_PLAIN = """
SELECT [{values}] AS combination, {merged} AS overall, groupArray((indexOf({starts}, cell) - 1, {single})) AS points
FROM (SELECT cell, {values}, {states} FROM ({rows}) GROUP BY cell, {values})
GROUP BY {values}
ORDER BY overall DESC, combination
LIMIT {limit}
"""

# A cell counts in several windows. The one behind the last stands for the whole range.
_COVERING = """arrayJoin(arrayConcat(
    range({first}[indexOf({starts}, cell) AS place], {last}[place]), arrayResize([{whole}], {inside}[place])
)) AS window"""

_WINDOWED = """
SELECT window, {values}, {merged} AS measure
FROM (
    SELECT {covering}, *
    FROM (SELECT cell, {values}, {states} FROM ({rows}) GROUP BY cell, {values})
)
GROUP BY window, {values}
"""

_PER_PERSON = """
SELECT window, {values}, {outer} AS measure
FROM (
    SELECT window, {values}, {merged} AS x
    FROM (
        SELECT {covering}, *
        FROM (SELECT cell, who, {values}, {states} FROM ({rows}) WHERE who != 0 GROUP BY cell, who, {values})
    )
    GROUP BY window, who, {values}
    HAVING isNotNull(x)
)
GROUP BY window, {values}
"""

_PEOPLE_BY_TIMES = """
SELECT window, {values}, toString(x) AS times, count() AS measure
FROM (
    SELECT window, {values}, {merged} AS x
    FROM (
        SELECT {covering}, *
        FROM (SELECT cell, who, {values}, {states} FROM ({rows}) WHERE who != 0 GROUP BY cell, who, {values})
    )
    GROUP BY window, who, {values}
)
GROUP BY window, {values}, times
"""

_POINTS = """
SELECT [{values}] AS combination, ifNull(anyIf(toNullable(measure), window = {whole}), {nothing}) AS overall,
    groupArrayIf((window, measure), window < {whole}) AS points
FROM ({measured})
GROUP BY {values}
ORDER BY overall DESC, combination
LIMIT {limit}
"""

_PEOPLE_BEHIND = """
SELECT who FROM ({rows}) WHERE who != 0 AND {cell} GROUP BY who HAVING {having}
"""

_EXTREMES = "SELECT min({number}), max({number}) FROM {source} WHERE {matches}"


@dataclass(frozen=True, kw_only=True)
class Counted:
    """One metric over some windows of time.

    filters   apply besides the metric's own: the question's and the segment's
    others    the combinations' texts that are left out; what remains is counted as one
    """

    metric: Metric
    project: Project
    cells: Cells
    windows: int
    filters: Sequence[Filter | None] = ()
    breakdowns: Sequence[Breakdown] = ()
    group_type: str = ""
    limit: int = 100
    others: Sequence[Sequence[str]] | None = None

    @property
    def bounds(self) -> Bound:
        """Starts of the cells in epoch seconds."""
        return Bound([start // 1000 for start in self.cells.starts], "Array(UInt32)")


def statement(counted: Counted) -> Sql:
    """The statement for one metric.

    Columns: combination Array(String) of JSON texts (empty text: not set), overall, points
    Array(Tuple(position of the window, measure)).
    """
    measure = measure_of(counted.metric, groups=bool(counted.group_type))
    values = _names(counted)
    parts: dict[str, Sql | Bound] = {
        "values": join(", ", values),
        "states": measure.states,
        "merged": measure.merged,
        "rows": _others(counted, measure) if counted.others is not None else _rows(counted, measure),
    }
    people = counted.metric.per_person is not None or counted.metric.measure is MeasureType.FREQUENCY
    if not people and counted.cells.are_windows:
        plain = sql(_PLAIN, **parts, starts=counted.bounds, single=measure.single, limit=Bound(counted.limit, "UInt32"))
        return renumber(Sql(plain.text.strip(), plain.parameters))
    parts["covering"] = _covering(counted)
    if counted.metric.measure is MeasureType.FREQUENCY:
        measured = sql(_PEOPLE_BY_TIMES, **parts)
        values = [*values, Sql("times")]
    elif people:
        measured = sql(_PER_PERSON, **parts, outer=over_people(counted.metric))
    else:
        measured = sql(_WINDOWED, **parts)
    return renumber(
        sql(
            _POINTS.strip(),
            values=join(", ", values),
            whole=Bound(counted.windows, "UInt32"),
            nothing=Sql("NULL" if counted.metric.measure in HAS_NO_NUMBER else "0"),
            measured=measured,
            limit=Bound(counted.limit, "UInt32"),
        )
    )


def people_statement(counted: Counted, combination: Sequence[Scalar] | None) -> Sql:
    """Who is behind all cells, for one combination of the breakdowns' values or for all: a column `who`."""
    measure = measure_of(counted.metric, groups=bool(counted.group_type))
    values = list(combination or [])
    having = Sql("true")
    if counted.metric.measure is MeasureType.FREQUENCY and len(values) > len(counted.breakdowns):
        having = sql("count() = {times}", times=Bound(int(values.pop() or 0), "UInt64"))
    elif counted.metric.per_person is not None:
        having = sql("isNotNull({merged})", merged=_over_rows(measure))
    rows = _others(counted, _with_who(measure)) if counted.others is not None else _rows(counted, _with_who(measure))
    cells = [
        sql("{name} IN {texts}", name=name, texts=Bound(texts_of(value), "Array(String)"))
        for name, value in zip(_names(counted), values, strict=False)
    ]
    if counted.metric.measure is MeasureType.SESSIONS:
        cells.append(Sql("session != 0"))
    return renumber(sql(_PEOPLE_BEHIND.strip(), rows=rows, cell=both(*cells), having=having))


def extremes(counted: Counted, reference: Property) -> Sql:
    """The least and the greatest number of a property among the metric's events; null for none."""
    rows = Rows(counted.project, counted.group_type)
    chosen = _select(counted, rows)
    number = p.number(rows.value(reference))
    return renumber(sql(_EXTREMES, number=number, source=rows.source(_scan(counted, chosen[0])), matches=chosen[1]))


def _names(counted: Counted) -> list[Sql]:
    """Names of the columns of values. Without a breakdown a constant stands in for it: one shape of statement."""
    count = 1 if counted.others is not None else max(1, len(counted.breakdowns))
    return [Sql(f"b{number}") for number in range(count)]


def _select(counted: Counted, rows: Rows) -> tuple[Sql, Sql]:
    chosen = select(rows, counted.metric.event)
    return chosen.scan, both(chosen.matches, *map(rows.condition, counted.filters))


def _scan(counted: Counted, scan: Sql) -> Sql:
    return both(scan, within(counted.cells.starts[0], counted.cells.end))


def _rows(counted: Counted, measure: Measure) -> Sql:
    rows = Rows(counted.project, counted.group_type)
    named, matches = _select(counted, rows)
    columns = _needed(counted, rows, measure)
    joined = Sql("")
    if counted.metric.measure is MeasureType.SESSIONS:
        found = sessions(rows, counted.metric.sessions, counted.cells.starts[0], counted.cells.end)
        columns["session"], joined = found.session, found.join
    for number, breakdown in enumerate(counted.breakdowns):
        columns[f"b{number}"] = by.value(rows, breakdown)
    if not counted.breakdowns:
        columns["b0"] = Sql("''")
    return sql(
        _ROWS,
        distinct=Sql("DISTINCT " if counted.group_type and not measure.who else ""),
        starts=counted.bounds,
        columns=join(", ", [_named(value, Sql(name)) for name, value in columns.items()]),
        source=join("", [rows.source(_scan(counted, named)), joined]),
        matches=matches,
    )


def _needed(counted: Counted, rows: Rows, measure: Measure) -> dict[str, Sql]:
    """Columns by name. `accept_id` tells events apart where one may have several rows."""
    columns: dict[str, Sql] = {}
    if counted.group_type or counted.others is not None:
        columns["accept_id"] = Sql("accept_id")
    if measure.who:
        columns["who"] = Sql("who")
    if counted.metric.property is not None:
        value = rows.value(counted.metric.property)
        columns["v"] = p.number(value)
        columns["t"] = p.normal(value)
    return columns or {"counted": Sql("1")}


def _others(counted: Counted, measure: Measure) -> Sql:
    columns = [Sql(name) for name in _columns_of(counted, measure)]
    kept = ["\0".join(texts) for texts in counted.others or []]
    names = [Sql(f"valued.b{number}") for number in range(len(counted.breakdowns))]
    key = join(", char(0), ", names)
    return sql(
        _OTHERS,
        columns=join(", ", columns),
        rows=_rows(counted, measure),
        key=sql("concat({key}, '')", key=key),
        kept=Bound(kept, "Array(String)"),
    )


def _columns_of(counted: Counted, measure: Measure) -> list[str]:
    names = ["accept_id", *(["who"] if measure.who else []), *(["v", "t"] if counted.metric.property else [])]
    return [*names, *(["session"] if counted.metric.measure is MeasureType.SESSIONS else [])]


def _covering(counted: Counted) -> Sql:
    return sql(
        _COVERING,
        starts=counted.bounds,
        first=Bound(counted.cells.first, "Array(UInt32)"),
        last=Bound(counted.cells.last, "Array(UInt32)"),
        inside=Bound(counted.cells.inside, "Array(UInt8)"),
        whole=Bound(counted.windows, "UInt32"),
    )


def _over_rows(measure: Measure) -> Sql:
    """The number of one person, over rows instead of states."""
    return Sql(measure.states.text.removesuffix(" AS s0").replace("State", ""))


def _with_who(measure: Measure) -> Measure:
    return measure._replace(who=True)


def _named(value: Sql, name: Sql) -> Sql:
    return sql("{value} AS {name}", value=value, name=name)
