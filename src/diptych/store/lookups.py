"""Lookup tables: uploaded tables that describe the values of a property."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, replace

import pyarrow as pa

from diptych.model.clock import now_ms
from diptych.store.engine import Engine
from diptych.store.sql import Bound, Sql, sql
from diptych.store.tables import map_column

_BLOCK_ROWS = 50_000

Row = tuple[str, dict[str, str]]
"""Key, and column → canonical JSON text of the cells that have a value."""


@dataclass(frozen=True)
class LookupTable:
    """A table as it is. `columns` begins with the key's; a table without rows was only named so far.

    about              what a protocol keeps of it, as JSON
    created, changed   UTC milliseconds
    """

    id: str
    name: str
    columns: list[str]
    row_count: int
    about: str = ""
    created: int = 0
    changed: int = 0


_TABLES = """
SELECT id, name, columns, row_count, about, toUnixTimestamp64Milli(created), toUnixTimestamp64Milli(changed)
FROM lookup_tables FINAL WHERE project = {project} ORDER BY name, id
"""
_ROWS = """
SELECT key, values FROM lookup_rows WHERE project = {project} AND id = {table} AND version = (
    SELECT max(version) FROM lookup_tables WHERE project = {project} AND id = {table}
) ORDER BY key
"""


class LookupTables:
    """Reads, makes and replaces lookup tables."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def list(self, project: int) -> list[LookupTable]:
        """The tables of a project, by name."""
        statement = sql(_TABLES.strip(), project=Bound(project, "UInt32"))
        return [LookupTable(*row) for row in self._engine.query(statement, name="lookup tables").rows]

    def get(self, project: int, table: str) -> LookupTable | None:
        """One table; None when there is none of that id."""
        return next((found for found in self.list(project) if found.id == table), None)

    def rows(self, project: int, table: LookupTable) -> Sequence[Row]:
        """The rows of a table, by their key."""
        statement = sql(_ROWS.strip(), project=Bound(project, "UInt32"), table=Bound(table.id, "String"))
        return [(key, dict(values)) for key, values in self._engine.query(statement, name="lookup table").rows]

    def create(self, project: int, name: str, about: str = "") -> LookupTable:
        """Name a new table, still without rows."""
        now = now_ms()
        table = LookupTable(str(uuid.uuid4()), name, [], 0, about, now, now)
        self._write_down(project, table, 1)
        return table

    def replace(self, project: int, table: LookupTable, columns: Sequence[str], rows: Sequence[Row]) -> LookupTable:
        """Give a table other rows, all at once: queries see the old ones until all of the new are there."""
        version = now_ms() * 1000
        for start in range(0, len(rows), _BLOCK_ROWS):
            part = rows[start : start + _BLOCK_ROWS]
            self._engine.insert(
                "lookup_rows", _block(project, table.id, version, part), f"{table.id}-{version}-{start}"
            )
        changed = replace(table, columns=[*columns], row_count=len(rows), changed=now_ms())
        self._write_down(project, changed, version)
        old = sql(
            "DELETE FROM lookup_rows WHERE project = {project} AND id = {id} AND version < {version}",
            project=Bound(project, "UInt32"),
            id=Bound(table.id, "String"),
            version=Bound(version, "UInt64"),
        )
        self._engine.execute(old)
        return changed

    def delete(self, project: int, table: LookupTable) -> None:
        """Take a table away, its rows as well."""
        for name in ("lookup_tables", "lookup_rows"):
            statement = sql(
                "DELETE FROM {name} WHERE project = {project} AND id = {id}",
                name=Sql(name),
                project=Bound(project, "UInt32"),
                id=Bound(table.id, "String"),
            )
            self._engine.execute(statement)

    def _write_down(self, project: int, table: LookupTable, version: int) -> None:
        columns = {
            "project": pa.array([project], pa.uint32()),
            "id": pa.array([table.id]),
            "version": pa.array([version], pa.uint64()),
            "name": pa.array([table.name]),
            "columns": pa.array([table.columns], pa.list_(pa.string())),
            "row_count": pa.array([table.row_count], pa.uint64()),
            "changed": pa.array([table.changed], pa.timestamp("ms", "UTC")),
            "about": pa.array([table.about]),
            "created": pa.array([table.created], pa.timestamp("ms", "UTC")),
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
