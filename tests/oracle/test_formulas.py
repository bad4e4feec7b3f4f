"""Formulas of derived properties, and lookup tables, over values of every kind, against a plain definition."""

import math
import re
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings, strategies as st
from tests.examples import examples
from tests.oracle.engine import project_of, store
from tests.oracle.log import NOT_SET, is_number, same, text_of, value_of
from tests.oracle.test_filters import ALL, log_of

from diptych.query.parts import InvalidQuestion, Property
from diptych.query.sql import properties
from diptych.query.sql.rows import Rows
from diptych.store.engine import Engine
from diptych.store.lookups import LookupTable, LookupTables
from diptych.store.sql import Sql, sql

VALUES = [v for v in ALL if not isinstance(v, (list, dict)) and v not in (1e20, 9007199254740993)]


@pytest.fixture(scope="module")
def stored(engine: Engine, new_project: Any) -> Any:
    log, number = log_of(VALUES), new_project()
    return project_of(number, log), log, store(engine, number, log)


def computed(engine: Engine, project: Any, reference: dict[str, Any]) -> dict[int, Any]:
    """Accept id → the value as JSON, NOT_SET for none."""
    rows = Rows(project)
    value = properties.normal(rows.value(msgspec.convert(reference, Property)))
    statement = sql("SELECT accept_id, {v} FROM {source}", v=value, source=rows.source(Sql("true")))
    return {n: msgspec.json.decode(text) if text else NOT_SET for n, text in engine.query(statement).rows}


def call(function: str, *arguments: Any) -> dict[str, Any]:
    return {"type": "call", "function": function, "arguments": list(arguments)}


def literal(value: Any) -> dict[str, Any]:
    return {"type": "literal", "value": value}


P = {"type": "property", "property": {"key": "p"}}


def evaluate(node: dict[str, Any], event: dict[str, Any], log: Any) -> Any:
    """A formula in plain Python. What cannot be computed is not set."""
    match node["type"]:
        case "literal":
            return NOT_SET if node["value"] is None else node["value"]
        case "property":
            return value_of(log, event, node["property"])
    given = [evaluate(one, event, log) for one in node["arguments"]]
    found = FUNCTIONS[node["function"]](*given)
    if found is None or (isinstance(found, float) and not math.isfinite(found)):
        return NOT_SET
    return found


def numeric(function: Any) -> Any:
    return lambda *given: function(*given) if all(map(is_number, given)) else None


def textual(function: Any) -> Any:
    return lambda *given: function(*given) if all(isinstance(v, str) for v in given) else None


def ordering(function: Any) -> Any:
    def compare(a: Any, b: Any) -> Any:
        both = (is_number(a) and is_number(b)) or (isinstance(a, str) and isinstance(b, str))
        return function(a, b) if both else None

    return compare


def number(value: Any) -> Any:
    if isinstance(value, bool):
        return 1.0 if value else 0.0
    if isinstance(value, str):
        return float(value) if re.fullmatch(r"[+-]?[0-9]+[.]?[0-9]*([eE][+-]?[0-9]+)?", value) else None
    return value if is_number(value) else None


def boolean(value: Any) -> Any:
    if isinstance(value, bool):
        return value
    return (
        {"true": True, "false": False}.get(value)
        if isinstance(value, str)
        else value != 0
        if is_number(value)
        else None
    )


def string(value: Any) -> Any:
    return None if value is NOT_SET else text_of(value)


def concat(*given: Any) -> Any:
    return None if NOT_SET in given else "".join(map(text_of, given))


FUNCTIONS: dict[str, Any] = {
    "add": numeric(lambda a, b: a + b),
    "subtract": numeric(lambda a, b: a - b),
    "multiply": numeric(lambda a, b: a * b),
    "divide": numeric(lambda a, b: a / b if b else None),
    "modulo": numeric(lambda a, b: math.fmod(a, b) if b else None),
    "negate": numeric(lambda a: -a),
    "floor": numeric(math.floor),
    "ceil": numeric(math.ceil),
    "round": numeric(lambda a: math.floor(a + 0.5)),
    "abs": numeric(abs),
    "min": lambda *given: min((v for v in given if is_number(v)), default=None),
    "max": lambda *given: max((v for v in given if is_number(v)), default=None),
    "equal": lambda a, b: NOT_SET not in (a, b) and same(a, b),
    "not_equal": lambda a, b: not (NOT_SET not in (a, b) and same(a, b)),
    "less": ordering(lambda a, b: a < b),
    "greater_or_equal": ordering(lambda a, b: a >= b),
    "and": lambda *given: all(v is True for v in given),
    "or": lambda *given: any(v is True for v in given),
    "not": lambda a: a is not True,
    "defined": lambda a: a is not NOT_SET,
    "if": lambda c, a, b: a if c is True else b,
    "coalesce": lambda *given: next((v for v in given if v is not NOT_SET), None),
    "concat": concat,
    "upper": textual(str.upper),
    "lower": textual(str.lower),
    "length": textual(len),
    "left": lambda a, n: a[: int(n)] if isinstance(a, str) and is_number(n) else None,
    "right": lambda a, n: (a[-int(n) :] if n else "") if isinstance(a, str) and is_number(n) else None,
    "mid": lambda a, s, n: a[int(s) - 1 : int(s) - 1 + int(n)] if isinstance(a, str) else None,
    "contains": textual(lambda a, b: b in a),
    "starts_with": textual(str.startswith),
    "ends_with": textual(str.endswith),
    "replace": textual(lambda a, b, c: a.replace(b, c)),
    "number": number,
    "string": string,
    "boolean": boolean,
}

leaves = st.just(P) | st.sampled_from([literal(v) for v in (1, 0, -2.5, 3, "a", "pro", "", True, False, None, "49")])


def nested(inner: Any) -> Any:
    def of(names: list[str], count: int) -> Any:
        arguments = st.lists(inner, min_size=count, max_size=count)
        return st.builds(lambda name, given: call(name, *given), st.sampled_from(names), arguments)

    two = ["add", "subtract", "multiply", "divide", "modulo", "min", "max", "equal", "not_equal", "less"]
    one = ["negate", "floor", "ceil", "round", "abs", "not", "defined", "length", "number", "string", "boolean"]
    return st.one_of(
        of([*two, "greater_or_equal", "and", "or", "coalesce", "concat"], 2),
        of(one, 1),
        of(["if"], 3),
        of(["contains", "starts_with", "ends_with"], 2),
        st.builds(lambda a, n: call("left", a, literal(n)), inner, st.integers(0, 3)),
        st.builds(lambda a, n: call("right", a, literal(n)), inner, st.integers(0, 3)),
        st.builds(lambda a, s, n: call("mid", a, literal(s), literal(n)), inner, st.integers(1, 3), st.integers(0, 3)),
        st.builds(lambda a: call("replace", a, literal("a"), literal("o")), inner),
    )


formulas = st.recursive(leaves, nested, max_leaves=5)


def alike(a: Any, b: Any) -> bool:
    if is_number(a) and is_number(b):
        return math.isclose(a, b, rel_tol=1e-9, abs_tol=1e-12)
    return same(a, b) if NOT_SET not in (a, b) else a is b


@settings(max_examples=examples(200), deadline=None, suppress_health_check=list(HealthCheck))
@given(formula=formulas)
def test_a_formula_is_what_the_oracle_computes(engine: Engine, stored: Any, formula: Any) -> None:
    project, log, accept_ids = stored
    found = computed(engine, project, {"key": "f", "scope": "derived", "formula": formula})
    for accept_id, event in zip(accept_ids, log.events, strict=True):
        assert alike(found[accept_id], evaluate(formula, event, log)), event["properties"]


@pytest.mark.parametrize(
    ("formula", "value"),
    [
        (call("split", literal("a/b/c"), literal("/"), literal(2)), "b"),
        (call("split", literal("a/b/c"), literal("/"), literal(9)), NOT_SET),
        (call("trim", literal("  x ")), "x"),
        (call("upper", literal("münchen")), "MÜNCHEN"),
        (call("regex_extract", literal("v12.3"), literal(r"v(\d+)")), "12"),
        (call("regex_match", literal("v12.3"), literal(r"^v")), True),
        (call("date_difference", literal("day"), literal("2026-01-01"), literal("2026-01-31T12:00:00Z")), 30),
        (call("date_difference", literal("hour"), literal("2026-01-02"), literal("2026-01-01")), -24),
        (call("date_difference", literal("hour"), literal("soon"), literal("2026-01-01")), NOT_SET),
        (call("date_part", literal("weekday"), literal("2026-11-25")), 3),
        (call("date_part", literal("hour"), literal("2026-11-25T17:30:00+01:00")), 16),
        (call("divide", literal(1), literal(0)), NOT_SET),
    ],
)
def test_functions_of_texts_and_dates(engine: Engine, stored: Any, formula: Any, value: Any) -> None:
    found = computed(engine, stored[0], {"key": "f", "scope": "derived", "formula": formula})
    assert alike(next(iter(found.values())), value)


@pytest.mark.parametrize(
    "formula",
    [
        call("add", P),
        call("if", P, P),
        call("date_part", literal("eon"), P),
        call("regex_match", P, P),
        {"type": "property", "property": {"key": "x", "scope": "item"}},
    ],
)
def test_what_is_no_formula_is_refused(engine: Engine, stored: Any, formula: Any) -> None:
    with pytest.raises(InvalidQuestion):
        computed(engine, stored[0], {"key": "f", "scope": "derived", "formula": formula})


def test_a_lookup_table_says_what_it_has_for_the_value(engine: Engine, stored: Any) -> None:
    project, log, accept_ids = stored
    tables = LookupTables(engine)
    table: LookupTable = tables.create(project.id, "Plans")
    rows: Any = [("pro", {"price": "9"}), ("49", {"price": '"many"'}), ("", {"price": "1"})]
    tables.replace(project.id, table, ["plan", "price"], [("pro", {"price": "1"})])
    tables.replace(project.id, table, ["plan", "price"], rows)
    found = computed(engine, project, {"key": "p", "lookup": {"table": table.id, "column": "price"}})
    wanted = {"pro": 9, "49": "many"}
    for accept_id, event in zip(accept_ids, log.events, strict=True):
        value = event["properties"].get("p")
        assert alike(found[accept_id], wanted.get(text_of(value), NOT_SET) if value not in (None, "") else NOT_SET)
