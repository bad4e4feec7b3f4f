"""Which session an event belongs to, as SQL: the one place that knows the rules."""

from typing import NamedTuple

from diptych.query.parts import SentSession, SessionRule
from diptych.query.sql.events import both, within
from diptych.query.sql.rows import Rows
from diptych.store.sql import Bound, Sql, sql

_SENT = "if(ifNull(session_id, -1) = -1 OR who = 0, 0, cityHash64(who, session_id))"

# Only the pauses within the span decide which of its events share a session, so earlier events are not needed.
_PAUSES = """
LEFT ANY JOIN (
    SELECT session_event, session_who, cityHash64(session_who, countIf(pause) OVER (
        PARTITION BY session_who ORDER BY session_time, session_event ROWS UNBOUNDED PRECEDING
    )) AS session
    FROM (
        SELECT accept_id AS session_event, who AS session_who, time AS session_time,
            time > lagInFrame(time, 1, time) OVER (
                PARTITION BY who ORDER BY time, accept_id ROWS BETWEEN 1 PRECEDING AND CURRENT ROW
            ) + toIntervalMinute({minutes}) AS pause
        FROM {source} WHERE who != 0
    )
) AS sessions ON accept_id = session_event AND who = session_who"""


class Sessions(NamedTuple):
    """What to put behind a source to know sessions, and the session there: UInt64, 0 for none."""

    join: Sql
    session: Sql


def sessions(rows: Rows, rule: SessionRule, start: int, end: int) -> Sessions:
    """Sessions of the events from `start` to before `end` (UTC milliseconds).

    Args:
        rows: the rows whose sessions are asked for; sessions are those of what `rows` counts.
        rule: what a session is. With a timeout, any event but control events keeps it going.
        start: where the span begins.
        end: where it ends.
    """
    if isinstance(rule, SentSession):
        return Sessions(Sql(""), Sql(_SENT))
    every = Rows(rows.project, rows.group_type, prefix=f"{rows.prefix}session")
    source = every.source(both(Sql("control = 0"), within(start, end)))
    return Sessions(sql(_PAUSES, minutes=Bound(rule.minutes, "UInt32"), source=source), Sql("session"))
