"""Breakdowns as SQL: canonical JSON text of what an event counts under; empty when not set."""

import itertools
import math

from diptych.query.parts import Automatic, Breakdown, Custom, InvalidQuestion, TimePart
from diptych.query.sql import cohorts, properties as p
from diptych.query.sql.rows import Rows
from diptych.query.values import one_spelling
from diptych.store.sql import Bound, Sql, join, sql

_PARTS = {
    TimePart.HOUR_OF_DAY: "toString(toHour({t}))",
    TimePart.DAY_OF_WEEK: "toString(toDayOfWeek({t}))",
    TimePart.DAY_OF_MONTH: "toString(toDayOfMonth({t}))",
    TimePart.MONTH_OF_YEAR: "toString(toMonth({t}))",
    TimePart.DAY: "concat('\"', formatDateTime({t}, '%F'), '\"')",
    TimePart.MONTH: "concat('\"', formatDateTime(toStartOfMonth({t}), '%F'), '\"')",
    TimePart.YEAR: "toString(toYear({t}))",
}


def value(rows: Rows, breakdown: Breakdown) -> Sql:
    """The normal JSON text of the value; a row becomes one per different item of a list where each item counts.

    By cohorts, a row becomes one per cohort, with its name or "Not in" its name. Raises InvalidQuestion.
    """
    if breakdown.property is None:
        return cohorts.labels(rows, breakdown.cohorts)
    found = rows.value(breakdown.property)
    if _has_items(breakdown):
        return sql("arrayJoin({items})", items=p.items(found, as_text=breakdown.as_text))
    return _one(found, breakdown, rows.project.timezone)


def texts(found: Sql, breakdown: Breakdown, zone: str) -> Sql:
    """The same as an array, of a property's value that was read before. Raises InvalidQuestion."""
    if _has_items(breakdown):
        return p.items(found, as_text=breakdown.as_text)
    return sql("[{text}]", text=_one(found, breakdown, zone))


def _has_items(breakdown: Breakdown) -> bool:
    return breakdown.each_item and breakdown.part is None and breakdown.buckets is None


def _one(found: Sql, breakdown: Breakdown, zone: str) -> Sql:
    if breakdown.part is not None:
        return _part(found, breakdown.part, zone)
    if isinstance(breakdown.buckets, Custom):
        return _bucket(found, breakdown.buckets.bounds)
    if breakdown.buckets is not None:
        raise InvalidQuestion("breakdowns.buckets", "ranges of your own (custom) in this report")
    return p.quoted(p.normal(found)) if breakdown.as_text else p.normal(found)


def combination(rows: Rows, breakdowns: list[Breakdown]) -> Sql:
    """Array(String) of the values of all breakdowns; one empty array when there are none."""
    if not breakdowns:
        return Sql("emptyArrayString()")
    return sql("[{values}]", values=join(", ", [value(rows, breakdown) for breakdown in breakdowns]))


def labels(bounds: list[float]) -> list[str]:
    """What the ranges are called: below the first bound, between two, from the last on."""
    words = [one_spelling(bound) for bound in bounds]
    return [f"< {words[0]}", *(f"{a} - {b}" for a, b in itertools.pairwise(words)), f">= {words[-1]}"]


def nice_bounds(low: float, high: float, automatic: Automatic) -> list[float]:
    """Bounds of ranges of one width that hold all numbers from `low` to `high`."""
    raw = (high - low) / automatic.count or 1.0
    power = 10.0 ** math.floor(math.log10(raw))
    width = next(step * power for step in (1, 2, 5, 10) if step * power >= raw)
    first, last = math.floor(low / width), math.floor(high / width) + 1
    # A product of a whole number and the width is rounded once; a running sum would drift.
    digits = max(0, -math.floor(math.log10(width)))
    return [round(number * width, digits) for number in range(first, last + 1)]


def _bucket(value: Sql, bounds: list[float]) -> Sql:
    names = [one_spelling(label) for label in labels(bounds)]
    return sql(
        "if(isNull({n}), '', {names}[arrayCount(bound -> bound <= assumeNotNull({n}), {bounds}) + 1])",
        n=p.number(value),
        names=Bound(names, "Array(String)"),
        bounds=Bound(bounds, "Array(Float64)"),
    )


def _part(value: Sql, part: TimePart, zone: str) -> Sql:
    time = sql(
        "fromUnixTimestamp64Milli(ifNull({ms}, 0), {zone})", ms=p.instant(value, zone), zone=Bound(zone, "String")
    )
    return sql("if(isNull({ms}), '', {part})", ms=p.instant(value, zone), part=sql(_PARTS[part], t=time))
