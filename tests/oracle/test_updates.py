"""Whose profile updates are about, in the engine against the oracle: over random logs of events, statements and
updates, inserted in random blocks, with replays, restarts, rebuilds and changes of the mode between."""

import json
from itertools import count
from typing import Any

import pytest
from hypothesis import given, strategies as st
from tests.oracle.identity import Entry
from tests.oracle.test_identity import (
    NAMED,
    Several,
    blocks,
    cuts,
    logs as identity_logs,
    modes,
    rows_of,
    slow,
    without_aliases_of_devices,
)
from tests.oracle.updates import OWNERS

from diptych.model import IdentityMode, Operation, ProfileUpdate
from diptych.people import applying, deriving, folding, ownership
from diptych.people.applying import Identity
from diptych.people.folding import Folding
from diptych.people.rebuild import check_profiles, rebuild_profiles
from diptych.store.sql import Bound, sql

TIMES = range(1, 5)
_NOBODY = {"what": "event", "device": "", "user": "", "sent": ""}
_updates = st.builds(
    lambda of, at: _NOBODY | {"of": of, "at": at}, st.sampled_from(NAMED), st.sampled_from(list(TIMES))
)
_tokens = count(1)
_starts = count(1_000_000_000, 1_000_000)


@st.composite
def logs(draw: Any) -> list[Entry]:
    """Statements and events with updates among them."""
    told = without_aliases_of_devices(draw(identity_logs()))
    for update in draw(st.lists(_updates, min_size=1, max_size=10)):
        told.insert(draw(st.integers(0, len(told))), update)
    return [entry | {"order": 2 * number} for number, entry in enumerate(told, 1)]


class Server:
    """A project of a server, with what is held in memory. `engine`: as one process sees it."""

    def __init__(self, engine: Any, project: int, mode: IdentityMode) -> None:
        self.folding = Folding(engine, modes=lambda: {project: mode})
        self.identity = Identity(engine, lambda: {project: mode}, moved=self.folding.move)
        self.project, self.mode = project, mode

    def insert(self, start: int, block: list[Entry]) -> None:
        """As the pipeline inserts a block."""
        rows = [rows_of(self.project, self.mode, start, entry) for entry in block if "of" not in entry]
        events, links = [one for found, _ in rows for one in found], [one for _, found in rows for one in found]
        updates = [self._update(start, entry) for entry in block if "of" in entry]
        token, engine = f"updates-{next(_tokens)}", self.identity.engine
        self.identity.note(engine, [*events, *links, *updates], token)
        self.identity.apply(engine, links, token)
        self.folding.insert(engine, updates, token)
        self.identity.insert(engine, events, token)

    def _update(self, start: int, entry: Entry) -> ProfileUpdate:
        return ProfileUpdate(
            project=self.project,
            profile_id=entry["of"],
            operation=Operation.PUSH,
            values={"n": str(entry["order"])},
            time=entry["at"],
            received=entry["at"],
            accept_id=start + entry["order"],
        )


_PROFILES = "SELECT profile_id, properties['n'] FROM profiles FINAL WHERE project = {project} AND group_type = ''"
_HELD = """
SELECT profile_id, argMax(value, history.time) AS held
FROM (SELECT owner, time, value FROM profile_history FINAL WHERE project = {project} AND group_type = '') AS history
JOIN (SELECT owner, profile_id FROM profiles FINAL WHERE project = {project} AND group_type = '') AS profile
    ON history.owner = profile.owner
WHERE history.time <= fromUnixTimestamp64Milli({at})
GROUP BY profile_id
"""


def stored(engine: Any, project: int) -> list[dict[str, list[int]]]:
    """Id → the updates that its profile holds, in order: now, and at each time."""
    number = Bound(project, "UInt32")
    answers = [engine.query(sql(_PROFILES, project=number)).rows]
    answers += [engine.query(sql(_HELD.strip(), project=number, at=Bound(at, "Int64"))).rows for at in TIMES]
    return [{one: json.loads(held) for one, held in rows} for rows in answers]


def expected(entries: list[Entry], mode: IdentityMode) -> list[dict[str, list[int]]]:
    owners = OWNERS[mode.value](entries)
    updates = sorted((entry for entry in entries if "of" in entry), key=lambda one: (one["at"], one["order"]))
    answers = []
    for until in (max(TIMES), *TIMES):
        held: dict[str, list[int]] = {}
        for update in updates:
            if update["at"] <= until:
                held.setdefault(owners[update["order"]], []).append(update["order"])
        answers.append(held)
    return answers


def proven(server: Server) -> None:
    assert list(check_profiles(server.folding, server.project)) == []


@modes
def test_updates_are_about_the_profiles_that_the_oracle_says(engine, new_project, mode: IdentityMode) -> None:
    @slow(15)
    @given(entries=logs(), cuts=cuts, again=st.integers(0, 4), restarts=st.booleans())
    def check(entries: list[Entry], cuts: set[int], again: int, restarts: bool) -> None:
        project, start = new_project(), next(_starts)
        server = Server(engine, project, mode)
        for number, block in enumerate(blocks(entries, cuts)):
            server = Server(engine, project, mode) if restarts else server
            for _ in range(2 if number == again else 1):
                server.insert(start, block)
        assert stored(engine, project) == expected(entries, mode)
        proven(server)

    check()


@modes
def test_blocks_of_several_servers_may_come_in_any_order(engine, new_project, mode: IdentityMode) -> None:
    @slow(8)
    @given(data=st.data(), entries=logs(), cuts=cuts)
    def check(data: Any, entries: list[Entry], cuts: set[int]) -> None:
        project, start = new_project(), next(_starts)
        for block in data.draw(st.permutations(blocks(entries, cuts))):
            Server(Several(engine), project, mode).insert(start, block)
        assert stored(engine, project) == expected(entries, mode)
        proven(Server(engine, project, mode))

    check()


@modes
def test_a_rebuild_and_another_mode_are_as_if_it_had_always_been(engine, new_project, mode: IdentityMode) -> None:
    @slow(6)
    @given(entries=logs(), before=st.sampled_from(list(IdentityMode)))
    def check(entries: list[Entry], before: IdentityMode) -> None:
        project, start = new_project(), next(_starts)
        Server(engine, project, before).insert(start, entries)
        server = Server(engine, project, mode)
        deriving.change_mode(server.identity, server.folding, lambda number, mode: None, project, mode)
        assert stored(engine, project) == expected(entries, mode)
        engine.execute(sql("DELETE FROM profiles WHERE project = {project}", project=Bound(project, "UInt32")))
        rebuild_profiles(Server(engine, project, mode).folding, project)
        assert stored(engine, project) == expected(entries, mode)
        proven(server)

    check()


def _update(of: str) -> Entry:
    return _NOBODY | {"of": of, "at": 1}


def _event(device: str, user: str) -> Entry:
    return {"what": "event", "device": device, "user": user, "sent": ""}


def _said(what: str, actor: str, person: str) -> Entry:
    return {"what": what, "actor": actor, "person": person}


_D, _U = "$device:d", "u"
STORIES: dict[str, tuple[IdentityMode, list[Entry], dict[str, list[int]]]] = {
    "simplified: a device's profile is its own for ever": (
        IdentityMode.SIMPLIFIED,
        [_update(_D), _event("d", _U), _update(_D), _update(_U)],
        {_D: [2, 6], _U: [8]},
    ),
    "simplified: an alias is whom it stands for, from then on": (
        IdentityMode.SIMPLIFIED,
        [_update("v"), _said("alias", "v", _U), _update("v"), _update(_U)],
        {"v": [2], _U: [6, 8]},
    ),
    "original: updates go to the canonical profile, and what was there is not merged": (
        IdentityMode.ORIGINAL,
        [_update("w"), _update(_U), _said("merged", "w", _U), _update("w"), _update(_U)],
        {"w": [2], _U: [4, 8, 10]},
    ),
    "original: an unlink gives back what came between": (
        IdentityMode.ORIGINAL,
        [_said("merged", "w", _U), _update("w"), _said("unlink", "w", _U), _update("w")],
        {"w": [4, 8]},
    ),
    "amplitude: a new user takes the device's profile over": (
        IdentityMode.AMPLITUDE,
        [_event("d", ""), _update(_D), _event("d", _U), _update(_D), _update(_U)],
        {_U: [4, 8, 10]},
    ),
    "amplitude: a known user keeps the profile; the device's later updates are the last user's": (
        IdentityMode.AMPLITUDE,
        [_event("", _U), _event("d", ""), _update(_D), _event("d", _U), _update(_D), _event("d", "v"), _update(_D)],
        {_D: [6], _U: [10], "v": [14]},
    ),
    "amplitude: an unlink gives the device its profile back": (
        IdentityMode.AMPLITUDE,
        [_event("d", ""), _update(_D), _event("d", _U), _update(_D), _said("unlink", _D, _U)],
        {_D: [4, 8]},
    ),
}


def told(story: list[Entry]) -> list[Entry]:
    return [entry | {"order": 2 * number} for number, entry in enumerate(story, 1)]


def held_after(engine: Any, project: int, mode: IdentityMode, entries: list[Entry]) -> dict[str, list[int]]:
    server, start = Server(engine, project, mode), next(_starts)
    for entry in entries:
        server.insert(start, [entry])
    return stored(engine, project)[0]


@pytest.mark.parametrize("story", STORIES)
def test_a_story(engine, new_project, story: str) -> None:
    mode, entries, holds = STORIES[story]
    assert expected(told(entries), mode)[0] == holds
    assert held_after(engine, new_project(), mode, told(entries)) == holds


MISTAKES: dict[str, tuple[str, str, Any]] = {
    "nothing moves when it turns out whose it is": (
        "amplitude: a new user takes the device's profile over",
        "moves",
        lambda mode, statements, made, seen: {},
    ),
    "every update is about the id that it names": (
        "original: updates go to the canonical profile, and what was there is not merged",
        "timelines",
        lambda mode, statements, seen: {},
    ),
    "the first owner has everything": (
        "original: updates go to the canonical profile, and what was there is not merged",
        "owner_at",
        lambda line, accept_id: line[0][1],
    ),
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake_is_caught(engine, new_project, monkeypatch, mistake: str) -> None:
    story, name, wrong = MISTAKES[mistake]
    mode, entries, holds = STORIES[story]
    for module in (ownership, applying, folding):
        if hasattr(module, name):
            monkeypatch.setattr(module, name, wrong)
    assert held_after(engine, new_project(), mode, told(entries)) != holds
