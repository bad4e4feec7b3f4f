"""The engine's funnels against the oracle, over random raw logs, for every option and pairs of options."""

import json
import statistics
from datetime import datetime
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings, strategies as st
from tests.examples import examples
from tests.oracle import funnel as oracle
from tests.oracle.engine import ask, people, project_of, store
from tests.oracle.log import Log

from diptych.query.answers.funnel import FunnelAnswer
from diptych.query.reports.funnel import FunnelSelection, Part
from diptych.store.sql import Bound, sql

START = int(datetime.fromisoformat("2026-03-07T00:00:00+00:00").timestamp() * 1000)
HOUR, DAY = 3_600_000, 86_400_000
# Close together, so that orders, windows and simultaneity matter, around the ends of the range and of days.
MOMENTS = [START - 1_500, START - 1, START, START + DAY - 1, START + DAY, START + 2 * DAY - 1, START + 2 * DAY]
times = st.builds(
    lambda base, offset: base + offset,
    st.sampled_from(MOMENTS),
    st.sampled_from([0, 1, 400, 999, 1_000, 1_700, 2_000, 2_001, 3_000, 4_500, HOUR, HOUR + 1, 2 * HOUR]),
)
ENTRIES = ["first", "every", "session", "longest"]
IDS = ["", "a", "b", "$device:x"]
VALUES: list[Any] = [None, 1, 2, 2.0, "1", "pro", True, [1, 2], ["pro", 2], []]

events = st.fixed_dictionaries(
    {
        "name": st.sampled_from(["A", "A", "B", "B", "C", "X", "$identify"]),
        "time": times,
        "id": st.sampled_from(IDS),
        "copy": st.none() | st.none() | st.integers(0, 1),
        "event_id": st.none() | st.integers(-1, 2) | st.sampled_from([-2, 1 << 20, 1 << 40]),
        "received": st.just(START),
        "session": st.sampled_from([None, -1, 1, 1, 2]),
        "properties": st.dictionaries(st.sampled_from(["p", "q"]), st.sampled_from(VALUES)),
    }
)
logs = st.builds(
    Log,
    st.lists(events, max_size=24),
    st.lists(st.tuples(st.just("$device:x"), st.sampled_from(["a", "b"])), max_size=1),
)
keys = st.sampled_from(["p", "q"]).map(lambda key: {"key": key, "scope": "event"})
compare = st.fixed_dictionaries(
    {
        "type": st.just("compare"),
        "property": keys,
        "operator": st.sampled_from(["equals", "not_equals"]),
        "values": st.sampled_from([[1], [2, None], ["pro"]]),
        "as_text": st.just(False),
    }
)
by = st.fixed_dictionaries({"property": keys, "as_text": st.booleans(), "each_item": st.booleans()})
touch = {"attribution": st.sampled_from(["first", "last", "step"]), "step": st.integers(1, 2)}


def selector(names: list[list[str]]) -> Any:
    return st.fixed_dictionaries(
        {
            "names": st.sampled_from(names),
            "filter": st.none() | st.none() | compare,
            "alternatives": st.just([]),
        }
    )


def step(names: list[list[str]], others: list[str] = ()) -> Any:
    other = st.fixed_dictionaries({"name": st.sampled_from(others or ["Z"]), "filter": compare})
    more = st.lists(other, max_size=1 if others else 0)
    events = st.builds(lambda event, also: event | {"alternatives": also}, selector(names), more)
    return st.fixed_dictionaries({"event": events, "anchored": st.booleans(), "optional": st.just(False)})


def questions(entry: str | None = None, order: str | None = None) -> Any:
    """Any question, or any with its entry and order given."""

    def complete(chosen_order: str) -> Any:
        anything = st.lists(step([["A"], ["B"], ["C"], ["A", "B"], []], ["A", "C"]), min_size=2, max_size=4)
        # Steps in any order must not share events.
        distinct = st.permutations(["A", "B", "C", "X"]).flatmap(
            lambda names: st.tuples(*[step([[name]]) for name in names[:3]]).map(list)
        )
        return st.fixed_dictionaries(
            {
                "type": st.just("funnel"),
                "steps": distinct if chosen_order == "any" else anything,
                "range": st.just({"type": "between", "from": "2026-03-07", "to": "2026-03-08"}),
                "window": st.sampled_from(
                    [{"count": 2, "unit": "second"}, {"count": 1, "unit": "hour"}, {"count": 30, "unit": "day"}]
                ),
                "entry": st.just(entry) if entry else st.sampled_from(ENTRIES),
                "order": st.just(chosen_order),
                "simultaneity": st.sampled_from(["exact", "two_seconds", "same_second"]),
                "exclusions": st.lists(
                    st.fixed_dictionaries(
                        {
                            "event": selector([["X"], ["A"], ["B", "X"]]),
                            "after": st.just(1),
                            "before": st.integers(0, 2),
                        }
                    ).map(lambda x: x | {"before": 0 if x["before"] == 1 else x["before"]}),
                    max_size=2,
                ),
                "held": st.lists(by, max_size=1),
                "each_held_value": st.booleans(),
                "filter": st.none() | st.fixed_dictionaries({"filter": compare, **touch}),
                "breakdowns": st.lists(st.fixed_dictionaries({"by": by, **touch}), max_size=2),
                "limit": st.just(10_000),
                "interval": st.sampled_from([None, "day"]),
                "over_time": st.sampled_from(["entry", "independent"]),
                "times": st.booleans(),
            }
        ).map(_possible)

    return (st.just(order) if order else st.sampled_from(["loose", "strict", "any"])).flatmap(complete)


def _possible(question: dict[str, Any]) -> dict[str, Any]:
    return question | ({"over_time": "entry"} if question["entry"] in ("every", "session") else {})


def complete(log: Log) -> Log:
    """Make copies what they are for a vendor: equal in what their key is made of."""
    for event in log.events:
        event["control"] = event["name"] == "$identify"
        event["first_wins"] = event["copy"] == 0
        if event["copy"] is not None:
            event["copy"] = json.dumps([event["name"], event["id"], event["time"], event["copy"]])
    return log


def as_oracle(answer: FunnelAnswer) -> dict[Any, Any]:
    """The engine's answer in the oracle's form."""
    found: dict[Any, Any] = {}
    for row in answer.rows:
        points = {b.date: p.attempts for b, p in zip(answer.buckets, row.over_time, strict=False) if p.attempts[0]}
        if not row.steps[0].attempts:
            continue
        combination = row.breakdown and tuple(map(_label, row.breakdown))
        found[combination] = ([s.attempts for s in row.steps], [s.people for s in row.steps], points)
    return found


def _label(value: Any) -> str | None:
    return value if isinstance(value, str) and value[:1] in ("[", "{") else oracle.label(value, as_text=False)


def difference(engine, project: int, log: Log, question: dict[str, Any]) -> tuple[Any, Any] | None:
    store(engine, project, log)
    expected = oracle.funnel(log, question)
    answer = ask(engine, project_of(project, log), question)
    found = as_oracle(answer)
    if found != expected:
        return found, expected
    return _difference_in_times(answer, oracle.spans(log, question)) if question["times"] else None


def _difference_in_times(answer: FunnelAnswer, spans: list[tuple[list[int], list[int]]]) -> tuple[Any, Any] | None:
    for step, of in zip(answer.rows[0].steps[1:], spans, strict=True):
        for span, durations in zip((step.from_previous, step.from_start), of, strict=True):
            told = span and (span.mean, span.median, sum(number for _, number in span.bins))
            meant = (statistics.fmean(durations), statistics.median(durations), len(durations)) if durations else None
            if told != pytest.approx(meant):
                return told, meant
    return None


slow = settings(
    max_examples=examples(12),
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture, HealthCheck.data_too_large],
)


@pytest.mark.parametrize("entry", ENTRIES)
@pytest.mark.parametrize("order", ["loose", "strict", "any"])
@slow
@given(log=logs.map(complete), data=st.data())
def test_the_engine_counts_as_the_oracle_does(engine, new_project, entry: str, order: str, log: Log, data) -> None:
    question = data.draw(questions(entry, order))
    assert difference(engine, new_project(), log, question) is None


@pytest.mark.parametrize("part", ["reached", "dropped"])
@slow
@given(log=logs.map(complete), question=questions(), step=st.integers(1, 2))
def test_the_people_behind_a_step_are_the_oracles(engine, new_project, part: str, log: Log, question, step) -> None:
    project = project_of(new_project(), log)
    store(engine, project.id, log)
    question |= {"breakdowns": [], "interval": None}
    found = people(engine, project, question, FunnelSelection(step=step, part=Part(part)))
    expected = oracle.people(log, question, step, dropped=part == "dropped")
    assert len(found) == len(set(found))
    assert set(found) == {hash_of(engine, project.id, person) for person in expected}


def hash_of(engine, project: int, person: str) -> int:
    parts = {"project": Bound(project, "UInt32"), "id": Bound(person, "String")}
    return int(engine.query(sql("SELECT cityHash64({project}, {id})", **parts)).rows[0][0])
