"""Lists of profiles: those for which a filter holds, page by page, from a snapshot of who they are."""

import asyncio
import secrets
import time
from collections import OrderedDict
from collections.abc import Sequence
from typing import Any

import msgspec
import numpy as np

from diptych.model import Project
from diptych.model.clock import now_ms
from diptych.query.cohorts import Evaluated, Saved, resolved
from diptych.query.parts import (
    All,
    Any as AnyFilter,
    Field,
    Filter,
    InCohort,
    InvalidQuestion,
    Not,
    Property,
    Scope,
)
from diptych.query.relative import absolute
from diptych.query.run import Queries
from diptych.query.sql import cohorts, filters, properties as p
from diptych.query.sql.events import both
from diptych.query.sql.expressions import derived
from diptych.query.sql.hidden import shown
from diptych.store.engine import Engine
from diptych.store.sql import Bound, Sql, join, renumber, sql

_SNAPSHOTS = 100
_SNAPSHOT_IDS = 16_000_000
_MINUTES = 60

_OWNERS = """
SELECT owner FROM profiles FINAL
WHERE project = {project} AND group_type = {group_type} AND {matches}
ORDER BY {order}
"""
# Members of a cohort who have no profile.
_WITHOUT = """
SELECT who AS owner FROM ({members})
WHERE who NOT IN (SELECT owner FROM profiles FINAL WHERE project = {project} AND group_type = {group_type})
ORDER BY owner
"""
_PAGE = """
SELECT owner, profile_id, properties, toUnixTimestamp64Milli(updated) FROM profiles FINAL
WHERE project = {project} AND group_type = {group_type} AND owner IN {owners}
"""
_TEXTS = "SELECT hash, min(id) FROM ids WHERE project = {project} AND hash IN {owners} GROUP BY hash"
_KINDS = """
SELECT key, topK(1)(multiIf(startsWith(value, '"'), if({dated}, 'datetime', 'string'), startsWith(value, '['), 'list',
    startsWith(value, '{'), 'object', value IN ('true', 'false'), 'boolean', value = 'null', 'unknown', 'number'))[1],
    count() AS profiles
FROM (
    SELECT arrayJoin(properties) AS item, item.1 AS key, item.2 AS value FROM (
        SELECT properties FROM profiles FINAL WHERE project = {project} AND group_type = {group_type} LIMIT 100000
    )
)
GROUP BY key ORDER BY profiles DESC, key LIMIT {limit}
"""
_DATED = "match(value, '^\"[0-9]{4}-[0-9]{2}-[0-9]{2}([T ][0-9:.]+(Z|[+-][0-9:]+)?)?\"$')"
_NUMBERS = """
SELECT count(), avg(n), varPop(n), sum(n * n), min(n), max(n), quantileExactInclusive(PERCENTILE)(n) FROM (
    SELECT {value} AS n FROM profiles FINAL
    WHERE project = {project} AND group_type = {group_type} AND {matches}
)
"""


class Wanted(msgspec.Struct, frozen=True):
    """Which profiles.

    filter        over properties of the profile (scope user), its id (field distinct_id) and cohorts
    cohort        only its members; with `everybody` also those who have no profile
    group_type    profiles of groups of a type instead of people's
    sort, falling   by the number or text of a property
    """

    filter: Filter | None = None
    cohort: InCohort | None = None
    everybody: bool = False
    group_type: str = ""
    sort: Property | None = None
    falling: bool = False


class ListedProfile(msgspec.Struct, frozen=True):
    """A profile; without properties for one that only events know."""

    id: str
    properties: dict[str, msgspec.Raw]


class Page(msgspec.Struct, frozen=True):
    """Profiles `page` times `size` and on of a snapshot, how many there are in all, and the snapshot's name."""

    profiles: list[ListedProfile]
    total: int
    session: str


class Numbers(msgspec.Struct, frozen=True):
    """Of a property's numbers: how many, their mean, variance, sum of squares, least, greatest, and a percentile."""

    count: int
    mean: float
    variance: float
    sum_of_squares: float
    least: float
    greatest: float
    percentile: float


class NoSuchSession(Exception):
    """The snapshot was never made, or is too old."""


class ProfileLists:
    """Lists profiles. Snapshots are kept in memory, 8 bytes per profile, for an hour or until there are too many."""

    def __init__(self, engine: Engine, queries: Queries, saved: Saved) -> None:
        self._engine = engine
        self._queries = queries
        self._saved = saved
        self._snapshots: OrderedDict[tuple[int, str], tuple[float, Any]] = OrderedDict()

    async def first(self, project: Project, wanted: Wanted, size: int) -> Page:
        """A new snapshot, and its first page. Raises InvalidQuestion."""
        await self._queries.settled()
        definite = absolute(await resolved(wanted, project, now_ms(), self._saved), now_ms(), project.timezone)
        owners = await asyncio.to_thread(self._owners, project, definite)
        session = f"{round(time.time())}-{secrets.token_hex(6)}"
        self._keep((project.id, session), owners)
        return await self._page(project, wanted.group_type, session, owners, 0, size)

    async def later(self, project: Project, wanted: Wanted, session: str, page: int, size: int) -> Page:
        """A page of a snapshot. Raises NoSuchSession."""
        made, owners = self._snapshots.get((project.id, session), (0.0, None))
        if owners is None or made < time.monotonic() - _MINUTES * 60:
            raise NoSuchSession(session)
        self._snapshots.move_to_end((project.id, session))
        return await self._page(project, wanted.group_type, session, owners, page, size)

    async def kinds(self, project: Project, group_type: str, limit: int) -> dict[str, tuple[str, int]]:
        """Properties of profiles: what their values mostly are, and how many profiles (of a sample) have them."""
        await self._queries.settled()
        statement = sql(_KINDS.strip(), dated=Sql(_DATED), limit=Bound(limit, "UInt32"), **_whose(project, group_type))
        rows = (await self._queries.rows(statement, f"project {project.id} profiles")).rows
        return {key: (kind, count) for key, kind, count in rows}

    async def numbers(self, project: Project, wanted: Wanted, of: Property, percentile: float) -> Numbers:
        """What the numbers of a property are. Raises InvalidQuestion."""
        await self._queries.settled()
        definite = absolute(await resolved(wanted, project, now_ms(), self._saved), now_ms(), project.timezone)
        if not 0 <= percentile <= 100:
            raise InvalidQuestion("percentile", "a number from 0 to 100")
        statement = sql(
            _NUMBERS.strip().replace("PERCENTILE", repr(percentile / 100)),
            value=p.number(_value(project, of)),
            matches=both(_matches(project, definite), shown(project, wanted.group_type)),
            **_whose(project, wanted.group_type),
        )
        [row] = (await self._queries.rows(renumber(statement), f"project {project.id} profiles")).rows
        return Numbers(*row)

    def _owners(self, project: Project, wanted: Wanted) -> Any:
        statement = sql(
            _OWNERS.strip(),
            matches=both(_matches(project, wanted), shown(project, wanted.group_type)),
            order=_order(project, wanted),
            **_whose(project, wanted.group_type),
        )
        found = [self._hashes(statement)]
        if wanted.cohort is not None and wanted.everybody and _holds_of_nothing(wanted.filter):
            inside = cohorts.members(project, _evaluated(wanted.cohort))
            found.append(self._hashes(sql(_WITHOUT.strip(), members=inside, **_whose(project, wanted.group_type))))
        return np.concatenate(found)

    def _hashes(self, statement: Sql) -> Any:
        column = self._engine.query_arrow(renumber(statement), name="profiles").column(0)
        return column.to_numpy().astype(np.uint64)

    async def _page(self, project: Project, group_type: str, session: str, owners: Any, page: int, size: int) -> Page:
        some = [int(owner) for owner in owners[page * size : (page + 1) * size]]
        profiles = await self._profiles(project, group_type, some) if some else []
        return Page(profiles, len(owners), session)

    async def _profiles(self, project: Project, group_type: str, owners: list[int]) -> list[ListedProfile]:
        bound = Bound(owners, "Array(UInt64)")
        statement = sql(_PAGE.strip(), owners=bound, **_whose(project, group_type))
        rows = (await self._queries.rows(statement, f"project {project.id} profiles")).rows
        found = {
            owner: ListedProfile(name, {key: msgspec.Raw(text.encode()) for key, text in sorted(properties.items())})
            for owner, name, properties, _ in rows
        }
        if len(found) < len(owners) and not group_type:
            texts = sql(_TEXTS, project=Bound(project.id, "UInt32"), owners=bound)
            rows = (await self._queries.rows(texts, f"project {project.id} profiles")).rows
            found = {owner: ListedProfile(name, {}) for owner, name in rows} | found
        return [found[owner] for owner in owners if owner in found]

    def _keep(self, key: tuple[int, str], owners: Any) -> None:
        self._snapshots[key] = (time.monotonic(), owners)
        while len(self._snapshots) > 1 and (
            len(self._snapshots) > _SNAPSHOTS or sum(len(kept) for _, kept in self._snapshots.values()) > _SNAPSHOT_IDS
        ):
            self._snapshots.popitem(last=False)


def _whose(project: Project, group_type: str) -> dict[str, Bound]:
    return {"project": Bound(project.id, "UInt32"), "group_type": Bound(group_type, "String")}


def _matches(project: Project, wanted: Wanted) -> Sql:
    parts: Sequence[Filter] = [part for part in (wanted.filter, wanted.cohort) if part is not None]
    return join(" AND ", [Sql("true"), *(_condition(project, part) for part in parts)])


def _condition(project: Project, node: Filter) -> Sql:
    """As for events, but of a profile alone."""

    def inner(part: Filter) -> Sql:
        return _condition(project, part)

    match node:
        case All(filters=[_, *_] as parts):
            return sql("({parts})", parts=join(" AND ", map(inner, parts)))
        case AnyFilter(filters=[_, *_] as parts):
            return sql("({parts})", parts=join(" OR ", map(inner, parts)))
        case Not(filter=negated):
            return sql("NOT {inner}", inner=inner(negated))
        case InCohort():
            return cohorts.of_owner(project, _evaluated(node), Sql("owner"))
    return filters.condition(node, lambda reference: _value(project, reference), project.timezone)


def _evaluated(cohort: InCohort) -> Evaluated:
    if not isinstance(cohort, Evaluated):
        raise InvalidQuestion("cohort", "a cohort that was evaluated")
    return cohort


def _holds_of_nothing(node: Filter | None) -> bool:
    return node is None or filters.holds_of_nothing(node)


def _value(project: Project, reference: Property) -> Sql:
    match reference.scope:
        case Scope.USER | Scope.GROUP:
            return p.at_path(sql("properties[{key}]", key=Bound(reference.key, "String")), reference.path)
        case Scope.FIELD if reference.key == Field.DISTINCT_ID:
            return p.as_json(Sql("profile_id"))
        case Scope.DERIVED if reference.formula is not None:
            return derived(reference.formula, lambda inner: _value(project, inner), project.timezone)
    raise InvalidQuestion("filter.property", "a property of profiles")


def _order(project: Project, wanted: Wanted) -> Sql:
    if wanted.sort is None:
        return Sql("owner")
    value = _value(project, wanted.sort)
    template = (
        "{number} DESC NULLS LAST, {text} DESC, owner"
        if wanted.falling
        else ("{number} ASC NULLS LAST, {text} ASC, owner")
    )
    return sql(template, number=p.number(value), text=p.text_form(value))
