"""What is said of the session of each event - how long it was, what it began with - as SQL."""

from diptych.query.references import SessionFact
from diptych.query.sql import properties, rows as row_source, whole_sessions
from diptych.store.sql import Sql, sql

_FACTS = """
SELECT arrayJoin(places) AS {name}_event, fact AS {name}
FROM (
    SELECT groupArray(place) AS places, min(moment) AS began, max(moment) AS ended, {fact} AS fact
    FROM {events}
    GROUP BY who, session
    HAVING {possible}
)
"""
# Canonical JSON texts, as of any property.
_OF_ALL_EVENTS = {
    SessionFact.DURATION: Sql("toString((max(moment) - min(moment)) / 1000)"),
    SessionFact.EVENTS: Sql("toString(count())"),
    SessionFact.ENTRY: properties.as_json(Sql("argMin(event_name, (moment, place))")),
    SessionFact.EXIT: properties.as_json(Sql("argMax(event_name, (moment, place))")),
}


def session_facts(rows: "row_source.Rows", key: str, name: Sql, scan: Sql) -> Sql:
    """A SELECT of the columns `{name}_event`, an accept id, and `{name}`, for the events that are in a session.

    rows   another use of `events`, of people: sessions are theirs, whatever is counted
    scan   a condition on columns of `events`: for which events it is asked
    """
    fact = SessionFact(key)
    named = {"event_name": Sql("name")} if fact in (SessionFact.ENTRY, SessionFact.EXIT) else {}
    of = whole_sessions.sessions_around(rows.project, scan)
    return sql(
        _FACTS.strip(),
        name=name,
        fact=_OF_ALL_EVENTS[fact],
        events=whole_sessions.in_sessions(rows, of, named),
        possible=of.possible,
    )
