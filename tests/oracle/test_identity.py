"""Who is who, in the engine against the oracle: over random logs, inserted in random blocks, with restarts between."""

from itertools import count
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, example, given, settings, strategies as st
from tests.examples import examples
from tests.oracle.identity import PEOPLE, Entry, partition

from diptych.model import Event, IdentityLink, IdentityMode, LinkKind
from diptych.people import applying, deriving, log, resolution
from diptych.people.applying import Identity
from diptych.people.identity import read_ids
from diptych.people.overrides import fold_overrides
from diptych.people.persons import OWNER, PERSON
from diptych.store.sql import Bound, Sql, sql

UUIDS = [f"0000000{n}-0000-4000-8000-000000000000" for n in range(2)]
DEVICES = ["", "d", "e", "f"]
USERS = ["", "u", "v", "w"]
NAMED = ["$device:d", "$device:e", "u", "v", "w", *UUIDS]

_events = st.fixed_dictionaries(
    {
        "what": st.just("event"),
        "device": st.sampled_from(DEVICES),
        "user": st.sampled_from(USERS),
        "sent": st.sampled_from(["", "", "u", *UUIDS]),
    }
)
_kinds = st.sampled_from(["identified", "renamed", "merged", "alias", "unlink", "unlink"])
_statements = st.fixed_dictionaries(
    {"what": _kinds, "actor": st.sampled_from(NAMED), "person": st.sampled_from(NAMED)}
) | st.fixed_dictionaries({"what": st.just("unlink"), "actor": st.sampled_from(NAMED), "person": st.just("")})
_starts = count(1_000_000, 1_000_000)


@st.composite
def logs(draw: Any) -> list[Entry]:
    entries = draw(st.lists(_events | _statements, max_size=14))
    return [entry | {"order": 2 * number} for number, entry in enumerate(entries, 1)]


# Amplitude has no alias of a device; what our own means for one is shown in tests/unit/people.
def without_aliases_of_devices(entries: list[Entry]) -> list[Entry]:
    return [one for one in entries if one["what"] != "alias" or not one["actor"].startswith("$device:")]


class Several:
    """An engine as one that other processes write to, too."""

    embedded = False

    def __init__(self, engine: Any) -> None:
        self._engine = engine

    def __getattr__(self, name: str) -> Any:
        return getattr(self._engine, name)


def rows_of(project: int, mode: IdentityMode, start: int, entry: Entry) -> tuple[list[Event], list[IdentityLink]]:
    """What the protocols make of an entry. A statement of an event comes just before it."""
    common: dict[str, Any] = {"project": project, "time": 0, "received": 0}
    order = start + entry["order"]
    if entry["what"] != "event":
        said = {"actor": entry["actor"], "person": entry["person"], "kind": LinkKind(entry["what"])}
        return [], [IdentityLink(**common, **said, source="test", accept_id=order)]
    ids = read_ids(mode, distinct_id=entry["sent"], user_id=entry["user"], device_id=entry["device"])
    sent_id = "" if entry["sent"] == ids.distinct_id else entry["sent"]
    event = Event(
        **common,
        name="A",
        distinct_id=ids.distinct_id,
        user_id=ids.user_id,
        device_id=ids.device_id,
        sent_id=sent_id,
        accept_id=order,
    )
    if not (ids.user_id and ids.device_id):
        return [event], []
    kind = LinkKind.TOGETHER if entry["sent"] else LinkKind.STATED
    said = {"actor": f"$device:{ids.device_id}", "person": ids.user_id, "kind": kind}
    return [event], [IdentityLink(**common, **said, source="test", accept_id=order - 1)]


def insert(identity: Identity, project: int, mode: IdentityMode, start: int, block: list[Entry]) -> None:
    rows = [rows_of(project, mode, start, entry) for entry in block]
    events = [event for found, _ in rows for event in found]
    links = [link for _, found in rows for link in found]
    token = f"test-{next(_starts)}"
    identity.note(identity.engine, [*events, *links], token)
    identity.apply(identity.engine, links, token)
    identity.insert(identity.engine, events, token)


def people(engine: Any, project: int, start: int) -> tuple[list[list[int]], list[list[int]]]:
    statement = sql(
        "SELECT accept_id, {person} AS person, {owner} AS owner FROM events FINAL WHERE project = {project}",
        person=PERSON,
        owner=OWNER,
        project=Bound(project, "UInt32"),
    )
    rows = engine.query(statement).rows
    persons = {order - start: person or None for order, person, _ in rows}
    return partition(persons), partition({order - start: owner or None for order, _, owner in rows})


def expected(entries: list[Entry], mode: IdentityMode) -> tuple[list[list[int]], list[list[int]]]:
    answer = PEOPLE[mode.value](entries)
    return (
        partition({order: person for order, (person, _) in answer.items()}),
        partition({order: owner for order, (_, owner) in answer.items()}),
    )


def blocks(entries: list[Entry], cuts: set[int]) -> list[list[Entry]]:
    found: list[list[Entry]] = [[]]
    for number, entry in enumerate(entries):
        if number in cuts:
            found.append([])
        found[-1].append(entry)
    return found


PHASES = (Phase.explicit, Phase.reuse, Phase.generate)  # a shrink costs minutes


def slow(number: int) -> Any:
    return settings(
        max_examples=examples(number),
        deadline=None,
        phases=PHASES,
        suppress_health_check=list(HealthCheck),
    )


# Nothing is said of the ids that these events have.
told_of_nobody: list[Entry] = [
    {"what": "event", "device": "", "user": user, "sent": sent, "order": 2 * number}
    for number, (user, sent) in enumerate([("", UUIDS[0]), ("u", "u")], 1)
]
cuts = st.sets(st.integers(1, 13), max_size=4)
modes = pytest.mark.parametrize("mode", IdentityMode)


@modes
def test_the_engine_says_who_is_who_as_the_oracle_does(engine, new_project, mode: IdentityMode) -> None:
    @slow(25)
    @given(entries=logs(), cuts=cuts, again=st.integers(0, 4), fold=st.integers(0, 4))
    def check(entries: list[Entry], cuts: set[int], again: int, fold: int) -> None:
        entries = without_aliases_of_devices(entries)
        project, start = new_project(), next(_starts)
        parts = blocks(entries, cuts)
        for number, block in enumerate(parts):
            # A restart after each block; one block comes again, as after a crash.
            for _ in range(2 if number == again else 1):
                insert(Identity(engine, lambda: {project: mode}), project, mode, start, block)
            if number == fold:
                fold_overrides(Identity(engine), pause=0)
                assert engine.query(Sql("SELECT count() FROM person_overrides")).rows == [(0,)]
        assert people(engine, project, start) == expected(entries, mode)
        proven(Identity(engine), project, mode)

    check()


@modes
def test_blocks_of_several_servers_may_come_in_any_order(engine, new_project, mode: IdentityMode) -> None:
    @slow(15)
    @given(data=st.data(), entries=logs(), cuts=cuts)
    def check(data: Any, entries: list[Entry], cuts: set[int]) -> None:
        entries = without_aliases_of_devices(entries)
        project, start = new_project(), next(_starts)
        for block in data.draw(st.permutations(blocks(entries, cuts))):
            insert(Identity(Several(engine), lambda: {project: mode}), project, mode, start, block)
        assert people(engine, project, start) == expected(entries, mode)
        proven(Identity(engine), project, mode)

    check()


@modes
def test_a_mode_that_is_changed_is_as_if_it_had_always_been(engine, new_project, mode: IdentityMode) -> None:
    @slow(12)
    @given(entries=logs(), before=st.sampled_from(list(IdentityMode)), after=logs())
    def check(entries: list[Entry], before: IdentityMode, after: list[Entry]) -> None:
        entries, after = without_aliases_of_devices(entries), without_aliases_of_devices(after)
        project, start = new_project(), next(_starts)
        insert(Identity(engine, lambda: {project: before}), project, before, start, entries)
        deriving.rebuild_persons(Identity(engine), project, mode)
        # What was accepted in the old mode and inserted in the new one, too.
        later = [entry | {"order": entry["order"] + 100} for entry in after]
        insert(Identity(engine, lambda: {project: mode}), project, before, start, later)
        assert people(engine, project, start) == expected(entries + later, mode)
        proven(Identity(engine), project, mode)

    check()


def test_events_that_another_mode_stored_under_another_id_move_with_their_device(engine, new_project) -> None:
    project, start, mode = new_project(), next(_starts), IdentityMode.AMPLITUDE
    sent = {"what": "event", "sent": UUIDS[0], "device": "d", "user": "", "order": 2}
    insert(Identity(engine, lambda: {project: IdentityMode.ORIGINAL}), project, IdentityMode.ORIGINAL, start, [sent])
    deriving.rebuild_persons(Identity(engine), project, mode)
    unlinked: Entry = {"what": "unlink", "actor": "w", "person": "$device:d", "order": 4}
    other: Entry = {"what": "event", "sent": UUIDS[0], "device": "", "user": "", "order": 6}
    insert(Identity(engine, lambda: {project: mode}), project, mode, start, [unlinked, other])
    assert people(engine, project, start) == expected([sent, unlinked, other], mode)
    proven(Identity(engine), project, mode)


@modes
def test_a_rebuild_mends_whatever_is_wrong(engine, new_project, mode: IdentityMode) -> None:
    @slow(8)
    @example(entries=told_of_nobody)
    @given(entries=logs())
    def check(entries: list[Entry]) -> None:
        entries = without_aliases_of_devices(entries)
        project, start = new_project(), next(_starts)
        identity = Identity(engine, lambda: {project: mode})
        insert(identity, project, mode, start, entries)
        identity.write(project, {one: resolution.Whose("wrong", "worse") for one in ("u", "$device:d", UUIDS[0])})
        wrong = "UPDATE events SET person = 7, property_owner = 8, actor = 9 WHERE project = {project}"
        engine.execute(sql(wrong, project=Bound(project, "UInt32")))
        deriving.rebuild_persons(identity, project, mode)
        assert people(engine, project, start) == expected(entries, mode)
        proven(identity, project, mode)

    check()


def proven(identity: Identity, project: int, mode: IdentityMode) -> None:
    assert list(deriving.differences(identity, project, mode)) == []
    assert deriving.misplaced_events(identity, project, mode) == 0


_refusal = resolution._refusal


def _last_user_wins(statements: Any, seen: Any) -> Any:
    return resolution.simplified([one._replace(order=-one.order) for one in statements], seen)


MISTAKES: dict[str, tuple[IdentityMode, Any, str, Any]] = {
    "the last user of a device wins": (
        IdentityMode.SIMPLIFIED,
        applying,
        "RESOLVE",
        {IdentityMode.SIMPLIFIED: _last_user_wins},
    ),
    "an unlink is ignored": (
        IdentityMode.SIMPLIFIED,
        resolution,
        "_is_void",
        lambda said, voided: said.kind is LinkKind.UNLINK or said.actor == said.person,
    ),
    "a device's later events are its first user's": (
        IdentityMode.AMPLITUDE,
        applying,
        "user_at",
        lambda statements, device, order: device,
    ),
    "an unlink leaves events where they are": (
        IdentityMode.AMPLITUDE,
        Identity,
        "_misplaced",
        lambda *arguments: set(),
    ),
    "whoever was known is taken over": (IdentityMode.AMPLITUDE, log.Log, "seen", lambda self, ids: {}),
    "a statement is made only once": (
        IdentityMode.AMPLITUDE,
        log,
        "_repeats",
        lambda said, logged: any(one.kind is said.kind and one.person == said.person for one in logged),
    ),
    "only direct neighbours are merged": (
        IdentityMode.ORIGINAL,
        log.Log,
        "needed",
        lambda self, ids: {one for one in self.about(ids) if one.kind in self._counts},
    ),
    "an alias may point to several ids": (
        IdentityMode.ORIGINAL,
        resolution,
        "_refusal",
        lambda said, named, size: "" if said.kind is LinkKind.RENAMED else _refusal(said, named, size),
    ),
}


def _event(device: str, user: str) -> Entry:
    return {"what": "event", "device": device, "user": user, "sent": ""}


def _said(what: str, actor: str, person: str) -> Entry:
    return {"what": what, "actor": actor, "person": person}


_D_THEN_U_AND_V = [_event("d", "u"), _event("d", "v"), _event("d", "u"), _event("d", ""), _event("", "v")]
_UNLINKED = [_event("d", "u"), _event("d", ""), _event("", "u"), _said("unlink", "$device:d", "u")]
_CHAINED = [_said("merged", "u", "v"), _said("merged", "w", "$device:d"), _said("merged", "v", "w")]
_IDS = [_event("", "u"), _event("", "v"), _event("", "w"), _event("d", "")]

# A log that shows each mistake; every entry comes in a block of its own.
SHOWN_BY: dict[str, list[Entry]] = {
    "the last user of a device wins": _D_THEN_U_AND_V,
    "an unlink is ignored": _UNLINKED,
    "a device's later events are its first user's": [_event("d", "u"), _event("d", "v"), _event("d", "")],
    "an unlink leaves events where they are": _UNLINKED,
    "whoever was known is taken over": [_event("", "u"), _event("d", ""), _event("d", "u")],
    "a statement is made only once": _D_THEN_U_AND_V,
    "only direct neighbours are merged": _IDS + _CHAINED,
    "an alias may point to several ids": [*_IDS, _said("renamed", "u", "v"), _said("renamed", "u", "w")],
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake_is_caught(engine, new_project, monkeypatch, mistake: str) -> None:
    mode, module, name, wrong = MISTAKES[mistake]
    entries = [entry | {"order": 2 * number} for number, entry in enumerate(SHOWN_BY[mistake], 1)]

    def is_right() -> bool:
        project, start = new_project(), next(_starts)
        for entry in entries:
            insert(Identity(engine, lambda: {project: mode}), project, mode, start, [entry])
        return people(engine, project, start) == expected(entries, mode)

    assert is_right()
    monkeypatch.setattr(module, name, wrong)
    assert not is_right()
