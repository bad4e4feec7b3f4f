"""Mistakes put into the SQL of funnels on purpose: the comparison with the oracle must find each.

The log is large enough that every mistake shows in it, and small enough that the oracle is quick.
"""

import random
from typing import Any

import pytest
from tests.oracle.log import Log
from tests.oracle.test_funnel import DAY, HOUR, START, VALUES, complete, difference

from diptych.query.questions.funnel import Simultaneity
from diptych.query.reports import funnel as reports_funnel
from diptych.query.sql import (
    funnel as counts,
    funnel_attempts as attempts,
    funnel_keys as keys,
    rows,
)
from diptych.query.sql.funnel_keys import Keys
from diptych.store.sql import Bound, Sql, sql

OFFSETS = [0, 1, 400, 999, 1_000, 1_700, 2_000, 2_001, 3_000, HOUR, HOUR + 1, HOUR + 400, HOUR + 999]


NARROW_IDS = [None, None, None, 0, 1]
WIDE_IDS = [None, None, -2, 1 << 20, (1 << 20) + 1, -(1 << 63), (1 << 63) - 1]


def history(seed: int, people: int = 300, event_ids: list[int | None] = NARROW_IDS) -> Log:
    """What many people did, each around one moment."""
    chance = random.Random(seed)
    log = Log()
    for number in range(people):
        begin = chance.choice([START - 1_500, START, START + DAY - 1_000, START + 2 * DAY - HOUR])
        for _ in range(chance.randint(2, 14)):
            log.events.append(
                {
                    "name": chance.choice("AAABBBX"),
                    "time": begin + chance.choice(OFFSETS),
                    "id": f"p{number}",
                    "copy": chance.choice([None, None, 0, 1]),
                    "event_id": chance.choice(event_ids),
                    "received": START,
                    "session": chance.choice([None, 1, 2]),
                    "properties": {key: chance.choice(VALUES) for key in "pq" if chance.random() < 0.7},
                }
            )
    return complete(log)


def step(name: str) -> dict[str, Any]:
    event = {"names": [name], "filter": None, "alternatives": []}
    return {"event": event, "anchored": False, "optional": False}


PLAIN: dict[str, Any] = {
    "type": "funnel",
    "steps": [step("A"), step("B"), step("A")],
    "range": {"type": "between", "from": "2026-03-07", "to": "2026-03-08"},
    "window": {"count": 1, "unit": "hour"},
    "entry": "first",
    "order": "loose",
    "simultaneity": "exact",
    "exclusions": [],
    "held": [],
    "each_held_value": False,
    "filter": None,
    "breakdowns": [],
    "limit": 10_000,
    "interval": None,
    "over_time": "entry",
    "times": False,
}
EVERY, LONGEST = {"entry": "every"}, {"entry": "longest"}
P = {"key": "p", "scope": "event"}
BY_P = {"property": P, "as_text": False, "each_item": True}
BY_Q = {"property": {"key": "q", "scope": "event"}, "as_text": False, "each_item": True}
ONE = {"type": "compare", "property": P, "operator": "equals", "values": [1], "as_text": False}


def by(attribution: str, number: int = 1) -> dict[str, Any]:
    return {"breakdowns": [{"by": BY_P, "attribution": attribution, "step": number}]}


# What is wrong: where, what is right, what is wrong there, and what the question needs beside the plain one.
MISTAKES: dict[str, tuple[Any, str, str, str, dict[str, Any]]] = {
    "copies are events": (rows, "_SCAN", "FROM events FINAL", "FROM events", {"steps": [step("A")] * 8}),
    "ties ignore the event id": (keys, "_KEY", "({event_id})", "({event_id} * 0)", {}),
    "ties ignore the order of acceptance": (keys, "_KEY", "accept_id", "accept_id * 0", {}),
    "ties are in reverse": (keys, "_KEY", "accept_id", "(9223372036854775807 - accept_id)", {}),
    "any later event is the next one": (keys, "_NEXT", "arrayMin(x -> if(x", "arrayMax(x -> if(x < {never} AND x", {}),
    "an attempt begins with the last entry": (attempts, "_FIRST_ENTRY", "minIf", "maxIf", {}),
    "all entries search from the first one": (
        keys, "_NEXT_OF_EACH", "{bounds}", "arrayMap(b -> arrayMin({bounds}), {bounds})", LONGEST,
    ),
    "attempts overlap": (attempts, "_CHOSEN", "entry > open.1", "true", EVERY),
    "an attempt never ends": (attempts, "_CHOSEN", "entry > open.1", "open.1 = 0", EVERY),
    "seconds are not whole": (keys, "_SECOND", " % 1000", " % 1", {"simultaneity": "same_second"}),
    "the wrong event's value": (attempts, "_VALUE", "indexOf(", "1 + 0 * indexOf(", by("last")),
    "values of steps that are not reached": (attempts, "_TOUCHED", "x.3 AND ", "", by("last")),
    "values that are not set": (attempts, "_TOUCHED", "AND x.2 NOT IN ('', 'null')", "", by("first")),
    "another entry's value": (attempts, "_VALUE_OF_EACH", "arrayReverseFill", "arrayFill", LONGEST | by("step", 2)),
    "times since another step": (counts, "_FROM_PREVIOUS", "a - b", "a - reached[1]", {"times": True}),
    "a filter that lets all through": (
        counts, "_STATEMENT", "WHERE passes", "", {"filter": {"filter": ONE, "attribution": "first", "step": 1}},
    ),
    "a level too many": (counts, "_STATEMENT", "[1], level, 1", "[1], least(level + 1, 3), 1", {}),
    "a combination without its total": (counts, "_CROSSED", "arrayPushBack(head, item)", "head", by("first")),
}  # fmt: skip


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake_in_the_sql_is_caught(engine, new_project, monkeypatch, mistake: str) -> None:
    module, place, right, wrong, more = MISTAKES[mistake]
    old = getattr(module, place)
    assert right in str(old)
    new = str(old).replace(right, wrong)
    monkeypatch.setattr(module, place, new if isinstance(old, str) else Sql(new, old.parameters))
    assert found_by_the_oracle(engine, new_project, PLAIN | more), f"the log does not show: {mistake}"


def never(form: Keys, key: Sql, _: Simultaneity) -> Sql:
    return form.never


def itself(form: Keys, key: Sql, _: Simultaneity) -> Sql:
    return form.before(key)


def a_second_late(form: Keys, entry: Sql, window: int, simultaneity: Simultaneity) -> Sql:
    end = sql("{time} + {w}", time=form.time_of(entry, simultaneity), w=Bound(window + 1_000, "Int64"))
    return form.before_any_at(end)


EXCLUDED = {"event": {"names": ["X"], "filter": None, "alternatives": []}, "after": 1, "before": 0}
WRONG_RULES: dict[str, tuple[str, Any, dict[str, Any]]] = {
    "a step is its own successor": ("after_same", itself, {"steps": [step("A"), step("A")]}),
    "the window ends a second late": ("deadline", a_second_late, {}),
    "nothing is excluded": ("after_together", never, {"exclusions": [EXCLUDED]}),
    "other events may lie between": ("after_together", never, {"order": "strict"}),
    "two seconds do not matter": ("earliest_together", itself, {"simultaneity": "two_seconds"}),
    "one second does not matter": ("earliest_together", itself, {"simultaneity": "same_second"}),
}


@pytest.mark.parametrize("mistake", WRONG_RULES)
def test_a_wrong_rule_is_caught(engine, new_project, monkeypatch, mistake: str) -> None:
    rule, wrong, more = WRONG_RULES[mistake]
    monkeypatch.setattr(Keys, rule, wrong)
    assert found_by_the_oracle(engine, new_project, PLAIN | more), f"the log does not show: {mistake}"


@pytest.mark.parametrize("entry", ["first", "every", "session", "longest"])
@pytest.mark.parametrize("simultaneity", ["exact", "two_seconds", "same_second"])
@pytest.mark.parametrize("order", ["loose", "strict"])
def test_without_a_mistake_nothing_is_found(engine, new_project, entry: str, simultaneity: str, order: str) -> None:
    question = PLAIN | by("last") | {"entry": entry, "simultaneity": simultaneity, "order": order, "times": True}
    question |= {"exclusions": [EXCLUDED], "held": [BY_Q]}
    assert difference(engine, new_project(), history(1), question) is None


@pytest.mark.parametrize("entry", ["first", "every", "longest"])
@pytest.mark.parametrize("simultaneity", ["exact", "two_seconds"])
def test_event_ids_of_any_size(engine, new_project, monkeypatch, entry: str, simultaneity: str) -> None:
    project, question = new_project(), PLAIN | {"entry": entry, "simultaneity": simultaneity}
    assert difference(engine, project, history(2, event_ids=WIDE_IDS), question) is None
    monkeypatch.setattr(reports_funnel, "WIDE", keys.NARROW)
    assert difference(engine, new_project(), history(2, event_ids=WIDE_IDS), question) is not None


def found_by_the_oracle(engine, new_project, question: dict[str, Any]) -> bool:
    """Whether the engine's answer differs from the oracle's."""
    return difference(engine, new_project(), history(1), question) is not None
