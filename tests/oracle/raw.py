"""Random raw logs for reports over a person's history, and how a question is asked of them at a moment."""

import asyncio
import json
import random
from datetime import datetime
from typing import Any

import msgspec
from hypothesis import strategies as st
from tests.oracle.log import Log

from diptych.model import Project
from diptych.query.asked import Asked
from diptych.query.questions import Question
from diptych.query.reports import REPORTS

ZONES = ["UTC", "Europe/Berlin", "America/New_York", "Asia/Kathmandu"]
IDS = ["", "a", "b", "$device:x", "$device:y"]
VALUES: list[Any] = [None, 1, 2.5, -3, "pro", "1", ["pro", 1], []]


def milli(text: str) -> int:
    """UTC milliseconds of an ISO time."""
    return int(datetime.fromisoformat(text).timestamp() * 1000)


# Changes of the clock lie in these days: New York on 8 March, Berlin on 29 March.
EDGES = [
    milli(text)
    for text in (
        "2026-03-06T23:59:59.999+00:00",
        "2026-03-07T05:00:00+00:00",
        "2026-03-08T06:59:59+00:00",
        "2026-03-08T07:30:00+00:00",
        "2026-03-09T04:00:00+00:00",
        "2026-03-09T07:29:59.999+00:00",
        "2026-03-10T18:15:00+00:00",
        "2026-03-16T04:00:00+00:00",
        "2026-03-28T23:00:00+00:00",
        "2026-03-29T00:59:59+00:00",
        "2026-03-29T22:00:00+00:00",
        "2026-04-07T05:00:00+00:00",
    )
]
HOUR = 3_600_000
times = (
    st.sampled_from(EDGES)
    | st.integers(EDGES[0], EDGES[-1])
    | st.builds(lambda edge, hours, extra: edge + hours * HOUR + extra, st.sampled_from(EDGES), st.integers(-50, 50),
                st.sampled_from([-1, 0, 1, 600_000]))
)  # fmt: skip
events = st.fixed_dictionaries(
    {
        "name": st.sampled_from(["A", "A", "B", "$identify"]),
        "time": times,
        "id": st.sampled_from(IDS),
        "copy": st.none() | st.integers(0, 1),
        "properties": st.dictionaries(st.sampled_from(["p", "q"]), st.sampled_from(VALUES)),
        "session": st.none() | st.sampled_from([-1, *range(3)]),
    }
)
links = st.lists(st.tuples(st.sampled_from(IDS[3:]), st.sampled_from(IDS[1:3])), max_size=2)


repeats = st.lists(st.integers(0, 30), max_size=3)


def logs(size: int = 25) -> st.SearchStrategy[Log]:
    """Logs in which some events come again, and copies are what a vendor calls a copy."""
    return st.builds(_complete, st.lists(events, max_size=size), links, repeats)


def dense_log(seed: int, size: int) -> Log:
    """A log of few people within few days, so that what can go wrong between two events does."""
    of = random.Random(seed)
    events = [
        {
            "name": of.choice("AB"),
            "time": EDGES[1] + of.randrange(300) * HOUR // 2 + of.choice([0, 0, 1]),
            "id": of.choice(["", "a", "b", "c", "$device:x"]),
            "copy": of.choice([None, 0, 1, 1]),
            "properties": {key: of.choice([1, 2.5, "pro"]) for key in "pq" if of.random() < 0.6},
            "session": of.choice([None, -1, 1, 2, 3]),
        }
        for _ in range(size)
    ]
    return _complete(events, [("$device:x", "a")], [of.randrange(size) for _ in range(30)])


def _complete(events: list[dict[str, Any]], links: list[tuple[str, str]], again: list[int]) -> Log:
    log = Log([*events, *(dict(events[number]) for number in again if number < len(events))], links)
    for event in log.events:
        event["control"] = event["name"] == "$identify"
        event["first_wins"] = event["copy"] == 0
        if event["copy"] is not None:
            event["copy"] = json.dumps([event["name"], event["id"], event["time"], event["copy"]])
        event.setdefault("context", {})
    return log


def log_of(rows: list[tuple[Any, ...]], links: list[tuple[str, str]] | None = None) -> Log:
    """A log from rows of (id, name, time, properties)."""
    plain = {"copy": None, "first_wins": False, "control": False, "session": None, "context": {}}
    return Log(
        [plain | {"id": who, "name": name, "time": time, "properties": dict(*rest)} for who, name, time, *rest in rows],
        links or [],
    )


def question_of(question: dict[str, Any]) -> Question:
    """A question from its JSON form."""
    return msgspec.convert(question, Question, strict=False)


def asked_of(engine, project: int, zone: str, now: int) -> Asked:
    """A question on its way, in a project of that zone and at that moment."""

    async def run(statement, name):
        return engine.query(statement, name=name)

    return Asked(Project(id=project, name="p", token="t", timezone=zone), now, "test", run)


def answer(engine, project: int, zone: str, question: dict[str, Any], now: int) -> Any:
    """The answer to a question in its JSON form, asked at a moment."""
    asked = question_of(question)
    return asyncio.run(REPORTS[type(asked)].answer(asked, asked_of(engine, project, zone, now)))


def people(engine, project: int, zone: str, question: dict[str, Any], selection: dict[str, Any], now: int) -> set[int]:
    """Who is behind a part of the answer, as hashes."""
    asked = question_of(question)
    report = REPORTS[type(asked)]
    chosen = msgspec.convert(selection, report.selection)
    statement = report.people(asked, chosen, asked_of(engine, project, zone, now))
    return {who for (who,) in engine.query(statement).rows}


def hashes(engine, project: int, ids: set[str]) -> set[int]:
    """The hashes of persons by id."""
    from diptych.store.sql import Bound, sql

    statement = sql(
        "SELECT arrayJoin(arrayMap(i -> cityHash64({project}, i), {ids}))",
        project=Bound(project, "UInt32"),
        ids=Bound(sorted(ids), "Array(String)"),
    )
    return {who for (who,) in engine.query(statement).rows}
