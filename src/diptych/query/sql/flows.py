"""Flows as SQL: each person's events as one sorted array, and from it the paths around anchors.

A path is an array of labels, position by position, the anchor's at `before + 1`. Labels are hashes of what an event
looks like, or one of the codes below. What an event is named is asked at the end, for those that are shown.
Arrays are only shifted and cut, never looked up inside a lambda: that would copy them once for each of their items.
"""

from enum import IntEnum

from diptych.model import Project
from diptych.query.parts import EventSelector, InvalidQuestion
from diptych.query.questions.flows import FlowCount, Flows, SessionRule
from diptych.query.resolve import span
from diptych.query.sql import properties as p
from diptych.query.sql.events import both, named, select, within
from diptych.query.sql.filters import TRUE
from diptych.query.sql.funnel_keys import TIE
from diptych.query.sql.rows import Rows
from diptych.store.sql import Bound, Sql, join, renumber, sql


class Code(IntEnum):
    """Labels that are no events."""

    END = 0  # there is no further event within the window
    MORE = 1  # events that are not shown, before the one that the path leads to
    TARGET = 2  # the event that the path leads to
    NOTHING = 3  # beyond an end


# Events in the order (time, event id, receipt): accept ids rise with receipt. `kind`: 1 an anchor in the range,
# 2 an event that the path leads to. An event is one number, because lists of tuples take five times as long: from the
# highest bit 62 of time, 64 of event id (as in `funnel_keys`), 64 of accept id, 64 of label, 2 of kind.
_EVENTS = """
SELECT {who}, arraySort(groupArray(bitOr(
        bitOr(bitShiftLeft(toUInt256(at), 194), bitShiftLeft(toUInt256(tie), 130)),
        bitOr(bitShiftLeft(toUInt256(accept_id), 66), bitOr(bitShiftLeft(toUInt256(label), 2), toUInt256(kind)))
    ))) AS stream
FROM (
    SELECT who, session_id, toUnixTimestamp64Milli(time) AS at, {tie} AS tie, accept_id,
        {label} AS label, bitOr(toUInt8({anchor}), bitShiftLeft(toUInt8({target}), 1)) AS kind
    FROM {source} {around}
    WHERE who != 0 AND {visible}
)
GROUP BY {who}
HAVING countIf(bitTest(kind, 0)) > 0
"""
# Whose paths begin at their first anchor need no events but those within the window of it.
_AROUND_FIRST = """
INNER JOIN (
    SELECT who AS anchored, toUnixTimestamp64Milli(min(time)) AS first_at FROM {source} WHERE {matches} GROUP BY who
) AS anchors ON who = anchored"""
_SESSIONS = """
SELECT who, arrayJoin(arraySplit((e, pause) -> pause > {timeout}, stream,
    arrayDifference(arrayMap(e -> toInt64(bitShiftRight(e, 194)), stream)))) AS stream
FROM ({streams})
"""
_COLLAPSED = """
SELECT who, arrayFilter((e, before, i) -> i = 1 OR bitShiftLeft(bitXor(e, before), 190) != 0, stream,
    arrayShiftRight(stream, 1), arrayEnumerate(stream)) AS stream
FROM ({streams})
"""
# `next_gap` and `next_at`: how many events lie before the next event that the path leads to (-1: there is none), and
# its time. Filled in from behind.
_COLUMNS = """
SELECT who, arrayMap(e -> toInt64(bitShiftRight(e, 194)), stream) AS times,
    arrayMap(e -> toUInt64(bitShiftRight(e, 2)), stream) AS labels,
    arrayMap(e -> toUInt8(bitAnd(e, 3)), stream) AS kinds,
    arrayMap((k, at) -> if(bitTest(k, 1), at, 0), kinds, times) AS target_times,
    arrayMap((k, i) -> if(bitTest(k, 1), i, 0), kinds, arrayEnumerate(kinds)) AS target_places,
    arrayShiftLeft(arrayReverse(arrayFill(x -> x > 0, arrayReverse(target_times))), 1, 0) AS next_at,
    arrayMap((t, i) -> toInt64(t) - toInt64(i) - 1, arrayShiftLeft(
        arrayReverse(arrayFill(x -> x > 0, arrayReverse(target_places))), 1, 0), arrayEnumerate(kinds)) AS next_gap
FROM ({streams})
"""
_FIRST = """
SELECT who, times[i] AS at, labels[i] AS anchor,
    arraySlice(labels, i + 1, {after}) AS later, arraySlice(times, i + 1, {after}) AS later_at,
    arrayReverse(arraySlice(labels, greatest(toInt64(i) - {before}, 1), least({before}, i - 1))) AS earlier,
    arrayReverse(arraySlice(times, greatest(toInt64(i) - {before}, 1), least({before}, i - 1))) AS earlier_at,
    if(next_gap[i] >= 0 AND next_at[i] <= at + {window}, next_gap[i], -1) AS gap
FROM (
    SELECT *, arrayFirstIndex(
            (k, g, t, a) -> bitTest(k, 0) AND g >= 0 AND t <= a + {window}, kinds, next_gap, next_at, times
        ) AS converting,
        if(converting > 0, converting, arrayFirstIndex(k -> bitTest(k, 0), kinds)) AS i
    FROM ({columns})
    WHERE arrayExists(k -> bitTest(k, 0), kinds)
)
"""
_EVERY = """
SELECT who, at, anchor, [{later}]::Array(UInt64) AS later, [{later_at}]::Array(Int64) AS later_at,
    [{earlier}]::Array(UInt64) AS earlier, [{earlier_at}]::Array(Int64) AS earlier_at,
    if(gap_to >= 0 AND at_to <= at + {window}, gap_to, -1) AS gap
FROM ({columns})
ARRAY JOIN {shifted}
WHERE bitTest(kind, 0)
"""
_PATHS = """
SELECT who, arrayConcat(
        arrayReverse(arrayResize(arrayPushBack(arraySlice(earlier, 1, arrayCount(
            (l, t) -> l != 0 AND t >= at - {window}, earlier, earlier_at)), 0), {before}, 3)),
        [anchor],
        if(gap < 0,
            arrayResize(arrayPushBack(arraySlice(later, 1, arrayCount(
                (l, t) -> l != 0 AND t <= at + {window}, later, later_at)), 0), {length}, 3),
            arrayResize(arrayConcat(arraySlice(later, 1, least(gap, {after})),
                if(gap > {after}, [toUInt64(1)], []), [toUInt64(2)]), {length}, 3))
    ) AS path
FROM ({anchored})
"""
# One row per listed path (its link is empty) and one per link: [position of its beginning, from 1; from; to].
_STATEMENT = """
SELECT link, if(empty(link), path, []) AS steps, sum(n) AS number
FROM (
    SELECT path, n, arrayJoin(arrayConcat([[]::Array(UInt64)], arrayFilter(l -> l[2] != 3 AND l[3] != 3, arrayMap(
        (i, a, b) -> [toUInt64(i), a, b], arrayEnumerate(arrayPopBack(path)), arrayPopBack(path), arrayPopFront(path)
    )))) AS link
    FROM (SELECT path, count() AS n FROM ({paths}) GROUP BY path)
)
GROUP BY link, steps
ORDER BY number DESC, steps
LIMIT {limit} BY link
"""
_NAMES = """
SELECT label, any(name), any(value)
FROM (SELECT name, {value} AS value, cityHash64(name, value) AS label FROM {source} WHERE {visible})
WHERE label IN {labels}
GROUP BY label
"""


def statement(question: Flows, project: Project, now: int) -> Sql:
    """Paths and links. Columns: link Array(UInt64) (empty for a path), steps Array(UInt64), number."""
    paths = _paths(question, project, now)
    return renumber(sql(_STATEMENT.strip(), paths=paths, limit=Bound(question.paths, "UInt32")))


def people_statement(question: Flows, project: Project, now: int, places: list[Sql]) -> Sql:
    """Who has a path of which conditions on `path` hold: a column `who`."""
    template = "SELECT DISTINCT who FROM ({paths}) WHERE {places}"
    return renumber(sql(template, paths=_paths(question, project, now), places=both(*places)))


def names_statement(question: Flows, project: Project, now: int, labels: list[int]) -> Sql:
    """What events look like. Columns: label, name, JSON text of the value that it was expanded by."""
    rows = Rows(project, question.group_type)
    value, visible = _value(question, rows), rows.condition(question.filter)
    return renumber(
        sql(
            _NAMES.strip(),
            value=value,
            source=rows.source(both(_visible(question), _span(question, project, now))),
            visible=visible,
            labels=Bound(labels, "Array(UInt64)"),
        )
    )


def label(name: str, value: str) -> Sql:
    """The label of an event that looks like this."""
    return sql("cityHash64({name}, {value})", name=Bound(name, "String"), value=Bound(value, "String"))


def _paths(question: Flows, project: Project, now: int) -> Sql:
    columns = sql(_COLUMNS.strip(), streams=_streams(question, project, now))
    window = Bound(question.window.milliseconds, "Int64")
    before, after = Bound(question.before, "Int64"), Bound(question.after, "Int64")
    if question.count is FlowCount.TOTAL:
        anchored = _every(question, columns, window)
    else:
        anchored = sql(_FIRST.strip(), columns=columns, before=before, after=after, window=window)
    length = question.after + 2 if question.to else question.after
    return sql(
        _PATHS.strip(),
        anchored=anchored,
        before=before,
        after=after,
        length=Bound(length, "Int64"),
        window=window,
    )


def _every(question: Flows, columns: Sql, window: Bound) -> Sql:
    """Every event with those around it, as columns that were shifted."""
    shifted = ["labels AS anchor", "times AS at", "kinds AS kind", "next_gap AS gap_to", "next_at AS at_to"]
    for steps, way, name in ((question.after, "Left", "l"), (question.before, "Right", "e")):
        for step in range(1, steps + 1):
            shifted += [f"arrayShift{way}(labels, {step}, 0) AS {name}{step}"]
            shifted += [f"arrayShift{way}(times, {step}, 0) AS {name}t{step}"]

    def names(prefix: str, steps: int) -> Sql:
        return join(", ", [Sql(f"{prefix}{step}") for step in range(1, steps + 1)])

    return sql(
        _EVERY.strip(),
        columns=columns,
        later=names("l", question.after),
        later_at=names("lt", question.after),
        earlier=names("e", question.before),
        earlier_at=names("et", question.before),
        window=window,
        shifted=join(", ", map(Sql, shifted)),
    )


def _streams(question: Flows, project: Project, now: int) -> Sql:
    by_session_id = question.count is FlowCount.SESSIONS and question.session_rule is SessionRule.SDK
    streams = _events(question, project, now, by_session_id=by_session_id)
    if question.count is FlowCount.SESSIONS and not by_session_id:
        timeout = Bound(question.session_timeout.milliseconds, "Int64")
        streams = sql(_SESSIONS.strip(), timeout=timeout, streams=streams)
    return sql(_COLLAPSED.strip(), streams=streams) if question.collapse_repeats else streams


def _events(question: Flows, project: Project, now: int, *, by_session_id: bool) -> Sql:
    rows = Rows(project, question.group_type)
    start, end = span(question.range, project, now)
    anchor_matches = _matches(rows, question.anchor)
    target_matches = _matches(rows, question.to) if question.to else Sql("false")
    shown = sql("({s} OR {a} OR {t})", s=_shown(question), a=anchor_matches, t=target_matches)
    wanted, value = rows.condition(question.filter), _value(question, rows)
    in_session = Sql("ifNull(session_id, -1) != -1") if by_session_id else TRUE
    around, anchored = _anchored(question, project, start, end)
    return sql(
        _EVENTS.strip(),
        who=Sql("who, session_id" if by_session_id else "who"),
        tie=TIE,
        label=sql("cityHash64(name, {value})", value=value),
        anchor=sql("({matches})", matches=both(anchor_matches, within(start, end))),
        target=target_matches,
        source=rows.source(both(_visible(question), _span(question, project, now))),
        around=around,
        visible=both(wanted, shown, in_session, anchored),
    )


def _matches(rows: Rows, selector: EventSelector) -> Sql:
    chosen = select(rows, selector)
    return sql("({matches})", matches=both(chosen.scan, chosen.matches))


def _anchored(question: Flows, project: Project, start: int, end: int) -> tuple[Sql, Sql]:
    """A join and a condition: who has no anchor has no path, and the others' events need not be sorted."""
    rows = Rows(project, question.group_type, prefix="anchor")
    anchor = select(rows, question.anchor)
    matches = both(anchor.matches, rows.condition(question.filter))
    parts = {"source": rows.source(both(anchor.scan, within(start, end))), "matches": matches}
    # Where repeats are collapsed, what lies before the window decides whether its first event is one.
    if question.count is FlowCount.PEOPLE and question.to is None and not question.collapse_repeats:
        near = "toUnixTimestamp64Milli(time) BETWEEN first_at - {before} AND first_at + {after}"
        window = question.window.milliseconds
        before, after = (Bound(window if steps else 0, "Int64") for steps in (question.before, question.after))
        return sql(_AROUND_FIRST, **parts), sql(near, before=before, after=after)
    return Sql(""), sql("who IN (SELECT who FROM {source} WHERE {matches})", **parts)


def _shown(question: Flows) -> Sql:
    """Which events are steps by their name; anchor and target always are."""
    shown = Sql("control = 0")
    if question.only:
        shown = sql("name IN {only}", only=Bound(question.only, "Array(String)"))
    if question.hidden:
        shown = both(shown, sql("name NOT IN {hidden}", hidden=Bound(question.hidden, "Array(String)")))
    return sql("({shown})", shown=shown)


def _visible(question: Flows) -> Sql:
    """Which events are read, as a condition on columns of `events`."""
    ends = [named(selector) for selector in (question.anchor, question.to) if selector]
    return sql("({names})", names=join(" OR ", [_shown(question), *ends]))


def _span(question: Flows, project: Project, now: int) -> Sql:
    start, end = span(question.range, project, now)
    reach = question.window.milliseconds
    return within(max(start - reach, 0), end + reach)


def _value(question: Flows, rows: Rows) -> Sql:
    """The value that an event is told apart by; empty for events that are not expanded."""
    if not question.expand:
        return Sql("''")
    if len({one.event for one in question.expand}) < len(question.expand):
        raise InvalidQuestion("expand", "one property per event")
    parts = [
        sql("name = {name}, {v}", name=Bound(one.event, "String"), v=p.normal(rows.value(one.property)))
        for one in question.expand
    ]
    return sql("multiIf({parts}, '')", parts=join(", ", parts))
