"""Brings a database to the schema of this version, one numbered file after the other."""

from importlib import resources

import pyarrow as pa

from diptych.settings import StartupError
from diptych.store.engine import Engine
from diptych.store.sql import Bound, Sql, sql

_HISTORY = """
CREATE TABLE IF NOT EXISTS schema_migrations (number UInt32, name String, applied DateTime DEFAULT now())
ENGINE = ReplacingMergeTree ORDER BY number
"""


_ROWS = """
SELECT sum(rows) FROM system.parts WHERE database = currentDatabase() AND table = {table} AND active
"""
_ONLY_EMPTY = "-- only where nothing is in it yet: "


def migrate(engine: Engine) -> None:
    """Apply what is missing. Raises StartupError when the data is from a newer version.

    A file may be applied again after a crash in its middle, so each statement must bear that. One that begins with
    `-- only where nothing is in it yet:` and a table is for new directories.
    """
    engine.command(_HISTORY)
    applied = {number for (number,) in engine.query(Sql("SELECT number FROM schema_migrations")).rows}
    files = _files()
    if applied and max(applied) > max(files):
        raise StartupError(
            f"The data was written by a newer Diptych (schema {max(applied)}; this version knows {max(files)}): "
            "install that version or a newer one."
        )
    for number, (name, text) in sorted(files.items()):
        if number not in applied:
            _apply(engine, number, name, text)
    # The first insert of a process loads libraries, which can take seconds: not while a client waits.
    engine.insert("schema_migrations", pa.table({"number": pa.array([], pa.uint32())}), "")


def _files() -> dict[int, tuple[str, str]]:
    folder = resources.files("diptych.store") / "migrations"
    found = sorted(entry.name for entry in folder.iterdir() if entry.name.endswith(".sql"))
    files = {int(name.split("_", 1)[0]): (name, (folder / name).read_text("utf-8")) for name in found}
    if len(files) != len(found):
        raise AssertionError(f"two migrations have the same number: {', '.join(found)}")
    return files


def _apply(engine: Engine, number: int, name: str, text: str) -> None:
    if _is_wanted(engine, text):
        for statement in text.split(";\n"):
            if statement.strip():
                engine.command(statement)
    row = sql(
        "INSERT INTO schema_migrations (number, name) SELECT {number}, {name}",
        number=Bound(number, "UInt32"),
        name=Bound(name, "String"),
    )
    engine.execute(row)


def _is_wanted(engine: Engine, text: str) -> bool:
    if not text.startswith(_ONLY_EMPTY):
        return True
    table = text.split("\n", 1)[0].removeprefix(_ONLY_EMPTY)
    return not engine.query(sql(_ROWS.strip(), table=Bound(table, "String"))).rows[0][0]
