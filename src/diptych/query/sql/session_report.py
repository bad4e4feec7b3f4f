"""The report of sessions as SQL: one statement, one row per combination."""

from diptych.model import Project
from diptych.query.answer import Bucket
from diptych.query.parts import Scalar
from diptych.query.questions.sessions import SessionBreakdown, SessionMeasure, SessionPart, Sessions
from diptych.query.sql import properties as p
from diptych.query.sql.events import both, select
from diptych.query.sql.filters import TRUE
from diptych.query.sql.rows import Rows
from diptych.query.sql.whole_sessions import per_session, sessions_of
from diptych.query.values import texts_of
from diptych.store.sql import Bound, Sql, join, renumber, sql

_STATEMENT = """
SELECT combination, sum(sessions) AS total, {overall} AS overall, sumForEach(lengths) AS lengths,
    groupArray((bucket, {measure})) AS points
FROM (
    SELECT combination, bucket, count() AS sessions, uniqExactState(who) AS people, sum(ended - began) AS milliseconds,
        sum(events) AS events, sumForEach({bins}) AS lengths
    FROM ({sessions})
    GROUP BY combination, bucket
)
GROUP BY combination
ORDER BY total DESC, combination
LIMIT {limit}
"""
_SESSIONS = """
SELECT who, began, ended, events, {combination} AS combination,
    roundDown(intDiv(began, 1000), {starts}) AS bucket
FROM {sessions}
WHERE {chosen}
"""
_BINS = "arrayMap((a, b) -> ended - began >= a AND ended - began < b, {from}, {to})"
_PEOPLE_BEHIND = "SELECT DISTINCT who FROM ({sessions}) WHERE {cell}"

_PER_BUCKET = {
    SessionMeasure.COUNT: Sql("sessions"),
    SessionMeasure.PEOPLE: Sql("finalizeAggregation(people)"),
    SessionMeasure.PER_PERSON: Sql("sessions / finalizeAggregation(people)"),
    SessionMeasure.AVERAGE_LENGTH: Sql("milliseconds / 1000 / sessions"),
    SessionMeasure.AVERAGE_EVENTS: Sql("events / sessions"),
}
_OVERALL = {
    SessionMeasure.COUNT: Sql("total"),
    SessionMeasure.PEOPLE: Sql("uniqExactMerge(people)"),
    SessionMeasure.PER_PERSON: Sql("total / uniqExactMerge(people)"),
    SessionMeasure.AVERAGE_LENGTH: Sql("sum(milliseconds) / 1000 / total"),
    SessionMeasure.AVERAGE_EVENTS: Sql("sum(events) / total"),
}


def statement(question: Sessions, project: Project, buckets: list[Bucket]) -> Sql:
    """Columns: combination Array(String) of JSON texts, sessions, overall, sessions per bin of lengths, points
    Array(Tuple(start of the bucket in epoch seconds, measure))."""
    bounds = [seconds * 1000 for seconds in question.bins]
    return renumber(
        sql(
            _STATEMENT.strip(),
            overall=_OVERALL[question.measure],
            measure=_PER_BUCKET[question.measure],
            bins=sql(_BINS, **{"from": Bound(bounds[:-1], "Array(Int64)"), "to": Bound(bounds[1:], "Array(Int64)")}),
            sessions=_sessions(question, project, buckets),
            limit=Bound(question.limit, "UInt32"),
        )
    )


def people_statement(
    question: Sessions, project: Project, buckets: list[Bucket], bucket: Bucket | None, combination: list[Scalar] | None
) -> Sql:
    """Who had sessions in a bucket or in all of them, of one combination or of all: a column `who`."""
    cells = [
        sql("combination[{n}] IN {texts}", n=Bound(n, "UInt8"), texts=Bound(texts_of(value), "Array(String)"))
        for n, value in enumerate(combination or [], 1)
    ]
    if bucket is not None:
        cells.append(sql("bucket = {start}", start=Bound(bucket.start // 1000, "UInt32")))
    return renumber(sql(_PEOPLE_BEHIND, sessions=_sessions(question, project, buckets), cell=both(*cells)))


def _sessions(question: Sessions, project: Project, buckets: list[Bucket]) -> Sql:
    rows = Rows(project)
    of = sessions_of(question.sessions_by, project, buckets[0].start, buckets[-1].end)
    # What is carried along with every event: no more than is asked for.
    values = {"event_name": Sql("name")} if any(one.property is None for one in question.breakdowns) else {}
    parts: list[Sql] = []
    chosen = TRUE
    if question.containing is not None:
        event = select(rows, question.containing)
        values["wanted"] = both(event.scan, event.matches)
        parts.append(Sql("max(wanted) AS contains"))
        chosen = Sql("contains")
    for number, breakdown in enumerate(question.breakdowns):
        if breakdown.property is not None:
            values[f"value{number}"] = p.normal(rows.value(breakdown.property))
        parts.append(_part(breakdown, Sql(str(number))))
    names = [Sql(f"part{number}") for number in range(len(question.breakdowns))]
    return sql(
        _SESSIONS,
        combination=sql("[{names}]", names=join(", ", names)) if names else Sql("emptyArrayString()"),
        starts=Bound([bucket.start // 1000 for bucket in buckets], "Array(UInt32)"),
        sessions=per_session(rows, of, values, parts),
        chosen=chosen,
    )


def _part(breakdown: SessionBreakdown, number: Sql) -> Sql:
    match breakdown.part:
        case SessionPart.ENTRY:
            return sql("toJSONString(argMin(event_name, (moment, place))) AS part{n}", n=number)
        case SessionPart.EXIT:
            return sql("toJSONString(argMax(event_name, (moment, place))) AS part{n}", n=number)
        case SessionPart.PROPERTY:
            return sql("argMinIf(value{n}, (moment, place), value{n} != '') AS part{n}", n=number)
