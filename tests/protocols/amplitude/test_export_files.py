"""The export's files: one or more for each hour, whether hours are read together or one is read in parts."""

import asyncio
import gzip
import io
import zipfile
from collections.abc import AsyncIterator, Iterable
from types import SimpleNamespace
from typing import Any

import pytest

from diptych.model import Project
from diptych.protocols.amplitude import export

PROJECT = Project(id=7, name="p", token="t")
FIRST = 490_824  # 2025-12-29 00:00 UTC, in hours from 1970 on


class Exports:
    """Answers statements with the lines that a test says, hour after hour, in blocks of three rows."""

    def __init__(self, found: list[tuple[int, int]]) -> None:
        self.found = found
        self.statements = 0

    async def blocks(self, statements: Iterable[Any], name: str) -> AsyncIterator[list[tuple[Any, ...]]]:
        for statement in statements:
            self.statements += 1
            [start, end] = sorted({value for value in statement.parameters.values() if _is_moment(value)})
            rows = [
                (hour, f"{hour}-{number}")
                for hour, events in self.found
                if start <= hour * 3_600_000 < end
                for number in range(events)
            ]
            for place in range(0, len(rows), 3):
                yield rows[place : place + 3]

    async def lines(self, statements: Iterable[Any], name: str) -> AsyncIterator[bytes]:
        async for block in self.blocks(statements, name):
            yield ("\n".join(line for _, line in block) + "\n").encode()


def _is_moment(value: Any) -> bool:
    return isinstance(value, int) and value > 1_700_000_000_000


def files_of(found: list[tuple[int, int]], exports: Any) -> dict[str, list[str]]:
    async def read() -> bytes:
        services: Any = SimpleNamespace(exports=exports)
        return b"".join([piece async for piece in export._zipped(PROJECT, services, "x", [*found])])

    packed = zipfile.ZipFile(io.BytesIO(asyncio.run(read())))
    return {name: gzip.decompress(packed.read(name)).decode().splitlines() for name in packed.namelist()}


@pytest.mark.parametrize("together", [1, 4, 7, 1_000])
def test_every_hour_has_its_file(monkeypatch: pytest.MonkeyPatch, together: int) -> None:
    monkeypatch.setattr(export, "_EVENTS_OF_HOURS", together)
    found = [(FIRST, 4), (FIRST + 1, 1), (FIRST + 5, 2), (FIRST + 30, 9)]
    exports = Exports(found)
    expected = {
        f"7/7_2025-12-{day}_{hour}#0.json.gz": [f"{number}-{n}" for n in range(events)]
        for (number, events), (day, hour) in zip(found, [(29, 0), (29, 1), (29, 5), (30, 6)], strict=True)
    }
    assert files_of(found, exports) == expected
    assert exports.statements == {1: 4, 4: 3, 7: 2, 1_000: 1}[together]


@pytest.mark.parametrize("together", [1, 1_000])
def test_files_are_of_bounded_size(monkeypatch: pytest.MonkeyPatch, together: int) -> None:
    monkeypatch.setattr(export, "_FILE_BYTES", 30)
    monkeypatch.setattr(export, "_EVENTS_OF_HOURS", together)
    found = [(FIRST, 7), (FIRST + 1, 7)]
    files = files_of(found, Exports(found))
    assert [*files][:2] == ["7/7_2025-12-29_0#0.json.gz", "7/7_2025-12-29_0#1.json.gz"]
    assert "7/7_2025-12-29_1#0.json.gz" in files
    for hour, _ in found:
        lines = [line for name, part in files.items() if f"_{hour - FIRST}#" in name for line in part]
        assert lines == [f"{hour}-{number}" for number in range(7)]
