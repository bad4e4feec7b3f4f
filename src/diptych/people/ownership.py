"""Whose profile an update is about, by the id that it names and by when it was accepted.

    simplified  the profile of the id that it names. What names an alias is about the id that it stands for by then
    original    the profile of the canonical id by then: properties are never merged, and those of the other ids hidden
    amplitude   of a device, the profile of its last user by then. A user who takes a device's own id over has all that
                was said of the device before, too

As everything else about people, this follows from the identity log alone: what a later unlink takes back was never
said, and updates go back to where they belong without it. Sources: Mixpanel's guides to its ID Merge, Amplitude's
guide to tracking unique users.
"""

from bisect import bisect_left
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import NamedTuple

from diptych.model import IdentityMode, LinkKind
from diptych.people.log import Log
from diptych.people.resolution import COUPLED, Seen, Statement, amplitude, end_of, merges, standing
from diptych.store import identity as store
from diptych.store.engine import Engine
from diptych.store.profiles import Group, Span, Stretch

Timeline = Sequence[tuple[int, str]]
"""Updates accepted after `[0]` are about the profile of the id `[1]`, until the next one. The first is from 0 on."""

Timelines = dict[str, list[tuple[int, str]]]
Modes = Callable[[], Mapping[int, IdentityMode]]


class Move(NamedTuple):
    """Updates that were accepted after `since` may be about other profiles now: they are among those of `owners`."""

    since: int
    owners: set[str]


def timelines(mode: IdentityMode, statements: Iterable[Statement], seen: Seen) -> Timelines:
    """Timelines of the ids whose updates are not always about their own profile."""
    return _TIMELINES[mode](standing(statements), seen)


def owner_at(line: Timeline, accept_id: int) -> str:
    """The id whose profile an update is about."""
    return line[bisect_left(line, accept_id, key=lambda turn: turn[0]) - 1][1]


def moves(
    mode: IdentityMode, statements: Iterable[Statement], made: Iterable[Statement], seen: Seen
) -> dict[str, Move]:
    """What it changes that some of the statements were made: id that updates name → where they may have moved."""
    statements = set(statements)
    before, after = timelines(mode, statements - set(made), seen), timelines(mode, statements, seen)
    found = {}
    for one in before.keys() | after.keys():
        old, new = before.get(one, [(0, one)]), after.get(one, [(0, one)])
        if old != new:
            same = next((n for n, (a, b) in enumerate(zip(old, new, strict=False)) if a != b), min(len(old), len(new)))
            other = [*old[max(same - 1, 0) :], *new[max(same - 1, 0) :]]
            found[one] = Move(min(since for line in (old, new) for since, _ in line[same:]), {o for _, o in other})
    return found


class Ownership:
    """Reads from the identity log whose profiles updates are about."""

    def __init__(self, engine: Engine, modes: Modes = dict) -> None:
        """`modes`: project → its mode; a project that is not in it follows `simplified`."""
        self._engine = engine
        self._modes = modes

    def timelines(self, project: int, ids: set[str]) -> Timelines:
        """Timelines of those of these ids whose updates are not always about their own profile."""
        if not store.any_person(self._engine, project):
            return {}
        mode = self._mode(project)
        found = timelines(mode, *Log(self._engine, project, mode).decisive(ids))
        return {one: line for one, line in found.items() if one in ids}

    def completed(self, group: Group, spans: Sequence[Span]) -> list[Span]:
        """Spans of owners with the ids that their updates name, where there are others than their own."""
        if group.type or not store.any_person(self._engine, group.project):
            return list(spans)
        mode = self._mode(group.project)
        log = Log(self._engine, group.project, mode)
        ids = log.affected(span.profile_id for span in spans)
        statements, seen = log.decisive(ids)
        lines = timelines(mode, statements, seen)
        if mode is not IdentityMode.ORIGINAL:
            lines = {one: line for one, line in lines.items() if one in ids}
        named = _by_owner(lines)
        return [span._replace(of=named.get(span.profile_id, ())) for span in spans]

    def _mode(self, project: int) -> IdentityMode:
        return self._modes().get(project, IdentityMode.SIMPLIFIED)


def _by_owner(lines: Timelines) -> dict[str, tuple[Stretch, ...]]:
    """Owner → the whole timelines of its own id and of all ids whose updates are about its profile at some time."""
    found: dict[str, list[Stretch]] = {}
    for one, line in lines.items():
        for owner in {one, *(owner for _, owner in line)}:
            if owner not in lines and owner not in found:
                found[owner] = [Stretch(owner, 0, owner)]
            found.setdefault(owner, []).extend(Stretch(one, since, to) for since, to in line)
    return {owner: tuple(stretches) for owner, stretches in found.items()}


def _turn(found: Timelines, one: str, order: int, owner: str) -> None:
    line = found.setdefault(one, [(0, one)])
    if line[-1][1] != owner:
        line.append((order, owner))


def _simplified(counting: Sequence[Statement], seen: Seen) -> Timelines:
    """Of several statements about one alias the last counts, as for events: from when it was first said on."""
    last: dict[str, Statement] = {}
    for said in counting:
        if said.kind is LinkKind.ALIAS and (said.actor not in last or last[said.actor].person != said.person):
            last[said.actor] = said
    leads: dict[str, str] = {}
    behind: dict[str, set[str]] = {}
    found: Timelines = {}
    for said in sorted(last.values()):
        leads[said.actor] = said.person
        behind.setdefault(said.person, set()).add(said.actor)
        for one in _reached(said.actor, behind):
            _turn(found, one, said.order, end_of(one, leads))
    return found


def _reached(start: str, behind: Mapping[str, set[str]]) -> set[str]:
    found, frontier = {start}, {start}
    while frontier:
        frontier = {one for passed in frontier for one in behind.get(passed, ())} - found
        found |= frontier
    return found


def _original(counting: Sequence[Statement], seen: Seen) -> Timelines:
    found: Timelines = {}
    for merge in merges(counting):
        for one in merge.moved:
            _turn(found, one, merge.order, merge.winner)
    return found


def _amplitude(counting: Sequence[Statement], seen: Seen) -> Timelines:
    owners = {one: whose.owner for one, whose in amplitude(counting, seen).items()}
    found: Timelines = {one: [(0, owner)] for one, owner in owners.items() if owner != one}
    for said in counting:
        if said.kind in COUPLED:
            _turn(found, said.actor, said.order, owners.get(said.person, said.person))
    return found


_TIMELINES: Mapping[IdentityMode, Callable[[Sequence[Statement], Seen], Timelines]] = {
    IdentityMode.SIMPLIFIED: _simplified,
    IdentityMode.ORIGINAL: _original,
    IdentityMode.AMPLITUDE: _amplitude,
}
