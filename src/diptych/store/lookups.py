"""Lookup tables: uploaded tables that describe the values of a property."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass

import pyarrow as pa

from diptych.model.clock import now_ms
from diptych.store.engine import Engine
from diptych.store.sql import Bound, sql
from diptych.store.tables import map_column

_BLOCK_ROWS = 50_000

Row = tuple[str, dict[str, str]]
"""Key, and column → canonical JSON text of the cells that have a value."""


@dataclass(frozen=True)
class LookupTable:
    """A table as it is. `columns` begins with the key's; a table without rows was only named so far."""

    id: str
    name: str
    columns: list[str]
    row_count: int


class LookupTables:
    """Reads, makes and replaces lookup tables."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def list(self, project: int) -> list[LookupTable]:
        """The tables of a project, by name."""
        statement = sql(
            "SELECT id, name, columns, row_count FROM lookup_tables FINAL WHERE project = {project} ORDER BY name, id",
            project=Bound(project, "UInt32"),
        )
        return [LookupTable(*row) for row in self._engine.query(statement, name="lookup tables").rows]

    def get(self, project: int, table: str) -> LookupTable | None:
        """One table; None when there is none of that id."""
        return next((found for found in self.list(project) if found.id == table), None)

    def create(self, project: int, name: str) -> LookupTable:
        """Name a new table, still without rows."""
        table = LookupTable(str(uuid.uuid4()), name, [], 0)
        self._write_down(project, table, 1)
        return table

    def replace(self, project: int, table: LookupTable, columns: Sequence[str], rows: Sequence[Row]) -> None:
        """Give a table other rows, all at once: queries see the old ones until all of the new are there."""
        version = now_ms() * 1000
        for start in range(0, len(rows), _BLOCK_ROWS):
            part = rows[start : start + _BLOCK_ROWS]
            self._engine.insert(
                "lookup_rows", _block(project, table.id, version, part), f"{table.id}-{version}-{start}"
            )
        self._write_down(project, LookupTable(table.id, table.name, [*columns], len(rows)), version)
        old = sql(
            "DELETE FROM lookup_rows WHERE project = {project} AND id = {id} AND version < {version}",
            project=Bound(project, "UInt32"),
            id=Bound(table.id, "String"),
            version=Bound(version, "UInt64"),
        )
        self._engine.execute(old)

    def _write_down(self, project: int, table: LookupTable, version: int) -> None:
        columns = {
            "project": pa.array([project], pa.uint32()),
            "id": pa.array([table.id]),
            "version": pa.array([version], pa.uint64()),
            "name": pa.array([table.name]),
            "columns": pa.array([table.columns], pa.list_(pa.string())),
            "row_count": pa.array([table.row_count], pa.uint64()),
            "changed": pa.array([now_ms()], pa.timestamp("ms", "UTC")),
        }
        self._engine.insert("lookup_tables", pa.table(columns), f"{table.id}-{version}")


def _block(project: int, table: str, version: int, rows: Sequence[Row]) -> pa.Table:
    return pa.table(
        {
            "project": pa.array([project] * len(rows), pa.uint32()),
            "id": pa.array([table] * len(rows)),
            "version": pa.array([version] * len(rows), pa.uint64()),
            "key": pa.array([key for key, _ in rows]),
            "values": map_column([values for _, values in rows], pa.map_(pa.string(), pa.string())),
        }
    )
