"""The tables of profiles and their history against the oracle: over random logs, blocks, replays and restarts."""

import asyncio
import contextlib
import json
import time
from collections.abc import Iterator
from functools import cache
from itertools import count, pairwise
from random import Random
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings, strategies as st
from tests.examples import examples
from tests.oracle.profiles import profile_after, profile_at

from diptych.model import Operation, ProfileUpdate, Project
from diptych.model.jsontext import dump
from diptych.people import fold, folding, profiles
from diptych.people.folding import Folding
from diptych.people.profiles import Profiles
from diptych.people.rebuild import check_profiles, rebuild_profiles
from diptych.store import profiles as store
from diptych.store.engine import Engine, EngineUnavailable
from diptych.store.profiles import Group
from diptych.store.sql import Bound, sql

OWNERS = [("", "ada"), ("company", "ada"), ("company", 'ac"me')]
KEYS = ["plan", "tags", "n"]
VALUES: list[Any] = [None, True, 0, 1, 2.5, -3, "", "1", "pro", "ü", [], [1], [1, "1", 1], ["pro", None, [1]], {"k": 1}]
_WITHOUT_VALUES = ("clear_all", "delete")

updates = st.builds(
    lambda owner, time, operation, values: {
        "owner": owner,
        "time": time,
        "operation": operation,
        "values": {} if operation in _WITHOUT_VALUES else values,
    },
    st.sampled_from(OWNERS),
    st.integers(1, 5),
    # The common ones more often than the rest, so that there is something to be changed.
    st.sampled_from(["set", "set", "set", "unset", "add", *(operation.value for operation in Operation)]),
    st.dictionaries(st.sampled_from(KEYS), st.sampled_from(VALUES), min_size=1, max_size=2),
)
steps = st.one_of(
    st.tuples(st.just("insert"), st.lists(updates, min_size=1, max_size=6)),
    st.tuples(st.just("replay"), st.integers(0, 3)),
    st.tuples(st.just("crash"), st.lists(updates, min_size=1, max_size=6)),
    st.tuples(st.just("restart"), st.none()),
    st.tuples(st.just("rebuild"), st.none()),
)
logs = st.lists(steps, min_size=1, max_size=8)
_ids = count(1)


class Breaking:
    """An engine that goes away after some inserts, as at a crash in the middle of a block."""

    def __init__(self, engine: Engine, inserts: int) -> None:
        self._engine = engine
        self._left = inserts

    def __getattr__(self, name: str) -> Any:
        return getattr(self._engine, name)

    def insert(self, table: str, block: Any, token: str) -> None:
        if not self._left:
            raise EngineUnavailable("away")
        self._left -= 1
        self._engine.insert(table, block, token)


class Server:
    """Takes steps of a random log as a server would; `log` is the raw log."""

    def __init__(self, engine: Engine, project: int) -> None:
        self._engine = engine
        self._project = project
        self._folding = Folding(engine)
        self._blocks: list[list[ProfileUpdate]] = []
        self.log: list[dict[str, Any]] = []

    def take(self, step: str, what: Any) -> None:
        if step == "insert":
            self._blocks.append(self._rows(what))
            self._insert(self._folding, self._blocks[-1])
        elif step == "replay" and self._blocks:
            self._insert(self._folding, [u for block in self._blocks[-1 - what :] for u in block])
        elif step == "crash":
            self._crash(self._rows(what))
        elif step == "restart":
            self._folding = Folding(self._engine)
        elif step == "rebuild":
            rebuild_profiles(self._folding, self._project)

    def _crash(self, rows: list[ProfileUpdate]) -> None:
        """Killed in the middle of a block; the next start takes it up, with more that came in between."""
        broken = Folding(Breaking(self._engine, len(rows) % 3))  # type: ignore[arg-type]
        broken._doubtful, broken._cache = self._folding._doubtful, self._folding._cache
        with contextlib.suppress(EngineUnavailable):
            self._insert(broken, rows)
        self._folding = Folding(self._engine)
        self._insert(self._folding, rows)

    def _insert(self, into: Folding, rows: list[ProfileUpdate]) -> None:
        into.insert(into.engine, rows, f"{self._project}-{next(_ids)}")

    def _rows(self, sent: list[dict[str, Any]]) -> list[ProfileUpdate]:
        arrived = [update | {"arrival": next(_ids)} for update in sent]
        self.log += arrived
        return [
            ProfileUpdate(
                project=self._project,
                group_type=update["owner"][0],
                profile_id=update["owner"][1],
                operation=Operation(update["operation"]),
                values={key: dump(value) for key, value in update["values"].items()},
                time=update["time"],
                received=update["time"],
                accept_id=update["arrival"],
            )
            for update in arrived
        ]


_HISTORY = """
SELECT group_type, owner, key, toUnixTimestamp64Milli(time), value FROM profile_history FINAL
WHERE project = {project} ORDER BY group_type, owner, key, time
"""
_OWNER = """
SELECT if({type} = '', cityHash64({project}, {id}), cityHash64({project}, {type}, {id}))
"""
Changes = dict[str, list[tuple[int, str]]]


@cache
def owner_number(engine: Engine, project: int, group_type: str, profile_id: str) -> int:
    parts = {
        "project": Bound(project, "UInt32"),
        "type": Bound(group_type, "String"),
        "id": Bound(profile_id, "String"),
    }
    number: int = engine.query_arrow(sql(_OWNER.strip(), **parts)).column(0)[0].as_py()
    return number


def told(engine: Engine, project: int) -> dict[tuple[str, int], Changes]:
    """Group type and owner → property → its changes, as the table tells them."""
    found: dict[tuple[str, int], Changes] = {}
    rows = engine.query_arrow(sql(_HISTORY.strip(), project=Bound(project, "UInt32"))).to_pylist()
    for group_type, owner, key, when, value in (row.values() for row in rows):
        found.setdefault((group_type, owner), {}).setdefault(key, []).append((when, value))
    return found


def text(value: Any) -> str:
    """Values that are equal, as one text."""
    return json.dumps(value, sort_keys=True, ensure_ascii=False)


def wrong(engine: Engine, project: int, log: list[dict[str, Any]]) -> list[Any]:
    """Where the tables differ from the oracle."""
    found: list[Any] = []
    histories = told(engine, project)
    for owner in OWNERS:
        mine = [update for update in log if update["owner"] == owner]
        (now,) = profiles.profiles_of(engine, Group(project, owner[0]), [owner[1]]) or (None,)
        expected = profile_after(mine)
        if text(None if now is None else now.decoded()) != text(expected):
            found.append((owner, "now", now, expected))
        history = histories.get((owner[0], owner_number(engine, project, *owner)), {})
        for when in range(7):
            held = {key: _at(changes, when) for key, changes in history.items()}
            seen = {key: json.loads(value) for key, value in held.items() if value}
            if text(seen) != text(profile_at(mine, when)):
                found.append((owner, when, seen, profile_at(mine, when)))
        for key, changes in history.items():
            values = ["", *(value for _, value in changes)]
            found += [(owner, key, changes) for old, new in pairwise(values) if old == new]
    return found


def _at(changes: list[tuple[int, str]], time_ms: int) -> str:
    return next((value for when, value in reversed(changes) if when <= time_ms), "")


def run(engine: Engine, project: int, log: list[tuple[str, Any]]) -> list[Any]:
    server = Server(engine, project)
    for step, what in log:
        server.take(step, what)
    return wrong(engine, project, server.log)


slow = settings(
    max_examples=examples(30),
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)


@slow
@given(log=logs)
def test_the_tables_hold_what_the_oracle_says(engine, new_project, log: list) -> None:
    project = new_project()
    assert run(engine, project, log) == []
    assert list(check_profiles(Folding(engine), project)) == []


@settings(parent=slow, max_examples=examples(10))
@given(log=logs, cut=st.integers(1, 4))
def test_many_updates_of_one_profile_are_folded_in_pieces(engine, new_project, monkeypatch_module, log, cut) -> None:
    monkeypatch_module.setattr(folding, "_PER_SLICE", cut)
    project = new_project()
    assert run(engine, project, log) == []
    assert list(check_profiles(Folding(engine), project)) == []


@pytest.fixture
def monkeypatch_module() -> Iterator[pytest.MonkeyPatch]:
    with pytest.MonkeyPatch.context() as patch:
        yield patch


@settings(parent=slow, max_examples=examples(10))
@given(log=logs, damage=st.integers(0, 3))
def test_what_is_damaged_is_found_and_made_anew(engine, new_project, log: list, damage: int) -> None:
    project = new_project()
    server = Server(engine, project)
    for step, what in log:
        server.take(step, what)
    harmed = do_damage(engine, project, damage)
    if not harmed:
        return
    differences = list(check_profiles(Folding(engine), project))
    assert differences
    assert all(str(difference) for difference in differences)
    rebuild_profiles(Folding(engine), project)
    assert list(check_profiles(Folding(engine), project)) == []
    assert wrong(engine, project, server.log) == []


def do_damage(engine: Engine, project: int, kind: int) -> bool:
    """Harm the derived tables; false when there is nothing to harm."""
    newest = time.time_ns() // 1000
    group = Group(project, "")
    held = profiles.page(engine, group)
    if kind == 0:
        store.insert_history(engine, [store.HistoryRow(group, "ghost", 77, 5, "1")], newest)
        return True
    if kind == 1:
        store.insert_profiles(engine, [store.ProfileRow(group, 78, "nobody", {"a": "1"}, 5, 1, newest, False)])
        return True
    if not held:
        return False
    first = held[0]
    if kind == 2:
        row = store.ProfileRow(group, first.owner, first.profile_id, {"a": '"wrong"'}, 5, 1, newest, False)
        store.insert_profiles(engine, [row])
        return True
    span = store.Span(first.owner, first.profile_id, store.BEFORE_ALL, store.AFTER_ALL)
    rows = list(store.history(engine, group, [span]))
    store.insert_history(engine, [row._replace(deleted=True) for row in rows], newest)
    return bool(rows)


MISTAKES = {
    "late updates are added at the end": (fold.State, "follows", lambda self, update: True),
    "a change that was undone in its own millisecond stays": (
        folding,
        "history_rows",
        lambda group, owner, changes: [
            store.HistoryRow(group, c.key, owner, c.time, c.value) for c in changes if not c.undone
        ],
    ),
    "what was before a late update is forgotten": (store, "properties_before", lambda engine, group, spans: {}),
    "what vanishes stays": (
        store,
        "history",
        lambda engine, group, spans: iter(()),
    ),
}


def random_log(rng: Random) -> list[tuple[str, Any]]:
    """A long log about many profiles at once, for what need not be made small when it fails."""
    kinds = rng.choices(["insert", "replay", "crash", "restart"], [12, 1, 1, 1], k=12)
    details = {"replay": 1, "restart": None}
    return [
        (kind, details[kind] if kind in details else random_updates(rng, now=step // 3 + 2))
        for step, kind in enumerate(kinds)
    ]


def random_updates(rng: Random, now: int) -> list[dict[str, Any]]:
    """Most of them happen now, as others have in the step before; some are late."""
    operations = ["set"] * 8 + ["unset"] * 4 + [operation.value for operation in Operation]
    return [
        {
            "owner": rng.choice(OWNERS),
            "time": now - rng.choice([0, 0, 0, 1]),
            "operation": operation,
            "values": {} if operation in _WITHOUT_VALUES else {rng.choice(KEYS[:2]): rng.choice(VALUES[2:5])},
        }
        for operation in rng.choices(operations, k=rng.randint(1, 12))
    ]


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake_is_caught(engine, new_project, monkeypatch, mistake: str) -> None:
    monkeypatch.setattr(*MISTAKES[mistake])
    logs = (random_log(Random(seed)) for seed in range(100))
    assert any(run(engine, new_project(), log) for log in logs), f"no random log shows that {mistake}"


@pytest.mark.parametrize("seed", range(5))
def test_long_logs(engine, new_project, seed: int) -> None:
    project = new_project()
    assert run(engine, project, random_log(Random(seed))) == []
    assert list(check_profiles(Folding(engine), project)) == []


def test_a_profile_is_read_by_its_id(engine, new_project) -> None:
    project = new_project()
    server = Server(engine, project)
    server.take("insert", [{"owner": ("", "ada"), "time": 1, "operation": "set", "values": {"plan": "pro"}}])
    reader, of = Profiles(engine), Project(id=project, name="p", token="t")
    assert asyncio.run(reader.get(of, "ada")) == {"plan": "pro"}
    assert asyncio.run(reader.get(of, "bob")) is None
    assert asyncio.run(reader.get(of, "ada", "company")) is None


def test_profiles_are_listed_in_pages(engine, new_project) -> None:
    project = new_project()
    server = Server(engine, project)
    sent = [{"owner": ("", f"u{n}"), "time": 1, "operation": "set", "values": {"n": n}} for n in range(10)]
    server.take("insert", [*sent, {"owner": ("", "u3"), "time": 2, "operation": "delete", "values": {}}])
    group = Group(project, "")
    assert profiles.count(engine, group) == 9
    pages, after = [], 0
    while rows := profiles.page(engine, group, after=after, limit=4):
        pages.append([row.profile_id for row in rows])
        after = rows[-1].owner
    assert [len(page) for page in pages] == [4, 4, 1]
    assert sorted(profile_id for page in pages for profile_id in page) == sorted(f"u{n}" for n in range(10) if n != 3)
    assert [row.profile_id for row in profiles.profiles_of(engine, group, ["u5", "u3", "u1"])] == ["u5", "u1"]
