"""Finds people: by id, by name or e-mail address, by properties and cohorts, or who was here last."""

import asyncio
from enum import StrEnum
from typing import Annotated, Any

import msgspec

from diptych.model import Project
from diptych.query.parts import All as AllOf, Any as AnyOf, At, Compare, Filter, InvalidQuestion, Not, Scope
from diptych.query.run import Queries
from diptych.query.sql.events import both
from diptych.query.sql.filters import TRUE
from diptych.query.sql.rows import Rows
from diptych.store import identity as ids
from diptych.store.engine import Engine
from diptych.store.sql import Bound, Sql, sql

_MOST = 1_000
# Properties in which people look for a name.
NAME_PROPERTIES = ("$name", "name", "$first_name", "$last_name", "$email", "email", "$username", "username")

# Everybody who is known by an id and is not somebody else.
_PEOPLE = """
SELECT hash AS person_now, profile.updated AS updated
FROM (
    SELECT hash FROM ids
    WHERE project = {project} AND hash NOT IN (
        SELECT actor FROM persons WHERE project = {project}
        GROUP BY actor HAVING argMax(person, version) NOT IN (0, actor)
    )
    GROUP BY hash
) AS person
LEFT ANY JOIN (
    SELECT owner, updated FROM profiles FINAL WHERE project = {project} AND group_type = ''
) AS profile ON person.hash = profile.owner
WHERE {matches} AND (toUnixTimestamp64Milli(updated), person_now) < {after}
ORDER BY updated DESC, person_now DESC LIMIT {limit}
"""
# The persons of all ids that begin with the text, and of profiles in which it is a part of a name.
_TEXT = """
person_now IN (
    SELECT if(known.person = 0, found.hash, known.person) FROM (
        SELECT cityHash64(project, id) AS hash FROM ids_by_text
        WHERE project = {project} AND id >= {text} AND startsWith(id, {text})
        GROUP BY hash LIMIT 10000
    ) AS found
    LEFT ANY JOIN (
        SELECT actor, argMax(person, version) AS person FROM persons WHERE project = {project} GROUP BY actor
    ) AS known ON found.hash = known.actor
    UNION ALL
    SELECT owner FROM profiles FINAL
    WHERE project = {project} AND group_type = ''
      AND arrayExists(key -> positionCaseInsensitiveUTF8(properties[key], {text}) > 0, {keys})
)
"""
_RECENT = """
SELECT person_now, max(time) AS last
FROM {source}
WHERE person_now != 0 AND {matches}
GROUP BY person_now ORDER BY last DESC, person_now LIMIT {limit}
"""
_DAYS = (1, 7, 30, 365)
_PROFILES = """
SELECT owner, properties, toUnixTimestamp64Milli(updated) FROM profiles FINAL
WHERE project = {project} AND group_type = '' AND owner IN {people}
"""


class Order(StrEnum):
    """What comes first."""

    UPDATED = "updated"  # whose profile was updated last
    RECENT = "recent"  # who did something last; the first page only


class PeopleSearch(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Who is looked for.

    text     begins one of the person's ids, or is part of their name or e-mail address
    filter   over properties of people as they are now, and cohorts
    after    `next` of the page before
    """

    text: Annotated[str, msgspec.Meta(max_length=255)] = ""
    filter: Filter | None = None
    order: Order = Order.UPDATED
    limit: Annotated[int, msgspec.Meta(ge=1, le=_MOST)] = 50
    after: Annotated[str, msgspec.Meta(max_length=50, pattern=r"^(-?\d{1,16}\.\d{1,20})?$")] = ""


class FoundPerson(msgspec.Struct, frozen=True):
    """A person. `id`: the one under which they are known; `updated`, `last_seen`: UTC milliseconds, null if unknown."""

    id: str
    person: str
    properties: dict[str, msgspec.Raw]
    updated: int | None
    last_seen: int | None = None


class FoundPeople(msgspec.Struct, frozen=True):
    """One page. `next`: where the next begins; null: there is none."""

    people: list[FoundPerson]
    next: str | None


class Search:
    """Searches people."""

    def __init__(self, engine: Engine, queries: Queries) -> None:
        self._engine = engine
        self._queries = queries

    async def people(self, project: Project, asked: PeopleSearch) -> FoundPeople:
        """People, page by page. Raises InvalidQuestion for a filter that is not about people."""
        matches = _matches(project, asked)
        await self._queries.settled()
        if asked.order is Order.RECENT:
            return await self._recent(project, asked, matches)
        statement = sql(
            _PEOPLE.strip(),
            project=_project(project),
            matches=matches,
            after=Bound(_after(asked.after), "Tuple(Int64, UInt64)"),
            limit=Bound(asked.limit + 1, "UInt32"),
        )
        rows = (await self._queries.rows(statement, f"project {project.id} people")).rows
        page = [person for person, _ in rows[: asked.limit]]
        following = None
        if len(rows) > asked.limit:
            person, updated = rows[asked.limit - 1]
            following = f"{round(updated.timestamp() * 1000)}.{person}"
        return FoundPeople(await self._described(project, page, {}), following)

    async def _recent(self, project: Project, asked: PeopleSearch, matches: Sql) -> FoundPeople:
        found: list[tuple[Any, ...]] = []
        for days in _DAYS:
            scan = sql("control = 0 AND received > now() - {s}", s=Bound(days * 86_400, "UInt32"))
            statement = sql(
                _RECENT.strip(),
                source=Rows(project).source(scan),
                matches=matches,
                limit=Bound(asked.limit, "UInt32"),
            )
            found = (await self._queries.rows(statement, f"project {project.id} people")).rows
            if len(found) == asked.limit:
                break
        seen = {person: round(last.timestamp() * 1000) for person, last in found}
        return FoundPeople(await self._described(project, list(seen), seen), None)

    async def _described(self, project: Project, people: list[int], seen: dict[int, int]) -> list[FoundPerson]:
        """The people in the same order, with their ids and profiles."""
        texts = await asyncio.to_thread(ids.texts, self._engine, project.id, people)
        statement = sql(_PROFILES.strip(), project=_project(project), people=Bound(people, "Array(UInt64)"))
        rows = (await self._queries.rows(statement, f"project {project.id} people")).rows
        profiles = {owner: (properties, updated) for owner, properties, updated in rows}
        return [
            FoundPerson(
                id=texts.get(person, ""),
                person=str(person),
                properties={k: msgspec.Raw(v.encode()) for k, v in profiles.get(person, ({}, None))[0].items()},
                updated=profiles[person][1] if person in profiles else None,
                last_seen=seen.get(person),
            )
            for person in people
        ]


def _matches(project: Project, asked: PeopleSearch) -> Sql:
    _require_people(asked.filter)
    text = TRUE
    if asked.text:
        text = sql(
            _TEXT.strip(),
            project=_project(project),
            text=Bound(asked.text, "String"),
            keys=Bound(list(NAME_PROPERTIES), "Array(String)"),
        )
    return both(text, Rows(project).condition(asked.filter))


def _require_people(node: Filter | None) -> None:
    """Refuse what is said of events: a search has none."""
    match node:
        case AllOf(filters=parts) | AnyOf(filters=parts):
            for part in parts:
                _require_people(part)
        case Not(filter=inner):
            _require_people(inner)
        case Compare(property=reference) if (getattr(reference, "scope", None), getattr(reference, "at", None)) != (
            Scope.USER,
            At.NOW,
        ):
            raise InvalidQuestion("filter.property", "a property of people as it is now (scope user, at now)")


def _after(text: str) -> tuple[int, int]:
    if not text:
        return 2**62, 2**64 - 1
    updated, _, person = text.partition(".")
    return int(updated), min(int(person), 2**64 - 1)


def _project(project: Project) -> Bound:
    return Bound(project.id, "UInt32")
