"""Mixpanel's expressions against a plain interpreter of the language, over every kind of value."""

from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, example, given, settings, strategies as st
from tests.examples import examples
from tests.oracle.engine import project_of, store
from tests.oracle.expressions import UNDEFINED, Constants, evaluate, written
from tests.oracle.log import Log
from tests.oracle.strategies import VALUES

from diptych.model import Project
from diptych.protocols.mixpanel.expressions import Context, filter_of
from diptych.query.sql.rows import Rows
from diptych.store.engine import Engine
from diptych.store.sql import Sql, sql

NOW = 1_774_780_200_000
ZONE = "Europe/Berlin"
DATES: list[Any] = [
    "2026-03-29", "2026-03-29T12:30:00", "2026-03-29T12:29:59", "2026-03-28T23:00:00Z", 1774780200, 1774780200000,
]  # fmt: skip
MORE: list[Any] = [*DATES, [49.5, "a"], [True, False], -7, 0.5, 12, "12", "1e2", "-", "PRO", "a", "ab"]
KINDS: list[Any] = [*VALUES, *MORE]


def event(properties: dict[str, Any]) -> dict[str, Any]:
    return {
        "name": "A", "time": NOW, "id": "a", "copy": None, "first_wins": False, "control": False,
        "properties": properties,
    }  # fmt: skip


@pytest.fixture(scope="module")
def stored(engine: Engine, new_project: Any) -> tuple[Project, Log, list[int]]:
    """Events with every value as p, beside each of some as q; and one with neither."""
    pairs = [{"p": p, "q": q} for p in KINDS for q in (49, "a", None, True, [1, "a"])]
    alone = [{"p": p} for p in KINDS]
    log, number = Log([event(p) for p in [*pairs, *alone, {}]], zone=ZONE, now=NOW), new_project()
    return project_of(number, log), log, store(engine, number, log)


def chosen(engine: Engine, project: Project, text: str) -> set[int]:
    rows = Rows(project)
    condition = rows.condition(filter_of(text, Context(ZONE, NOW)))
    found = engine.query(sql("SELECT accept_id FROM {s} WHERE {c}", c=condition, s=rows.source(Sql("true"))))
    return {number for (number,) in found.rows}


def same_as_the_interpreter(engine: Engine, stored: Any, tree: Any) -> None:
    project, log, accept_ids = stored
    expected = {
        number for number, one in zip(accept_ids, log.events, strict=True) if evaluate(tree, one, ZONE, NOW) is True
    }
    found = chosen(engine, project, written(tree))
    wrong = [e["properties"] for n, e in zip(accept_ids, log.events, strict=True) if (n in found) != (n in expected)]
    assert not wrong, written(tree)


def calls(name: str | st.SearchStrategy[str], *operands: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.tuples(st.just(name) if isinstance(name, str) else name, *operands)


scalars = st.sampled_from([v for v in KINDS if not isinstance(v, (list, dict)) and v is not None])
constants = st.tuples(st.just("value"), scalars | st.sampled_from([None, UNDEFINED]))
selectors = st.sampled_from([("of", "properties", "p"), ("of", "properties", "q"), ("of", "properties", "gone")])
lists = st.tuples(st.just("value"), st.lists(scalars | st.none(), max_size=3).map(Constants))
dates = calls("datetime", st.tuples(st.just("value"), st.sampled_from(DATES)) | selectors | st.just(("NOW",)))
times = st.sampled_from([("of", "properties", "$time"), ("of", "properties", "time"), ("of", "event", "$time")])


def grown(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.one_of(
        calls(st.sampled_from(["+", "-", "*", "/", "%"]), inner, inner),
        calls(st.sampled_from(["-", "floor", "round", "ceil", "number", "boolean"]), inner),
        calls("string", inner.filter(lambda t: t[0] not in ("of",))) | calls("string", selectors),
    )


values = st.recursive(selectors | constants | times, grown, max_leaves=3)
compared = st.sampled_from(["==", "!=", "<", "<=", ">", ">="])
tests = st.one_of(
    calls(compared, selectors, constants),
    calls(compared, constants, selectors),
    calls(compared, values, values),
    calls(compared, dates, selectors | times | dates),
    calls(compared, selectors | times, dates),
    calls("in", constants | selectors, selectors),
    calls("in", values, lists),
    calls("in", values, values),
    calls("defined", values),
    calls(st.sampled_from(["has_prefix", "has_suffix"]), values, values),
    calls("boolean", values),
    calls("not", selectors),
    selectors,
)
conditions = st.recursive(
    tests,
    lambda inner: (
        calls(st.sampled_from(["and", "or"]), inner, inner)
        | calls("not", inner)
        | calls(st.sampled_from(["==", "!="]), inner, inner)
    ),
    max_leaves=4,
)

P, Q = ("of", "properties", "p"), ("of", "properties", "q")


@settings(
    max_examples=examples(50),
    deadline=None,
    suppress_health_check=list(HealthCheck),
    phases=[Phase.explicit, Phase.reuse, Phase.generate],  # a statement takes too long for shrinking
)
@given(tree=conditions)
@example(tree=("not", P))
@example(tree=("not", ("not", P)))
@example(tree=("==", ("<", P, ("value", 10)), ("value", False)))
@example(tree=("==", P, ("value", None)))
@example(tree=("==", P, ("value", UNDEFINED)))
@example(tree=("==", P, Q))
@example(tree=("!=", P, Q))
@example(tree=("in", ("value", "a"), Q))
@example(tree=("in", P, Q))
@example(tree=("in", ("value", "49"), P))
@example(tree=("==", ("%", P, ("value", -5)), ("value", -2)))
@example(tree=("==", ("+", P, ("value", "x")), ("value", "ax")))
@example(tree=(">=", P, ("datetime", ("-", ("NOW",), ("value", 604800)))))
def test_an_expression_holds_where_the_interpreter_says(engine: Engine, stored: Any, tree: Any) -> None:
    same_as_the_interpreter(engine, stored, tree)
