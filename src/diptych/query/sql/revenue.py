"""Composition, revenue, lifetime value and impact as SQL."""

from diptych.model import Project
from diptych.query.answer import Bucket
from diptych.query.parts import EventSelector, InvalidQuestion
from diptych.query.questions.revenue import Chosen, Composition, Impact, LifetimeValue, Revenue
from diptych.query.sql import breakdowns
from diptych.query.sql.events import both, instant, named, select, within
from diptych.query.sql.filters import TRUE
from diptych.query.sql.properties import items, normal, number, quoted
from diptych.query.sql.rows import Rows
from diptych.store.sql import Bound, Sql, renumber, sql

_ANY_VALUE = "SELECT who, {value} AS value FROM {source} WHERE who != 0 AND {matches}"
_LATEST_VALUE = """
SELECT who, {value} AS value FROM (
    SELECT who, argMax({stored}, (time, accept_id)) AS latest FROM {source} WHERE who != 0 AND {matches} GROUP BY who
)
"""
_COMPOSITION = """
SELECT value, uniqExact(who) AS people FROM ({values}) GROUP BY value ORDER BY people DESC, value LIMIT {limit}
"""
_PEOPLE_WITH = "SELECT DISTINCT who FROM ({values}) WHERE value IN {texts}"

# Refunds lower the revenue, and make nobody one who paid.
_REVENUE = """
SELECT roundDown(toUnixTimestamp(time), {starts}) AS bucket, sumIf(amount, pays) AS revenue,
    uniqExactIf(who, pays AND amount > 0 AND who != 0) AS paying, uniqExactIf(who, is_active AND who != 0) AS active
FROM (
    SELECT time, who, ifNull({amount}, 0) AS amount, {pays} AS pays, {is_active} AS is_active
    FROM {source}
)
WHERE pays OR is_active
GROUP BY bucket
"""
_PAYING = """
SELECT DISTINCT who FROM {source} WHERE who != 0 AND {matches} AND ifNull({amount}, 0) > 0
"""

# Per person: when it was new, and its revenue with the time since then.
_LIFETIME = """
SELECT bucket, count() AS people, sumForEach(old) AS old_enough, sumForEach(arrayMap(o -> o AND paid, old)) AS paying,
    sumForEach(arrayMap((o, end) -> if(o, arraySum(p -> if(p.1 < end, p.2, 0), payments), 0), old, {ends})) AS revenue,
    countIf(paid) AS ever_paid, sum(arraySum(p -> p.2, payments)) AS total
FROM (
    SELECT {bucket} AS bucket, arrayMap(end -> {now} - first >= end, {ends}) AS old, payments,
        arrayExists(p -> p.2 > 0, payments) AS paid
    FROM ({new}) AS n
    LEFT ANY JOIN (
        SELECT who, groupArray((since, assumeNotNull(amount))) AS payments
        FROM (
            SELECT who, toUnixTimestamp64Milli(time) - first AS since, amount
            FROM (SELECT who, time, {amount} AS amount FROM {source} WHERE who != 0 AND {matches}) AS e
            INNER JOIN ({new}) AS f USING who
            WHERE amount IS NOT NULL
        )
        GROUP BY who
    ) AS p USING who
)
GROUP BY bucket
"""
_NEW = """
SELECT who, toUnixTimestamp64Milli(min(time)) AS first
FROM {source} WHERE who != 0 GROUP BY who
HAVING first >= {start} AND {wanted}
"""
_FIRST_HOLDS = "argMin(ifNull({holds}, false), (time, ifNull(event_id, 0), received, accept_id))"

_IMPACT = """
SELECT relative, count() AS events, uniqExact(who) AS people
FROM (
    SELECT who, toInt32(floor((toUnixTimestamp64Milli(time) - first) / {width})) AS relative
    FROM (SELECT who, time FROM {source} WHERE who != 0 AND {matches}) AS e
    INNER JOIN ({treated}) AS t USING who
)
WHERE relative >= {least} AND relative <= {most}
GROUP BY relative
"""
_TREATED = """
SELECT who, toUnixTimestamp64Milli(min(time)) AS first
FROM {source} WHERE who != 0 AND {matches} GROUP BY who
HAVING first >= {start}
"""
_COUNT = "SELECT count() FROM ({treated})"
_WHO = "SELECT who FROM ({found})"


def composition(question: Composition, project: Project, start: int, end: int) -> Sql:
    """Rows of value (JSON text, empty: not set) and people, by falling people."""
    limit = Bound(question.limit, "UInt32")
    return renumber(sql(_COMPOSITION.strip(), values=_values(question, project, start, end), limit=limit))


def people_with(question: Composition, project: Project, start: int, end: int, texts: list[str]) -> Sql:
    """Who has a value: a column `who`."""
    found = _values(question, project, start, end)
    return renumber(sql(_PEOPLE_WITH, values=found, texts=Bound(texts, "Array(String)")))


def _values(question: Composition, project: Project, start: int, end: int) -> Sql:
    rows = Rows(project, question.group_type)
    chosen = select(rows, question.event)
    if question.values is Chosen.ANY:
        value = breakdowns.value(rows, question.breakdown)
        source = rows.source(both(chosen.scan, within(start, end)))
        return sql(_ANY_VALUE, value=value, source=source, matches=chosen.matches)
    if question.breakdown.property is None:
        raise InvalidQuestion("breakdown.property", "a property: people are in a cohort, and have no last value of it")
    stored, latest = rows.value(question.breakdown.property), Sql("latest")
    as_text = question.breakdown.as_text
    value = quoted(normal(latest)) if as_text else normal(latest)
    if question.breakdown.each_item:
        value = sql("arrayJoin({items})", items=items(latest, as_text=as_text))
    source = rows.source(both(chosen.scan, within(start, end)))
    return sql(_LATEST_VALUE, value=value, stored=stored, source=source, matches=chosen.matches)


def revenue(question: Revenue, project: Project, buckets: list[Bucket]) -> Sql:
    """Rows of bucket (start in epoch seconds), revenue, paying people, active people."""
    rows = Rows(project, question.group_type)
    paying, active = select(rows, question.event), select(rows, question.active)
    amount = number(rows.value(question.property))
    either = sql("(({a}) OR ({b}))", a=paying.scan, b=active.scan)
    return renumber(
        sql(
            _REVENUE.strip(),
            starts=Bound([bucket.start // 1000 for bucket in buckets], "Array(UInt32)"),
            amount=amount,
            pays=both(paying.scan, paying.matches),
            is_active=both(active.scan, active.matches),
            source=rows.source(both(either, within(buckets[0].start, buckets[-1].end))),
        )
    )


def paying(question: Revenue, project: Project, start: int, end: int) -> Sql:
    """Who paid: a column `who`."""
    rows = Rows(project, question.group_type)
    chosen = select(rows, question.event)
    amount = number(rows.value(question.property))
    source = rows.source(both(chosen.scan, within(start, end)))
    return renumber(sql(_PAYING.strip(), source=source, matches=chosen.matches, amount=amount))


def lifetime(question: LifetimeValue, project: Project, buckets: list[Bucket], now: int) -> Sql:
    """Rows of bucket (start in epoch seconds), new people, and per day: people old enough, those of them who ever
    paid, and revenue of those old enough; then of all people those who ever paid, and their revenue up to now."""
    rows = Rows(project, question.group_type)
    chosen = select(rows, question.event)
    amount = number(rows.value(question.property))
    starts = [buckets[0].start // 1000] if question.one_cohort else [bucket.start // 1000 for bucket in buckets]
    since = sql("time >= {start}", start=instant(buckets[0].start))
    return renumber(
        sql(
            _LIFETIME.strip(),
            bucket=sql("roundDown(intDiv(first, 1000), {starts})", starts=Bound(starts, "Array(UInt32)")),
            ends=Bound([(day + 1) * 86_400_000 for day in question.days], "Array(Int64)"),
            now=Bound(now, "Int64"),
            new=new_people(question, project, buckets),
            amount=amount,
            source=rows.source(both(chosen.scan, since)),
            matches=chosen.matches,
        )
    )


def new_people(question: LifetimeValue, project: Project, buckets: list[Bucket]) -> Sql:
    """Columns who and first, in UTC milliseconds, of those whose first event ever lies in the buckets."""
    rows = Rows(project, question.group_type)
    holds = rows.condition(question.new_where)
    wanted = TRUE if question.new_where is None else sql(_FIRST_HOLDS, holds=holds)
    source = rows.source(both(named(EventSelector()), sql("time < {end}", end=instant(buckets[-1].end))))
    return sql(_NEW, source=source, start=Bound(buckets[0].start, "Int64"), wanted=wanted)


def impact(question: Impact, project: Project, start: int, end: int, width: int) -> Sql:
    """Rows of relative interval, events and people; `width` of an interval in milliseconds."""
    rows = Rows(project, question.group_type)
    chosen = select(rows, question.outcome)
    span = within(start - question.before * width, end + (question.after + 1) * width)
    return renumber(
        sql(
            _IMPACT.strip(),
            width=Bound(width, "Int64"),
            source=rows.source(both(chosen.scan, span)),
            matches=chosen.matches,
            treated=_treated(question, project, start, end),
            least=Bound(-question.before, "Int32"),
            most=Bound(question.after, "Int32"),
        )
    )


def treated_count(question: Impact, project: Project, start: int, end: int) -> Sql:
    """One number: how many first did the treatment in the span."""
    return renumber(sql(_COUNT, treated=_treated(question, project, start, end)))


def treated_people(question: Impact, project: Project, start: int, end: int) -> Sql:
    """Who they are: a column `who`."""
    return renumber(sql(_WHO, found=_treated(question, project, start, end)))


def _treated(question: Impact, project: Project, start: int, end: int) -> Sql:
    rows = Rows(project, question.group_type)
    chosen = select(rows, question.treatment)
    source = rows.source(both(chosen.scan, within(start - question.quiet_days * 86_400_000, end)))
    return sql(_TREATED, source=source, matches=chosen.matches, start=Bound(start, "Int64"))
