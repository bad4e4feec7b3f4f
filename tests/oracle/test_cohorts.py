"""Cohorts of the engine against the oracle: every condition, alone and in trees, wherever a cohort may stand."""

import time
from datetime import datetime
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings, strategies as st
from tests.examples import examples
from tests.oracle.cohorts import Moment, cohort_of, holds, in_cohort
from tests.oracle.engine import ask, people, project_of, store as store_log
from tests.oracle.log import Log, counted_once, owners
from tests.oracle.strategies import TIMES, complete

from diptych.query.reports.cohorts import CohortSelection
from diptych.query.sql import cohorts as sql_module
from diptych.store.sql import Bound, Sql, join, sql

ZONES = ["UTC", "Europe/Berlin", "America/New_York", "Asia/Kathmandu"]
DAYS = ["2026-03-06", "2026-03-08", "2026-03-29", "2026-03-31"]
IDS = ["", "a", "b", "c", "$device:x", "$device:y"]
VALUES: list[Any] = [None, True, 1, 2.5, 3, "1", "pro", [1, "pro", 1, None], []]
KEYS = ["p", "q"]
LISTS = {"one": {"a", "$device:x"}, "two": {"b", "missing"}}
GROUP_LISTS = {"one": {"g1"}, "two": {"g2", "missing"}}


def named(group_type: str, lists: dict[str, set[str]]) -> dict[str, set[str]]:
    """Lists of groups have names of their own."""
    return {group_type + name: ids for name, ids in lists.items()}


ALL_LISTS = named("", LISTS) | named("company", GROUP_LISTS)
NUMERIC = ["equals", "not_equals", "less", "less_or_equal", "greater", "greater_or_equal"]

times = st.sampled_from(TIMES) | st.integers(TIMES[0], TIMES[-1])
events = st.fixed_dictionaries(
    {
        "name": st.sampled_from(["A", "B", "C", "$identify"]),
        "time": times,
        "id": st.sampled_from(IDS),
        "copy": st.none() | st.integers(0, 3),
        "properties": st.dictionaries(st.sampled_from(KEYS), st.sampled_from(VALUES)),
        "groups": st.dictionaries(
            st.just("company"), st.lists(st.sampled_from(["g1", "g2", "g3"]), max_size=2, unique=True)
        ),
    }
)
updates = st.fixed_dictionaries(
    {
        "group_type": st.just(""),
        "id": st.sampled_from(["a", "b", "c", "only a profile"]),
        "key": st.sampled_from(KEYS),
        "time": times,
        "value": st.sampled_from(VALUES),
    }
) | st.fixed_dictionaries(
    {
        "group_type": st.just("company"),
        "id": st.sampled_from(["g1", "g2", "only a profile"]),
        "key": st.sampled_from(KEYS),
        "time": times,
        "value": st.sampled_from(VALUES),
    }
)
logs = st.builds(
    Log,
    st.lists(events, max_size=20),
    st.lists(st.tuples(st.sampled_from(IDS[4:]), st.sampled_from(IDS[1:4])), max_size=2),
    st.lists(updates, max_size=6),
    st.sampled_from(ZONES),
)


def compares(references: st.SearchStrategy[dict[str, Any]]) -> st.SearchStrategy[dict[str, Any]]:
    return st.builds(
        lambda reference, operator: {"type": "compare", "property": reference, **operator},
        references,
        st.one_of(
            st.builds(
                lambda op, values: {"operator": op, "values": values},
                st.sampled_from(["equals", "not_equals"]),
                st.lists(st.sampled_from([None, True, 1, 2.5, "1", "pro"]), min_size=1, max_size=2),
            ),
            st.builds(
                lambda op, value: {"operator": op, "values": [value]},
                st.sampled_from(NUMERIC[2:]),
                st.sampled_from([1, 2.5, "pro"]),
            ),
            st.sampled_from([{"operator": "is_set", "values": []}, {"operator": "not_set", "values": []}]),
        ),
    )


def trees(inner: st.SearchStrategy[Any], many: str, one: str) -> st.SearchStrategy[Any]:
    return st.recursive(
        inner,
        lambda part: st.one_of(
            st.builds(
                lambda kind, parts: {"type": kind, many: parts},
                st.sampled_from(["all", "any"]),
                st.lists(part, max_size=3),
            ),
            st.builds(lambda part: {"type": "not", one: part}, part),
        ),
        max_leaves=3,
    )


keys = st.sampled_from(KEYS)
of_event = keys.map(lambda key: {"key": key, "scope": "event"})
of_person = st.builds(lambda key, at: {"key": key, "scope": "user", "at": at}, keys, st.sampled_from(["now", "event"]))
durations = st.builds(
    lambda n, unit: {"count": n, "unit": unit},
    st.sampled_from([1, 2, 21, 22, 23]),
    st.sampled_from(["hour", "day"]),
)
whens = st.one_of(
    st.none(),
    st.sampled_from(DAYS).map(lambda day: {"type": "between", "from": "2026-03-07", "to": max(day, "2026-03-07")}),
    st.sampled_from(DAYS).map(lambda day: {"type": "since", "from": day}),
    st.sampled_from([1, 2, 3, 22, 30]).map(lambda n: {"type": "last", "count": n, "unit": "day"}),
    durations.map(lambda d: {"type": "first_use", "within": d}),
)
selectors = st.fixed_dictionaries(
    {
        "names": st.sampled_from([[], ["A"], ["B"], ["A", "B"], ["$identify"]]),
        "filter": st.none() | compares(of_event | of_person),
        "first_time": st.sampled_from([False, False, True]),
    }
)
tallies = st.one_of(
    st.sampled_from(["count", "days", "weeks", "months"]).map(lambda t: {"tally": t}),
    st.builds(
        lambda t, reference: {"tally": t, "property": reference},
        st.sampled_from(["distinct_values", "sum", "average", "minimum", "maximum"]),
        of_event | of_person,
    ),
)
dids = st.builds(
    lambda event, tally, operator, value, when: {
        "type": "did", "event": event, **tally, "operator": operator, "value": value, "when": when,
    },
    selectors, tallies, st.sampled_from(NUMERIC), st.sampled_from([0, 1, 1, 2, 3, 2.5]), whens,
)  # fmt: skip
more = st.fixed_dictionaries(
    {
        "type": st.just("did_more"),
        "event": selectors,
        "than": selectors,
        "operator": st.sampled_from(NUMERIC),
        "when": whens,
    }
)
orders = st.fixed_dictionaries(
    {
        "type": st.just("in_order"),
        "steps": st.lists(selectors, min_size=2, max_size=3),
        "within": st.none() | durations,
        "when": whens,
    }
)
latest = st.fixed_dictionaries(
    {"type": st.just("latest"), "filter": compares(of_event | of_person), "event": selectors, "when": whens}
)
listed = st.sampled_from(sorted(LISTS)).map(lambda name: {"type": "on_list", "list": name})


def profiles(group_type: str) -> st.SearchStrategy[Any]:
    scope = {"scope": "group", "group_type": group_type} if group_type else {"scope": "user"}
    own = compares(keys.map(lambda key: {"key": key, **scope}))
    return st.fixed_dictionaries(
        {"type": st.just("profile"), "filter": trees(own, "filters", "filter"), "at": st.none() | st.sampled_from(DAYS)}
    )


def cohorts(group_type: str) -> st.SearchStrategy[Any]:
    plain = st.one_of(dids, more, orders, latest, listed, profiles(group_type))
    nested = st.builds(
        lambda condition, day: {
            "type": "in_cohort", "cohort": {"condition": condition, "group_type": group_type}, "as_of": day,
        },
        plain, st.none() | st.sampled_from(DAYS),
    )  # fmt: skip
    return st.builds(
        lambda condition, day: {
            "type": "in_cohort", "cohort": {"condition": condition, "group_type": group_type}, "as_of": day,
        },
        trees(plain | nested, "conditions", "condition"), st.none() | st.sampled_from(DAYS),
    )  # fmt: skip


any_cohort = cohorts("") | cohorts("company")


_OWNER = "if({group_type} = '', cityHash64({project}, {id}), cityHash64({project}, {group_type}, {id}))"


def store(engine, project: int, log: Log) -> None:
    store_log(engine, project, log)
    _store_lists(engine, project)


def _store_lists(engine, project: int) -> None:
    template = "SELECT {project}, {list}, OWNER, {id}, 1, 0"
    _insert(
        engine,
        "cohort_lists",
        [
            _row(template, project, group_type, one, list=Bound(name, "String"))
            for group_type, lists in (("", LISTS), ("company", GROUP_LISTS))
            for name, ids in named(group_type, lists).items()
            for one in sorted(ids)
        ],
    )


def _row(template: str, project: int, group_type: str, owner: str, **parts: Bound) -> Sql:
    known = {
        "project": Bound(project, "UInt32"),
        "group_type": Bound(group_type, "String"),
        "id": Bound(owner, "String"),
    } | parts
    text = template.replace("OWNER", _OWNER)
    return sql(text, **{name: part for name, part in known.items() if f"{{{name}}}" in text})


def _insert(engine, table: str, rows: list[Sql]) -> None:
    if rows:
        engine.execute(sql("INSERT INTO {table} {rows}", table=Sql(table), rows=join(" UNION ALL ", rows)))


def named_lists(node: Any) -> Any:
    """Lists of groups are stored under names of their own."""
    if isinstance(node, list):
        return [named_lists(one) for one in node]
    if not isinstance(node, dict):
        return node
    inside = {key: named_lists(value) for key, value in node.items()}
    if inside.get("type") == "in_cohort" and inside["cohort"].get("group_type"):
        inside["cohort"] = _prefixed(inside["cohort"], inside["cohort"]["group_type"])
    return inside


def _prefixed(node: Any, prefix: str) -> Any:
    if isinstance(node, list):
        return [_prefixed(one, prefix) for one in node]
    if not isinstance(node, dict):
        return node
    inside = {key: _prefixed(value, prefix) for key, value in node.items()}
    if inside.get("type") == "on_list" and not inside["list"].startswith(prefix):
        inside["list"] = prefix + inside["list"]
    return inside


def question_of(log: Log, filter_: Any, breakdowns: list[Any], group_type: str = "") -> dict[str, Any]:
    return {
        "type": "segmentation",
        "metrics": [
            {"event": {"names": []}, "measure": "total"},
            {"event": {"names": []}, "measure": "unique"},
        ],
        "range": {"type": "between", "from": "2026-03-01", "to": "2026-04-30"},
        "interval": "month",
        "filter": filter_,
        "breakdowns": breakdowns,
        "group_type": group_type,
    }


def counted(log: Log, filter_: Any, breakdowns: list[Any], group_type: str, moment: Moment) -> dict[Any, list[int]]:
    """Label → events, each once whatever number of groups it names, and different owners."""
    rows: dict[Any, list[Any]] = {}
    for number, event in enumerate(counted_once(log)):
        if event["control"]:
            continue
        for owner in owners(log, event, group_type) or [None]:
            if not holds(log, filter_, event, owner if group_type else None, moment, ALL_LISTS):
                continue
            for label in _labels(log, breakdowns, event, owner if group_type else None, moment):
                rows.setdefault(label, []).append((number, owner))
    return {
        label: [len({event for event, _ in found}), len({owner for _, owner in found if owner is not None})]
        for label, found in rows.items()
    }


def _labels(log: Log, breakdowns: list[Any], event: Any, owner: str | None, moment: Moment) -> list[Any]:
    if not breakdowns:
        return [()]
    return [
        (cohort["name"] if in_cohort(log, cohort, event, owner, moment, ALL_LISTS) else f"Not in {cohort['name']}",)
        for cohort in breakdowns[0]["cohorts"]
    ]


def difference(engine, number: int, log: Log, filter_: Any, breakdowns: list[Any], group_type: str) -> Any:
    project = project_of(number, log)
    answer = ask(engine, project, question_of(log, filter_, breakdowns, group_type))
    found: dict[Any, list[int]] = {}
    for series in answer.series:
        if series.overall or breakdowns:
            found.setdefault(tuple(series.breakdown), [0, 0])[series.metric] = series.overall
    expected = counted(log, filter_, breakdowns, group_type, Moment(int(time.time() * 1000)))
    return None if found == expected else (found, expected)


def size_difference(engine, number: int, log: Log, cohort: Any) -> Any:
    project = project_of(number, log)
    question = {
        "type": "cohort_sizes",
        "cohorts": [cohort],
        "range": {"type": "between", "from": DAYS[1], "to": DAYS[2]},
        "interval": "week",
    }
    answer = ask(engine, project, question)
    members = people(engine, project, question, CohortSelection())
    [series] = answer.series
    moments = [Moment(bucket.end - 1, bucket.end) for bucket in answer.buckets]
    expected = [len(cohort_of(log, cohort, moment, ALL_LISTS)) for moment in moments]
    now = len(cohort_of(log, cohort, Moment(int(time.time() * 1000)), ALL_LISTS))
    found = (series.size, len(members), len(set(members)), series.values)
    return None if found == (now, now, now, expected) else (found, now, expected)


slow = settings(
    max_examples=examples(20),
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
filters = st.one_of(
    any_cohort,
    any_cohort.map(lambda node: {"type": "not", "filter": node}),
    st.builds(
        lambda kind, node, other: {"type": kind, "filters": [node, other]},
        st.sampled_from(["all", "any"]),
        any_cohort,
        compares(of_event) | any_cohort,
    ),
)
breakdowns = st.lists(any_cohort, min_size=1, max_size=2).map(
    lambda found: [{"cohorts": [{**node, "name": f"N{n}"} for n, node in enumerate(found)]}]
)


@slow
@given(log=logs.map(complete), node=filters.map(named_lists), group_type=st.sampled_from(["", "", "company"]))
def test_as_a_filter(engine, new_project, log: Log, node: Any, group_type: str) -> None:
    number = new_project()
    store(engine, number, log)
    assert difference(engine, number, log, node, [], group_type) is None


@slow
@given(log=logs.map(complete), split=breakdowns.map(named_lists), group_type=st.sampled_from(["", "", "company"]))
def test_as_a_breakdown(engine, new_project, log: Log, split: Any, group_type: str) -> None:
    number = new_project()
    store(engine, number, log)
    assert difference(engine, number, log, None, split, group_type) is None


@slow
@given(log=logs.map(complete), cohort=any_cohort.map(named_lists))
def test_sizes_now_and_on_past_days_and_the_people(engine, new_project, log: Log, cohort: Any) -> None:
    number = new_project()
    store(engine, number, log)
    assert size_difference(engine, number, log, cohort) is None


def _event(name: str, owner: str, at: str, **properties: Any) -> dict[str, Any]:
    return {
        "name": name,
        "time": int(datetime.fromisoformat(at + "+00:00").timestamp() * 1000),
        "id": owner,
        "copy": None,
        "properties": properties,
        "groups": {},
    }


def _update(owner: str, at: str, value: Any) -> dict[str, Any]:
    time = int(datetime.fromisoformat(at + "+00:00").timestamp() * 1000)
    return {"group_type": "", "id": owner, "key": "p", "time": time, "value": value}


# Small, and each event is there for one of the conditions below.
KNOWN = complete(
    Log(
        [
            _event("A", "a", "2026-03-10T10:00", p=1),
            _event("B", "a", "2026-03-10T10:00", p="pro"),
            _event("B", "b", "2026-03-10T11:00", p=2),
            _event("A", "b", "2026-03-10T12:00", p=2),
            _event("B", "b", "2026-03-12T12:00", p="pro"),
            _event("A", "$device:x", "2026-03-12T23:30"),
            _event("A", "$device:x", "2026-03-13T00:30"),
            _event("C", "c", "2026-03-14T00:00"),
            _event("A", "c", "2026-03-14T01:00"),
            _event("A", "c", "2026-03-14T02:00", p=True),
            _event("A", "", "2026-03-14T02:00"),
        ],
        [("$device:x", "d")],
        [_update("a", "2026-03-10T00:00", "pro"), _update("a", "2026-03-12T00:00", "free")],
        "Europe/Berlin",
    )
)


def _did(name: str, **more: Any) -> dict[str, Any]:
    return {
        "type": "did",
        "event": {"names": [name]},
        "tally": "count",
        "operator": "greater_or_equal",
        "value": 1,
    } | more


CONDITIONS: dict[str, tuple[dict[str, Any], str | None, int]] = {
    "did A": (_did("A"), None, 4),
    "did A twice": (_did("A", value=2), None, 2),
    "did A less than twice": (_did("A", operator="less", value=2), None, 2),
    "did not do B": ({"type": "not", "condition": _did("B")}, None, 2),
    "did A on two days": (_did("A", tally="days", value=2), None, 0),
    "spent 2 in A": (_did("A", tally="sum", property={"key": "p"}, value=2), None, 1),
    "did A within an hour of the first use": (
        _did("A", when={"type": "first_use", "within": {"count": 1, "unit": "hour"}}),
        None,
        4,
    ),
    "did A more often than B": (
        {"type": "did_more", "event": {"names": ["A"]}, "than": {"names": ["B"]}},
        None,
        2,
    ),
    "did A, then B within two days": (
        {"type": "in_order", "steps": [{"names": ["A"]}, {"names": ["B"]}], "within": {"count": 2, "unit": "day"}},
        None,
        1,
    ),
    "did A, then B within a day": (
        {"type": "in_order", "steps": [{"names": ["A"]}, {"names": ["B"]}], "within": {"count": 1, "unit": "day"}},
        None,
        0,
    ),
    "was on pro most recently": (
        {
            "type": "latest",
            "filter": {"type": "compare", "property": {"key": "p"}, "operator": "equals", "values": ["pro"]},
        },
        None,
        2,
    ),
    "is on pro": (
        {
            "type": "profile",
            "filter": {
                "type": "compare",
                "property": {"key": "p", "scope": "user"},
                "operator": "equals",
                "values": ["pro"],
            },
        },
        None,
        0,
    ),
}
CONDITIONS["was on pro on the day"] = (CONDITIONS["is on pro"][0], "2026-03-11", 1)
CONDITIONS["is on the list"] = ({"type": "on_list", "list": "one"}, None, 2)

# What is wrong: the template, and the condition that shows it.
MISTAKES = {
    "nobody is a person": ("_DID", " AND who != 0", "", "did A"),
    "one too many is counted": ("_COMPARED", "{tally} {op", "{tally} + 1 {op", "did A twice"),
    "the end of the first use is left out": ("_SOON_AFTER", "<=", "<", "did A within an hour of the first use"),
    "what happens at once is in order": ("_IN_ORDER", "{number} - step", "step", "did A, then B within a day"),
    "there is no window": ("_IN_ORDER", "({window})", "({window} + 1000000000)", "did A, then B within a day"),
    "the first event is the latest": ("_LATEST", "argMax", "argMin", "was on pro most recently"),
    "the past knows the future": ("_PROFILE_THEN", "time < {until}", "{until} = {until}", "was on pro on the day"),
}


def _sizes(engine, number: int) -> dict[str, int]:
    found = {}
    for name, (condition, day, _) in CONDITIONS.items():
        cohort = {"type": "in_cohort", "cohort": {"condition": condition}, "as_of": day}
        question = {"type": "cohort_sizes", "cohorts": [cohort]}
        found[name] = ask(engine, project_of(number, KNOWN), question).series[0].size
    return found


def test_known_sizes(engine, new_project) -> None:
    number = new_project()
    store(engine, number, KNOWN)
    assert _sizes(engine, number) == {name: size for name, (_, _, size) in CONDITIONS.items()}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake_in_the_sql_is_caught(engine, new_project, monkeypatch, mistake: str) -> None:
    template, right, wrong, shown_by = MISTAKES[mistake]
    text = getattr(sql_module, template)
    assert right in text
    monkeypatch.setattr(sql_module, template, text.replace(right, wrong))
    number = new_project()
    store(engine, number, KNOWN)
    assert _sizes(engine, number)[shown_by] != CONDITIONS[shown_by][2]


def test_that_ids_on_a_list_are_people_is_shown(engine, new_project, monkeypatch) -> None:
    monkeypatch.setattr(sql_module, "persons_of", lambda project, listed: listed)
    number = new_project()
    store(engine, number, KNOWN)
    assert _sizes(engine, number)["is on the list"] != CONDITIONS["is on the list"][2]
