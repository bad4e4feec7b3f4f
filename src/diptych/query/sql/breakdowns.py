"""Breakdowns as SQL: the combination of values under which an event counts."""

from diptych.query.parts import Breakdown
from diptych.query.sql import cohorts
from diptych.query.sql import properties as p
from diptych.query.sql.rows import Rows
from diptych.store.sql import Sql, join, sql


def value(rows: Rows, breakdown: Breakdown) -> Sql:
    """The normal JSON text of the value; a row becomes one per different item of a list where each item counts.

    By cohorts, a row becomes one per cohort, with its name or "Not in" its name. Raises InvalidQuestion.
    """
    if breakdown.property is None:
        return cohorts.labels(rows, breakdown.cohorts)
    found = rows.value(breakdown.property)
    if breakdown.each_item:
        return sql("arrayJoin({items})", items=p.items(found, as_text=breakdown.as_text))
    return p.quoted(p.normal(found)) if breakdown.as_text else p.normal(found)


def combination(rows: Rows, breakdowns: list[Breakdown]) -> Sql:
    """Array(String) of the values of all breakdowns; one empty array when there are none."""
    if not breakdowns:
        return Sql("emptyArrayString()")
    return sql("[{values}]", values=join(", ", [value(rows, breakdown) for breakdown in breakdowns]))
