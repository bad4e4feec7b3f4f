"""Who is who: the identity log of a project → the person of each id. One function per mode, without I/O.

An id that is not in an answer is a person of its own. Statements count in the order in which they were accepted.
Sources of the rules: Mixpanel's guides to Simplified and Original ID Merge, Amplitude's guide to tracking unique
users and its User Mapping API.
"""

import re
from bisect import bisect_left
from collections.abc import Callable, Iterable, Mapping
from typing import NamedTuple

from diptych.model import IdentityMode, LinkKind
from diptych.people.identity import DEVICE_PREFIX

LARGEST_CLUSTER = 500
_UUID4 = re.compile(r"(\$device:)?[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}", re.IGNORECASE)
COUPLED = (LinkKind.STATED, LinkKind.TOGETHER)
_NAMING = (LinkKind.STATED, LinkKind.IDENTIFIED, LinkKind.RENAMED)


class Statement(NamedTuple):
    """A statement of the log. `order` is its accept id."""

    order: int
    kind: LinkKind
    actor: str
    person: str


class Whose(NamedTuple):
    """The person that an id belongs to, and the id whose profile its events and updates are about."""

    person: str
    owner: str


Seen = Mapping[str, int]
"""Id → accept id of the first event that counted under it."""


def standing(statements: Iterable[Statement]) -> list[Statement]:
    """The statements that count, in order: those that no later statement took back."""
    statements = sorted(set(statements))
    voided: dict[tuple[str, str], int] = {}
    for said in statements:
        if said.kind is LinkKind.UNLINK:
            voided[said.actor, said.person] = voided[said.person, said.actor] = said.order
    return [said for said in statements if said.actor and said.person and not _is_void(said, voided)]


def _is_void(said: Statement, voided: Mapping[tuple[str, str], int]) -> bool:
    if said.kind is LinkKind.UNLINK or said.actor == said.person:
        return True
    if said.kind is LinkKind.ALIAS and said.order < voided.get((said.actor, ""), 0):
        return True
    return said.order < voided.get((said.actor, said.person), 0)


def simplified(statements: Iterable[Statement], seen: Seen) -> dict[str, Whose]:
    """A device belongs to its first user for ever."""
    counting = standing(statements)
    users: dict[str, str] = {}
    for said in counting:
        if said.kind in COUPLED:
            users.setdefault(said.actor, said.person)
    leads = users | _aliases(counting)
    return {actor: Whose(end, end) for actor in leads for end in [end_of(actor, leads)]}


def amplitude(statements: Iterable[Statement], seen: Seen) -> dict[str, Whose]:
    """What a device did before its first user belongs to that user.

    A user who was unknown until then takes the device's own id over, profile and all; into one who was known it
    is merged, and keeps its profile. (What a device did later belongs to its last user: see `user_at`.)
    """
    counting = standing(statements)
    first_of_device: dict[str, Statement] = {}
    first_of_user: dict[str, Statement] = {}
    for said in counting:
        if said.kind in COUPLED:
            first_of_device.setdefault(said.actor, said)
            first_of_user.setdefault(said.person, said)
    taken = {
        device: said.person
        for device, said in first_of_device.items()
        if first_of_user[said.person] is said and seen.get(said.person, said.order) >= said.order
    }
    aliases = _aliases(counting)
    leads = {device: said.person for device, said in first_of_device.items()} | aliases
    # Properties do not follow an alias of a user; an id that only ever stood for another one has none of its own.
    owners = taken | {actor: person for actor, person in aliases.items() if actor.startswith("$")}
    return {actor: Whose(end_of(actor, leads), end_of(actor, owners)) for actor in leads}


def user_at(statements: Iterable[Statement], device: str, order: int) -> str:
    """Amplitude: the id that an event of a device without a user counts under, by the device's last user before."""
    users = [said for said in standing(statements) if said.actor == device and said.kind in COUPLED]
    place = bisect_left(users, order, key=lambda said: said.order)
    return users[place - 1].person if place else device


class Merge(NamedTuple):
    """A statement that merged ids: those that `moved` have the person `winner` from then on."""

    order: int
    moved: list[str]
    winner: str


def original(statements: Iterable[Statement], seen: Seen) -> dict[str, Whose]:
    """Ids that were merged, directly or through others, are one person."""
    root = {one: merge.winner for merge in merges(statements) for one in merge.moved}
    return {one: Whose(winner, winner) for one, winner in root.items()}


def merges(statements: Iterable[Statement]) -> list[Merge]:
    """Mode `original`: what was merged, in order."""
    return _merged(statements)[0]


def refusals(statements: Iterable[Statement]) -> dict[int, str]:
    """Mode `original`: order of each statement that merges nothing → why."""
    return _merged(statements)[1]


def _merged(statements: Iterable[Statement]) -> tuple[list[Merge], dict[int, str]]:
    """Clusters grow statement by statement. The cluster of the statement's person gives the merged one its id."""
    counting = standing(statements)
    aliases = _aliases(counting)
    named: dict[tuple[bool, str], str] = {}
    clusters: dict[str, list[str]] = {}
    root: dict[str, str] = {}
    merged: list[Merge] = []
    refused: dict[int, str] = {}
    for said in counting:
        if said.kind is LinkKind.TOGETHER or (said.kind is LinkKind.ALIAS and aliases[said.actor] != said.person):
            continue
        loser, winner = root.get(said.actor, said.actor), root.get(said.person, said.person)
        moved, kept = clusters.get(loser, [loser]), clusters.get(winner, [winner])
        size = len(kept) + (len(moved) if loser != winner else 0)
        if reason := _refusal(said, named, size):
            refused[said.order] = reason
            continue
        if said.kind in _NAMING:
            named[said.kind is LinkKind.RENAMED, said.actor] = said.person
        if loser != winner:
            clusters[winner] = kept + moved
            clusters.pop(loser, None)
            root |= dict.fromkeys([*moved, winner], winner)
            merged.append(Merge(said.order, moved, winner))
    return merged, refused


def _refusal(said: Statement, named: Mapping[tuple[bool, str], str], size: int) -> str:
    """Why a statement merges nothing; empty when it does. `size`: ids in the cluster that it would make."""
    renamed = said.kind is LinkKind.RENAMED
    if said.kind is LinkKind.IDENTIFIED and not _UUID4.fullmatch(said.actor):
        return "the anonymous id is no UUID v4"
    if said.kind in _NAMING and named.get((renamed, said.actor), said.person) != said.person:
        return f"the {'alias' if renamed else 'anonymous id'} belongs to another id already"
    if said.kind is not LinkKind.ALIAS and size > LARGEST_CLUSTER:
        return f"more than {LARGEST_CLUSTER} ids would be one person"
    return ""


def _aliases(counting: Iterable[Statement]) -> dict[str, str]:
    """Alias → id; of several statements about one alias the last counts."""
    return {said.actor: said.person for said in counting if said.kind is LinkKind.ALIAS}


def end_of(actor: str, leads: Mapping[str, str]) -> str:
    """Where the leads end. A circle ends at the same one of its ids wherever it is entered: at a user, if any."""
    trail = [actor]
    while (following := leads.get(trail[-1])) is not None:
        if following in trail:
            circle = trail[trail.index(following) :]
            return min(circle, key=lambda member: (member.startswith(DEVICE_PREFIX), member))
        trail.append(following)
    return trail[-1]


Resolve = Callable[[Iterable[Statement], Seen], dict[str, Whose]]

_ALWAYS = {LinkKind.ALIAS, LinkKind.UNLINK}
COUNTING: Mapping[IdentityMode, frozenset[LinkKind]] = {
    IdentityMode.SIMPLIFIED: frozenset({*COUPLED, *_ALWAYS}),
    IdentityMode.ORIGINAL: frozenset({*_NAMING, LinkKind.MERGED, *_ALWAYS}),
    IdentityMode.AMPLITUDE: frozenset({*COUPLED, *_ALWAYS}),
}
"""The statements that a mode heeds."""

RESOLVE: Mapping[IdentityMode, Resolve] = {
    IdentityMode.SIMPLIFIED: simplified,
    IdentityMode.ORIGINAL: original,
    IdentityMode.AMPLITUDE: amplitude,
}
