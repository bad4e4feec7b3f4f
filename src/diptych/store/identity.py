"""Reads and writes the identity log and what is derived from it: `identity_links`, `persons`, `ids`."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, NamedTuple

import pyarrow as pa

from diptych.store.at_event import forgetting
from diptych.store.engine import Engine
from diptych.store.sql import Bound, Sql, long_array, sql

# Each query may have to look at the whole table, so there are to be few; one may have a megabyte of ids.
_PER_QUERY = 20_000
_MOST_CHARACTERS = 1_000_000
_PER_SLICE = 50_000

_BY_ACTOR = """
SELECT accept_id, kind, actor, person FROM identity_links
WHERE project = {project} AND actor_hash IN (SELECT cityHash64({project}, arrayJoin({ids})))
"""
_TOLD = """
SELECT accept_id, kind, actor, person, source, toUnixTimestamp64Milli(time), toUnixTimestamp64Milli(received)
FROM identity_links WHERE project = {project} AND {column} IN (SELECT cityHash64({project}, arrayJoin({ids})))
"""
_BY_PERSON = """
SELECT accept_id, kind, actor, person FROM identity_links
WHERE project = {project} AND person_hash IN (SELECT cityHash64({project}, arrayJoin({ids})))
"""
# Of each user the first two statements with a device, of devices that were never unlinked from the user.
_FIRST_OF_USERS = """
SELECT said.1 AS accept_id, said.2 AS kind, said.3 AS actor, person
FROM (
    SELECT person, arraySlice(arraySort(groupArray((accept_id, toString(kind), actor))), 1, 2) AS earliest
    FROM identity_links
    WHERE project = {project} AND person_hash IN (SELECT cityHash64({project}, arrayJoin({ids})))
      AND kind IN ('stated', 'together')
      AND (person_hash, actor_hash) NOT IN (
        SELECT actor_hash, person_hash FROM identity_links
        WHERE project = {project} AND kind = 'unlink' AND actor_hash IN (SELECT cityHash64({project}, arrayJoin({ids})))
      )
    GROUP BY person
)
ARRAY JOIN earliest AS said
"""
_FIRST_EVENTS = """
SELECT asked.id, min(events.first)
FROM (SELECT arrayJoin({ids}) AS id, cityHash64({project}, id) AS hash) AS asked
JOIN (
    SELECT hash, first FROM first_events
    WHERE project = {project} AND hash IN (SELECT cityHash64({project}, arrayJoin({ids})))
) AS events ON asked.hash = events.hash
GROUP BY asked.id
"""
_KNOWN = """
SELECT asked.id, asked.hash, known.person, known.owner
FROM (SELECT arrayJoin({ids}) AS id, cityHash64({project}, id) AS hash) AS asked
LEFT ANY JOIN (
    SELECT actor, argMax(person, version) AS person, argMax(owner, version) AS owner FROM persons
    WHERE project = {project} AND actor IN (SELECT cityHash64({project}, arrayJoin({ids})))
    GROUP BY actor
) AS known ON asked.hash = known.actor
"""
_BELONGING = """
SELECT actor, argMax(person, version) AS person, argMax(owner, version) AS owner FROM persons
WHERE project = {project} AND actor IN (SELECT actor FROM persons WHERE project = {project} AND {column} IN {hashes})
GROUP BY actor
HAVING {column} IN {hashes}
"""
# The newest event of a device that counts under the device itself, among those received lately.
_LATER = """
SELECT id_hash, max(accept_id) FROM events
WHERE project = {project} AND received >= fromUnixTimestamp64Milli({since})
  AND id_hash IN (SELECT cityHash64({project}, arrayJoin({ids})))
GROUP BY id_hash
"""
_PLACE_AGAIN = """
UPDATE events
SET actor = ifNull(nullIf(transform(roundDown(accept_id, {starts}), {starts}, {actors}, toUInt64(0)), id_hash), 0),
    person = transform(roundDown(accept_id, {starts}), {starts}, {persons}, toUInt64(0)),
    property_owner = transform(roundDown(accept_id, {starts}), {starts}, {owners}, toUInt64(0)){forgetting}
WHERE project = {project} AND user_id = '' AND (id_hash = {hash} OR (actor != 0 AND device_id = {device}))
"""
_EVERY_ID = """
SELECT DISTINCT id FROM (
    SELECT actor AS id, actor_hash AS hash FROM identity_links WHERE project = {project}
    UNION ALL
    SELECT person AS id, person_hash AS hash FROM identity_links WHERE project = {project}
    UNION ALL
    SELECT id, hash FROM ids
    WHERE project = {project} AND hash IN (SELECT actor FROM persons WHERE project = {project})
)
WHERE id != '' AND intDiv(hash, {width}) = {slice}
"""
_INTO_EVENTS = """
UPDATE events
SET person = joinGet('person_overrides', 'person', if(actor = 0, id_hash, actor)),
    property_owner = joinGet('person_overrides', 'owner', if(actor = 0, id_hash, actor)){forgetting}
WHERE (joinGet('person_overrides', 'person', if(actor = 0, id_hash, actor)) AS moved) != 0
  AND (person != moved OR property_owner != joinGet('person_overrides', 'owner', if(actor = 0, id_hash, actor)))
"""
_REFILL = """
INSERT INTO {table}
SELECT actor, argMax(person, version) AS person, argMax(owner, version) AS owner
FROM persons WHERE version > (SELECT max(version) FROM person_folds)
GROUP BY actor
"""
_BETWEEN = """
SELECT hash, min(id) FROM ids WHERE project = {project} AND hash >= {first} AND hash <= {last}
GROUP BY hash ORDER BY hash LIMIT 1000
"""
_TEXTS = "SELECT hash, min(id) FROM ids WHERE project = {project} AND hash IN {hashes} GROUP BY hash"


class Known(NamedTuple):
    """Hashes: of the id, of its person, of the owner of its profile. 0 for the last two: the id itself."""

    hash: int
    person: int
    owner: int


def rows_for(
    engine: Engine, statement: str, project: int, ids: Iterable[str], **more: Bound | Sql
) -> Iterator[tuple[Any, ...]]:
    """Rows of a statement that takes `project` and `ids`, asked in parts."""
    number = Bound(project, "UInt32")
    for part in _in_parts(ids):
        yield from engine.lookup(sql(statement.strip(), project=number, ids=long_array(part, "String"), **more))


def _in_parts(ids: Iterable[str]) -> Iterator[list[str]]:
    part: list[str] = []
    size = 0
    for one in ids:
        if part and (len(part) == _PER_QUERY or size + len(one) > _MOST_CHARACTERS):
            yield part
            part, size = [], 0
        part.append(one)
        size += len(one)
    if part:
        yield part


def told(engine: Engine, project: int, ids: Iterable[str]) -> set[tuple[Any, ...]]:
    """All about these ids: (accept id, kind, actor, person, source, time, time of receipt)."""
    ids = list(ids)
    return {
        row
        for column in ("actor_hash", "person_hash")
        for row in rows_for(engine, _TOLD, project, ids, column=Sql(column))
    }


def by_actor(engine: Engine, project: int, ids: Iterable[str]) -> Iterator[tuple[Any, ...]]:
    """Statements about these ids: (accept id, kind, actor, person)."""
    return rows_for(engine, _BY_ACTOR, project, ids)


def by_person(engine: Engine, project: int, ids: Iterable[str]) -> Iterator[tuple[Any, ...]]:
    """Statements that say of others that they are one of these ids."""
    return rows_for(engine, _BY_PERSON, project, ids)


def first_of_users(engine: Engine, project: int, ids: Iterable[str]) -> Iterator[tuple[Any, ...]]:
    """Of each user the first two statements with a device, of devices that were never unlinked from the user."""
    return rows_for(engine, _FIRST_OF_USERS, project, ids)


def first_events(engine: Engine, project: int, ids: Iterable[str]) -> dict[str, int]:
    """Id → accept id of the first event that counts under it, where that is noted: in mode `amplitude`."""
    return dict(rows_for(engine, _FIRST_EVENTS, project, ids))


def known(engine: Engine, project: int, ids: Iterable[str]) -> dict[str, Known]:
    """What is stored about these ids; every id that was asked for is in the answer."""
    return {one: Known(*hashes) for one, *hashes in rows_for(engine, _KNOWN, project, ids)}


def any_person(engine: Engine, project: int) -> bool:
    """Whether anything is stored about any id of the project."""
    statement = sql("SELECT 1 FROM persons WHERE project = {project} LIMIT 1", project=Bound(project, "UInt32"))
    return bool(engine.lookup(statement))


def belonging(engine: Engine, project: int, hashes: Sequence[int], *, owner: bool = False) -> dict[int, Known]:
    """Ids, other than themselves, that belong to these persons (or owners): hash → what is stored."""
    found: dict[int, Known] = {}
    for start in range(0, len(hashes), _PER_QUERY):
        statement = sql(
            _BELONGING.strip(),
            project=Bound(project, "UInt32"),
            column=Sql("owner" if owner else "person"),
            hashes=long_array(hashes[start : start + _PER_QUERY], "UInt64"),
        )
        found |= {actor: Known(actor, *rest) for actor, *rest in engine.lookup(statement)}
    return found


def texts(engine: Engine, project: int, hashes: Sequence[int]) -> dict[int, str]:
    """Hash → id, for those that are known."""
    found: dict[int, str] = {}
    for start in range(0, len(hashes), _PER_QUERY):
        part = long_array(hashes[start : start + _PER_QUERY], "UInt64")
        found |= dict(engine.lookup(sql(_TEXTS, project=Bound(project, "UInt32"), hashes=part)))
    return found


def hashed_between(engine: Engine, project: int, first: int, last: int) -> dict[int, str]:
    """Hash → id, for the ids whose hashes lie in a span, both ends included; at most 1,000."""
    span = {"first": Bound(first, "UInt64"), "last": Bound(last, "UInt64")}
    return dict(engine.lookup(sql(_BETWEEN.strip(), project=Bound(project, "UInt32"), **span)))


def newest_events(engine: Engine, project: int, ids: Iterable[str], since: int) -> dict[int, int]:
    """Hash of an id → accept id of its newest event, among those received since a time (ms)."""
    return dict(rows_for(engine, _LATER, project, ids, since=Bound(since, "Int64")))


def place_again(
    engine: Engine, project: int, device: Known, device_id: str, spans: Sequence[tuple[int, Known]]
) -> None:
    """Give the events of a device without a user to others: from each accept id on to that id.

    They may be stored under another id: of those that were sent in another mode, the device is only one of the ids.
    """
    values = {
        "starts": [start for start, _ in spans],
        "actors": [whose.hash for _, whose in spans],
        "persons": [whose.person for _, whose in spans],
        "owners": [whose.owner for _, whose in spans],
    }
    engine.execute(
        sql(
            _PLACE_AGAIN.strip(),
            project=Bound(project, "UInt32"),
            hash=Bound(device.hash, "UInt64"),
            device=Bound(device_id, "String"),
            forgetting=forgetting(engine),
            **{name: Bound(value, "Array(UInt64)") for name, value in values.items()},
        )
    )


def every_id(engine: Engine, project: int) -> Iterator[list[str]]:
    """All ids that the identity log speaks of, or of which something is stored, in parts of bounded size.

    A part has the ids whose hashes are near each other, as the tables do.
    """
    number = Bound(project, "UInt32")
    count = engine.query(sql("SELECT count() FROM identity_links WHERE project = {project}", project=number)).rows[0][0]
    slices = count // _PER_SLICE + 1
    for part in range(slices):
        places = {"width": Bound(2**64 // slices + 1, "UInt128"), "slice": Bound(part, "UInt32")}
        yield [one for (one,) in engine.lookup(sql(_EVERY_ID.strip(), project=number, **places))]


def newest_version(engine: Engine) -> int:
    """The highest version of `persons`."""
    ((version,),) = engine.lookup(Sql("SELECT max(version) FROM persons"))
    return int(version)


def bring_into_events(engine: Engine) -> None:
    """Write into the columns of events what the override table says."""
    engine.execute(sql(_INTO_EVENTS.strip(), forgetting=forgetting(engine)))


def swap_overrides(engine: Engine, folded: int) -> None:
    """Let queries consult only overrides of later versions.

    The table that they consulted until now stays as it is until the next time: queries may still be at it.
    """
    engine.execute(sql("INSERT INTO person_folds (version) SELECT {folded}", folded=Bound(folded, "UInt64")))
    engine.command("TRUNCATE TABLE next_person_overrides")
    refill_overrides(engine, "next_person_overrides")
    engine.command("EXCHANGE TABLES person_overrides AND next_person_overrides")


def refill_overrides(engine: Engine, table: str) -> None:
    """Add to an override table whom the columns of events may not have yet."""
    engine.command(_REFILL.strip().replace("{table}", table))


def insert_ids(engine: Engine, rows: Sequence[tuple[int, str]], token: str) -> None:
    """Write (project, id)."""
    engine.insert("ids", pa.table(_ids_block(rows)), token)


def insert_first_events(engine: Engine, rows: Sequence[tuple[int, str, int]], token: str) -> None:
    """Write (project, id, accept id of an event that counts under it)."""
    firsts = {"first": pa.array([first for _, _, first in rows], pa.uint64())}
    engine.insert("first_events", pa.table(_ids_block(rows) | firsts), token)


def _ids_block(rows: Sequence[tuple[Any, ...]]) -> dict[str, pa.Array]:
    return {
        "project": pa.array([row[0] for row in rows], pa.uint32()),
        "id": pa.array([row[1] for row in rows], pa.string()),
    }


def insert_persons(engine: Engine, project: int, rows: Sequence[Known], version: int) -> None:
    """Write who ids are from now on, for queries at once."""
    actors, persons, owners = ([row[part] for row in rows] for part in range(3))
    columns = {
        "actor": pa.array(actors, pa.uint64()),
        "person": pa.array(persons, pa.uint64()),
        "owner": pa.array(owners, pa.uint64()),
    }
    size = len(rows)
    more = {
        "project": pa.array([project] * size, pa.uint32()),
        "version": pa.array([version] * size, pa.uint64()),
    }
    engine.insert("persons", pa.table(columns | more), f"persons-{version}")
    engine.insert("person_overrides", pa.table(columns), "")
