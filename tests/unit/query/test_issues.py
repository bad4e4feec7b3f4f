"""What was rejected or corrected, by reason, read from an embedded engine."""

import asyncio
from collections.abc import Iterator
from itertools import count
from typing import Any

import pytest

from diptych.ingest.ids import AcceptIds
from diptych.model import Issue, Project
from diptych.model.clock import now_ms
from diptych.query.run import Queries
from diptych.query.stream import MOST_ISSUES, IssueSummary, Stream
from diptych.store.engine import Engine, open_embedded
from diptych.store.migrate import migrate
from diptych.store.tables import insert_issues

HOUR = 3_600_000
DAY = 24 * HOUR
_projects = count(1)
_ids = AcceptIds(node=1)


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    engine = open_embedded(tmp_path_factory.mktemp("issues") / "engine")
    migrate(engine)
    yield engine
    engine.close()


class Kept:
    """A project of its own with issues that a test puts there, and what is read of them."""

    def __init__(self, engine: Engine) -> None:
        self.now = now_ms()
        self.project = Project(id=next(_projects), name="p", token="TOKEN")
        self._engine = engine

    def put(self, *issues: dict[str, Any]) -> None:
        insert_issues(self._engine, [self._issue(fields) for fields in issues], f"{self.project.id} {next(_projects)}")

    def _issue(self, fields: dict[str, Any]) -> Issue:
        usual = {"kind": "rejected", "reason": "wrong", "protocol": "mixpanel", "field": "time", "received": self.now}
        [accept_id] = _ids.take(1)
        return Issue(**{"project": self.project.id, "accept_id": accept_id} | usual | fields)

    def read(self, **options: int) -> list[IssueSummary]:
        queries = Queries(self._engine, _settled)
        try:
            return asyncio.run(Stream(queries).issues(self.project, **options))
        finally:
            queries.close()


async def _settled() -> bool:
    return True


@pytest.fixture
def kept(engine: Engine) -> Kept:
    return Kept(engine)


def test_nothing_was_wrong(kept: Kept) -> None:
    assert kept.read() == []


def test_records_are_counted_by_reason_with_the_first_and_the_latest_time(kept: Kept) -> None:
    first, latest = kept.now - 2 * DAY, kept.now - HOUR
    kept.put({"received": first, "count": 4, "sample": "a"}, {"received": latest, "count": 3, "sample": "b"})

    assert kept.read() == [
        IssueSummary("rejected", "wrong", "mixpanel", "time", 7, first, latest, samples=["b", "a"]),
    ]


@pytest.mark.parametrize("other", [{"kind": "corrected"}, {"reason": "odd"}, {"protocol": "segment"}, {"field": "id"}])
def test_what_differs_in_one_of_these_is_told_apart(kept: Kept, other: dict[str, str]) -> None:
    kept.put({}, other | {"received": kept.now - HOUR, "count": 2})

    found = kept.read()
    assert [issue.count for issue in found] == [1, 2]  # the latest first
    assert all(getattr(found[1], name) == value != getattr(found[0], name) for name, value in other.items())


def test_since_counts_and_shows_what_came_then_and_remembers_when_it_began(kept: Kept) -> None:
    since = kept.now - DAY
    kept.put({"received": since, "count": 2, "sample": "at"}, {"received": since - 1, "count": 5, "sample": "before"})
    kept.put({"reason": "over", "received": since - 1})

    [issue] = kept.read(since=since)
    assert (issue.reason, issue.count, issue.samples) == ("wrong", 2, ["at"])
    assert (issue.first, issue.latest) == (since - 1, since)


@pytest.mark.parametrize("since", [2**42, 2**63 - 1], ids=["a later year", "the end of time"])
def test_since_may_lie_in_the_future(kept: Kept, since: int) -> None:
    kept.put({})
    assert kept.read(since=since) == []


def test_what_is_older_than_30_days_is_over(kept: Kept) -> None:
    kept.put({"received": kept.now - 31 * DAY}, {"reason": "young", "received": kept.now - 29 * DAY})
    assert [issue.reason for issue in kept.read()] == ["young"]


def test_the_latest_five_samples_are_kept_latest_first(kept: Kept) -> None:
    for number in range(40):  # blocks of their own, which are read in any order
        kept.put({"sample": f"record {number}"})

    [issue] = kept.read()
    assert issue.samples == [f"record {number}" for number in (39, 38, 37, 36, 35)]
    assert kept.read(samples=2)[0].samples == ["record 39", "record 38"]
    assert kept.read(samples=0)[0].samples == []


def test_a_record_that_could_not_be_shown_is_no_sample(kept: Kept) -> None:
    kept.put({"sample": ""}, {"sample": "{}"})
    assert kept.read()[0].samples == ["{}"]


def test_a_row_that_was_inserted_twice_counts_once(kept: Kept) -> None:
    [accept_id] = _ids.take(1)
    for _ in range(2):
        kept.put({"accept_id": accept_id, "count": 3, "sample": "{}"})

    [issue] = kept.read()
    assert (issue.count, issue.samples) == (3, ["{}"])


def test_another_project_sees_nothing_of_it(kept: Kept, engine: Engine) -> None:
    kept.put({"sample": "secret"})
    assert Kept(engine).read() == []


def test_of_very_many_reasons_the_latest_are_told(kept: Kept) -> None:
    kept.put(*({"reason": f"{number}", "received": kept.now - number} for number in range(MOST_ISSUES + 1)))
    assert [issue.reason for issue in kept.read()] == [str(number) for number in range(MOST_ISSUES)]
