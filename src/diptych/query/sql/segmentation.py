"""Segmentation as SQL: one statement per metric, one scan, one row per combination of values."""

from diptych.model import Project
from diptych.query.answer import Bucket
from diptych.query.parts import MeasureType, Metric, Scalar
from diptych.query.questions import Segmentation
from diptych.query.sql import breakdowns as breakdowns_sql
from diptych.query.sql.events import both, select, within
from diptych.query.sql.rows import Rows
from diptych.query.values import texts_of
from diptych.store.sql import Bound, Sql, join, renumber, sql

# Read from the inside: matching events with their bucket and breakdown values; counts per bucket and
# combination; then per combination the overall measure and the list of (bucket, measure).
_STATEMENT = """
SELECT [{values}] AS combination, {overall} AS overall, groupArray((bucket, {measure})) AS points
FROM (
    SELECT bucket, {values}, {states}
    FROM (
        SELECT roundDown(toUnixTimestamp(time), {starts}) AS bucket, who, {breakdowns}
        FROM {source}
        WHERE {matches}
    )
    GROUP BY bucket, {values}
)
GROUP BY {values}
ORDER BY overall DESC, combination
LIMIT {limit}
"""

_PEOPLE_BEHIND = """
SELECT DISTINCT who
FROM (SELECT who, {breakdowns} FROM {source} WHERE {matches})
WHERE who != 0 AND {cell}
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


def statement(question: Segmentation, metric: Metric, project: Project, buckets: list[Bucket]) -> Sql:
    """The statement for one metric.

    Columns: combination Array(String) of JSON texts (empty text: not set), overall, points
    Array(Tuple(start of the bucket in epoch seconds, measure)).
    """
    rows = Rows(project, question.group_type)
    chosen = select(rows, metric.event, question.filter)
    # Without a breakdown a constant stands in for it, so that there is one shape of statement.
    breakdowns = [breakdowns_sql.value(rows, b) for b in question.breakdowns] or [Sql("''")]
    names = [Sql(f"b{number}") for number in range(len(breakdowns))]
    return renumber(
        sql(
            _STATEMENT.strip(),
            values=join(", ", names),
            breakdowns=join(", ", [_named(b, n) for b, n in zip(breakdowns, names, strict=True)]),
            states=_STATES[metric.measure],
            measure=_PER_BUCKET[metric.measure],
            overall=_OVERALL[metric.measure],
            matches=chosen.matches,
            starts=Bound([bucket.start // 1000 for bucket in buckets], "Array(UInt32)"),
            source=rows.source(both(chosen.scan, within(buckets[0].start, buckets[-1].end))),
            limit=Bound(question.limit, "UInt32"),
        )
    )


def people_statement(
    question: Segmentation,
    metric: Metric,
    project: Project,
    buckets: list[Bucket],
    combination: list[Scalar] | None,
) -> Sql:
    """Who is behind the buckets, for one combination of the breakdowns' values or for all: a column `who`."""
    rows = Rows(project, question.group_type)
    chosen = select(rows, metric.event, question.filter)
    breakdowns = [breakdowns_sql.value(rows, b) for b in question.breakdowns] or [Sql("''")]
    names = [Sql(f"b{number}") for number in range(len(breakdowns))]
    cells = [
        sql("{name} IN {texts}", name=name, texts=Bound(texts_of(value), "Array(String)"))
        for name, value in zip(names, combination or [], strict=False)
    ]
    return renumber(
        sql(
            _PEOPLE_BEHIND.strip(),
            breakdowns=join(", ", [_named(b, n) for b, n in zip(breakdowns, names, strict=True)]),
            matches=chosen.matches,
            source=rows.source(both(chosen.scan, within(buckets[0].start, buckets[-1].end))),
            cell=both(*cells),
        )
    )


def _named(value: Sql, name: Sql) -> Sql:
    return sql("{value} AS {name}", value=value, name=name)
