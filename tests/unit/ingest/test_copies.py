"""Counted once, where the copies of an event may differ in everything but their key."""

import asyncio
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings, strategies as st

from diptych.ingest import metrics
from diptych.ingest.pipeline import Pipeline
from diptych.ingest.seen import Seen
from diptych.model import Accepted, Event, Operation, ProfileUpdate
from diptych.model.clock import now_ms
from diptych.store import copies, tables
from diptych.store.engine import Engine, EngineUnavailable, open_embedded
from diptych.store.migrate import migrate
from diptych.store.sql import Sql

DAY = 86_400_000
NOON = now_ms()


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    engine = open_embedded(tmp_path_factory.mktemp("copies") / "engine")
    migrate(engine)
    yield engine
    engine.close()


@pytest.fixture
def empty(engine: Engine) -> Engine:
    for table in ("events", "profile_updates", "first_copies"):
        engine.command(f"TRUNCATE TABLE {table}")
    return engine


def event(key: str | None, name: str = "A", received: int = NOON, **fields: Any) -> Event:
    given: dict[str, Any] = {"project": 1, "time": received, "first_copy_wins": True, "copy_days": 7} | fields
    return Event(name=name, received=received, copy_key=key, **given)


def add_one() -> ProfileUpdate:
    return ProfileUpdate(
        project=1, profile_id="u", operation=Operation.ADD, values={"n": "1"}, time=NOON, received=NOON
    )


def send(engine: Any, *batches: Accepted) -> None:
    """A server that starts, takes the batches, and stops."""
    with TemporaryDirectory() as directory:
        pipeline = Pipeline(engine, Path(directory))
        pipeline.start()

        async def run() -> None:
            for batch in batches:
                await pipeline.accept(batch)
                assert await pipeline.settled(10)

        asyncio.run(run())
        pipeline.stop()


def stored(engine: Engine) -> list[str]:
    return [name for (name,) in engine.query(Sql("SELECT name FROM events FINAL ORDER BY accept_id")).rows]


def test_a_copy_under_another_name_day_and_id_is_dropped(empty: Engine) -> None:
    send(empty, Accepted([event("k", "first", distinct_id="d")]))
    send(empty, Accepted([event("k", "second", received=NOON + DAY, distinct_id="u"), event("other", "third")]))
    assert stored(empty) == ["first", "third"]


def test_copies_in_one_request(empty: Engine) -> None:
    send(empty, Accepted([event("k", "first"), event("k", "second")]))
    assert stored(empty) == ["first"]


def test_the_same_key_in_another_project_is_another_event(empty: Engine) -> None:
    send(empty, Accepted([event("k", "first")]), Accepted([event("k", "other project", project=2)]))
    assert stored(empty) == ["first", "other project"]


def test_a_copy_brings_its_profile_updates_not_again(empty: Engine) -> None:
    for _ in range(3):
        batch = Accepted()
        batch.add(event(None), [add_one()], [])
        batch.add(event("k"), [add_one()], [])
        send(empty, batch)
    assert empty.query(Sql("SELECT count() FROM profile_updates FINAL")).rows == [(4,)]


def test_after_seven_days_the_same_key_is_a_new_event(empty: Engine) -> None:
    for days, name in ((0, "first"), (6, "copy"), (8, "second"), (14, "copy"), (16, "third")):
        send(empty, Accepted([event("k", name, received=NOON + days * DAY, time=NOON)]))
    assert stored(empty) == ["first", "second", "third"]


def test_without_a_bound_a_copy_stays_a_copy(empty: Engine) -> None:
    for days in (0, 4000):
        send(empty, Accepted([event("k", received=NOON + days * DAY, copy_days=0)]))
    assert stored(empty) == ["A"]


def test_the_first_copy_itself_may_be_replayed(empty: Engine) -> None:
    batch = Accepted([event("k", "first"), event(None, "no key")])
    send(empty, batch)
    block = tables.event_block(batch.events)
    decided = [copies.stored(empty, [tables.hash_of("k")])]
    with TemporaryDirectory() as directory:
        pipeline = Pipeline(empty, Path(directory))
        pipeline._copies.drop([batch], "token")
    assert [e.name for e in batch.events] == ["first", "no key"]
    empty.insert("events", block, "another token")
    assert stored(empty) == ["first", "no key"]
    assert decided == [copies.stored(empty, [tables.hash_of("k")])]


def test_an_engine_that_goes_away_between_deciding_and_inserting(empty: Engine, monkeypatch) -> None:
    monkeypatch.setattr("diptych.ingest.pipeline._FIRST_RETRY_SECONDS", 0.05)

    class Flaky:
        failures = 2

        def __getattr__(self, name: str) -> Any:
            return getattr(empty, name)

        def insert(self, table: str, block: Any, token: str) -> None:
            if table == "events" and self.failures:
                self.failures -= 1
                raise EngineUnavailable("away")
            empty.insert(table, block, token)

    send(Flaky(), Accepted([event("k", "first"), event("k", "copy")]), Accepted([event("k", "copy")]))
    assert stored(empty) == ["first"]


def test_dropped_copies_are_counted(empty: Engine) -> None:
    def counted(protocol: str) -> float:
        return metrics.DEDUPLICATED.labels(protocol)._value.get()

    before = counted("first"), counted("last")
    last = {"first_copy_wins": False, "protocol": "last"}
    send(
        empty,
        Accepted([event("k", protocol="first"), event("k", protocol="first")]),
        Accepted([event("x", **last), event("y", **last), event("y", **last)]),
        Accepted([event("k", protocol="first"), event("x", **last)]),
    )
    assert (counted("first") - before[0], counted("last") - before[1]) == (2, 2)


sent = st.tuples(
    st.sampled_from(["a", "b", "c"]), st.sampled_from([0, 0, 1, 3, 5]), st.sampled_from([0, 7]), st.booleans()
)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(sent, max_size=12))
def test_any_sequence_counts_what_its_plain_definition_counts(empty: Engine, sequence: list[tuple]) -> None:
    """Each (key, days since the one before, days for which copies count, whether a new request begins)."""
    for table in ("events", "first_copies"):
        empty.command(f"TRUNCATE TABLE {table}")
    expected, first, now = [], {}, NOON
    batches = [Accepted()]
    for number, (key, days, bound, new_request) in enumerate(sequence):
        now += days * DAY
        if new_request:
            batches.append(Accepted())
        batches[-1].events.append(event(f"{key}{bound}", str(number), received=now, copy_days=bound, time=NOON))
        earlier = first.setdefault((key, bound), [])
        if not any(bound == 0 or now - then < bound * DAY for then in earlier):
            earlier.append(now)
            expected.append(str(number))
    half = len(batches) // 2
    send(empty, *batches[:half])
    send(empty, *batches[half:])
    assert stored(empty) == expected


def test_the_approximate_set_forgets_nothing_and_rarely_errs() -> None:
    seen = Seen(bound=1 << 20)
    added = b"".join(tables.hash_of(str(number)) for number in range(100_000))
    for start in range(0, len(added), 16 * 999):
        seen.add(added[start : start + 16 * 999])
    assert all(seen.contains(added))
    others = b"".join(tables.hash_of(f"other {number}") for number in range(100_000))
    assert sum(seen.contains(others)) < 100
    assert seen.contains(b"") == []
