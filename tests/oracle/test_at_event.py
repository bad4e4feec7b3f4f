"""User properties as they were at the event, in columns of their own: over random logs of events, updates in any
order of time, statements about ids and unlinks, with values and persons folded into the columns in between."""

import json
from itertools import count
from typing import Any

import pytest
from hypothesis import given, strategies as st
from tests.oracle.identity import PEOPLE, Entry
from tests.oracle.test_identity import NAMED, logs as identity_logs, modes, rows_of, slow
from tests.oracle.test_updates import Server, without_aliases_of_devices
from tests.oracle.updates import OWNERS

from diptych.model import IdentityMode, Operation, ProfileUpdate, Project
from diptych.people.deriving import change_mode
from diptych.people.overrides import fold_overrides
from diptych.people.values import fold_values, rebuild_values, wrong_values
from diptych.query.parts import At, Property, Scope
from diptych.query.sql.properties import COLUMN_OF
from diptych.query.sql.rows import Rows
from diptych.store import at_event, identity as store_identity
from diptych.store.promotion import Promotions
from diptych.store.sql import Bound, Sql, sql

KEY = "n"
TIMES = st.integers(1, 4)
_NOBODY: Entry = {"device": "", "user": "", "sent": ""}
_updates = st.builds(
    lambda of, at, operation: _NOBODY | {"what": "event", "of": of, "at": at, "operation": operation},
    st.sampled_from(NAMED),
    TIMES,
    st.sampled_from([Operation.PUSH, Operation.PUSH, Operation.SET, Operation.UNSET]),
)
_folds = st.sampled_from([{"what": "fold values"}, {"what": "fold values"}, {"what": "fold persons"}])
_starts = count(5_000_000_000, 1_000_000)
_tokens = count(1)


@st.composite
def logs(draw: Any) -> list[Entry]:
    """Events with times and statements, and updates and folds anywhere among them."""
    told = [entry | {"at": draw(TIMES)} for entry in without_aliases_of_devices(draw(identity_logs()))]
    for more in draw(st.lists(_updates, min_size=1, max_size=8)) + draw(st.lists(_folds, max_size=4)):
        told.insert(draw(st.integers(0, len(told))), more)
    return [entry | {"order": 2 * number} for number, entry in enumerate(told, 1)]


class Told(Server):
    """A server to which entries come one by one."""

    def tell(self, start: int, entry: Entry) -> None:
        engine = self.identity.engine
        if entry["what"] == "fold values":
            fold_values(self.identity, self.folding, pause=0)
        elif entry["what"] == "fold persons":
            fold_overrides(self.identity, pause=0)
        elif "of" in entry:
            self.folding.insert(engine, [self._changed(start, entry)], f"at-event-{next(_tokens)}")
        else:
            events, links = rows_of(self.project, self.mode, start, entry)
            for event in events:
                event.time = entry["at"]
            token = f"at-event-{next(_tokens)}"
            self.identity.note(engine, [*events, *links], token)
            self.identity.apply(engine, links, token)
            self.identity.insert(engine, events, token)

    def _changed(self, start: int, entry: Entry) -> ProfileUpdate:
        text = str(entry["order"]) if entry["operation"] is not Operation.SET else f"[{entry['order']}]"
        return ProfileUpdate(
            project=self.project,
            profile_id=entry["of"],
            operation=entry["operation"],
            values={KEY: text},
            time=entry["at"],
            received=entry["at"],
            accept_id=start + entry["order"],
        )


@pytest.fixture(scope="module")
def promotions(engine) -> Promotions:
    found = Promotions(engine)
    found.promote("user", KEY)
    found.fill(found.unfilled())
    return found


def seen(engine: Any, project: int, start: int, promotions: Promotions | None) -> dict[int, str]:
    """Order of each event → the value that a report sees at the event, as JSON text; empty for none."""
    column_of = promotions.column_of if promotions else lambda scope, key: None
    token = COLUMN_OF.set(column_of)
    try:
        rows = Rows(Project(id=project, name="p", token="t"))
        value = rows.value(Property(KEY, Scope.USER, At.EVENT))
        statement = sql("SELECT accept_id, {v} FROM {source}", v=value, source=rows.source(Sql("true")))
    finally:
        COLUMN_OF.reset(token)
    found = engine.query(statement).rows
    return {accept_id - start: text for accept_id, text in found}


def expected(entries: list[Entry]) -> dict[int, str]:
    """The same from the raw log, in the mode `simplified` and without circles of aliases."""
    told = [entry for entry in entries if not entry["what"].startswith("fold")]
    owners, people = OWNERS["simplified"](told), PEOPLE["simplified"](told)
    updates = sorted((one for one in told if "of" in one), key=lambda one: (one["at"], one["order"]))
    found: dict[int, str] = {}
    for event in (one for one in told if one["what"] == "event" and "of" not in one):
        held: Any = None
        for update in updates:
            if update["at"] <= event["at"] and owners[update["order"]] == people[event["order"]][0]:
                held = _after(update, held)
        found[event["order"]] = "" if held is None else json.dumps(held, separators=(",", ":"))
    return found


def _after(update: Entry, held: Any) -> Any:
    if update["operation"] is Operation.UNSET:
        return None
    return [update["order"]] if update["operation"] is Operation.SET else [*(held or []), update["order"]]


def proven(engine: Any, project: int) -> None:
    assert list(wrong_values(engine, project)) == []


@modes
def test_a_column_never_changes_an_answer(engine, new_project, promotions, mode: IdentityMode) -> None:
    @slow(15)
    @given(entries=logs())
    def check(entries: list[Entry]) -> None:
        project, start = new_project(), next(_starts)
        server = Told(engine, project, mode)
        for number, entry in enumerate(entries):
            server.tell(start, entry)
            if number % 4 == 0:
                assert seen(engine, project, start, promotions) == seen(engine, project, start, None)
        assert seen(engine, project, start, promotions) == seen(engine, project, start, None)
        proven(engine, project)
        fold_values(server.identity, server.folding, pause=0)
        assert seen(engine, project, start, promotions) == seen(engine, project, start, None)
        proven(engine, project)

    check()


def test_it_is_what_the_oracle_says(engine, new_project, promotions) -> None:
    @slow(20)
    @given(entries=logs())
    def check(entries: list[Entry]) -> None:
        entries = [entry for entry in entries if entry["what"] != "alias"]
        project, start = new_project(), next(_starts)
        server = Told(engine, project, IdentityMode.SIMPLIFIED)
        for entry in entries:
            server.tell(start, entry)
        assert seen(engine, project, start, promotions) == expected(entries)

    check()


@modes
def test_a_rebuild_and_another_mode_keep_it(engine, new_project, promotions, mode: IdentityMode) -> None:
    @slow(4)
    @given(entries=logs(), before=st.sampled_from(list(IdentityMode)))
    def check(entries: list[Entry], before: IdentityMode) -> None:
        project, start = new_project(), next(_starts)
        server = Told(engine, project, before)
        for entry in entries:
            server.tell(start, entry)
        fold_values(server.identity, server.folding, pause=0)
        server = Told(engine, project, mode)
        change_mode(server.identity, server.folding, lambda number, mode: None, project, mode)
        assert seen(engine, project, start, promotions) == seen(engine, project, start, None)
        proven(engine, project)

    check()


# A story that shows each mistake: told entry by entry, with the values folded where it says so.
_FOLD: Entry = {"what": "fold values"}
_FOLD_PERSONS: Entry = {"what": "fold persons"}


def _set(of: str, at: int) -> Entry:
    return _NOBODY | {"what": "event", "of": of, "at": at, "operation": Operation.SET}


def _event(at: int, device: str = "", user: str = "") -> Entry:
    return {"what": "event", "device": device, "user": user, "sent": "", "at": at}


LATE = [_set("u", 1), _event(3, user="u"), _FOLD, _set("u", 2)]
LINKED = [_set("u", 1), _set("$device:d", 1), _event(3, "d"), _FOLD, _event(3, "d", "u")]
LINKED_THEN_FOLDED = [*LINKED, _FOLD_PERSONS]
UNFOLDED = [_set("u", 1), _FOLD, _event(3, user="u")]
UNLINKED = [*LINKED, _FOLD_PERSONS, _FOLD, _NOBODY | {"what": "unlink", "actor": "$device:d", "person": "u"}]
LATE_FOR_A_DEVICE = [*LINKED, _FOLD_PERSONS, _FOLD, _set("u", 2)]
STORIES = {
    "a late update": LATE,
    "a link": LINKED,
    "a link that is brought into the columns": LINKED_THEN_FOLDED,
    "an event that came since": UNFOLDED,
    "an unlink": UNLINKED,
    "an update of whom a device is": LATE_FOR_A_DEVICE,
}


def told(engine: Any, project: int, story: list[Entry]) -> tuple[list[Entry], int]:
    entries, start = [entry | {"order": 2 * number} for number, entry in enumerate(story, 1)], next(_starts)
    server = Told(engine, project, IdentityMode.SIMPLIFIED)
    for entry in entries:
        server.tell(start, entry)
    return entries, start


@pytest.mark.parametrize("name", STORIES)
def test_a_story(engine, new_project, promotions, name: str) -> None:
    project = new_project()
    entries, start = told(engine, project, STORIES[name])
    assert seen(engine, project, start, promotions) == expected(entries)
    proven(engine, project)


MISTAKES: dict[str, tuple[list[Entry], Any, str, str, str]] = {
    "late updates are not seen": (LATE, at_event, "_DOUBTFUL", "version >", "version > 1e18 + 0 *"),
    "recent links are not seen": (
        LINKED,
        at_event,
        "_STALE",
        "FROM person_overrides",
        "FROM person_overrides WHERE false",
    ),
    "what was looked up for others stays": (
        LINKED_THEN_FOLDED,
        store_identity,
        "_INTO_EVENTS",
        "{forgetting}",
        "/* {forgetting} */",
    ),
    "new events have nothing": (UNFOLDED, at_event, "_UNSURE", "{column} =", "length({column}) = 9 AND {column} ="),
    "the history of new events is not asked for": (
        UNFOLDED,
        at_event,
        "_OWNERS",
        "{column} = {unknown}",
        "{column} != {unknown}",
    ),
    "changes are seen by the id alone": (LATE_FOR_A_DEVICE, at_event, "_UNSURE", "{own} IN", "0 * {own} + id_hash IN"),
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake_is_caught(engine, new_project, promotions, monkeypatch, mistake: str) -> None:
    story, module, template, right, wrong = MISTAKES[mistake]
    assert right in getattr(module, template)
    monkeypatch.setattr(module, template, getattr(module, template).replace(right, wrong))
    project = new_project()
    entries, start = told(engine, project, story)
    assert seen(engine, project, start, promotions) != expected(entries)


def test_a_wrong_value_is_told_and_mended(engine, new_project, promotions) -> None:
    project = new_project()
    entries, start = told(engine, project, [*LATE, _FOLD])
    column = Sql(str(promotions.column_of("user", KEY)))
    wrong = sql("UPDATE events SET {c} = '9' WHERE project = {p}", c=column, p=Bound(project, "UInt32"))
    engine.execute(wrong)
    assert list(wrong_values(engine, project)) == [(KEY, 1)]
    server = Told(engine, project, IdentityMode.SIMPLIFIED)
    assert rebuild_values(server.identity, project) == 1
    proven(engine, project)
    assert seen(engine, project, start, promotions) == expected(entries)
