"""Reads and writes `first_copies`: which event was the first of its copies."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta

import msgspec
import pyarrow as pa

from diptych.model.clock import now_ms
from diptych.store.engine import Engine
from diptych.store.sql import Bound, Sql, sql

_FOR_GOOD = 4_291_660_800  # the end of 2105, close to where the column's seconds end
_PER_QUERY = 2_000
_PER_SLICE = 1_000_000
_HASHES = 1 << 128

Key = tuple[int, bytes]


class FirstCopy(msgspec.Struct, frozen=True):
    """The first of several copies. `days`: how long others count as its copies; 0: for good."""

    hash: bytes
    accept_id: int
    received: int
    project: int
    days: int


def insert(engine: Engine, found: Sequence[FirstCopy], token: str) -> None:
    """Write first copies down."""
    columns = {
        "hash": pa.array([copy.hash for copy in found], pa.binary(16)),
        "accept_id": pa.array([copy.accept_id for copy in found], pa.uint64()),
        "received": pa.array([copy.received for copy in found], pa.timestamp("ms", "UTC")),
        "project": pa.array([copy.project for copy in found], pa.uint32()),
        "expires": pa.array([_expires(copy) for copy in found], pa.uint32()),
    }
    engine.insert("first_copies", pa.table(columns), token)


def _expires(copy: FirstCopy) -> int:
    return copy.received // 1000 + copy.days * 86_400 if copy.days else _FOR_GOOD


def stored(engine: Engine, hashes: Sequence[bytes]) -> dict[Key, list[tuple[int, int]]]:
    """(project, hash) → (accept id, received) of each first copy that is known for it."""
    found: dict[Key, list[tuple[int, int]]] = {}
    for start in range(0, len(hashes), _PER_QUERY):
        numbers = [int.from_bytes(value, "little") for value in hashes[start : start + _PER_QUERY]]
        statement = sql(
            "SELECT project, hash, accept_id, toUnixTimestamp64Milli(received) "
            "FROM first_copies WHERE hash IN {numbers}",
            numbers=Bound(numbers, "Array(UInt128)"),
        )
        for project, number, accept_id, received in engine.query(statement, name="first copies").rows:
            key = project, int(number).to_bytes(16, "little")
            found.setdefault(key, []).append((accept_id, received))
    return found


def every_hash(engine: Engine) -> Iterator[bytes]:
    """All hashes that still count, 16 bytes each, joined, in slices of bounded size."""
    count = int(engine.query(Sql("SELECT count() FROM first_copies")).rows[0][0])
    slices = count // _PER_SLICE + 1
    for number in range(slices):
        statement = sql(
            "SELECT hash FROM first_copies WHERE hash >= {low} AND hash <= {high} AND expires > {now}",
            low=Bound(_HASHES * number // slices, "UInt128"),
            high=Bound(_HASHES * (number + 1) // slices - 1, "UInt128"),
            now=Bound(datetime.fromtimestamp(now_ms() / 1000, UTC) - timedelta(days=1), "DateTime"),
        )
        column = engine.query_arrow(statement).column(0)
        yield from (_joined(chunk) for chunk in column.chunks)


def _joined(chunk: pa.Array) -> bytes:
    start = chunk.offset * 16
    return bytes(chunk.buffers()[1][start : start + len(chunk) * 16])
