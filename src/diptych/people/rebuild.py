"""Profiles and their history are derived: made anew from the updates, and compared with them."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime

import msgspec
import structlog

from diptych.model.jsontext import dump
from diptych.people.folding import Differences, Folding, differences, slices, whole_spans
from diptych.people.owners import OWNER
from diptych.store import identity
from diptych.store.engine import Engine
from diptych.store.profiles import AFTER_ALL, BEFORE_ALL, Group, Span
from diptych.store.sql import Bound, Sql, sql

log = structlog.get_logger()

# Rises when the same updates come to mean another profile: data directories are then derived anew at the next start.
_RULES = 2
_PAGE = 5_000
_ORPHANS_PER_SLICE = 1_000_000

Told = Callable[[str], None]


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


def rebuild_profiles(folding: Folding, project: int, told: Told = lambda progress: None) -> None:
    """Derive the profiles and the history of a project anew from all its updates.

    Goes on while the server takes updates, holding them up for a slice at a time; queries see each slice right
    before and after. `told` is called with words on how far it is.
    """
    engine, done = folding.engine, 0
    for group in _groups(engine, project):
        for page, count in _pages(engine, group):
            with folding.alone():
                folding.fold_anew(group, _owners_of(folding, group, page))
            told(f"project {project}: {(done := done + count):,} updates of profiles")
    for group, orphans in _orphans(engine, project):
        with folding.alone():
            folding.fold_anew(group, orphans)


def check_profiles(folding: Folding, project: int) -> Iterator[Difference]:
    """Where the tables differ from the updates; nothing if all is well.

    What is being inserted meanwhile may show up as a difference.
    """
    engine = folding.engine
    known: set[Difference] = set()  # an owner is met once for each id that its updates name

    def new(group: Group, spans: list[Span]) -> Iterator[Difference]:
        for part in slices(engine, group, folding.ownership.completed(group, spans)):
            for one in _told(group, part, differences(engine, group, part)):
                if one not in known:
                    known.add(one)
                    yield one

    for group in _groups(engine, project):
        for page, _ in _pages(engine, group):
            yield from new(group, _owners_of(folding, group, page))
    for group, orphans in _orphans(engine, project):
        yield from new(group, orphans)


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


def _owners_of(folding: Folding, group: Group, ids: list[str]) -> list[Span]:
    """Whole histories of these ids, and of those whose profiles the updates that name them are about."""
    lines = {} if group.type else folding.ownership.timelines(group.project, set(ids))
    owners = {owner for line in lines.values() for _, owner in line}
    return whole_spans(folding.engine, group, [*ids, *sorted(owners - set(ids))])


def _pages(engine: Engine, group: Group) -> Iterator[tuple[list[str], int]]:
    """The ids that updates name, and how many updates there are of them. An id is never empty."""
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
        yield [profile_id for profile_id, _ in rows], sum(count for _, count in rows)
        after = rows[-1][0]


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
    """Owners in the tables whose own ids no update names."""
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
        rows = engine.query(statement).rows
        # A deleted profile does not tell its id any more.
        texts = identity.texts(engine, project, [owner for group_type, owner, name in rows if not group_type])
        for group_type, owner, profile_id in rows:
            name = profile_id or texts.get(owner, "")
            yield Group(project, group_type), [Span(owner, name, BEFORE_ALL, AFTER_ALL)]


def _told(group: Group, spans: list[Span], found: Differences) -> Iterator[Difference]:
    ids = {span.owner: span.profile_id for span in spans}
    for row in found.history:
        yield Difference("profile_history", group.type, ids[row.owner], row.key, row.time, row.value)
    for (_, profile_id), state in found.states:
        properties = "{" + ",".join(f"{dump(key)}:{text}" for key, text in sorted(state.properties.items())) + "}"
        yield Difference("profiles", group.type, profile_id, "", None, properties if state.exists else "")
