"""The engine against the oracle, over random raw logs, for every option and pairs of options."""

import asyncio
import json
from datetime import datetime
from itertools import count
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.oracle.segmentation import Log, segmentation

from diptych.model import Event, IdentityLink, Project
from diptych.model.jsontext import dump
from diptych.query.answer import SegmentationAnswer
from diptych.query.questions import Segmentation
from diptych.query.run import Queries
from diptych.query.sql import events as events_sql
from diptych.query.sql import rows as rows_sql
from diptych.query.sql import segmentation as sql_module
from diptych.store import tables
from diptych.store.sql import Sql

ZONES = ["UTC", "Europe/Berlin", "America/New_York", "Asia/Kathmandu"]
# Around the ends of a range in every zone, and around changes of the clock in two of them.
TIMES = [
    int(datetime.fromisoformat(text).timestamp() * 1000)
    for text in (
        "2026-03-06T23:59:59.999+00:00",
        "2026-03-07T00:00:00+00:00",
        "2026-03-08T06:59:59+00:00",
        "2026-03-08T07:30:00+00:00",
        "2026-03-28T23:00:00+00:00",
        "2026-03-29T00:30:00+00:00",
        "2026-03-29T01:00:00.001+00:00",
        "2026-03-30T22:15:00+00:00",
        "2026-04-01T00:00:00+00:00",
    )
]
IDS = ["", "a", "b", "c", "$device:x", "$device:y"]
VALUES: list[Any] = [
    None, True, False, 0, 1, -1, 49, 49.0, 2.5, 1e20, 9007199254740993, "", "1", "49", "true", "null", "pro",
    "Pro plan", 'quo"te', "back\\slash", "München", [], ["pro", "pro", 1], [1, "1", None], {"k": "v"}, ["a/b"],
]  # fmt: skip
KEYS = ["p", "q"]

events = st.fixed_dictionaries(
    {
        "name": st.sampled_from(["A", "B", "$identify"]),
        "time": st.sampled_from(TIMES) | st.integers(TIMES[0], TIMES[-1]),
        "id": st.sampled_from(IDS),
        "copy": st.none() | st.integers(0, 3),
        "properties": st.dictionaries(st.sampled_from(KEYS), st.sampled_from(VALUES)),
    }
)
keys = st.sampled_from(KEYS).map(lambda key: {"key": key, "scope": "event"})
scalars = st.sampled_from([v for v in VALUES if not isinstance(v, (list, dict))])
limits = st.sampled_from([0, 1, 49.0, 2.5, "1", "pro", "München"])
texts = st.sampled_from(["pro", "PLAN", "1", "ü", '"', "\\", "", "true"])


def comparison(operators: list[str], values: st.SearchStrategy[list[Any]], as_text: st.SearchStrategy[bool]) -> Any:
    return st.fixed_dictionaries(
        {
            "type": st.just("compare"),
            "property": keys,
            "operator": st.sampled_from(operators),
            "values": values,
            "as_text": as_text,
        }
    )


comparisons = st.one_of(
    comparison(["equals", "not_equals"], st.lists(scalars, min_size=1, max_size=2), st.booleans()),
    comparison(["less", "less_or_equal", "greater", "greater_or_equal"], st.tuples(limits).map(list), st.just(False)),
    comparison(["contains", "not_contains"], st.lists(texts, min_size=1, max_size=2), st.just(False)),
    comparison(["is_set", "not_set"], st.just([]), st.just(False)),
)
filters = st.none() | st.recursive(
    comparisons,
    lambda inner: st.one_of(
        st.fixed_dictionaries({"type": st.sampled_from(["all", "any"]), "filters": st.lists(inner, max_size=2)}),
        st.fixed_dictionaries({"type": st.just("not"), "filter": inner}),
    ),
    max_leaves=3,
)
metrics = st.fixed_dictionaries(
    {
        "event": st.fixed_dictionaries(
            {
                "names": st.sampled_from([[], ["A"], ["A", "B"], ["$identify"], ["nothing"]]),
                "filter": filters,
                "first_time": st.booleans(),
            }
        ),
        "measure": st.sampled_from(["total", "unique", "average"]),
    }
)
breakdowns = st.fixed_dictionaries({"property": keys, "as_text": st.booleans(), "each_item": st.booleans()})
questions = st.fixed_dictionaries(
    {
        "type": st.just("segmentation"),
        "metrics": st.lists(metrics, min_size=1, max_size=2),
        "range": st.sampled_from(
            [
                {"type": "between", "from": "2026-03-07", "to": "2026-03-31"},
                {"type": "between", "from": "2026-03-08", "to": "2026-03-29"},
            ]
        ),
        "interval": st.sampled_from(["hour", "day", "week", "month"]),
        "filter": filters,
        "breakdowns": st.lists(breakdowns, max_size=2),
        "limit": st.just(10_000),
    }
)
logs = st.builds(
    Log,
    st.lists(events, max_size=25),
    st.lists(st.tuples(st.sampled_from(IDS[4:]), st.sampled_from(IDS[1:4])), max_size=3),
)
_numbers = count(1)


def complete(log: Log) -> Log:
    """Make copies what they are for a vendor: equal in what their key is made of."""
    for event in log.events:
        event["control"] = event["name"] == "$identify"
        event["first_wins"] = event["copy"] in (0, 1)
        if event["copy"] is not None:
            event["copy"] = json.dumps([event["name"], event["id"], event["time"], event["copy"]])
    return log


def store(engine, project: int, log: Log) -> None:
    rows = [
        Event(
            project=project,
            name=event["name"],
            time=event["time"],
            received=event["time"],
            distinct_id=event["id"],
            copy_key=event["copy"],
            first_copy_wins=event["first_wins"],
            control=event["control"],
            properties={key: dump(value) for key, value in event["properties"].items()},
            accept_id=next(_numbers),
        )
        for event in log.events
    ]
    # Two blocks, so that copies also meet across parts.
    tables.insert_events(engine, rows[::2], f"{project}-even")
    tables.insert_events(engine, rows[1::2], f"{project}-odd")
    links = [
        IdentityLink(
            project=project,
            actor=actor,
            person=person,
            source="test",
            time=0,
            received=0,
            accept_id=next(_numbers),
        )
        for actor, person in log.links
    ]
    tables.insert_links(engine, links, f"{project}-links")


def ask(engine, project: int, zone: str, question: dict[str, Any]) -> SegmentationAnswer:
    async def settled() -> bool:
        return True

    queries = Queries(engine, settled)
    try:
        asked = msgspec.convert(question, Segmentation, strict=False)
        return asyncio.run(queries.ask(Project(id=project, name="p", token="t", timezone=zone), asked))
    finally:
        queries.close()


def as_oracle(answer: SegmentationAnswer, question: dict[str, Any], zone: str) -> list[dict[Any, Any]]:
    """The engine's answer in the oracle's form."""
    found: list[dict[Any, Any]] = [{} for _ in question["metrics"]]
    hourly = question["interval"] == "hour"
    for series in answer.series:
        labels = [
            datetime.fromtimestamp(b.start / 1000, ZoneInfo(zone)).isoformat() if hourly else b.date
            for b in answer.buckets
        ]
        points = {label: value for label, value in zip(labels, series.values, strict=True) if value}
        combination = tuple(
            _label(value, breakdown["as_text"])
            for value, breakdown in zip(series.breakdown, question["breakdowns"], strict=True)
        )
        if series.overall or points or question["breakdowns"]:
            found[series.metric][combination] = (series.overall, points)
    return found


def _label(value: Any, as_text: bool) -> Any:
    if value is None:
        return None
    if as_text or (isinstance(value, str) and value[:1] in "[{" and value[:1]):
        return ("text", value)
    return ("bool", value) if isinstance(value, bool) else (type(value).__name__.replace("float", "int"), value)


def difference(engine, project: int, log: Log, zone: str, question: dict[str, Any]) -> tuple[Any, Any] | None:
    store(engine, project, log)
    expected = segmentation(log, question, zone)
    if not question["breakdowns"]:
        expected = [{c: v for c, v in answer.items() if v[0] or v[1]} for answer in expected]
    found = as_oracle(ask(engine, project, zone, question), question, zone)
    return None if found == expected else (found, expected)


slow = settings(
    max_examples=150,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)


@slow
@given(log=logs.map(complete), question=questions, zone=st.sampled_from(ZONES))
def test_the_engine_counts_as_the_oracle_does(engine, new_project, log: Log, question: dict, zone: str) -> None:
    assert difference(engine, new_project(), log, zone, question) is None


# Copies do not change who did something, only how often.
COUNTED = {"copies are counted": "total"}
MISTAKES = {
    "copies are counted": (rows_sql, "_SCAN", "FROM events FINAL", "FROM events"),
    "the end of the range is included": (events_sql, "_WITHIN", "time < {end}", "time <= {end}"),
    "the start of the range is left out": (events_sql, "_WITHIN", "time >= {start}", "time > {start}"),
    "people are added up over buckets": (
        sql_module,
        "_OVERALL",
        "uniqExactMerge(people)",
        "sum(finalizeAggregation(people))",
    ),
    "events of nobody are a person": (sql_module, "_PEOPLE", "uniqExactStateIf(who, who != 0)", "uniqExactState(who)"),
    "links are ignored": (rows_sql, "PERSON", "if(joinGet", "id_hash + 0 * if(joinGet"),
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake_in_the_sql_is_caught(engine, new_project, monkeypatch, mistake: str) -> None:
    module, name, right, wrong = MISTAKES[mistake]
    monkeypatch.setattr(module, name, with_mistake(getattr(module, name), right, wrong))
    if name == "_PEOPLE":
        monkeypatch.setattr(sql_module, "_STATES", dict.fromkeys(sql_module._STATES, sql_module._PEOPLE))
    caught = []

    # A plain question: filters and breakdowns would only hide what is wrong with the rest.
    question = {
        "type": "segmentation",
        "metrics": [
            {
                "event": {"names": [], "filter": None, "first_time": False},
                "measure": COUNTED.get(mistake, "unique"),
            }
        ],
        "range": {"type": "between", "from": "2026-03-07", "to": "2026-03-31"},
        "interval": "day",
        "filter": None,
        "breakdowns": [],
        "limit": 10,
    }

    @settings(max_examples=200, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
    @given(log=logs.map(complete))
    def search(log: Log) -> None:
        if not caught and difference(engine, new_project(), log, "UTC", question):
            caught.append(log)

    search()
    assert caught, f"no random log shows that {mistake}"


def with_mistake(old: Any, right: str, wrong: str) -> Any:
    if isinstance(old, str):
        assert right in old
        return old.replace(right, wrong)
    if isinstance(old, dict):
        assert any(right in part.text for part in old.values())
        return {key: Sql(part.text.replace(right, wrong), part.parameters) for key, part in old.items()}
    assert right in old.text
    return Sql(old.text.replace(right, wrong), old.parameters)
