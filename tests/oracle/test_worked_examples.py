"""Worked examples of the vendors' documents, against the engine and the oracle alike."""

from datetime import datetime
from typing import Any

import pytest
from tests.oracle import segmentation as oracle
from tests.oracle.engine import ask, project_of, store
from tests.oracle.log import Log

DAYS = {"type": "between", "from": "2026-01-01", "to": "2026-01-03"}


def happened(who: str, name: str, at: str, country: str = "", **properties: Any) -> dict[str, Any]:
    return {
        "name": name,
        "time": int(datetime.fromisoformat(f"2026-{at}:00+00:00").timestamp() * 1000),
        "id": who,
        "copy": None,
        "first_wins": False,
        "control": False,
        "properties": properties,
        "context": {"country": country} if country else {},
    }


# Contract of Amplitude's API, worked example.
SHOP = [
    happened("u1", "Sign Up", "01-01T10:00", "US"),
    happened("u1", "Buy", "01-01T10:05", "US", price=10),
    happened("u1", "Buy", "01-03T09:00", "US", price=5),
    happened("u2", "Sign Up", "01-01T12:00", "DE"),
    happened("u2", "Buy", "01-02T11:30", "DE", price=20),
    happened("u3", "Sign Up", "01-02T08:00", "US"),
]


def question(metric: dict[str, Any], **more: Any) -> dict[str, Any]:
    plain = {"type": "segmentation", "range": DAYS, "interval": "day", "breakdowns": [], "limit": 100}
    return plain | {"metrics": [metric]} | more


def counted(engine: Any, number: int, events: list[dict[str, Any]], asked: dict[str, Any]) -> dict[Any, Any]:
    """Breakdown's value → (values, overall), on which engine and oracle have to agree."""
    log = Log(events)
    store(engine, number, log)
    answer = ask(engine, project_of(number, log), asked)
    found = {tuple(s.breakdown): (s.values, s.overall) for s in answer.series}
    with_defaults = asked | {"breakdowns": [{"as_text": False, "each_item": True} | b for b in asked["breakdowns"]]}
    wanted = oracle.segmentation(log, with_defaults)
    assert sorted(map(str, found.values())) == sorted(str((v, o)) for o, v in wanted.values())
    return found


def only(names: list[str], **metric: Any) -> dict[str, Any]:
    return {"event": {"names": names}} | metric


AMPLITUDE = {
    "Buy uniques": (only(["Buy"], measure="unique"), [1, 1, 1], 2),
    "Buy totals": (only(["Buy"], measure="total"), [1, 1, 1], 3),
    "Buy sums of price": (only(["Buy"], measure="sum", property={"key": "price"}), [10, 20, 5], 35),
    "Buy value_avg of price": (only(["Buy"], measure="mean", property={"key": "price"}), [10, 20, 5], 35 / 3),
    "_active uniques": (only([], measure="unique"), [2, 2, 1], 3),
    "new users": ({"event": {"names": [], "first_time": True}, "measure": "unique"}, [2, 1, 0], 3),
}


@pytest.mark.parametrize("name", AMPLITUDE)
def test_amplitudes_worked_example(engine, new_project, name: str) -> None:
    metric, values, overall = AMPLITUDE[name]
    ((found, whole),) = counted(engine, new_project(), SHOP, question(metric)).values()
    assert found == values
    assert whole == pytest.approx(overall)


def test_amplitudes_sign_ups_by_country(engine, new_project) -> None:
    asked = question(
        only(["Sign Up"], measure="unique"), breakdowns=[{"property": {"key": "country", "scope": "builtin"}}]
    )
    found = counted(engine, new_project(), SHOP, asked)
    assert found == {("US",): ([1, 1, 0], 2), ("DE",): ([1, 0, 0], 1)}


def test_amplitudes_average_of_1_2_and_0_times_is_1_5(engine, new_project) -> None:
    events = [happened(who, "A", "01-01T10:00") for who in ("a", "b", "b")] + [happened("c", "B", "01-01T10:00")]
    ((values, overall),) = counted(engine, new_project(), events, question(only(["A"], measure="average"))).values()
    assert (values, overall) == ([1.5, 0, 0], 1.5)


@pytest.mark.parametrize(("of", "people"), [("matching", {"maya", "loc"}), ("named", {"maya"})])
def test_amplitudes_historical_count(engine, new_project, of: str, people: set[str]) -> None:
    """Maya runs, then walks; Loc walks, then runs: which second exercises are after 1 January and of one kind?

    The count after the filters numbers walks and runs by themselves (Maya's and Loc's only walk is each one's first);
    the count before all filters numbers every exercise.
    """
    events = [
        happened("maya", "exercise", "01-01T10:00", kind="run"),
        happened("maya", "exercise", "01-02T10:00", kind="walk"),
        happened("loc", "exercise", "01-01T11:00", kind="walk"),
        happened("loc", "exercise", "01-03T10:00", kind="run"),
    ]
    walked = {"type": "compare", "property": {"key": "kind"}, "operator": "equals", "values": ["walk"]}
    nth = 1 if of == "matching" else 2
    event = {"names": ["exercise"], "filter": walked, "nth": nth, "nth_of": of}
    ((_, overall),) = counted(engine, new_project(), events, question({"event": event, "measure": "unique"})).values()
    assert overall == len(people)


def test_mixpanels_first_time_ever_takes_all_that_tie(engine, new_project) -> None:
    events = [happened("a", "A", "01-01T10:00"), happened("a", "A", "01-01T10:00"), happened("a", "A", "01-02T10:00")]
    metric = {"event": {"names": ["A"], "first_time": True}, "measure": "total"}
    ((values, overall),) = counted(engine, new_project(), events, question(metric)).values()
    assert (values, overall) == ([2, 0, 0], 2)


def test_mixpanels_active_users_of_the_last_days_before_the_end_of_each_day(engine, new_project) -> None:
    events = [happened("a", "A", "01-01T10:00"), happened("b", "A", "01-02T10:00"), happened("old", "A", "01-01T09:00")]
    events[2]["time"] -= 6 * 86_400_000
    daily, weekly = (only([], measure="unique", window={"type": "days", "count": n}) for n in (1, 7))
    ((values, _),) = counted(engine, new_project(), events, question(daily)).values()
    assert values == [1, 1, 0]
    ((values, overall),) = counted(engine, new_project(), events, question(weekly)).values()
    assert (values, overall) == ([2, 2, 2], 2)


def test_mixpanels_segment_uniques_may_sum_above_the_whole(engine, new_project) -> None:
    events = [happened("a", "A", "01-01T10:00", plan=["x", "y"]), happened("a", "A", "01-01T11:00", plan="z")]
    by = question(only(["A"], measure="unique"), breakdowns=[{"property": {"key": "plan"}}])
    found = counted(engine, new_project(), events, by)
    assert {key: overall for key, (_, overall) in found.items()} == {("x",): 1, ("y",): 1, ("z",): 1}
    ((_, overall),) = counted(engine, new_project(), events, question(only(["A"], measure="unique"))).values()
    assert overall == 1


def test_mixpanels_events_of_nobody_count_in_totals_only(engine, new_project) -> None:
    events = [happened("", "A", "01-01T10:00"), happened("a", "A", "01-01T10:00")]
    ((_, total),) = counted(engine, new_project(), events, question(only(["A"], measure="total"))).values()
    ((_, people),) = counted(engine, new_project(), events, question(only(["A"], measure="unique"))).values()
    assert (total, people) == (2, 1)
