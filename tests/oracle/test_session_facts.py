"""Properties of the session in which an event happened, as filters and breakdowns, against the oracle."""

from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings, strategies as st
from tests.examples import examples
from tests.oracle.log import Log, session_fact
from tests.oracle.strategies import DEVICES, IDS, PEOPLE, complete
from tests.oracle.test_filters import comparisons_of
from tests.oracle.test_segmentation import difference

from diptych.query.references import SessionFact
from diptych.query.sql import session_facts, whole_sessions
from diptych.store.sql import Sql

MINUTE = 60_000
# Berlin's midnight, and New York's, lie among the times; in Berlin the clock changes two hours later.
MIDNIGHT = int(datetime.fromisoformat("2026-03-28T23:00:00+00:00").timestamp() * 1000)
EVENING = int(datetime.fromisoformat("2026-03-29T03:00:00+00:00").timestamp() * 1000)
RULES = ["timeout", "mixpanel", "amplitude"]
FACTS = [{"key": key, "scope": "session"} for key in ("duration", "events", "entry", "exit")]
facts = st.sampled_from(FACTS)

# Gaps of half an hour and a little more, so that both sides of the timeout occur; some a day later.
_steps = st.integers(-5, 8).map(lambda step: step * 15 * MINUTE) | st.sampled_from(
    [1, 30 * MINUTE + 1, 25 * 60 * MINUTE]
)
times = st.builds(lambda start, step: start + step, st.sampled_from([MIDNIGHT, EVENING]), _steps)


def events() -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries(
        {
            "name": st.sampled_from(["A", "B", "$identify"]),
            "time": times,
            "id": st.sampled_from([*IDS, *PEOPLE]),
            "copy": st.none() | st.integers(0, 3),
            "properties": st.just({}),
            "context": st.just({}),
            "groups": st.dictionaries(
                st.just("company"), st.lists(st.sampled_from(["g", "h"]), min_size=1, unique=True)
            ),
            "session": st.none() | st.sampled_from([-1, 1, 2]),
        }
    )


logs = st.builds(
    lambda happened, links, zone, rule: complete(Log(happened, links, zone=zone, sessions=rule)),
    st.integers(0, 12).flatmap(lambda least: st.lists(events(), min_size=least, max_size=20)),
    st.lists(st.tuples(st.sampled_from(DEVICES), st.sampled_from(PEOPLE)), max_size=2),
    st.sampled_from(["UTC", "Europe/Berlin", "America/New_York"]),
    st.sampled_from(RULES),
)
questions = st.fixed_dictionaries(
    {
        "type": st.just("segmentation"),
        "metrics": st.builds(
            lambda measure, names, own: [
                {"measure": measure, "event": {"names": names, "filter": own}, "window": None}
            ],
            st.sampled_from(["total", "unique"]),
            st.sampled_from([[], ["A"], ["$identify"]]),
            st.none() | comparisons_of(facts),
        ),
        "range": st.sampled_from(
            [
                {"type": "between", "from": "2026-03-28", "to": "2026-03-30"},
                {"type": "between", "from": "2026-03-29", "to": "2026-03-29"},
            ]
        ),
        "interval": st.just("day"),
        "filter": st.none() | comparisons_of(facts),
        "breakdowns": st.lists(st.builds(lambda fact: {"property": fact}, facts), max_size=2),
        "limit": st.just(10_000),
        "group_type": st.sampled_from(["", "", "company"]),
    }
)
slow = settings(max_examples=examples(60), deadline=None, suppress_health_check=list(HealthCheck))


@slow
@given(log=logs, question=questions)
def test_facts_of_sessions_are_what_the_oracle_says(engine, new_project, log: Log, question: dict) -> None:
    assert difference(engine, new_project(), log, question) is None


def _event(name: str, minute: float, session: int | None = 1, who: str = "a") -> dict[str, Any]:
    return {
        "name": name, "time": EVENING + int(minute * MINUTE), "id": who, "copy": None, "properties": {},
        "context": {}, "groups": {}, "session": session,
    }  # fmt: skip


# A person's visit with a pause of exactly half an hour, another after a longer one, and somebody else's.
VISITS = complete(
    Log(
        [
            *(_event(name, minute) for name, minute in (("Open", 0), ("Buy", 10), ("Close", 10.5), ("Open", 40.5))),
            _event("Buy", 41, 2),
            _event("Open", 80, 3),
            _event("Buy", 85, 3),
            _event("Buy", 5, None, "b"),
        ]
    )
)


def _by(*keys: str) -> dict[str, Any]:
    return {
        "type": "segmentation",
        "metrics": [{"measure": "total", "event": {"names": ["Buy"], "filter": None}, "window": None}],
        "range": {"type": "between", "from": "2026-03-29", "to": "2026-03-29"},
        "interval": "day",
        "filter": None,
        "breakdowns": [{"property": {"key": key, "scope": "session"}} for key in keys],
        "limit": 100,
        "group_type": "",
    }


def test_a_story(engine, new_project) -> None:
    bought = [event for event in VISITS.events if event["name"] == "Buy"]
    assert [session_fact(VISITS, event, "duration") for event in bought] == [2460, 2460, 300, 0]
    assert [session_fact(VISITS, event, "entry") for event in bought] == ["Open", "Open", "Open", "Buy"]
    assert [session_fact(replace(VISITS, sessions="amplitude"), event, "events") for event in bought[:3]] == [4, 1, 2]
    for rule in RULES:
        log = replace(VISITS, sessions=rule)
        for keys in (("duration", "events"), ("entry", "exit")):
            assert difference(engine, new_project(), log, _by(*keys)) is None, (rule, keys)


MISTAKES: dict[str, tuple[Any, str, Sql | str, Sql | str]] = {
    "the gap of the timeout splits": (whole_sessions, "_OPENS", "gap > {timeout}", "gap >= {timeout}"),
    "other names are not looked at": (whole_sessions, "_AROUND", "+ toIntervalDay(1)", "+ toIntervalDay(1) AND {scan}"),
    "sessions by id are one for all": (
        whole_sessions,
        "_BY_ID",
        "assumeNotNull(session_id) AS session",
        "1 AS session",
    ),
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake_is_caught(engine, new_project, monkeypatch: pytest.MonkeyPatch, mistake: str) -> None:
    module, name, right, wrong = MISTAKES[mistake]
    assert right in getattr(module, name)
    monkeypatch.setattr(module, name, getattr(module, name).replace(right, wrong))
    log = replace(VISITS, sessions="amplitude" if name == "_BY_ID" else "timeout")
    found = [difference(engine, new_project(), log, _by(*keys)) for keys in (("duration", "events"), ("entry", "exit"))]
    assert any(found)


def test_the_last_event_in_place_of_the_first_is_caught(engine, new_project, monkeypatch: pytest.MonkeyPatch) -> None:
    of = session_facts._OF_ALL_EVENTS
    monkeypatch.setitem(of, SessionFact.ENTRY, of[SessionFact.EXIT])
    assert difference(engine, new_project(), VISITS, _by("entry", "events"))
