"""Which events a report reads: event selectors and spans of time as SQL."""

from typing import NamedTuple

from diptych.query.parts import EventSelector, Filter
from diptych.query.sql.filters import TRUE
from diptych.query.sql.rows import Rows
from diptych.store.sql import Bound, Sql, join, sql

_FIRST_TIME = "(who, time) IN (SELECT who, min(time) FROM {source} WHERE {matches} GROUP BY who)"
_WITHIN = "time >= {start} AND time < {end}"
_MILLISECONDS = "DateTime64(3, 'UTC')"


class Selected(NamedTuple):
    """The selector's events, whenever they happened.

    scan      condition on columns of `events`, for `Rows.source`
    matches   condition on the rows behind that source
    """

    scan: Sql
    matches: Sql


def select(rows: Rows, selector: EventSelector, also: Filter | None = None) -> Selected:
    """The events that a selector and a further filter pick. Raises InvalidQuestion."""
    scan = named(selector)
    matches = both(rows.condition(selector.filter), rows.condition(also))
    if selector.first_time:
        matches = both(matches, _first_time(rows, selector, also))
    return Selected(scan, matches)


def named(selector: EventSelector) -> Sql:
    """The condition on names: control events count only where they are named."""
    if selector.names:
        return sql("name IN {names}", names=Bound(selector.names, "Array(String)"))
    return Sql("control = 0")


def within(start: int, end: int) -> Sql:
    """The condition that an event happened from `start` to before `end`, both in UTC milliseconds."""
    return sql(_WITHIN, start=instant(start), end=instant(end))


def instant(milliseconds: int) -> Bound:
    """A time as the engine takes it."""
    return Bound(f"{milliseconds // 1000}.{milliseconds % 1000:03d}", _MILLISECONDS)


def both(*conditions: Sql) -> Sql:
    """All of the conditions."""
    some = [one for one in conditions if one is not TRUE]
    return join(" AND ", some) if some else TRUE


def _first_time(rows: Rows, selector: EventSelector, also: Filter | None) -> Sql:
    """Those of a person's events that happened at the time of the first of them, ever."""
    earlier = Rows(rows.project, rows.group_type, prefix=f"{rows.prefix}first")
    matches = both(earlier.condition(selector.filter), earlier.condition(also))
    return sql(_FIRST_TIME, source=earlier.source(named(selector)), matches=matches)
