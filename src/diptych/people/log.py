"""What the identity log says about some ids: enough of it to resolve them, and no more."""

from collections.abc import Iterable
from typing import Any

from diptych.model import IdentityMode, LinkKind
from diptych.people.resolution import COUNTING, COUPLED, Statement, standing
from diptych.store import identity as store
from diptych.store.engine import Engine


class Log:
    """The log of one project, as its mode reads it."""

    def __init__(self, engine: Engine, project: int, mode: IdentityMode) -> None:
        self._engine = engine
        self._project = project
        self._mode = mode
        self._counts = COUNTING[mode]

    def about(self, actors: Iterable[str]) -> set[Statement]:
        """Every statement about these ids, whether the mode heeds it or not."""
        return set(map(_statement, store.by_actor(self._engine, self._project, actors)))

    def affected(self, changed: Iterable[str]) -> set[str]:
        """The ids whose person may be another when these ids' statements change, themselves included.

        In mode `original` that is for `needed` to find: whoever is merged with them.
        """
        found = set(changed)
        frontier = set(found)
        while frontier and self._mode is not IdentityMode.ORIGINAL:
            said = self._counting(store.by_person(self._engine, self._project, frontier))
            frontier = {statement.actor for statement in said if statement.kind is not LinkKind.UNLINK} - found
            found |= frontier
        return found

    def needed(self, affected: Iterable[str]) -> set[Statement]:
        """The statements that decide who these ids are."""
        found: set[Statement] = set()
        asked, frontier = set[str](), set(affected)
        while frontier:
            asked |= frontier
            said = self._counting(store.by_actor(self._engine, self._project, frontier))
            if self._mode is IdentityMode.ORIGINAL:
                said |= self._counting(store.by_person(self._engine, self._project, frontier))
            found |= said
            frontier = {one for statement in said for one in (statement.actor, statement.person)} - asked - {""}
        if self._mode is IdentityMode.AMPLITUDE:
            found |= self.of_users(first_users(found))
        return found

    def decisive(self, ids: Iterable[str]) -> tuple[set[Statement], dict[str, int]]:
        """The statements that decide who these ids are; in mode `amplitude` also since when their users are known."""
        statements = self.needed(ids)
        users = {said.person for said in statements if said.kind in COUPLED}
        return statements, self.seen(users) if self._mode is IdentityMode.AMPLITUDE else {}

    def of_users(self, users: Iterable[str]) -> set[Statement]:
        """The first two statements of each user with a device, and all about devices that were unlinked from it."""
        users = set(users)
        first = set(map(_statement, store.first_of_users(self._engine, self._project, users)))
        unlinked = {said.person for said in self.about(users) if said.kind is LinkKind.UNLINK} - {""}
        return first | self.about(unlinked)

    def seen(self, ids: Iterable[str]) -> dict[str, int]:
        """Id → accept id of the first event that counts under it."""
        return store.first_events(self._engine, self._project, ids)

    def _counting(self, rows: Iterable[tuple[Any, ...]]) -> set[Statement]:
        return {said for said in map(_statement, rows) if said.kind in self._counts}


def first_users(statements: Iterable[Statement]) -> set[str]:
    """The first user of each device."""
    users: dict[str, str] = {}
    for said in standing(statements):
        if said.kind in COUPLED:
            users.setdefault(said.actor, said.person)
    return set(users.values())


def news(said: Iterable[Statement], logged: Iterable[Statement]) -> list[Statement]:
    """Those of some statements that are worth keeping: that say other than what stood when they were made."""
    by_actor: dict[str, set[Statement]] = {}
    for statement in logged:
        by_actor.setdefault(statement.actor, set()).add(statement)
    found = []
    for statement in sorted(said):
        mine = by_actor.setdefault(statement.actor, set())
        if statement not in mine and not _repeats(statement, mine):
            mine.add(statement)
            found.append(statement)
    return found


def _repeats(said: Statement, logged: Iterable[Statement]) -> bool:
    before = standing(one for one in logged if one.order < said.order)
    match said.kind:
        case LinkKind.UNLINK:
            return False
        case LinkKind.STATED | LinkKind.TOGETHER:
            last = [one for one in before if one.kind in COUPLED][-1:]
            return any(
                one.person == said.person and (one.kind is said.kind or said.kind is LinkKind.TOGETHER) for one in last
            )
        case LinkKind.ALIAS:
            return any(one.person == said.person for one in [a for a in before if a.kind is LinkKind.ALIAS][-1:])
        case _:
            return any(one.kind is said.kind and one.person == said.person for one in before)


def _statement(row: tuple[Any, ...]) -> Statement:
    accept_id, kind, actor, person = row
    return Statement(accept_id, LinkKind(kind), actor, person)
