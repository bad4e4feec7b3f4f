"""Whole sessions as SQL, for every report that counts them or looks inside; `sessions.py` is for measures of events.

`in_sessions` is a source of events with the session that each belongs to, `per_session` one of sessions. Both are
put behind a FROM. The session of an event is (who, session): the time at which it began, in milliseconds, for the
rules with a timeout, and the id that the SDK gave it otherwise.
"""

from dataclasses import dataclass, replace

from diptych.model import Project, SessionRule
from diptych.query.parts import EventSelector, Interval
from diptych.query.questions.sessions import SessionsBy
from diptych.query.resolve import local_day, starts_from
from diptych.query.sql import events as e, rows as row_source
from diptych.query.sql.filters import TRUE
from diptych.store.sql import Bound, Sql, join, sql

DAY = 86_400_000

# Each person's events in order, and behind each of them the beginning of its session: it is carried on from event to
# event until one opens another. An event opens one when it is the first, after too long a gap, or on another day.
_BY_TIME = """(
    SELECT who, event.1 AS moment, event.2 AS place, session{unpacked}
    FROM (
        SELECT who, arraySort(e -> (e.1, e.2), groupArray((toUnixTimestamp64Milli(time), accept_id, {day}{values})))
                AS events,
            arrayMap(e -> e.1, events) AS times,
            arrayDifference(times) AS gaps,
            arrayDifference(arrayMap(e -> e.3, events)) AS days,
            arrayFill((t, gap, day) -> {opens}, times, gaps, days) AS sessions
        FROM {source}
        WHERE who != 0
        GROUP BY who
    )
    ARRAY JOIN events AS event, sessions AS session
)"""
_OPENS = "gap > {timeout} OR day != 0"
# The same without what single events are: sessions are then stretches of a list of moments.
_STRETCHES = """(
    SELECT who, stretch[1] AS session, stretch[1] AS began, stretch[-1] AS ended, length(stretch) AS events
    FROM (
        SELECT who, arrayJoin(arraySplit((t, gap, day) -> {opens}, times, gaps, days)) AS stretch
        FROM (
            SELECT who, arraySort(groupArray({moment})) AS sorted, {times} AS times, arrayDifference(times) AS gaps,
                {days} AS days
            FROM {source}
            WHERE who != 0
            GROUP BY who
        )
    )
    WHERE {in_span}
)"""
_BY_ID = """(
    SELECT who, toUnixTimestamp64Milli(time) AS moment, accept_id AS place, assumeNotNull(session_id) AS session{named}
    FROM {source}
    WHERE who != 0 AND session_id IS NOT NULL AND session_id != -1
)"""

# A session without an end in sight is not a visit: by id, those over a day do not count.
_PER_SESSION = """(
    SELECT who, session, min(moment) AS began, max(moment) AS ended, count() AS events{parts}
    FROM {events}
    GROUP BY who, session
    HAVING {in_span} AND {possible}
)"""
_IN_SPAN = "began >= {start} AND began < {end}"
_AT_MOST_A_DAY = Sql("ended - began <= 86400000")


@dataclass(frozen=True)
class SessionsOf:
    """The rule that holds for a question, and the events that have to be read for sessions that start in a span.

    around   a condition on `events` that takes the place of the span
    """

    project: Project
    rule: SessionRule
    timeout: int
    excluded: list[str]
    start: int = 0
    end: int = 0
    around: Sql | None = None

    @property
    def scan(self) -> Sql:
        """The condition on `events`: also what tells how sessions at the ends of the span begin and end."""
        if self.around is not None:
            return self._included(e.both(e.named(EventSelector()), self.around))
        before, after = {
            SessionRule.MIXPANEL: (0, 0),
            SessionRule.TIMEOUT: (self.timeout, DAY),
            SessionRule.AMPLITUDE: (DAY, DAY),
        }[self.rule]
        return self._included(e.both(e.named(EventSelector()), e.within(self.start - before, self.end + after)))

    @property
    def possible(self) -> Sql:
        """A condition on `began` and `ended` of a session."""
        return _AT_MOST_A_DAY if self.rule is SessionRule.AMPLITUDE else TRUE

    def _included(self, read: Sql) -> Sql:
        if not self.excluded or self.rule is SessionRule.AMPLITUDE:
            return read
        return e.both(read, sql("name NOT IN {names}", names=Bound(self.excluded, "Array(String)")))


def sessions_of(by: SessionsBy, project: Project, start: int, end: int) -> SessionsOf:
    """The sessions that start from `start` to before `end`, both in UTC milliseconds and local midnights."""
    settings = project.settings
    minutes = by.timeout_minutes if by.timeout_minutes is not None else settings.session_timeout_minutes
    excluded = by.excluded if by.excluded is not None else settings.session_excluded_events
    return SessionsOf(project, by.rule or settings.session_rule, minutes * 60_000, excluded, start, end)


# The same subquery twice: the engine runs it once.
_AROUND = """
time >= (SELECT (min(time), max(time)) FROM events WHERE project = {project} AND {scan}).1 - toIntervalDay(1)
AND time <= (SELECT (min(time), max(time)) FROM events WHERE project = {project} AND {scan}).2 + toIntervalDay(1)
"""
_OF_THE_SAME_ID = "session_id IN (SELECT session_id FROM events WHERE project = {project} AND {scan})"


def sessions_around(project: Project, scan: Sql) -> SessionsOf:
    """The sessions of the events for which `scan`, a condition on columns of `events`, holds: by the project's rule.

    By id they are whole. With a timeout they are followed for a day beyond the first and the last of the events.
    """
    template = _OF_THE_SAME_ID if project.settings.session_rule is SessionRule.AMPLITUDE else _AROUND.strip()
    around = sql(template, project=Bound(project.id, "UInt32"), scan=scan)
    return replace(sessions_of(SessionsBy(), project, 0, 0), around=around)


def in_sessions(rows: "row_source.Rows", of: SessionsOf, values: dict[str, Sql]) -> Sql:
    """Events with columns who, moment (UTC milliseconds), place (orders equal moments), session, and the values.

    `values` are expressions over the rows, by the names that they get. To be called last, as `Rows.source` is.
    """
    names = [Sql(name) for name in values]
    source = rows.source(of.scan)
    if of.rule is SessionRule.AMPLITUDE:
        columns = [sql(", {v} AS {n}", v=value, n=name) for value, name in zip(values.values(), names, strict=True)]
        return sql(_BY_ID, named=join("", columns), source=source)
    # Behind the moment, the place and the day.
    unpacked = [sql(", event.{n} AS {name}", n=Sql(str(n)), name=name) for n, name in enumerate(names, 4)]
    return sql(
        _BY_TIME,
        unpacked=join("", unpacked),
        day=_day(of),
        values=join("", [sql(", {value}", value=value) for value in values.values()]),
        opens=_opens(of),
        source=source,
    )


def per_session(rows: "row_source.Rows", of: SessionsOf, values: dict[str, Sql], parts: list[Sql]) -> Sql:
    """Sessions with columns who, session, began, ended (UTC milliseconds), events, and the parts.

    `parts` are aggregates, with names, over the columns of `in_sessions`.
    """
    in_span = sql(_IN_SPAN, start=Bound(of.start, "Int64"), end=Bound(of.end, "Int64"))
    if not values and not parts and of.rule is not SessionRule.AMPLITUDE:
        return _stretches(rows, of, in_span)
    return sql(
        _PER_SESSION,
        parts=join("", [sql(", {part}", part=part) for part in parts]),
        events=in_sessions(rows, of, values),
        in_span=in_span,
        possible=of.possible,
    )


def _stretches(rows: "row_source.Rows", of: SessionsOf, in_span: Sql) -> Sql:
    moment = Sql("toUnixTimestamp64Milli(time)")
    times, days = Sql("sorted"), Sql("arrayMap(t -> 0, sorted)")
    if of.rule is SessionRule.MIXPANEL:
        moment = sql("({moment}, {day})", moment=moment, day=_day(of))
        times, days = Sql("arrayMap(e -> e.1, sorted)"), Sql("arrayDifference(arrayMap(e -> e.2, sorted))")
    source = rows.source(of.scan)
    return sql(_STRETCHES, opens=_opens(of), moment=moment, times=times, days=days, source=source, in_span=in_span)


def _opens(of: SessionsOf) -> Sql:
    """Whether an event opens a session, by the `gap` before it and the change of `day` since the one before."""
    return sql(_OPENS, timeout=Bound(of.timeout, "Int64"))


def _day(of: SessionsOf) -> Sql:
    if of.rule is not SessionRule.MIXPANEL:
        return Sql("0")
    if of.around is not None:
        return sql("toInt64(toDate(time, {zone}))", zone=Bound(of.project.timezone, "String"))
    first = local_day(of.start, of.project)
    days = (local_day(of.end - 1, of.project) - first).days + 1
    midnights = [start // 1000 for start in starts_from(first, Interval.DAY, days, of.project)]
    return sql("toInt64(roundDown(toUnixTimestamp(time), {days}))", days=Bound(midnights, "Array(UInt32)"))
