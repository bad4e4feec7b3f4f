"""Streaming out of the engine: bounded, in order, ended by a reader who goes away, errors told."""

import asyncio
import threading
import time
from collections.abc import Iterator

import pytest

from diptych.query.export import Exports
from diptych.store.engine import Engine, EngineRefused, open_embedded
from diptych.store.sql import Bound, Sql, sql


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    engine = open_embedded(tmp_path_factory.mktemp("export") / "engine")
    yield engine
    engine.close()


@pytest.fixture
def exports(engine: Engine) -> Exports:
    async def settled() -> bool:
        return True

    return Exports(engine, settled)


def numbers(count: int, start: int = 0) -> Sql:
    text = "SELECT toString(number) AS line FROM numbers({start}, {count})"
    return sql(text, start=Bound(start, "UInt64"), count=Bound(count, "UInt64"))


def read(exports: Exports, statements: list[Sql], most: int = 10**9) -> bytes:
    async def run() -> bytes:
        found = b""
        async for piece in exports.lines(statements, "test"):
            found += piece
            if len(found) > most:
                break
        return found

    return asyncio.run(run())


def test_statements_follow_each_other(exports: Exports) -> None:
    lines = read(exports, [numbers(20_000), numbers(0), numbers(20_000, 20_000)]).decode().split("\n")
    assert lines == [str(number) for number in range(40_000)] + [""]


def test_nothing_is_no_byte(exports: Exports) -> None:
    assert read(exports, [numbers(0)]) == b""


def test_a_reader_who_goes_away_ends_the_reading(exports: Exports) -> None:
    read(exports, [numbers(10**10)], most=1_000_000)
    deadline = time.monotonic() + 20
    while any(thread.name == "export" for thread in threading.enumerate()) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not any(thread.name == "export" for thread in threading.enumerate())
    assert read(exports, [numbers(1)]) == b"0\n"


def test_an_error_reaches_the_reader(exports: Exports) -> None:
    with pytest.raises(EngineRefused):
        read(exports, [numbers(10), Sql("SELECT nothing FROM nowhere")])
    with pytest.raises(EngineRefused, match="by hand"):
        read(exports, [Sql("SELECT toString(throwIf(number = 100000, 'by hand')) AS line FROM numbers(200000)")])


def test_characters_of_every_kind(exports: Exports) -> None:
    assert read(exports, [Sql("SELECT 'ü\\\\ud800 💥 \\0'")]).decode() == "ü\\ud800 💥 \0\n"
