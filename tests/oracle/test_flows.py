"""Flows of the engine against the oracle: the graph, the paths, and the people behind places of paths."""

from collections import Counter
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings, strategies as st
from tests.examples import examples
from tests.oracle.engine import ask, people, project_of, store
from tests.oracle.flows import graph, paths
from tests.oracle.log import Log
from tests.oracle.strategies import complete, logs

from diptych.query.answers.flows import Step, StepKind
from diptych.query.reports.flows import FlowPlace, FlowsSelection
from diptych.query.sql import flows as sql_module

NAMES = ["A", "B", "C", "$identify"]
FILTERS = [
    None,
    {"type": "compare", "property": {"key": "p"}, "operator": "is_set", "values": []},
    {"type": "compare", "property": {"key": "q"}, "operator": "not_set", "values": []},
]
durations = st.builds(
    lambda n, unit: {"count": n, "unit": unit}, st.sampled_from([1, 2, 21, 30]), st.sampled_from(["hour", "day"])
)
selectors = st.fixed_dictionaries(
    {
        "names": st.sampled_from([["A"], ["B"], ["A", "B"], [], ["$identify"]]),
        "filter": st.sampled_from(FILTERS),
        "first_time": st.sampled_from([False, False, True]),
    }
)


def at_most_one_side(question: dict[str, Any]) -> dict[str, Any]:
    return question | ({"before": 0} if question["to"] else {})


questions = st.fixed_dictionaries(
    {
        "type": st.just("flows"),
        "anchor": selectors,
        "to": st.none() | selectors,
        "before": st.integers(0, 3),
        "after": st.integers(0, 3),
        "range": st.sampled_from(
            [
                {"type": "between", "from": "2026-03-07", "to": "2026-03-31"},
                {"type": "between", "from": "2026-03-08", "to": "2026-03-29"},
            ]
        ),
        "filter": st.sampled_from(FILTERS),
        "count": st.sampled_from(["people", "sessions", "total"]),
        "session_rule": st.sampled_from(["timeout", "sdk"]),
        "session_timeout": durations,
        "window": durations,
        "hidden": st.sampled_from([[], ["B"], ["A", "C"]]),
        "only": st.sampled_from([[], [], ["B", "C"], ["$identify"]]),
        "collapse_repeats": st.booleans(),
        "expand": st.sampled_from(
            [
                [],
                [{"event": "B", "property": {"key": "p"}}],
                [{"event": "A", "property": {"key": "plan", "scope": "user"}}],
            ]
        ),
        "top": st.integers(1, 3),
        "paths": st.just(1000),
        "group_type": st.sampled_from(["", "", "company"]),
    }
).map(at_most_one_side)


def step_of(step: Step) -> tuple[Any, ...]:
    return ("event", step.event, _typed(step.value)) if step.kind is StepKind.EVENT else (step.kind.value,)


def _typed(value: Any) -> Any:
    """Python takes 1, 1.0 and True for one key."""
    return (isinstance(value, bool), value)


def typed(step: tuple[Any, ...]) -> tuple[Any, ...]:
    return (*step[:2], _typed(step[2])) if step[0] == "event" else step


def typed_paths(found: list[Any]) -> list[Any]:
    return [(owner, [(position, typed(step)) for position, step in path]) for owner, path in found]


def difference(engine, number: int, log: Log, question: dict[str, Any]) -> Any:
    store(engine, number, log)
    found = typed_paths(paths(log, question))
    nodes, links = graph(question, found)
    answer = ask(engine, project_of(number, log), question)
    places = [(node.position, step_of(node.step)) for node in answer.nodes]
    ours = {
        "total": answer.total,
        "converted": answer.converted,
        "nodes": {place: node.count for place, node in zip(places, answer.nodes, strict=True)},
        "links": {(places[link.source], places[link.target]): link.count for link in answer.links},
        "paths": {
            tuple((path.position + n, step_of(step)) for n, step in enumerate(path.steps)): path.count
            for path in answer.paths
        },
    }
    theirs = {
        "total": len(found),
        "converted": sum(("target",) in [step for _, step in path] for _, path in found),
        "nodes": dict(nodes),
        "links": dict(links),
        "paths": dict(Counter(tuple(path) for _, path in found)),
    }
    return {key: (ours[key], theirs[key]) for key in ours if ours[key] != theirs[key]} or None


def people_difference(engine, number: int, log: Log, question: dict[str, Any]) -> Any:
    """The people behind every node, and behind every link."""
    store(engine, number, log)
    found = typed_paths(paths(log, question))
    answer = ask(engine, project_of(number, log), question)
    wrong = []
    for chosen in [[node] for node in answer.nodes] + [
        [answer.nodes[e.source], answer.nodes[e.target]] for e in answer.links
    ]:
        places = [
            FlowPlace(
                node.position,
                node.step.kind,
                node.step.event or "",
                node.step.value,
                [n.step for n in answer.nodes if n.position == node.position and n.step.kind is StepKind.EVENT],
            )
            for node in chosen
        ]
        who = people(engine, project_of(number, log), question, FlowsSelection(places))
        through = {owner for owner, path in found if all(_goes(path, place) for place in places)}
        if len(who) != len(through):
            wrong.append((places, len(who), through))
    return wrong


def _goes(path: list[Any], place: FlowPlace) -> bool:
    shown = {step_of(step) for step in place.shown}
    steps = [step for position, step in path if position == place.position]
    if place.kind is StepKind.OTHER:
        return any(step[0] == "event" and step not in shown for step in steps)
    wanted = step_of(Step(place.kind, place.event, place.value))
    return wanted in steps


slow = settings(
    max_examples=examples(30),
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)


@slow
@given(log=logs(names=NAMES), question=questions)
def test_graph_and_paths(engine, new_project, log: Log, question: dict[str, Any]) -> None:
    assert difference(engine, new_project(), log, question) is None


@settings(slow, max_examples=examples(10))
@given(log=logs(most=10, names=NAMES), question=questions)
def test_people_behind_nodes_and_links(engine, new_project, log: Log, question: dict[str, Any]) -> None:
    assert people_difference(engine, new_project(), log, question) == []


def _event(name: str, minute: int, owner: str = "a", **properties: Any) -> dict[str, Any]:
    return {
        "name": name,
        "time": 1_773_000_000_000 + minute * 60_000,
        "id": owner,
        "copy": None,
        "properties": properties,
        "groups": {},
        "session": None,
    }


# One visit: home, search twice, product, cart; a second one an hour later; and somebody who leaves at once.
KNOWN = complete(
    Log(
        [
            _event("Home", 0),
            _event("Search", 1, q="shoes"),
            _event("Search", 2, q="boots"),
            _event("Product", 3),
            _event("Cart", 4),
            _event("Home", 70),
            _event("Product", 71),
            _event("Home", 10, "b"),
            _event("Home", 20, ""),
        ]
    )
)
PLAIN: dict[str, Any] = {
    "type": "flows",
    "anchor": {"names": ["Home"]},
    "to": None,
    "before": 0,
    "after": 3,
    "range": {"type": "between", "from": "2026-03-01", "to": "2026-03-31"},
    "filter": None,
    "count": "people",
    "session_rule": "timeout",
    "session_timeout": {"count": 30, "unit": "minute"},
    "window": {"count": 1, "unit": "day"},
    "hidden": [],
    "only": [],
    "collapse_repeats": False,
    "expand": [],
    "top": 3,
    "paths": 10,
    "group_type": "",
}


def told(engine, number: int, **options: Any) -> list[tuple[str, int]]:
    """The paths of the known log in words."""
    answer = ask(engine, project_of(number, KNOWN), PLAIN | options)
    words = [" > ".join(str(s.value or s.event or s.kind.value) for s in path.steps) for path in answer.paths]
    return sorted(zip(words, [path.count for path in answer.paths], strict=True))


def test_worked_examples(engine, new_project) -> None:
    number = new_project()
    store(engine, number, KNOWN)
    assert told(engine, number) == [("Home > Search > Search > Product", 1), ("Home > end", 1)]
    assert told(engine, number, count="sessions") == [
        ("Home > Product > end", 1),
        ("Home > Search > Search > Product", 1),
        ("Home > end", 1),
    ]
    assert told(engine, number, collapse_repeats=True) == [("Home > Search > Product > Cart", 1), ("Home > end", 1)]
    assert told(engine, number, hidden=["Search"]) == [("Home > Product > Cart > Home", 1), ("Home > end", 1)]
    assert told(engine, number, only=["Cart"]) == [("Home > Cart > Home > end", 1), ("Home > end", 1)]
    assert told(engine, number, expand=[{"event": "Search", "property": {"key": "q"}}], after=2) == [
        ("Home > end", 1),
        ("Home > shoes > boots", 1),
    ]
    assert told(engine, number, to={"names": ["Cart"]}, after=2) == [
        ("Home > Search > Search > more > target", 1),
        ("Home > end", 1),
    ]
    backwards = {"anchor": {"names": ["Product"]}, "before": 2, "after": 0, "count": "total"}
    assert told(engine, number, **backwards) == [("Cart > Home > Product", 1), ("Search > Search > Product", 1)]


# What is wrong, where, and the question that shows it.
MISTAKES: dict[str, tuple[str, str, str, dict[str, Any]]] = {
    "nobody has paths": ("_EVENTS", "who != 0 AND ", "", {}),
    "events are not sorted": ("_EVENTS", "arraySort(groupArray(", "arrayReverseSort(groupArray(", {}),
    "sessions never end": ("_SESSIONS", "pause > {timeout}", "pause > {timeout} * 1000", {"count": "sessions"}),
    "all that look the same are one": (
        "_COLLAPSED",
        "bitShiftLeft(bitXor(e, before), 190) != 0",
        "e < before",
        {"collapse_repeats": True},
    ),
    "the window has no end": (
        "_PATHS",
        "t <= at + {window}",
        "t + {window} > 0",
        {"window": {"count": 1, "unit": "hour"}, "after": 5, "count": "total"},
    ),
    "the window is the last anchor's": ("_AROUND_FIRST", "min(time)", "max(time)", {"after": 5}),
    "who comes too late gets there": (
        "_FIRST",
        "next_at[i] <= at + {window}",
        "next_at[i] + {window} > 0",
        {"to": {"names": ["Cart"]}, "window": {"count": 2, "unit": "minute"}},
    ),
    "the last anchor is the first": ("_FIRST", "arrayFirstIndex(k ->", "arrayLastIndex(k ->", {}),
    "links are counted once per path": ("_STATEMENT", "sum(n)", "count()", {"count": "total", "after": 1}),
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake_in_the_sql_is_caught(engine, new_project, monkeypatch, mistake: str) -> None:
    template, right, wrong, options = MISTAKES[mistake]
    number = new_project()
    assert difference(engine, number, DOUBLED, PLAIN | options) is None
    text = getattr(sql_module, template)
    assert right in text
    monkeypatch.setattr(sql_module, template, text.replace(right, wrong))
    assert difference(engine, new_project(), DOUBLED, PLAIN | options) is not None


# The known log, and the same of another person.
DOUBLED = Log([*KNOWN.events, *({**event, "id": "c"} for event in KNOWN.events if event["id"] == "a")])
