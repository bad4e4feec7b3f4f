"""Says who an id is and why, and lets people link ids and take links back. Nothing is ever removed from the log."""

import asyncio
from collections.abc import Sequence
from typing import NamedTuple

import msgspec

from diptych.model import IdentityLink, IdentityMode, LinkKind
from diptych.model.clock import now_ms
from diptych.people.applying import complete
from diptych.people.log import Log
from diptych.people.resolution import COUNTING, Statement, refusals, standing
from diptych.store import identity as store
from diptych.store.engine import Engine

SOURCE = "by hand"


class Said(msgspec.Struct, frozen=True):
    """A statement of the identity log about an id.

    effect   `counts`; `no effect` for one that the project's mode does not heed; `taken back`; else why it was refused
    """

    actor: str
    person: str
    kind: LinkKind
    source: str
    time: int
    received: int
    effect: str


class WhoIs(msgspec.Struct, frozen=True):
    """Who an id is, and why.

    person   the canonical id
    owner    the id whose profile the events of this id are about
    ids      every id of the person, up to a bound
    log      what was said of the id and of the others, in order
    """

    id: str
    person: str
    owner: str
    ids: list[str]
    log: list[Said]


class AmplitudeIds(NamedTuple):
    """Numbers below 2^53: of the id itself, of the person, and of the ids that are merged into the person."""

    own: int
    canonical: int
    merged: list[int]


_MOST = 1_000


class Linking:
    """Reads the identity log and what follows from it. Blocks; safe to use from any thread."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def who_is(self, project: int, mode: IdentityMode, one: str) -> WhoIs:
        """Who an id is, with the whole log about the person."""
        known = complete(store.known(self._engine, project, [one])[one])
        hashes = list(dict.fromkeys([known.person, *store.belonging(self._engine, project, [known.person])]))[:_MOST]
        texts = store.texts(self._engine, project, [*hashes, known.person, known.owner])
        ids = sorted({one, *(texts[found] for found in hashes if found in texts)})
        return WhoIs(
            id=one,
            person=texts.get(known.person, one),
            owner=texts.get(known.owner, one),
            ids=ids,
            log=self._log(project, mode, ids),
        )

    def counterparts(self, project: int, one: str) -> list[str]:
        """The ids to which an id is linked directly by statements that were not taken back."""
        said = {*store.by_actor(self._engine, project, [one]), *store.by_person(self._engine, project, [one])}
        counting = standing(Statement(order, LinkKind(kind), actor, person) for order, kind, actor, person in said)
        return sorted({other for _, _, actor, person in counting for other in (actor, person)} - {one})

    def amplitude_ids(self, project: int, mode: IdentityMode, ids: Sequence[str]) -> dict[str, AmplitudeIds]:
        """Id → its numbers. A number follows from the id that was there first, so that a takeover keeps it.

        In the modes other than `amplitude` all ids of a person have the person's number.
        """
        known = {one: complete(row) for one, row in store.known(self._engine, project, ids).items()}
        persons = {row.person for row in known.values()}
        members = {row.hash: row for row in store.belonging(self._engine, project, list(persons)).values()}
        members |= {row.hash: row for row in known.values()}
        owners = {row.owner for row in members.values()} | persons
        taken = (
            store.belonging(self._engine, project, list(owners), owner=True) if mode is IdentityMode.AMPLITUDE else {}
        )
        began = {row.owner: row.hash for row in taken.values() if row.hash != row.owner}
        number = {owner: _number(began.get(owner, owner)) for owner in owners}
        merged: dict[int, set[int]] = {}
        for row in members.values():
            merged.setdefault(row.person, set()).add(number[row.owner])
        return {
            one: AmplitudeIds(number[row.owner], number[row.person], sorted(merged[row.person] - {number[row.person]}))
            for one, row in known.items()
        }

    def _log(self, project: int, mode: IdentityMode, ids: Sequence[str]) -> list[Said]:
        rows = store.told(self._engine, project, ids)
        statements = {Statement(row[0], LinkKind(row[1]), row[2], row[3]): row for row in rows}
        counting = set(standing(statements))
        refused = refusals(Log(self._engine, project, mode).needed(ids)) if mode is IdentityMode.ORIGINAL else {}
        found = []
        for said, row in sorted(statements.items()):
            effect = refused.get(said.order, "counts" if said in counting else "taken back")
            if said.kind not in COUNTING[mode]:
                effect = "no effect"
            elif said.kind is LinkKind.UNLINK:
                effect = "counts"
            _, _, _, _, source, time, received = row
            found.append(Said(said.actor, said.person, said.kind, source, time, received, effect))
        return found


def statement(project: int, kind: LinkKind, actor: str, person: str) -> IdentityLink:
    """A statement that somebody makes by hand, now."""
    now = now_ms()
    return IdentityLink(project=project, actor=actor, person=person, kind=kind, source=SOURCE, time=now, received=now)


def _number(hashed: int) -> int:
    """53 bits, because clients read it as a double; 0 would mean nobody."""
    return hashed >> 11 or 1


async def unlinks(linking: Linking, project: int, actor: str, person: str | None) -> list[IdentityLink]:
    """What takes back that an id is linked to another one; without one, to any. Nothing when they are not, directly."""
    others = await asyncio.to_thread(linking.counterparts, project, actor)
    return [statement(project, LinkKind.UNLINK, actor, other) for other in others if person in (None, "", other)]


def not_linked(actor: str, person: str | None) -> str:
    """What is wrong when there is nothing to take back."""
    return f"{actor} is not linked to {person} directly" if person else f"{actor} is not linked to any id"
