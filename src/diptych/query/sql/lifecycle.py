"""Lifecycle and frequency as SQL: the intervals in which each person was active, as bits of one number."""

from diptych.model import Project
from diptych.query.answer import Bucket
from diptych.query.parts import Interval
from diptych.query.questions.lifecycle import Frequency, Lifecycle
from diptych.query.sql.events import both, instant, select, within
from diptych.query.sql.rows import Rows
from diptych.store.sql import Bound, Sql, renumber, sql

MOST_INTERVALS = 254

# Bit 0 is the interval before the range, bit 1 the first one in it. `first` is the first time ever.
_ACTIVE = """
SELECT who, active, bitShiftLeft(active, 1) AS before, {born} AS born
FROM (
    SELECT who, groupBitOr(bit) AS active, min(first_time) AS first
    FROM (
        SELECT who, {bit} AS bit, min(time) AS first_time
        FROM (SELECT who, time, indexOf({starts}, roundDown(toUnixTimestamp(time), {starts})) AS place
            FROM {source} WHERE who != 0 AND {matches})
        GROUP BY who, place
    )
    GROUP BY who
)
"""
# Place 1 holds everything before the interval before the range.
_BIT = "if(place = 1, CAST(0, {number}), bitShiftLeft(CAST(1, {number}), toUInt16(greatest(place, 2) - 2)))"
_BORN = "if(first < {start}, CAST(0, {number}), CAST(bitAnd(active, bitNot(active) + 1), {number}))"
_STATES = """
SELECT sumForEach({new}), sumForEach({current}), sumForEach({resurrected}), sumForEach({dormant}) FROM ({active})
"""
_HAS = (
    "arrayMap(b -> bitAnd({state}, b) != 0, arrayMap(k -> bitShiftLeft(CAST(1, {number}), k), range(1, {count} + 1)))"
)
_PEOPLE = "SELECT who FROM ({active}) WHERE bitAnd({state}, bitShiftLeft(CAST(1, {number}), {place})) != 0"

STATES = {
    "new": Sql("born"),
    "current": Sql("bitAnd(active, before)"),
    "resurrected": Sql("bitAnd(active, bitNot(bitOr(before, born)))"),
    "dormant": Sql("bitAnd(before, bitNot(active))"),
}

_FREQUENCY = """
SELECT period, groupArray((days, people))
FROM (
    SELECT period, days, count() AS people
    FROM ({days})
    GROUP BY period, days
)
GROUP BY period
"""
# A period has fewer than 64 hours or days, so that each has its own bit.
_DAYS = """
SELECT who, roundDown(toUnixTimestamp(time), {periods}) AS period,
    bitCount(groupBitOr(bitShiftLeft(toUInt64(1), toUInt32(toDate(time, {zone})) % 64))) AS days
FROM {source} WHERE who != 0 AND {matches}
GROUP BY who, period
"""
_HOURS = """
SELECT who, period, bitCount(groupBitOr(bitShiftLeft(toUInt64(1), indexOf({units}, unit) % 64))) AS days
FROM (
    SELECT who, roundDown(unit, {periods}) AS period, unit
    FROM (SELECT who, roundDown(toUnixTimestamp(time), {units}) AS unit FROM {source} WHERE who != 0 AND {matches})
    GROUP BY who, unit
)
GROUP BY who, period
"""
_PEOPLE_BY_DAYS = "SELECT who FROM ({days}) WHERE period = {period} AND days {compared} {count}"


def lifecycle_statement(question: Lifecycle, project: Project, buckets: list[Bucket], before: int) -> Sql:
    """One row of four lists: new, current, resurrected and dormant people per bucket.

    `before` is the start of the interval before the range, in UTC milliseconds.
    """
    number = _number(len(buckets))
    has = {
        name: sql(_HAS, state=state, number=number, count=Bound(len(buckets), "UInt16"))
        for name, state in STATES.items()
    }
    return renumber(sql(_STATES.strip(), active=_active(question, project, buckets, before), **has))


def lifecycle_people(
    question: Lifecycle, project: Project, buckets: list[Bucket], before: int, state: str, bucket: int
) -> Sql:
    """Who is in a state in a bucket: a column `who`."""
    return renumber(
        sql(
            _PEOPLE,
            active=_active(question, project, buckets, before),
            state=STATES[state],
            number=_number(len(buckets)),
            place=Bound(bucket + 1, "UInt16"),
        )
    )


def frequency_statement(question: Frequency, project: Project, periods: list[Bucket], units: list[Bucket]) -> Sql:
    """Rows of period (start in epoch seconds) and [(days, people on exactly so many)]."""
    return renumber(sql(_FREQUENCY.strip(), days=_days(question, project, periods, units)))


def frequency_people(
    question: Frequency, project: Project, periods: list[Bucket], units: list[Bucket], period: int, count: int
) -> Sql:
    """Who did it on exactly, or at least, so many days of a period: a column `who`."""
    return renumber(
        sql(
            _PEOPLE_BY_DAYS,
            days=_days(question, project, periods, units),
            period=Bound(periods[period].start // 1000, "UInt32"),
            compared=Sql(">=" if question.at_least else "="),
            count=Bound(count, "UInt16"),
        )
    )


def _active(question: Lifecycle, project: Project, buckets: list[Bucket], before: int) -> Sql:
    rows, number = Rows(project, question.group_type), _number(len(buckets))
    chosen = select(rows, question.event)
    starts = [0, before // 1000, *(bucket.start // 1000 for bucket in buckets)]
    return sql(
        _ACTIVE.strip(),
        born=sql(_BORN, start=instant(buckets[0].start), number=number),
        bit=sql(_BIT, number=number),
        starts=Bound(starts, "Array(UInt32)"),
        source=rows.source(both(chosen.scan, sql("time < {end}", end=instant(buckets[-1].end)))),
        matches=chosen.matches,
    )


def _days(question: Frequency, project: Project, periods: list[Bucket], units: list[Bucket]) -> Sql:
    rows = Rows(project, question.group_type)
    chosen = select(rows, question.event)
    parts: dict[str, Sql | Bound] = {
        "periods": Bound([period.start // 1000 for period in periods], "Array(UInt32)"),
        "source": rows.source(both(chosen.scan, within(periods[0].start, periods[-1].end))),
        "matches": chosen.matches,
    }
    if question.unit is Interval.DAY:
        return sql(_DAYS.strip(), zone=Bound(project.timezone, "String"), **parts)
    return sql(_HOURS.strip(), units=Bound([unit.start // 1000 for unit in units], "Array(UInt32)"), **parts)


def _number(intervals: int) -> Sql:
    """A number with a bit for each interval, the one before them, and one that runs over."""
    return Sql(next(f"'UInt{bits}'" for bits in (64, 128, 256) if intervals + 2 <= bits))
