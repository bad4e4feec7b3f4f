"""Segmentation as SQL: one statement per metric, one scan, one row per combination of values."""

from diptych.model import Project
from diptych.people.persons import PERSON
from diptych.query.answer import Bucket
from diptych.query.parts import Breakdown, EventSelector, Filter, MeasureType, Metric
from diptych.query.questions import Segmentation
from diptych.query.sql import properties as p
from diptych.query.sql.filters import TRUE, condition
from diptych.store.sql import Bound, Sql, join, renumber, sql

# Read from the inside: matching events with their bucket and breakdown values; counts per bucket and
# combination; then per combination the overall measure and the list of (bucket, measure).
_STATEMENT = """
SELECT [{values}] AS combination, {overall} AS overall, groupArray((bucket, {measure})) AS points
FROM (
    SELECT bucket, {values}, {states}
    FROM (
        SELECT roundDown(toUnixTimestamp(time), {starts}) AS bucket, {person} AS who, {breakdowns}
        FROM events FINAL
        WHERE {selected} AND time >= {start} AND time < {end}
    )
    GROUP BY bucket, {values}
)
GROUP BY {values}
ORDER BY overall DESC, combination
LIMIT {limit}
"""

_FIRST_TIME = """
({person}, time) IN (SELECT {person} AS who, min(time) FROM events FINAL WHERE {selected} GROUP BY who)
"""

_EVENTS = Sql("count() AS events")
_PEOPLE = Sql("uniqExactStateIf(who, who != 0) AS people")
_STATES = {
    MeasureType.TOTAL: _EVENTS,
    MeasureType.UNIQUE: _PEOPLE,
    MeasureType.AVERAGE: join(", ", [_EVENTS, _PEOPLE]),
}
_PER_BUCKET = {
    MeasureType.TOTAL: Sql("events"),
    MeasureType.UNIQUE: Sql("finalizeAggregation(people)"),
    MeasureType.AVERAGE: Sql("ifNull(events / nullIf(finalizeAggregation(people), 0), 0)"),
}
_OVERALL = {
    MeasureType.TOTAL: Sql("sum(events)"),
    MeasureType.UNIQUE: Sql("uniqExactMerge(people)"),
    MeasureType.AVERAGE: Sql("ifNull(sum(events) / nullIf(uniqExactMerge(people), 0), 0)"),
}
_MILLISECONDS = "DateTime64(3, 'UTC')"


def statement(question: Segmentation, metric: Metric, project: Project, buckets: list[Bucket]) -> Sql:
    """The statement for one metric.

    Columns: combination Array(String) of JSON texts (empty text: not set), overall, points
    Array(Tuple(start of the bucket in epoch seconds, measure)).
    """
    # Without a breakdown a constant stands in for it, so that there is one shape of statement.
    breakdowns = [_breakdown(b) for b in question.breakdowns] or [Sql("''")]
    names = [Sql(f"b{number}") for number in range(len(breakdowns))]
    return renumber(
        sql(
            _STATEMENT.strip(),
            values=join(", ", names),
            breakdowns=join(", ", [_named(b, n) for b, n in zip(breakdowns, names, strict=True)]),
            states=_STATES[metric.measure],
            measure=_PER_BUCKET[metric.measure],
            overall=_OVERALL[metric.measure],
            person=PERSON,
            selected=selected(project, metric.event, question.filter),
            starts=Bound([bucket.start // 1000 for bucket in buckets], "Array(UInt32)"),
            start=Bound(_instant(buckets[0].start), _MILLISECONDS),
            end=Bound(_instant(buckets[-1].end), _MILLISECONDS),
            limit=Bound(question.limit, "UInt32"),
        )
    )


def selected(project: Project, selector: EventSelector, also: Filter | None = None) -> Sql:
    """The condition that picks the selector's events of this project, whenever they happened."""
    own = Sql("control = 0")
    if selector.names:
        own = sql("name IN {names}", names=Bound(selector.names, "Array(String)"))
    parts = [sql("project = {project}", project=Bound(project.id, "UInt32")), own]
    parts += [part for part in (condition(selector.filter), condition(also)) if part is not TRUE]
    every = join(" AND ", parts)
    if not selector.first_time:
        return every
    first = sql(_FIRST_TIME.strip(), person=PERSON, selected=every)
    return sql("{every} AND {first}", every=every, first=first)


def _breakdown(breakdown: Breakdown) -> Sql:
    value = p.json_text(breakdown.property)
    if breakdown.each_item:
        return sql("arrayJoin({items})", items=p.items(value, as_text=breakdown.as_text))
    return p.quoted(p.normal(value)) if breakdown.as_text else p.normal(value)


def _named(value: Sql, name: Sql) -> Sql:
    return sql("{value} AS {name}", value=value, name=name)


def _instant(milliseconds: int) -> str:
    return f"{milliseconds // 1000}.{milliseconds % 1000:03d}"
