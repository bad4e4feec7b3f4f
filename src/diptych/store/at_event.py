"""User properties as they were at each event, kept in columns of `events`: `store/promotion.py` says which.

A column's value is that of the profile which the event's own columns name. It is UNKNOWN until the history was looked
up, and again when those columns change. What changed in the history since the last fold, or in who is who, makes
values doubtful; unknown and doubtful ones are looked up by whoever asks, all others need no history.
"""

from collections.abc import Iterator

from diptych.store.engine import Engine
from diptych.store.promotion import UNKNOWN, columns_of_users
from diptych.store.sql import Bound, Sql, join, sql
from diptych.store.tables import ACTOR

_SLICE_ROWS = 2_000_000
_MANY = 1_000_000

OWN = Sql(f"if(property_owner != 0, property_owner, {ACTOR})")
"""Whose values an event has by its own columns, which `people.persons.OWNER` may know better."""

# Owners with changes that are not folded in, and ids that lately got another owner.
_DOUBTFUL = """
SELECT owner FROM profile_history
WHERE {project} AND group_type = '' AND key = {key} AND version > (SELECT max(version) FROM value_folds)
"""
_UNSURE = "({column} = {unknown} OR {own} IN ({doubtful}))"
_STALE = "({unsure} OR {actor} IN (SELECT actor FROM person_overrides))"

# An event that sees only the user properties that it carries; they may be plain or what it sets.
SEEN = """
if(own_properties_only, multiIf(mapContains(user_properties, {key}), user_properties[{key}],
    JSONHas(user_properties['$set'], {key}), JSONExtractRaw(user_properties['$set'], {key}),
    JSONExtractRaw(user_properties['$setOnce'], {key})), {held})
"""

# For a few owners the latest rows are found faster so than by FINAL.
# Copies that do not count may be among the events: nobody asks for them by their accept id.
_VALUES = """
SELECT accept_id, whose, {seen} AS value, had
FROM (
    SELECT accept_id, time, own_properties_only, user_properties, {owner} AS whose, {column} AS had
    FROM events WHERE {events}
) AS event
ASOF LEFT JOIN (
    SELECT owner, time AS since, argMax(value, version) AS held FROM profile_history
    WHERE {project} AND group_type = '' AND key = {key} AND {owners}
    GROUP BY owner, time HAVING argMax(deleted, version) = 0
) AS history ON whose = history.owner AND time >= since
WHERE {wanted}
"""
# Whose history may be asked for: a little more than is, and found faster.
_OWNERS = """owner IN (
    SELECT {owner} FROM events WHERE {events} AND {column} = {unknown}
    UNION ALL {doubtful}
    UNION ALL SELECT owner FROM person_overrides
)"""


_STAGE = """
INSERT INTO staged_values SELECT accept_id, whose, value FROM ({values})
"""
# Only for those that it was looked up for: the columns that say whose an event is may have changed since.
_WRITE = """
UPDATE events SET {column} = joinGet('staged_values', 'value', accept_id)
WHERE {part} AND accept_id IN (SELECT accept_id FROM staged_values)
  AND {own} = joinGet('staged_values', 'owner', accept_id)
"""
_MONTHS = "SELECT toYYYYMM(time) AS month, count() FROM events WHERE {wanted} GROUP BY month ORDER BY month"
_NOTE = "INSERT INTO value_folds (version) SELECT {version}"
_DIFFERS = Sql("value != had")
ALL = Sql("true")


def of_project(project: int) -> Sql:
    """The condition on rows of one project."""
    return sql("project = {project}", project=Bound(project, "UInt32"))


def looked_up(column: Sql, key: str, project: Sql, owner: Sql, scan: Sql) -> Sql:
    """A SELECT of accept_id, whose, value, had of the events for which `scan` holds and the column is not enough.

    column, key   the property and its column
    project       the condition `of_project`
    owner         whose an event is
    """
    events = sql("{project} AND {scan}", project=project, scan=scan)
    return _values(column, key, project, owner, events, which=_stale(column, key, project))


def forgetting(engine: Engine) -> Sql:
    """What an UPDATE that changes whose events are sets besides: what was looked up for others is unknown again."""
    unknown = Bound(UNKNOWN, "String")
    return join("", [sql(", {column} = {unknown}", column=one, unknown=unknown) for one, _ in columns_of_users(engine)])


def fold(engine: Engine, column: Sql, key: str, project: Sql = ALL, *, everything: bool = False) -> Iterator[int]:
    """Look up what is unknown or doubtful, or everything, and write down what differs; yields how much did, by parts.

    Nobody else may do it at the same time. Ask `columns_of_users` for the columns when everybody who changes whose
    events are has asked `forgetting` since they are there.
    """
    which = ALL if everything else _unsure(column, key, project)
    wanted = sql("{project} AND {which}", project=project, which=which)
    total = 0
    for part in _slices(engine, wanted):
        events = join(" AND ", [wanted, part])
        values = _values(column, key, project, OWN, events, which=which, wanted=_DIFFERS)
        count = _fold_slice(engine, column, values, part)
        total += count
        yield count
    if total >= _MANY:
        # Until the parts are written anew, each query would put the new values into them.
        engine.command("ALTER TABLE events APPLY PATCHES")


def _fold_slice(engine: Engine, column: Sql, values: Sql, part: Sql) -> int:
    engine.command("TRUNCATE TABLE staged_values")
    engine.execute(sql(_STAGE.strip(), values=values))
    count = int(engine.query(Sql("SELECT count() FROM staged_values")).rows[0][0])
    if count:
        engine.execute(sql(_WRITE.strip(), column=column, own=OWN, part=part))
        engine.command("TRUNCATE TABLE staged_values")
    return count


def wrong(engine: Engine, column: Sql, key: str, project: Sql, owner: Sql) -> int:
    """How many events have another value in the column than at their time, though nothing says that it is doubtful."""
    certain = sql("{project} AND NOT {stale}", project=project, stale=_stale(column, key, project))
    count = 0
    for part in _slices(engine, certain):
        values = _values(column, key, project, owner, join(" AND ", [certain, part]), wanted=_DIFFERS)
        count += int(engine.query(sql("SELECT count() FROM ({values})", values=values), name="check").rows[0][0])
    return count


def note_fold(engine: Engine, version: int) -> None:
    """Changes of the history up to this version are in the columns."""
    engine.execute(sql(_NOTE, version=Bound(version, "UInt64")))


def _slices(engine: Engine, wanted: Sql) -> Iterator[Sql]:
    """Conditions that together hold for all events for which one does, each for a bounded number of one month."""
    statement = sql(_MONTHS.strip(), wanted=wanted)
    for month, count in engine.query(statement, name="at event").rows:
        slices = count // _SLICE_ROWS + 1
        for number in range(slices):
            place = {
                "month": Bound(month, "UInt32"),
                "slices": Bound(slices, "UInt32"),
                "number": Bound(number, "UInt32"),
            }
            yield sql("toYYYYMM(time) = {month} AND accept_id % {slices} = {number}", **place)


def _doubtful(key: str, project: Sql) -> Sql:
    return sql(_DOUBTFUL.strip(), project=project, key=Bound(key, "String"))


def _unsure(column: Sql, key: str, project: Sql) -> Sql:
    """The condition that a column may not hold the event's value, for whom the event's other columns name."""
    unknown = Bound(UNKNOWN, "String")
    return sql(_UNSURE, column=column, unknown=unknown, own=OWN, doubtful=_doubtful(key, project))


def _stale(column: Sql, key: str, project: Sql) -> Sql:
    """The condition that an event's value is not, or may not be, what its column holds."""
    return sql(_STALE, unsure=_unsure(column, key, project), actor=Sql(ACTOR))


def _values(
    column: Sql, key: str, project: Sql, owner: Sql, events: Sql, *, which: Sql = ALL, wanted: Sql = ALL
) -> Sql:
    bound = Bound(key, "String")
    owners = sql(
        _OWNERS,
        owner=owner,
        events=events,
        column=column,
        unknown=Bound(UNKNOWN, "String"),
        doubtful=_doubtful(key, project),
    )
    return sql(
        _VALUES.strip(),
        seen=sql(SEEN.strip(), held=Sql("held"), key=bound),
        owner=owner,
        column=column,
        events=sql("{events} AND {which}", events=events, which=which),
        project=project,
        key=bound,
        owners=ALL if which is ALL else owners,
        wanted=wanted,
    )
