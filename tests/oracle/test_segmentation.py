"""The engine against the oracle, over random raw logs, for every option and pairs of options."""

import math
from datetime import datetime
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings, strategies as st
from tests.examples import examples
from tests.oracle import segmentation as oracle
from tests.oracle.engine import ask, people, project_of, store
from tests.oracle.log import Log
from tests.oracle.strategies import KEYS, TIMES, logs
from tests.oracle.test_filters import comparisons_of, items, trees

from diptych.model.clock import now_ms
from diptych.query.answer import SegmentationAnswer, Series
from diptych.query.reports.segmentation import SegmentationSelection
from diptych.query.sql import (
    events as events_sql,
    measures as measures_sql,
    rows as rows_sql,
    segmentation as sql_module,
    sessions as sessions_sql,
)
from diptych.store.promotion import Promotions
from diptych.store.sql import Bound, Sql, sql

USER = {"key": "plan", "scope": "user"}
COMPANY = {"key": "plan", "scope": "group", "group_type": "company"}
REFERENCES: list[dict[str, Any]] = [
    *({"key": key} for key in KEYS),
    {"key": "country", "scope": "builtin"},
    USER,
    USER | {"at": "event"},
    COMPANY,
    COMPANY | {"at": "event"},
    {"key": "name", "scope": "field"},
]
references = st.sampled_from(REFERENCES)
filters = st.none() | st.none() | trees(comparisons_of(references) | items)
NUMBER = {"key": "n"}


def selector(names: Any, **more: Any) -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries({"names": names, "filter": filters, **more})


alternatives = st.lists(
    st.fixed_dictionaries({"name": st.sampled_from(["A", "B"]), "filter": filters}), min_size=1, max_size=2
)
selectors = st.one_of(
    selector(st.sampled_from([[], ["A"], ["A", "B"], ["$identify"], ["nothing"]]), first_time=st.booleans()),
    selector(st.sampled_from([[], ["A"]]), alternatives=alternatives),
    selector(st.sampled_from([[], ["A"]]), nth=st.integers(1, 3), nth_of=st.sampled_from(["matching", "named"])),
)
windows = st.sampled_from(
    [
        None,
        *({"type": "days", "count": c} for c in (1, 7, 30)),
        {"type": "intervals", "count": 3},
        {"type": "cumulative"},
    ]
)
MEASURES: list[dict[str, Any]] = [
    {"measure": "total"},
    {"measure": "unique"},
    {"measure": "average"},
    {"measure": "frequency"},
    {"measure": "active_share"},
    {"measure": "sessions"},
    {"measure": "sessions", "sessions": {"type": "timeout", "minutes": 1440}},
    {"measure": "sessions", "sessions": {"type": "session_id"}},
    *({"measure": m, "property": NUMBER} for m in ("sum", "mean", "min", "max", "median", "distinct")),
    {"measure": "distinct", "property": {"key": "p"}},
    {"measure": "percentile", "percentile": 90, "property": NUMBER},
    {"measure": "mean", "per_person": "total"},
    {"measure": "median", "per_person": "total"},
    {"measure": "percentile", "percentile": 25, "per_person": "total"},
    *({"measure": "mean", "per_person": p, "property": NUMBER} for p in ("sum", "mean", "min", "max", "distinct")),
    {"measure": "sum", "per_person": "max", "property": NUMBER},
    {"measure": "max", "per_person": "sum", "property": NUMBER},
]
metrics = st.builds(
    lambda measure, event, window, average: measure | {"event": event, "window": window, "rolling_average": average},
    st.sampled_from(MEASURES),
    selectors,
    windows,
    st.sampled_from([None, None, 2, 3]),
)
breakdowns = st.one_of(
    st.fixed_dictionaries({"property": references, "as_text": st.booleans(), "each_item": st.booleans()}),
    st.sampled_from(
        [
            {"property": NUMBER, "buckets": {"type": "custom", "bounds": [0, 2.5, 49]}},
            *(
                {"property": {"key": "time", "scope": "field"}, "part": part}
                for part in ("hour_of_day", "day_of_week", "day_of_month", "month_of_year", "day", "month", "year")
            ),
        ]
    ),
)
RANGES: list[dict[str, Any]] = [
    {"type": "between", "from": "2026-03-07", "to": "2026-03-31"},
    {"type": "between", "from": "2026-03-08", "to": "2026-03-29"},
    {"type": "instants", "from": "2026-03-08T07:00:00", "to": "2026-03-29T01:30:00Z"},
]
compares = st.sampled_from(
    [
        None,
        {"type": "previous"},
        {"type": "shift", "unit": "week", "count": 1},
        {"type": "shift", "unit": "month", "count": 1},
        {"type": "range", "range": {"type": "between", "from": "2026-03-20", "to": "2026-03-30"}},
    ]
)
segments = st.just([]) | st.lists(st.builds(lambda f: {"name": "s", "filter": f}, filters), min_size=1, max_size=2)
questions = st.fixed_dictionaries(
    {
        "type": st.just("segmentation"),
        "metrics": st.lists(metrics, min_size=1, max_size=2),
        "range": st.sampled_from(RANGES),
        "interval": st.sampled_from(["hour", "day", "week", "month", "quarter"]),
        "filter": filters,
        "breakdowns": st.lists(breakdowns, max_size=2),
        "limit": st.just(10_000),
        "group_type": st.sampled_from(["", "", "company"]),
        "segments": segments,
        "compare": compares,
    }
)


def expected(log: Log, question: dict[str, Any], *, earlier: bool = False) -> oracle.Found:
    question = question | {"breakdowns": [{"as_text": False, "each_item": True} | b for b in question["breakdowns"]]}
    return oracle.segmentation(log, question, earlier=earlier)


def as_oracle(series: list[Series], question: dict[str, Any]) -> oracle.Found:
    """The engine's series in the oracle's form."""
    found: oracle.Found = {}
    for one in series:
        as_texts = [*(b.get("as_text", False) for b in question["breakdowns"]), False]
        combination = tuple(_label(v, as_text) for v, as_text in zip(one.breakdown, as_texts, strict=False))
        key = ("$other",) if one.other else combination
        found[one.metric, one.segment, key] = one.overall, list(one.values)
    return found


def _label(value: Any, as_text: bool) -> Any:
    if value is None:
        return None
    if as_text or (isinstance(value, str) and value[:1] in ("[", "{")):
        return ("text", value)
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return ("bool", value) if isinstance(value, bool) else ("str" if isinstance(value, str) else "int", value)


def close(a: Any, b: Any) -> bool:
    if a is None or b is None:
        return a is b
    return math.isclose(a, b, rel_tol=1e-9, abs_tol=1e-9)


def same(found: oracle.Found, wanted: oracle.Found) -> bool:
    return found.keys() == wanted.keys() and all(
        close(found[key][0], overall) and len(found[key][1]) == len(values) and all(map(close, found[key][1], values))
        for key, (overall, values) in wanted.items()
    )


def difference(engine: Any, number: int, log: Log, question: dict[str, Any], **more: Any) -> Any:
    """What the engine finds and what the oracle does, where they differ."""
    store(engine, number, log)
    log.now = now_ms()
    answer: SegmentationAnswer = ask(engine, project_of(number, log), question, **more)
    pairs = [(as_oracle(answer.series, question), expected(log, question))]
    if answer.comparison is not None:
        pairs.append((as_oracle(answer.comparison.series, question), expected(log, question, earlier=True)))
    return next(((found, wanted) for found, wanted in pairs if not same(found, wanted)), None)


slow = settings(max_examples=examples(80), deadline=None, suppress_health_check=list(HealthCheck))


@slow
@given(log=logs(), question=questions)
def test_the_engine_counts_as_the_oracle_does(engine, new_project, log: Log, question: dict) -> None:
    assert difference(engine, new_project(), log, question) is None


others = st.fixed_dictionaries(
    {
        "type": st.just("segmentation"),
        "metrics": st.builds(
            lambda measure, event, window: [measure | {"event": event, "window": window}],
            st.sampled_from([m for m in MEASURES if m["measure"] in ("total", "unique", "average", "sum", "sessions")]),
            selectors,
            windows,
        ),
        "range": st.sampled_from(RANGES),
        "interval": st.sampled_from(["day", "week"]),
        "filter": filters,
        "breakdowns": st.lists(breakdowns, min_size=1, max_size=2),
        "limit": st.sampled_from([1, 2]),
        "others": st.just(True),
        "group_type": st.sampled_from(["", "company"]),
    }
)


@settings(slow, max_examples=examples(40))
@given(log=logs(), question=others)
def test_what_is_beyond_the_limit_is_counted_anew(engine, new_project, log: Log, question: dict) -> None:
    assert difference(engine, new_project(), log, question) is None


@pytest.mark.parametrize("filtered", ["question", "segment", "event"])
@pytest.mark.parametrize("chosen", [{"first_time": True}, {"nth": 1}, {"nth": 1, "nth_of": "named"}], ids=str)
def test_only_the_selectors_own_filter_decides_which_is_the_first(
    engine, new_project, chosen: dict, filtered: str
) -> None:
    log = Log([{**DONE, "time": TIMES[number], "properties": {"p": p}} for number, p in ((3, "x"), (4, "y"))])
    only_y = {"type": "compare", "property": {"key": "p"}, "operator": "equals", "values": ["y"]}
    found = {where: only_y if where == filtered else None for where in ("question", "segment", "event")}
    metric = {"measure": "total", "event": {"names": ["A"], "filter": found["event"]} | chosen, "window": None}
    question = {
        "type": "segmentation", "metrics": [metric], "range": RANGES[0], "interval": "day",
        "filter": found["question"], "segments": [{"name": "all", "filter": found["segment"]}],
        "breakdowns": [], "group_type": "",
    }  # fmt: skip
    assert difference(engine, new_project(), log, question) is None
    counted = filtered == "event" and chosen.get("nth_of") != "named"
    assert [overall for overall, _ in expected(log, question).values()] == [int(counted)]


DONE = {
    "name": "A", "time": TIMES[3], "id": "a", "copy": None, "context": {}, "groups": {}, "session": None,
    "control": False, "first_wins": False,
}  # fmt: skip


@pytest.mark.parametrize("by", [["p"], ["p", "n"]], ids="+".join)
@pytest.mark.parametrize("frequent", [{"p": "x"}, {"p": True, "n": 1}, {}], ids=["text", "mixed", "not set"])
def test_the_rest_is_what_is_not_listed(engine, new_project, frequent: dict, by: list[str]) -> None:
    log = Log([{**DONE, "properties": one} for one in [*[frequent] * 4, {"p": "y"}, {"p": "z", "n": 2}]])
    question = {
        "type": "segmentation",
        "metrics": [{"measure": "total", "event": {"names": ["A"], "filter": None}, "window": None}],
        "range": RANGES[0],
        "interval": "day",
        "filter": None,
        "group_type": "",
        "breakdowns": [{"property": {"key": key}} for key in by],
        "limit": 1,
        "others": True,
    }
    assert difference(engine, new_project(), log, question) is None
    assert sorted(overall for overall, _ in expected(log, question).values()) == [2, 4]


@settings(slow, max_examples=examples(40))
@given(log=logs(), question=questions)
def test_the_people_behind_a_series_are_those_that_it_counts(engine, new_project, log: Log, question: dict) -> None:
    metric = question["metrics"][0] | {"measure": "unique", "window": None, "rolling_average": None}
    metric = {key: metric[key] for key in ("measure", "event", "window", "rolling_average")}
    question = question | {"metrics": [metric], "segments": [], "compare": None}
    number = new_project()
    store(engine, number, log)
    project = project_of(number, log)
    answer: SegmentationAnswer = ask(engine, project, question)
    for one in answer.series[:4]:
        behind = people(engine, project, question, SegmentationSelection(breakdown=one.breakdown))
        assert len(set(behind)) == len(behind) == one.overall
        (key,) = as_oracle([one], question)
        whose = oracle.people_behind(log, _complete(question), metric, key[2])
        assert set(behind) == {_hash(engine, number, question["group_type"], owner) for owner in whose}
    if not question["breakdowns"]:
        values = answer.series[0].values
        some = [place for place, value in enumerate(values) if value][:3]
        for place in {0, *some, len(values) - 1}:
            behind = people(engine, project, question, SegmentationSelection(bucket=place))
            assert len(behind) == values[place]


def _complete(question: dict[str, Any]) -> dict[str, Any]:
    return question | {"breakdowns": [{"as_text": False, "each_item": True} | b for b in question["breakdowns"]]}


_hashes: dict[tuple[int, str, str], int] = {}


def _hash(engine: Any, project: int, group_type: str, owner: str) -> int:
    key = project, group_type, owner
    if key not in _hashes:
        parts = {"p": Bound(project, "UInt32"), "o": Bound(owner, "String"), "t": Bound(group_type, "String")}
        parts = parts if group_type else {name: parts[name] for name in "po"}
        text = "SELECT cityHash64({p}, {t}, {o})" if group_type else "SELECT cityHash64({p}, {o})"
        _hashes[key] = engine.query(sql(text, **parts)).rows[0][0]
    return _hashes[key]


@pytest.fixture(scope="module")
def promotions(engine) -> Promotions:
    """Properties of the random logs in columns of their own."""
    found = Promotions(engine)
    for scope, key in [("event", "p"), ("event", "n"), ("builtin", "country")]:
        found.promote(scope, key)
    return found


@settings(slow, max_examples=examples(30))
@given(log=logs(), question=questions)
def test_promoted_properties_never_change_an_answer(engine, new_project, promotions, log: Log, question: dict) -> None:
    assert difference(engine, new_project(), log, question, column_of=promotions.column_of) is None


MISTAKES: dict[str, tuple[Any, str, str, str, dict[str, Any]]] = {
    "copies are counted": (rows_sql, "_SCAN", "FROM events FINAL", "FROM events", {"measure": "total"}),
    "the end of the range is included": (events_sql, "_WITHIN", "time < {end}", "time <= {end}", {}),
    "the start of the range is left out": (events_sql, "_WITHIN", "time >= {start}", "time > {start}", {}),
    "people are added up over buckets": (
        measures_sql,
        "_MEASURES",
        "uniqExactMerge(s0)",
        "sum(finalizeAggregation(s0))",
        {},
    ),
    "events of nobody are a person": (measures_sql, "_MEASURES", "who, who != 0", "who, true", {}),
    "links are ignored": (rows_sql, "PERSON", "if(joinGet", "id_hash + 0 * if(joinGet", {}),
    "a window forgets its last cell": (
        sql_module,
        "_COVERING",
        "{last}[place]",
        "{last}[place] - 1",
        {"window": {"type": "days", "count": 7}},
    ),
    "a session lasts for ever": (sessions_sql, "_PAUSES", "countIf(pause)", "countIf(false)", {"measure": "sessions"}),
    "nobody is a person of the average": (
        sql_module,
        "_PER_PERSON",
        "WHERE who != 0",
        "",
        {"measure": "mean", "per_person": "total"},
    ),
    "nobody does it some times": (sql_module, "_PEOPLE_BY_TIMES", "WHERE who != 0", "", {"measure": "frequency"}),
    "the second time is the first": (events_sql, "_NTH", "earliest[NTH]", "earliest[1]", {"event": {"nth": 2}}),
    "the least is the greatest": (measures_sql, "_MEASURES", "minState(v)", "minState(-v)", {"measure": "min"}),
    "the mean divides by all events": (
        measures_sql,
        "_MEASURES",
        "avgState(v)",
        "avgState(ifNull(v, 0))",
        {"measure": "mean"},
    ),
    "the first time is any time": (
        events_sql,
        "_FIRST_TIME",
        "min(time)",
        "max(time)",
        {"event": {"first_time": True}},
    ),
}
GROUP_MISTAKES = {
    "an event of two groups counts twice": (
        sql_module,
        "_ROWS",
        "{distinct}",
        "/* {distinct} */",
        {"measure": "total"},
    ),
}
OTHER_MISTAKES = {
    "an event with several other values counts twice": (
        sql_module,
        "_OTHERS",
        "SELECT DISTINCT",
        "SELECT",
        {"measure": "total"},
    ),
}
PROFILE_MISTAKES = {
    "a change at the event's time is not seen": (
        rows_sql,
        "_AT_EVENT",
        "{time} >= {name}_time",
        "{time} > {name}_time",
        {},
    ),
}


def plain(metric: dict[str, Any], **more: Any) -> dict[str, Any]:
    """A plain question: filters and breakdowns would only hide what is wrong with the rest."""
    event = {"names": [], "filter": None} | metric.pop("event", {})
    needs = metric.get("measure") in ("min", "mean", "sum") and not metric.get("per_person")
    metric = {"measure": "unique", "event": event} | metric | ({"property": NUMBER} if needs else {})
    return {
        "type": "segmentation",
        "metrics": [metric],
        "range": RANGES[0],
        "interval": "day",
        "filter": None,
        "breakdowns": [],
        "limit": 10,
        **more,
    }


LIST = {"property": {"key": "p"}}
CASES = (
    [(name, case, {}) for name, case in MISTAKES.items()]
    + [(name, case, {"group_type": "company"}) for name, case in GROUP_MISTAKES.items()]
    + [(name, case, {"breakdowns": [LIST], "limit": 1, "others": True}) for name, case in OTHER_MISTAKES.items()]
    + [(name, case, {"breakdowns": [{"property": USER | {"at": "event"}}]}) for name, case in PROFILE_MISTAKES.items()]
)


def happened(time: str, owner: str, properties: dict[str, Any] | None = None, **more: Any) -> dict[str, Any]:
    at = int(datetime.fromisoformat(f"2026-{time}Z").timestamp() * 1000)
    return DONE | {"time": at, "id": owner, "properties": properties or {}, "groups": {}} | more


TWICE = {"copy": "twice"}


def telling_log() -> Log:
    """A log in which each mistake shows: the comment names the mistakes that an event is there for."""
    return Log(
        events=[
            happened("03-07T00:00:00", "a", {"n": 1, "p": "often"}),  # the start is left out; the least
            happened("03-09T10:00:00", "a", {"n": 10, "p": "often"}),  # added up; the second time; the window
            happened("03-10T10:00:00", "b", {"p": "often"}, **TWICE),  # copies, in different parts
            happened("03-10T10:00:00", "b", {"p": "often"}, **TWICE),
            happened("03-09T15:00:00", "$device:x"),  # links; a session that lasts; a mean of events without a number
            happened("03-09T15:00:00", ""),  # nobody
            happened(
                "03-11T10:00:00", "c", {"p": ["x", "y"]}, groups={"company": ["g1", "g2"]}
            ),  # two groups, two values
            happened("04-01T00:00:00", "late"),  # the end is included
        ],
        links=[("$device:x", "a")],
        updates=[{"group_type": "", "id": "c", "key": "plan", "time": milli("03-11T10:00:00"), "value": "pro"}],
    )


def milli(time: str) -> int:
    return int(happened(time, "")["time"])


@pytest.mark.parametrize(("mistake", "case", "more"), CASES, ids=[name for name, *_ in CASES])
def test_a_mistake_in_the_sql_is_caught(
    engine, new_project, monkeypatch, request, mistake: str, case: Any, more: Any
) -> None:
    module, name, right, wrong, metric = case
    question = plain(dict(metric), **more)
    request.addfinalizer(lambda: engine.execute(Sql("SYSTEM START MERGES events")))
    engine.execute(Sql("SYSTEM STOP MERGES events"))  # a merge would take away the copies that a mistake counts
    assert difference(engine, new_project(), telling_log(), question) is None
    monkeypatch.setattr(module, name, with_mistake(getattr(module, name), right, wrong))
    assert difference(engine, new_project(), telling_log(), question), f"nothing shows that {mistake}"


def with_mistake(old: Any, right: str, wrong: str) -> Any:
    """A template, or a table of measures, with a mistake in it."""
    if isinstance(old, str):
        assert right in old
        return old.replace(right, wrong)
    if isinstance(old, dict):
        changed = {
            key: one._replace(**{f: _wrong(getattr(one, f), right, wrong) for f in SQL_FIELDS})
            for key, one in old.items()
        }
        assert changed != old
        return changed
    assert right in old.text
    return _wrong(old, right, wrong)


SQL_FIELDS = ("states", "single", "merged")


def _wrong(part: Sql, right: str, wrong: str) -> Sql:
    return Sql(part.text.replace(right, wrong), part.parameters)
