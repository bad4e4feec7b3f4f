"""Who is behind a part of an answer: how many, and a page of them with ids and profiles."""

from collections.abc import Callable
from typing import Any

import msgspec

from diptych.model import Project
from diptych.query.asked import Asked
from diptych.query.parts import InvalidQuestion
from diptych.query.questions import Question
from diptych.query.run import Queries
from diptych.store.sql import Bound, Sql, sql

_ALL = "SELECT who FROM ({behind}) LIMIT {limit}"
_PAGE = "SELECT who FROM ({behind}) WHERE who > {after} ORDER BY who LIMIT {limit}"
_PROFILES = """
SELECT owner, properties FROM profiles FINAL
WHERE project = {project} AND group_type = {group_type} AND owner IN {whos}
"""
_PROFILE_IDS = """
SELECT owner, profile_id FROM profiles FINAL
WHERE project = {project} AND group_type = {group_type} AND owner IN {whos}
"""
# A person without a profile is named by the identity log, or else by the events.
_LINKED = """
SELECT person_hash, any(person) FROM identity_links
WHERE project = {project} AND person_hash IN {whos} GROUP BY person_hash
"""
_SENT = "SELECT id_hash, any(distinct_id) FROM events WHERE project = {project} AND id_hash IN {whos} GROUP BY id_hash"
_GROUPS = """
SELECT cityHash64({project}, {group_type}, named) AS owner, any(named) FROM (
    SELECT arrayJoin(groups[{group_type}]) AS named FROM events WHERE project = {project}
) WHERE owner IN {whos} GROUP BY owner
"""


MOST_LISTED = 1_000_000
_BLOCK = 50_000


class Person(msgspec.Struct, omit_defaults=True):
    """A person or a group.

    who          the hash that is counted, as text: JavaScript's numbers do not hold it
    id           the canonical id
    properties   the profile as it is now
    """

    who: str
    id: str
    properties: dict[str, Any]


async def people_behind(
    queries: Queries, project: Project, question: Question, selection: Any, *, limit: int, after: int = 0
) -> tuple[int, list[Person]]:
    """How many there are, and those behind `after`, in the order of their hashes. Raises as `Queries.ask` does."""
    asked = await queries.asked(project, question)
    behind = await queries.behind(asked, question, selection)
    ((count,),) = await asked.rows(sql("SELECT count() FROM ({behind})", behind=behind))
    page = sql(_PAGE, behind=behind, after=Bound(after, "UInt64"), limit=Bound(limit, "UInt32"))
    whos = [who for (who,) in await asked.rows(page)] if limit else []
    group_type = getattr(question, "group_type", "")
    return count, await _described(asked, group_type, whos) if whos else []


async def everybody_behind(queries: Queries, project: Project, question: Question, selection: Any) -> dict[int, str]:
    """Hash → id of all of them, `MOST_LISTED` at most. Raises as `Queries.ask` does."""
    asked = await queries.asked(project, question)
    behind = await queries.behind(asked, question, selection)
    whos = [who for (who,) in await asked.rows(sql(_ALL, behind=behind, limit=Bound(MOST_LISTED + 1, "UInt32")))]
    if len(whos) > MOST_LISTED:
        raise InvalidQuestion("selection", f"at most {MOST_LISTED:,} people behind it")
    found: dict[int, str] = {}
    for start in range(0, len(whos), _BLOCK):
        found |= await _names(asked, getattr(question, "group_type", ""), whos[start : start + _BLOCK])
    return found


async def _names(asked: Asked, group_type: str, whos: list[int]) -> dict[int, str]:
    of = _about(asked, group_type)
    names: dict[int, str] = dict(await asked.rows(of(_PROFILE_IDS, whos)))
    for template in [_GROUPS] if group_type else [_LINKED, _SENT]:
        if missing := [who for who in whos if who not in names]:
            names |= dict(await asked.rows(of(template, missing)))
    return names


async def _described(asked: Asked, group_type: str, whos: list[int]) -> list[Person]:
    names = await _names(asked, group_type, whos)
    profiles = dict(await asked.rows(_about(asked, group_type)(_PROFILES, whos)))
    return [Person(str(who), names.get(who, ""), _decoded(profiles.get(who, {}))) for who in whos]


def _about(asked: Asked, group_type: str) -> Callable[[str, list[int]], Sql]:
    def of(template: str, whos: list[int]) -> Sql:
        parts: dict[str, Sql | Bound] = {
            "project": Bound(asked.project.id, "UInt32"),
            "group_type": Bound(group_type, "String"),
            "whos": Bound(whos, "Array(UInt64)"),
        }
        return sql(template.strip(), **{name: part for name, part in parts.items() if f"{{{name}}}" in template})

    return of


def _decoded(properties: dict[str, str]) -> dict[str, Any]:
    return {key: msgspec.json.decode(text) for key, text in properties.items()}
