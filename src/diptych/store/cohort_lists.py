"""Cohorts that are lists of ids: reads and writes `cohort_lists`, whose migration says what its columns are."""

import uuid
from collections.abc import Mapping, Sequence

import pyarrow as pa

from diptych.model.clock import now_ms
from diptych.store.engine import Engine
from diptych.store.sql import Bound, sql

_BLOCK_ROWS = 50_000
_KNOWN = "SELECT hash, min(id) FROM ids WHERE project = {project} AND hash IN {hashes} GROUP BY hash"
_KNOWN_BY_PREFIX = """
SELECT hash, min(id) FROM ids WHERE project = {project} AND bitShiftRight(hash, {bits}) IN {numbers} GROUP BY hash
"""
_HASHES = "SELECT arrayJoin({ids}) AS id, cityHash64({project}, id)"
_DELETE = "DELETE FROM cohort_lists WHERE project = {project} AND list = {list}"

Members = Mapping[int, str]
"""Hash of an id → the id."""


class CohortLists:
    """Every method blocks, and raises EngineUnavailable when the engine does not answer."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def known(self, project: int, ids: Sequence[str]) -> Members:
        """Those of the ids under which anything was ever received."""
        number = Bound(project, "UInt32")
        found: dict[int, str] = {}
        for start in range(0, len(ids), _BLOCK_ROWS):
            some = Bound(list(ids[start : start + _BLOCK_ROWS]), "Array(String)")
            asked = {hashed: one for one, hashed in self._engine.lookup(sql(_HASHES, project=number, ids=some))}
            hashes = Bound(list(asked), "Array(UInt64)")
            found |= {hashed: asked[hashed] for hashed, _ in self._engine.lookup(
                sql(_KNOWN, project=number, hashes=hashes))}  # fmt: skip
        return found

    def known_by_prefix(self, project: int, numbers: Sequence[int], bits: int) -> Members:
        """Ids whose hashes, without their last bits, are among the numbers."""
        statement = sql(
            _KNOWN_BY_PREFIX.strip(),
            project=Bound(project, "UInt32"),
            bits=Bound(bits, "UInt8"),
            numbers=Bound(list(numbers), "Array(UInt64)"),
        )
        return dict(self._engine.lookup(statement))

    def create(self, project: int, members: Members) -> str:
        """A new list; its name."""
        name = uuid.uuid4().hex
        self.change(project, name, members)
        return name

    def change(self, project: int, name: str, members: Members, *, remove: bool = False) -> None:
        """Put ids on a list, or take them off."""
        version, rows = now_ms() * 1000, list(members.items())
        for start in range(0, len(rows), _BLOCK_ROWS):
            part = rows[start : start + _BLOCK_ROWS]
            columns = {
                "project": pa.array([project] * len(part), pa.uint32()),
                "list": pa.array([name] * len(part)),
                "owner": pa.array([hashed for hashed, _ in part], pa.uint64()),
                "id": pa.array([one for _, one in part]),
                "version": pa.array([version] * len(part), pa.uint64()),
                "deleted": pa.array([int(remove)] * len(part), pa.uint8()),
            }
            self._engine.insert("cohort_lists", pa.table(columns), f"{name}-{version}-{start}")

    def delete(self, project: int, name: str) -> None:
        """Forget a list."""
        self._engine.execute(sql(_DELETE, project=Bound(project, "UInt32"), list=Bound(name, "String")))
