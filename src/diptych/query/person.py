"""One person: their ids, their profile, how it changed, when they were seen."""

import asyncio
from typing import Any

import msgspec

from diptych.model import Project
from diptych.query.activity import of_person
from diptych.query.run import Queries
from diptych.store import identity as ids
from diptych.store.engine import Engine
from diptych.store.sql import Bound, sql

_PROFILE = """
SELECT properties, toUnixTimestamp64Milli(updated) FROM profiles FINAL
WHERE project = {project} AND group_type = '' AND owner = {person}
"""
_HISTORY = """
SELECT toUnixTimestamp64Milli(time), key, value FROM profile_history FINAL
WHERE project = {project} AND group_type = '' AND owner = {person}
ORDER BY time DESC, key LIMIT {limit}
"""
_SEEN = """
SELECT countIf(control = 0), toUnixTimestamp64Milli(minIf(time, control = 0)),
    toUnixTimestamp64Milli(maxIf(time, control = 0))
FROM events FINAL WHERE project = {project} AND {own}
"""


class PersonDetails(msgspec.Struct, frozen=True):
    """A person.

    id                      the one under which they are known
    ids                     every id that is theirs, the former included
    properties              of the profile; empty when there is none
    first_seen, last_seen   of their events, UTC milliseconds; null when they have none
    """

    id: str
    person: str
    ids: list[str]
    properties: dict[str, msgspec.Raw]
    updated: int | None
    events: int
    first_seen: int | None
    last_seen: int | None


class PropertyChange(msgspec.Struct, frozen=True):
    """From `time` (UTC milliseconds) on a property had this value; null: it was not set."""

    time: int
    key: str
    value: msgspec.Raw | None


class People:
    """Reads what is known about single persons, by any of their ids."""

    def __init__(self, engine: Engine, queries: Queries) -> None:
        self._engine = engine
        self._queries = queries

    def hashes(self, project: Project, one: str) -> list[int]:
        """Hash of the person whose id this is, then the hashes of all ids of that person. Blocks."""
        known = ids.known(self._engine, project.id, [one])[one]
        person = known.person or known.hash
        return [person, *ids.belonging(self._engine, project.id, [person])]

    async def person(self, project: Project, one: str) -> PersonDetails | None:
        """Who an id is; None for one that nobody was ever known by."""
        await self._queries.settled()
        hashes = await asyncio.to_thread(self.hashes, project, one)
        texts = await asyncio.to_thread(ids.texts, self._engine, project.id, hashes)
        if not texts:
            return None
        person = hashes[0]
        [(events, first, last)] = await self._rows(project, _SEEN, own=of_person(person, hashes))
        profile = await self._rows(project, _PROFILE, person=Bound(person, "UInt64"))
        properties, updated = profile[0] if profile else ({}, None)
        return PersonDetails(
            id=texts.get(person, one),
            person=str(person),
            ids=sorted(texts.values()),
            properties={key: msgspec.Raw(text.encode()) for key, text in properties.items()},
            updated=updated,
            events=events,
            first_seen=first if events else None,
            last_seen=last if events else None,
        )

    async def history(self, project: Project, one: str, limit: int) -> list[PropertyChange]:
        """Changes of the person's properties, the latest first."""
        await self._queries.settled()
        person = (await asyncio.to_thread(self.hashes, project, one))[0]
        limits = {"person": Bound(person, "UInt64"), "limit": Bound(limit, "UInt32")}
        return [
            PropertyChange(time, key, msgspec.Raw(value.encode()) if value else None)
            for time, key, value in await self._rows(project, _HISTORY, **limits)
        ]

    async def _rows(self, project: Project, statement: str, **parts: Any) -> list[tuple[Any, ...]]:
        filled = sql(statement.strip(), project=Bound(project.id, "UInt32"), **parts)
        return (await self._queries.rows(filled, f"project {project.id} person")).rows
