"""Every operator against its plain definition, over every kind of value; the vendors' truth tables by name."""

from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings, strategies as st
from tests.examples import examples
from tests.oracle.engine import project_of, store
from tests.oracle.filters import holds
from tests.oracle.log import Log
from tests.oracle.strategies import VALUES, ZONES

from diptych.model import Project
from diptych.query.parts import Filter, InvalidQuestion
from diptych.query.relative import absolute
from diptych.query.sql import comparisons
from diptych.query.sql.rows import Rows
from diptych.store.engine import Engine
from diptych.store.sql import Sql, sql

NOW = 1_774_780_200_000  # 2026-03-29T10:30:00Z: a change of the clock in Berlin
DATES: list[Any] = [
    "2026-03-29", "2026-03-28T23:00:00Z", "2026-03-28T22:59:59.999Z", "2026-03-29T00:00:00", "2026-03-22T10:30:00Z",
    "2026-03-22T10:29:59.999Z", "2026-03-29T10:30:00.001Z", "2026-04-29 12:00", "2026-03-29T04:00:00-04:00",
    "2026-02-28", "2025-12-31T23:59:59Z", "2026-13-01", "2026-3-1", 1774780200, 1774780200000, 1774780200001, -5,
    "2027-03-29T08:30:00+00:00", "March 29", "2026-03-29T10:30:00.1234567Z",
]  # fmt: skip
TEXTS: list[Any] = ["a/b/c", "a/b", "a.b", "A/B", "ab", "a\nb", "/pricing/pro", "MÜNCHEN", "x*y", "[a]"]
MORE: list[Any] = [
    ["a"], ["b"], ["a", "b"], ["a", "b", "c"], ["c"], [None], [49, "49"], [49.0], [{"n": 1, "b": "x"}, {"n": 5}],
    {"n": 1, "deep": {"er": "x"}}, {"n": None}, {}, "a", "b", [["a"]], 0.5, -0.0, 100, [True],
]  # fmt: skip
ALL = [*VALUES, *DATES, *TEXTS, *MORE]


def log_of(values: list[Any], zone: str = "UTC") -> Log:
    """One event per value of `p`, and one without."""
    events = [
        {"name": "A", "time": NOW, "id": "a", "copy": None, "first_wins": False, "control": False, "properties": p}
        for p in [*({"p": value} for value in values), {}]
    ]
    return Log(events, zone=zone, now=NOW)


@pytest.fixture(scope="module")
def stored(engine: Engine, new_project: Any) -> dict[str, tuple[Project, Log, list[int]]]:
    found = {}
    for zone in ZONES:
        log, number = log_of(ALL, zone), new_project()
        found[zone] = project_of(number, log), log, store(engine, number, log)
    return found


def chosen(engine: Engine, project: Project, node: dict[str, Any]) -> set[int]:
    """Accept ids of the events for which the filter holds."""
    rows = Rows(project)
    condition = rows.condition(absolute(msgspec.convert(node, Filter, strict=True), NOW, project.timezone))
    statement = sql(
        "SELECT accept_id FROM {source} WHERE {condition}", condition=condition, source=rows.source(Sql("true"))
    )
    return {accept_id for (accept_id,) in engine.query(statement).rows}


def compare(operator: str, values: list[Any], **more: Any) -> dict[str, Any]:
    property_ = more.pop("property", {"key": "p"})
    return {"type": "compare", "property": property_, "operator": operator, "values": values, **more}


scalars = st.sampled_from([v for v in ALL if not isinstance(v, (list, dict))])
strings = st.sampled_from([*(v for v in ALL if isinstance(v, str)), "a", "A", "pro", "PLAN", "ü", '"', "\\", "/"])
numbers = st.sampled_from([0, 1, 49.0, 2.5, -1, 1e20])
good_dates = st.sampled_from([d for d in DATES if d not in ("2026-13-01", "2026-3-1", -5, "March 29")])
days = st.sampled_from(["2026-03-29", "2026-03-28", "2026-02-28", "2025-12-31"])
units = st.sampled_from(["minute", "hour", "day", "week", "month", "quarter", "year"])
globs = st.sampled_from(["a/*", "a/**", "**", "*", "a?b", "*b*", "/pricing/**", "a.b", "x*y", "[a]", "?"])
patterns = st.sampled_from(["a.b", "^a", "b$", r"\d+", "(?i)münchen", "[/]", "a|pro", "", r"\[a\]"])
case = st.sampled_from([None, True, False])


def both(operator: str) -> st.SearchStrategy[str]:
    return st.sampled_from([operator, f"not_{operator}"])


def listed(one: st.SearchStrategy[Any]) -> st.SearchStrategy[list[Any]]:
    return st.lists(one, min_size=1, max_size=3)


def comparisons_of(reference: Any) -> st.SearchStrategy[dict[str, Any]]:
    def of(operators: Any, values: Any, **more: Any) -> st.SearchStrategy[dict[str, Any]]:
        parts = {"type": st.just("compare"), "property": reference, "operator": operators, "values": values}
        return st.fixed_dictionaries(parts | more)

    order = st.sampled_from(["less", "less_or_equal", "greater", "greater_or_equal"])
    texts = st.sampled_from([a + b for a in ("", "not_") for b in ("contains", "starts_with", "ends_with")])
    plain = ["is_set", "not_set", "empty", "not_empty", "is_number", "is_string", "is_boolean", "is_list", "is_object"]
    sets = st.sampled_from(["set_is", "not_set_is", "set_contains", "not_set_contains"])
    return st.one_of(
        of(both("equals"), listed(scalars), as_text=st.booleans(), ignore_case=case),
        of(order, (numbers | strings).map(lambda v: [v]), as_text=st.booleans()),
        of(both("between"), st.tuples(numbers, numbers).map(list) | st.tuples(strings, strings).map(list)),
        of(texts, listed(strings), ignore_case=case),
        of(both("glob"), listed(globs), ignore_case=case),
        of(both("matches"), listed(patterns), ignore_case=case),
        of(st.sampled_from([*plain, "is_date"]), st.just([])),
        of(sets, listed(st.sampled_from(["a", "b", "c", 49, "49", None, True])), as_text=st.booleans()),
        of(st.sampled_from(["before", "after", "since"]), (good_dates).map(lambda v: [v])),
        of(both("on"), listed(days)),
        of(both("during"), st.tuples(good_dates, good_dates).map(list)),
        of(both("in_last") | both("in_next"), st.tuples(st.sampled_from([1, 7, 13]), units).map(list)),
    )


event_keys = st.sampled_from([{"key": "p"}, {"key": "p", "path": ["n"]}, {"key": "p", "path": ["deep", "er"]}])
item_keys = st.sampled_from([{"key": "", "scope": "item"}, {"key": "n", "scope": "item"}])


def trees(leaves: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    def nested(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
        some = {"type": st.sampled_from(["all", "any"]), "filters": st.lists(inner, max_size=2)}
        return st.fixed_dictionaries(some) | st.fixed_dictionaries({"type": st.just("not"), "filter": inner})

    return st.recursive(leaves, nested, max_leaves=3)


items = st.fixed_dictionaries(
    {
        "type": st.just("items"),
        "property": event_keys,
        "filter": trees(comparisons_of(item_keys)),
        "match": st.sampled_from(["any", "all"]),
        "when_empty": st.booleans(),
    }
)
filters = trees(comparisons_of(event_keys) | items)


@settings(max_examples=examples(400), deadline=None, suppress_health_check=list(HealthCheck))
@given(node=filters, zone=st.sampled_from(ZONES))
def test_a_filter_holds_where_the_oracle_says(engine: Engine, stored: Any, node: Any, zone: str) -> None:
    project, log, accept_ids = stored[zone]
    expected = {number for number, event in zip(accept_ids, log.events, strict=True) if holds(log, node, event)}
    found = chosen(engine, project, node)
    wrong = [e["properties"] for n, e in zip(accept_ids, log.events, strict=True) if (n in found) != (n in expected)]
    assert not wrong


def is_not(*values: str) -> dict[str, Any]:
    return compare("not_equals", list(values), property={"key": "", "scope": "item"})


def of_items(*filters: dict[str, Any], when_empty: bool = False) -> dict[str, Any]:
    inner = filters[0] if len(filters) == 1 else {"type": "all", "filters": list(filters)}
    return {"type": "items", "property": {"key": "p"}, "filter": inner, "when_empty": when_empty}


A, B = (compare("equals", [name], property={"key": "", "scope": "item"}) for name in "ab")
SETS: list[Any] = [None, ["a"], ["b"], ["c"], ["a", "b"], ["a", "c"], ["b", "c"], ["a", "b", "c"]]
# Amplitude's table of operators on lists (array operators): filter → for which sets of items it holds.
TABLE: dict[str, tuple[dict[str, Any], Any]] = {
    "is A": (of_items(A), lambda s: "a" in s),
    "is A,B": (of_items({"type": "any", "filters": [A, B]}), lambda s: "a" in s or "b" in s),
    "is A and is B": ({"type": "all", "filters": [of_items(A), of_items(B)]}, lambda s: {"a", "b"} <= s),
    "is not A": (of_items(is_not("a"), when_empty=True), lambda s: s != {"a"}),
    "is not A,B": (of_items(is_not("a", "b"), when_empty=True), lambda s: not s or not s <= {"a", "b"}),
    "is not A and is not B": (
        of_items(is_not("a"), is_not("b"), when_empty=True),
        lambda s: not s or not s <= {"a", "b"},
    ),
    "set contains A,B": (compare("set_contains", ["a", "b"]), lambda s: {"a", "b"} <= s),
    "set does not contain A": (compare("not_set_contains", ["a"]), lambda s: "a" not in s),
    "set does not contain A,B": (compare("not_set_contains", ["a", "b"]), lambda s: not {"a", "b"} <= s),
    "set does not contain A and B": (
        {"type": "all", "filters": [compare("not_set_contains", ["a"]), compare("not_set_contains", ["b"])]},
        lambda s: "a" not in s and "b" not in s,
    ),
    "set is A,B": (compare("set_is", ["a", "b"]), lambda s: s == {"a", "b"}),
    "set is not A,B": (compare("not_set_is", ["a", "b"]), lambda s: s != {"a", "b"}),
}


@pytest.mark.parametrize("name", TABLE)
def test_amplitudes_table_of_list_operators(engine: Engine, new_project: Any, name: str) -> None:
    log, number = log_of(SETS), new_project()
    accept_ids = store(engine, number, log)
    node, expected = TABLE[name]
    found = chosen(engine, project_of(number, log), node)
    for accept_id, items in zip(accept_ids, SETS, strict=False):
        assert (accept_id in found) == expected(set(items or [])), items


def test_two_filters_is_not_differ_from_one_only_when_each_may_look_at_another_item(
    engine: Engine, stored: Any
) -> None:
    project, _, accept_ids = stored["UTC"]
    both_items = accept_ids[ALL.index(["a", "b"])]
    one_filter = of_items(is_not("a"), is_not("b"), when_empty=True)
    two_filters = {"type": "all", "filters": [of_items(is_not("a")), of_items(is_not("b"))]}
    assert both_items not in chosen(engine, project, one_filter)
    assert both_items in chosen(engine, project, two_filters)


@pytest.mark.parametrize(
    ("glob", "text", "found"),
    [("a/*", "a/b", True), ("a/*", "a/b/c", False), ("a/**", "a/b/c", True), ("a.b", "a/b", False)],
)
def test_one_star_does_not_cross_a_slash_and_two_do(
    engine: Engine, stored: Any, glob: str, text: str, found: bool
) -> None:
    project, _, accept_ids = stored["UTC"]
    assert (accept_ids[ALL.index(text)] in chosen(engine, project, compare("glob", [glob]))) == found


WRONG = {
    "one star crosses slashes": (
        "_expression",
        lambda glob: glob.replace("**", ".*").replace("*", ".*"),
        "glob",
        "a/*",
    ),
    "case counts": ("_ignores_case", lambda node: False, "contains", "PLAN"),
}


@pytest.mark.parametrize("mistake", WRONG)
def test_a_mistake_in_an_operator_is_caught(
    engine: Engine, stored: Any, monkeypatch: pytest.MonkeyPatch, mistake: str
) -> None:
    name, wrong, operator, value = WRONG[mistake]
    monkeypatch.setattr(comparisons, name, wrong)
    project, log, accept_ids = stored["UTC"]
    node = compare(operator, [value])
    expected = {number for number, event in zip(accept_ids, log.events, strict=True) if holds(log, node, event)}
    assert chosen(engine, project, node) != expected


@pytest.mark.parametrize(
    ("node", "field"),
    [
        (compare("less", []), "filter.values"),
        (compare("between", [1]), "filter.values"),
        (compare("contains", [1]), "filter.values"),
        (compare("before", ["yesterday"]), "filter.values"),
        (compare("in_last", [7, "fortnight"]), "filter.values"),
        (compare("matches", ["x" * 1001]), "filter.values"),
        (compare("equals", ["a"], property={"key": "", "scope": "item"}), "property.scope"),
        (compare("equals", ["a"], property={"key": "nothing", "scope": "field"}), "property.key"),
    ],
)
def test_what_cannot_be_compared_is_refused_by_name(engine: Engine, stored: Any, node: Any, field: str) -> None:
    with pytest.raises(InvalidQuestion) as refused:
        chosen(engine, stored["UTC"][0], node)
    assert refused.value.field == field
