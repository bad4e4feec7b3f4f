"""The pipeline with a real embedded engine, and with engines and disks that fail."""

import asyncio
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from diptych.ingest import ids, pipeline as module
from diptych.ingest.pipeline import Overloaded, Pipeline
from diptych.model import Accepted, Event, IdentityLink, Operation, ProfileUpdate
from diptych.store.engine import Engine, EngineRefused, EngineUnavailable, open_embedded
from diptych.store.migrate import migrate
from diptych.store.sql import Sql


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    engine = open_embedded(tmp_path_factory.mktemp("pipeline") / "engine")
    migrate(engine)
    yield engine
    engine.close()


@pytest.fixture
def empty(engine: Engine) -> Engine:
    for table in ("events", "ingestion_issues", "profile_updates", "identity_links", "persons", "person_overrides"):
        engine.command(f"TRUNCATE TABLE {table}")
    return engine


@pytest.fixture
def running(tmp_path: Path) -> Iterator[Callable[..., Pipeline]]:
    started: list[Pipeline] = []

    def start(engine: Any, **options: Any) -> Pipeline:
        pipeline = Pipeline(engine, tmp_path / "spool", **options)
        pipeline.start()
        started.append(pipeline)
        return pipeline

    yield start
    for pipeline in started:
        pipeline.stop(timeout=2)


class Failing:
    """An engine that fails as told before it lets blocks through."""

    def __init__(self, engine: Engine, *failures: Exception, refuse: str = "") -> None:
        self._engine = engine
        self._failures = list(failures)
        self._refuse = refuse
        self.tokens: list[str] = []

    def __getattr__(self, name: str) -> Any:
        return getattr(self._engine, name)

    def insert(self, table: str, block: Any, token: str) -> None:
        self.tokens.append(token)
        if self._failures:
            raise self._failures.pop(0)
        if self._refuse and table == "events" and self._refuse in block.column("name").to_pylist():
            raise EngineRefused(1, "bad row")
        self._engine.insert(table, block, token)


def event(name: str = "A", **fields: Any) -> Event:
    return Event(project=1, name=name, time=1_700_000_000_000, received=1_700_000_000_000, **fields)


def names(engine: Engine) -> list[str]:
    return [name for (name,) in engine.query(Sql("SELECT name FROM events FINAL ORDER BY name")).rows]


def submit(pipeline: Pipeline, *batches: Accepted, wait: bool = True) -> None:
    async def run() -> None:
        await asyncio.gather(*(pipeline.accept(batch) for batch in batches))
        if wait:
            assert await pipeline.settled(10)

    asyncio.run(run())


def test_everything_accepted_is_in_the_engine_once_settled(empty: Engine, running) -> None:
    update = ProfileUpdate(project=1, profile_id="u", operation=Operation.SET, values={"a": "1"}, time=0, received=0)
    link = IdentityLink(project=1, actor="$device:d", person="u", source="test", time=0, received=0)
    submit(running(empty), Accepted([event("A"), event("B")], [update], [link]), Accepted([event("C")]))
    assert names(empty) == ["A", "B", "C"]
    assert empty.query(Sql("SELECT operation, values FROM profile_updates")).rows == [("set", {"a": "1"})]
    assert empty.query(Sql("SELECT count() FROM person_overrides")).rows == [(1,)]


def test_accept_ids_rise_in_the_order_of_acceptance(empty: Engine, running) -> None:
    batches = [Accepted([event(f"{n:03}")]) for n in range(50)]
    submit(running(empty), *batches)
    ids = [batch.events[0].accept_id for batch in batches]
    assert ids == sorted(set(ids))


def test_what_a_killed_server_left_in_the_spool_goes_in_at_the_next_start(empty: Engine, running, tmp_path) -> None:
    gone = Pipeline(Failing(empty, *[EngineUnavailable("away")] * 100), tmp_path / "spool")
    gone.start()
    submit(gone, Accepted([event("A")]), Accepted([event("B")]), wait=False)
    gone.stop(timeout=2)
    assert names(empty) == []
    submit(running(empty), Accepted([event("C")]))
    assert names(empty) == ["A", "B", "C"]


def test_a_replay_counts_nothing_twice(empty: Engine, running, tmp_path: Path) -> None:
    batch = Accepted([event("A"), event("A"), event("B", copy_key="b")])
    first = Pipeline(empty, tmp_path / "spool")
    first.start()
    submit(first, batch)
    first.stop()
    (tmp_path / "spool" / "done").write_text("0")
    again = running(empty)
    submit(again, Accepted([event("C")]))
    assert names(empty) == ["A", "A", "B", "C"]


def test_an_engine_that_is_away_gets_the_same_block_later(empty: Engine, running, monkeypatch) -> None:
    monkeypatch.setattr(module, "_FIRST_RETRY_SECONDS", 0.05)
    flaky = Failing(empty, EngineUnavailable("away"), EngineUnavailable("away"))
    submit(running(flaky), Accepted([event("A")]))
    assert names(empty) == ["A"]
    assert flaky.tokens[0] == flaky.tokens[1] == flaky.tokens[2]


def test_a_row_that_the_engine_refuses_is_set_aside_alone(empty: Engine, running, tmp_path: Path) -> None:
    batch = Accepted([event(name) for name in ("A", "B", "bad", "C", "D")])
    submit(running(Failing(empty, refuse="bad")), batch)
    assert names(empty) == ["A", "B", "C", "D"]
    (line,) = (tmp_path / "spool" / "aside" / "rows.jsonl").read_text().splitlines()
    assert json.loads(line)["error"] == "bad row"
    assert "bad" in json.loads(line)["row"]


def test_a_row_that_cannot_be_written_as_a_column_is_set_aside_alone(empty: Engine, running) -> None:
    submit(running(empty), Accepted([event("A"), event("B", session_id=2**63), event("C")]))
    assert names(empty) == ["A", "C"]


def test_a_full_spool_refuses_and_says_when_to_come_back(empty: Engine, running) -> None:
    away = Failing(empty, *[EngineUnavailable("away")] * 100)
    pipeline = running(away, spool_bytes=100)
    submit(pipeline, Accepted([event("A" * 200)]), wait=False)
    with pytest.raises(Overloaded) as refused:
        submit(pipeline, Accepted([event("B")]), wait=False)
    assert refused.value.retry_after > 0
    assert pipeline.full


def test_a_disk_that_refuses_is_reported_to_every_waiting_client(empty: Engine, running, monkeypatch) -> None:
    pipeline = running(empty)
    with monkeypatch.context() as patch:
        patch.setattr(pipeline._spool, "append", _full)
        with pytest.raises(Overloaded, match="No space left"):
            submit(pipeline, Accepted([event("A")]), wait=False)
    submit(pipeline, Accepted([event("B")]))
    assert names(empty) == ["B"]


def _full(payloads: list[bytes]) -> int:
    raise OSError(28, "No space left on device")


def test_memory_keeps_nothing_of_what_is_in_the_engine(empty: Engine, running, monkeypatch) -> None:
    pipeline = running(empty)
    with monkeypatch.context() as patch:
        patch.setattr(pipeline._spool, "append", _full)
        with pytest.raises(Overloaded):
            submit(pipeline, Accepted([event("lost")]), wait=False)
    submit(pipeline, *(Accepted([event(name)]) for name in "ABC"))
    assert names(empty) == ["A", "B", "C"]
    assert pipeline._fresh == {}


@pytest.mark.parametrize("kept_in_memory", [0, 1 << 20])
def test_what_is_inserted_is_the_same_from_memory_and_from_the_disk(
    empty: Engine, running, monkeypatch, kept_in_memory: int
) -> None:
    monkeypatch.setattr(module, "_FRESH_BYTES", kept_in_memory - 1)
    batch = Accepted([event("A", properties={"ü": '"\\\\ü"', "n": "1e400"}, groups={"g": ["x"]}, session_id=7)])
    submit(running(empty), batch)
    rows = empty.query(Sql("SELECT properties, groups, session_id FROM events FINAL")).rows
    assert rows == [({"ü": '"\\\\ü"', "n": "1e400"}, {"g": ["x"]}, 7)]


def test_a_record_of_another_format_is_set_aside(empty: Engine, running, tmp_path: Path) -> None:
    pipeline = running(empty)
    pipeline._spool.append([b"not a batch"])
    submit(pipeline, Accepted([event("A")]))
    assert names(empty) == ["A"]
    assert len(list((tmp_path / "spool" / "aside").glob("*.record"))) == 1


def test_a_statement_that_says_what_the_last_one_said_is_not_logged(empty: Engine, running) -> None:
    pipeline = running(empty)
    for person in ("u1", "u1", "u2", "u2", "u1"):
        links = [
            IdentityLink(project=1, actor="$device:d", person=person, source="test", time=0, received=0)
            for _ in range(2)
        ]
        submit(pipeline, Accepted(links=links))
    logged = empty.query(Sql("SELECT person FROM identity_links ORDER BY accept_id")).rows
    assert logged == [("u1",), ("u2",), ("u1",)]


def test_settled_says_when_it_took_too_long(empty: Engine, running) -> None:
    pipeline = running(Failing(empty, *[EngineUnavailable("away")] * 100))

    async def run() -> bool:
        await pipeline.accept(Accepted([event("A")]))
        return await pipeline.settled(0.2)

    assert asyncio.run(run()) is False


class Unforeseen:
    """An engine whose client fails in a way that nobody foresaw: always, or over some rows."""

    def __init__(self, engine: Engine, over: str = "") -> None:
        self._engine = engine
        self.over: str | None = over

    def __getattr__(self, name: str) -> Any:
        return getattr(self._engine, name)

    def insert(self, table: str, block: Any, token: str) -> None:
        if self.over is not None and any(name.startswith(self.over) for name in block.column("name").to_pylist()):
            raise RuntimeError("nobody foresaw this")
        self._engine.insert(table, block, token)


def test_a_record_that_fails_in_an_unforeseen_way_is_set_aside_alone(empty: Engine, running, tmp_path: Path) -> None:
    pipeline = running(Unforeseen(empty, over="B"))
    submit(pipeline, *(Accepted([event(name)]) for name in ("A", "B", "C")))
    submit(pipeline, Accepted([event("D")]))
    assert names(empty) == ["A", "C", "D"]
    [kept] = (tmp_path / "spool" / "aside").iterdir()
    assert b"B" in kept.read_bytes()


def test_when_everything_fails_in_an_unforeseen_way_all_of_it_waits(
    empty: Engine, running, tmp_path: Path, monkeypatch
) -> None:
    monkeypatch.setattr(module, "_FIRST_RETRY_SECONDS", 0.05)
    engine = Unforeseen(empty)
    pipeline = running(engine)
    submit(pipeline, Accepted([event("A")]), Accepted([event("B")]), wait=False)
    submit(pipeline, Accepted([event("C")]), wait=False)
    assert pipeline.lag >= 0
    engine.over = None
    submit(pipeline, Accepted([event("D")]))
    assert names(empty) == ["A", "B", "C", "D"]
    assert not (tmp_path / "spool" / "aside").exists()


@pytest.mark.parametrize("jump", [-(10**11), -3_600_000, 10 * 86_400_000])
def test_a_clock_that_jumps_between_runs_loses_and_doubles_nothing(
    empty: Engine, running, monkeypatch, jump: int
) -> None:
    def copies(name: str) -> Accepted:
        return Accepted([event(name, insert_id="i", copy_key="k", distinct_id="d"), event(name)])

    first = running(empty)
    submit(first, copies("A"))
    first.stop()
    real = ids.now_ms
    monkeypatch.setattr(ids, "now_ms", lambda: real() + jump)
    submit(running(empty), copies("A"))
    # The event with a key counts once and its last copy stays; the two without one are two events.
    rows = empty.query(Sql("SELECT insert_id, count(), max(accept_id) FROM events FINAL GROUP BY 1 ORDER BY 1")).rows
    assert [(insert_id, count) for insert_id, count, _ in rows] == [("", 2), ("i", 1)]
    assert rows[1][2] == empty.query(Sql("SELECT max(accept_id) FROM events WHERE insert_id = 'i'")).rows[0][0]
