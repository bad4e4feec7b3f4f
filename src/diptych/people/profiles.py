"""Reads profiles of people and groups as they are now."""

import asyncio
from collections.abc import Sequence
from typing import Any

import msgspec

from diptych.model import Project
from diptych.people.owners import OWNER
from diptych.store import profiles as store
from diptych.store.engine import Engine
from diptych.store.profiles import Group
from diptych.store.sql import Bound, sql


class Profile(msgspec.Struct, frozen=True):
    """A profile as it is now. `properties`: name → canonical JSON text; `updated`: milliseconds."""

    owner: int
    profile_id: str
    properties: dict[str, str]
    updated: int

    def decoded(self) -> dict[str, Any]:
        """The properties as values."""
        return {key: msgspec.json.decode(text) for key, text in self.properties.items()}


class Profiles:
    """Reads profiles beside the event loop."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    async def get(self, project: Project, profile_id: str, group_type: str = "") -> dict[str, Any] | None:
        """Current properties of a profile; None when there is none. An empty group type means a person."""
        group = Group(project.id, group_type)
        found = await asyncio.to_thread(profiles_of, self._engine, group, [profile_id])
        return found[0].decoded() if found else None


def profiles_of(engine: Engine, group: Group, profile_ids: Sequence[str]) -> list[Profile]:
    """The profiles with these ids, in their order; what does not exist is left out."""
    owners = store.owners(engine, [(group, profile_id) for profile_id in profile_ids], OWNER)
    rows = store.current(engine, [(group, owner) for owner in owners])
    found = (rows.get((group, owner)) for owner in owners)
    return [
        Profile(row.owner, row.profile_id, row.properties, row.updated)
        for row in found
        if row is not None and not row.deleted
    ]


_PAGE = """
SELECT owner, profile_id, properties, toUnixTimestamp64Milli(updated) FROM profiles FINAL
WHERE project = {project} AND group_type = {type} AND owner > {after}
ORDER BY owner LIMIT {limit}
"""


def page(engine: Engine, group: Group, *, after: int = 0, limit: int = 1000) -> list[Profile]:
    """Profiles ordered by owner, those behind `after`; fewer than `limit` when it is the last page. No owner is 0."""
    statement = sql(
        _PAGE.strip(),
        project=Bound(group.project, "UInt32"),
        type=Bound(group.type, "String"),
        after=Bound(after, "UInt64"),
        limit=Bound(limit, "UInt64"),
    )
    rows = engine.query(statement, name="profiles").rows
    return [Profile(owner, profile_id, properties, updated) for owner, profile_id, properties, updated in rows]


def count(engine: Engine, group: Group) -> int:
    """How many profiles there are."""
    statement = sql(
        "SELECT count() FROM profiles FINAL WHERE project = {project} AND group_type = {type}",
        project=Bound(group.project, "UInt32"),
        type=Bound(group.type, "String"),
    )
    return int(engine.query(statement, name="profiles").rows[0][0])
