"""Profiles and their history are derived: made anew from the updates, and compared with them."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime

import msgspec
import structlog

from diptych.model.jsontext import dump
from diptych.people.fold import State
from diptych.people.folding import Differences, Folding, differences, slices
from diptych.people.owners import OWNER
from diptych.store import profiles as store
from diptych.store.engine import Engine
from diptych.store.profiles import AFTER_ALL, BEFORE_ALL, Group, Span
from diptych.store.sql import Bound, Sql, sql

log = structlog.get_logger()

# Rises when the same updates come to mean another profile: data directories are then derived anew at the next start.
_RULES = 1
_PAGE = 5_000
_ORPHANS_PER_SLICE = 1_000_000

Progress = Callable[[int], None]


class Difference(msgspec.Struct, frozen=True):
    """Where a derived table is not what the updates say.

    table     `profiles` or `profile_history`
    key       the property; empty for a profile as a whole
    time      when the property changed, milliseconds; None for a profile
    expected  what should be there, as JSON text; empty: nothing
    """

    table: str
    group_type: str
    profile_id: str
    key: str
    time: int | None
    expected: str

    def __str__(self) -> str:
        whose = f"{self.group_type or 'person'} {self.profile_id}"
        if self.time is None:
            return f"{self.table}: {whose} should be {self.expected or 'no profile'}"
        when = datetime.fromtimestamp(self.time / 1000, UTC).isoformat(timespec="milliseconds")
        return f"{self.table}: {self.key} of {whose} at {when} should be {self.expected or 'no change'}"


def rebuild_profiles(folding: Folding, project: int, progress: Progress = lambda updates: None) -> None:
    """Derive the profiles and the history of a project anew from all its updates.

    Goes on while the server takes updates, holding them up for a slice at a time; queries see each slice right
    before and after. `progress` is told the number of updates folded so far, about.
    """
    engine, done = folding.engine, 0
    for group in _groups(engine, project):
        for page, count in _pages(engine, group):
            with folding.alone():
                folding.fold_anew(group, page)
            progress(done := done + count)
    for group, orphans in _orphans(engine, project):
        with folding.alone():
            folding.replace(_removed(engine, group, orphans))


def check_profiles(engine: Engine, project: int, progress: Progress = lambda updates: None) -> Iterator[Difference]:
    """Where the tables differ from the updates; nothing if all is well.

    What is being inserted meanwhile may show up as a difference.
    """
    done = 0
    for group in _groups(engine, project):
        for page, count in _pages(engine, group):
            for part in slices(engine, group, page):
                yield from _told(group, part, differences(engine, group, part))
            progress(done := done + count)
    for group, orphans in _orphans(engine, project):
        yield from _told(group, orphans, _removed(engine, group, orphans))


def derive_profiles(folding: Folding) -> None:
    """Derive what older versions left in a data directory, or derived by other rules. Called before anything runs."""
    engine = folding.engine
    made = engine.query(Sql("SELECT max(rules) FROM derivations WHERE name = 'profiles'")).rows[0][0]
    if made >= _RULES:
        return
    for (project,) in engine.query(Sql("SELECT DISTINCT project FROM profile_updates ORDER BY project")).rows:
        log.info("deriving_profiles", project=project)
        rebuild_profiles(folding, project)
    engine.execute(
        sql("INSERT INTO derivations (name, rules) SELECT 'profiles', {rules}", rules=Bound(_RULES, "UInt32"))
    )


def _groups(engine: Engine, project: int) -> list[Group]:
    """All there are updates of, people first."""
    statement = sql(
        "SELECT DISTINCT group_type FROM profile_updates WHERE project = {project} ORDER BY group_type",
        project=Bound(project, "UInt32"),
    )
    return [Group(project, group_type) for (group_type,) in engine.query(statement).rows]


_IDS = """
SELECT profile_id, count() FROM profile_updates
WHERE project = {project} AND group_type = {type} AND profile_id > {after}
GROUP BY profile_id ORDER BY profile_id LIMIT {limit}
"""


def _pages(engine: Engine, group: Group) -> Iterator[tuple[list[Span], int]]:
    """Whole histories of owners, and how many updates they have. An id is never empty."""
    after = ""
    while True:
        statement = sql(
            _IDS.strip(),
            project=Bound(group.project, "UInt32"),
            type=Bound(group.type, "String"),
            after=Bound(after, "String"),
            limit=Bound(_PAGE, "UInt64"),
        )
        rows = engine.query(statement, settings={"optimize_aggregation_in_order": 1}).rows
        if not rows:
            return
        ids = [profile_id for profile_id, _ in rows]
        owners = store.owners(engine, [(group, profile_id) for profile_id in ids], OWNER)
        spans = [Span(owner, profile_id, BEFORE_ALL, AFTER_ALL) for owner, profile_id in zip(owners, ids, strict=True)]
        yield spans, sum(count for _, count in rows)
        after = ids[-1]


_UNKNOWN = """
SELECT group_type, owner, max(profile_id) FROM (
    SELECT group_type, owner, profile_id FROM profiles FINAL WHERE project = {project} AND owner % {slices} = {slice}
    UNION ALL
    SELECT DISTINCT group_type, owner, '' FROM profile_history FINAL
    WHERE project = {project} AND owner % {slices} = {slice}
)
WHERE owner NOT IN (SELECT {owner} FROM profile_updates WHERE project = {project} AND {owner} % {slices} = {slice})
GROUP BY group_type, owner ORDER BY group_type, owner
"""


def _orphans(engine: Engine, project: int) -> Iterator[tuple[Group, list[Span]]]:
    """Owners in the tables that no update belongs to."""
    bound = Bound(project, "UInt32")
    counted = engine.query(sql("SELECT count() FROM profile_updates WHERE project = {project}", project=bound))
    count = counted.rows[0][0] // _ORPHANS_PER_SLICE + 1
    for number in range(count):
        statement = sql(
            _UNKNOWN.strip(),
            project=bound,
            owner=OWNER,
            slices=Bound(count, "UInt64"),
            slice=Bound(number, "UInt64"),
        )
        for group_type, owner, profile_id in engine.query(statement).rows:
            yield Group(project, group_type), [Span(owner, profile_id, BEFORE_ALL, AFTER_ALL)]


def _removed(engine: Engine, group: Group, orphans: list[Span]) -> Differences:
    found = differences(engine, group, orphans)
    rows = store.current(engine, [(group, span.owner) for span in orphans])
    for span in orphans:
        row = rows.get((group, span.owner))
        if row is not None and not row.deleted:
            gone = State(span.owner, {}, exists=False, updated=row.updated, version=row.version)
            found.states.append(((group, span.profile_id), gone))
    return found


def _told(group: Group, spans: list[Span], found: Differences) -> Iterator[Difference]:
    ids = {span.owner: span.profile_id for span in spans}
    for row in found.history:
        yield Difference("profile_history", group.type, ids[row.owner], row.key, row.time, row.value)
    for (_, profile_id), state in found.states:
        properties = "{" + ",".join(f"{dump(key)}:{text}" for key, text in sorted(state.properties.items())) + "}"
        yield Difference("profiles", group.type, profile_id, "", None, properties if state.exists else "")
