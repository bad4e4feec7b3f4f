"""Which events a report reads: event selectors and spans of time as SQL."""

from typing import NamedTuple

import msgspec

from diptych.query.parts import EventSelector
from diptych.query.sql import rows as row_source
from diptych.query.sql.filters import TRUE
from diptych.store.sql import Bound, Sql, join, sql

_FIRST_TIME = "(who, time) IN (SELECT who, min(time) FROM {source} WHERE {matches} GROUP BY who)"
# NTH is a number from 1 to 5. In the order of events: time, event id, receipt.
_NTH = """(who, accept_id) IN (
    SELECT who, numbered.4 FROM (
        SELECT who, groupArraySorted(NTH)((time, ifNull(event_id, 0), received, accept_id)) AS earliest
        FROM {source} WHERE {matches} GROUP BY who HAVING length(earliest) = NTH
    ) ARRAY JOIN [earliest[NTH]] AS numbered
)"""
_WITHIN = "time >= {start} AND time < {end}"
_MILLISECONDS = "DateTime64(3, 'UTC')"


class Selected(NamedTuple):
    """The selector's events, whenever they happened.

    scan      condition on columns of `events`, for `Rows.source`
    matches   condition on the rows behind that source
    """

    scan: Sql
    matches: Sql


def select(rows: "row_source.Rows", selector: EventSelector) -> Selected:
    """The events that a selector picks. Raises InvalidQuestion."""
    scan = named(selector)
    matches = both(_alternatives(rows, selector), rows.condition(selector.filter))
    if selector.first_time:
        matches = both(matches, _first_time(rows, selector))
    if selector.nth is not None:
        matches = both(matches, _nth(rows, selector, selector.nth))
    return Selected(scan, matches)


def named(selector: EventSelector) -> Sql:
    """The condition on names: control events count only where they are named."""
    names = [*selector.names, *(alternative.name for alternative in selector.alternatives)]
    if names:
        return sql("name IN {names}", names=Bound(names, "Array(String)"))
    return Sql("control = 0")


def _alternatives(rows: "row_source.Rows", selector: EventSelector) -> Sql:
    """Where alternatives have filters of their own, each applies to its own event."""
    if not any(alternative.filter for alternative in selector.alternatives):
        return TRUE
    parts = [
        sql(
            "(name = {name} AND {holds})",
            name=Bound(alternative.name, "String"),
            holds=rows.condition(alternative.filter),
        )
        for alternative in selector.alternatives
    ]
    if selector.names:
        parts.append(sql("name IN {names}", names=Bound(selector.names, "Array(String)")))
    return sql("({parts})", parts=join(" OR ", parts))


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


def _first_time(rows: "row_source.Rows", selector: EventSelector) -> Sql:
    """Those of a person's events that happened at the time of the first of them, ever."""
    return _earlier(_FIRST_TIME, rows, selector)


def _nth(rows: "row_source.Rows", selector: EventSelector, nth: int) -> Sql:
    """A person's nth event ever, of those that match, or of those with the names before any filter."""
    if selector.nth_of == "named":
        selector = msgspec.structs.replace(selector, filter=None)
    template = _NTH.replace("NTH", str(nth))
    return _earlier(template, rows, selector)


def _earlier(template: str, rows: "row_source.Rows", selector: EventSelector) -> Sql:
    earlier = row_source.Rows(rows.project, rows.group_type, prefix=f"{rows.prefix}first", until=rows.until)
    matches = both(_alternatives(earlier, selector), earlier.condition(selector.filter))
    return sql(template, source=earlier.source(named(selector)), matches=matches)
