"""The generated events in DuckDB, twice: as it likes them best, and with our guarantees.

- `events`: sorted, without copies, each event with its person.
- `copies` and `overrides`: the events as they came, sorted likewise, and who is somebody else than the event says.
  `counted` is a view of the same columns as `events` over them: copies merged, persons looked up, when a question is
  asked. A copy has the time of its event here, so that ranges of time are pushed into the merge.

Neither orders the events of one moment, which ours does.
"""

from pathlib import Path
from typing import Any

from benchmarks.data import DAYS, PROJECT
from diptych.people.persons import PERSON
from diptych.store.engine import Engine
from diptych.store.sql import Sql
from diptych.store.tables import ACTOR

_COLUMNS = "name VARCHAR, time TIMESTAMP, person UBIGINT, accept_id UBIGINT, plan VARCHAR, path VARCHAR, price VARCHAR"
_SLICE_DAYS = 10
_STORED = f"if(person != 0, person, {ACTOR})"
_COUNTED = """
CREATE OR REPLACE VIEW counted AS
SELECT name, time, coalesce(overrides.person, merged.person) AS person, accept_id, plan, path, price
FROM (
    SELECT name, time, person, copy, max(accept_id) AS accept_id, arg_max(plan, accept_id) AS plan,
        arg_max(path, accept_id) AS path, arg_max(price, accept_id) AS price
    FROM copies GROUP BY name, time, person, copy
) AS merged LEFT JOIN overrides ON merged.person = overrides.actor
"""


def opened(engine: Engine, file: Path) -> Any:
    """A connection of two threads; the tables are made if the file has none yet."""
    import duckdb

    base = duckdb.connect(str(file))
    base.execute("SET threads = 2")
    if base.execute("SELECT count(*) FROM duckdb_views() WHERE view_name = 'counted'").fetchone() == (1,):
        return base
    _copy(base, engine, "events", "events FINAL", PERSON.text, copies=False)
    _copy(base, engine, "copies", "events", _STORED, copies=True)
    persons = engine.query_arrow(Sql("SELECT actor, person FROM person_overrides WHERE person != 0"))
    base.register("persons", persons)
    base.execute("CREATE OR REPLACE TABLE overrides AS SELECT * FROM persons")
    base.unregister("persons")
    base.execute(_COUNTED)
    return base


def with_guarantees(text: str) -> str:
    """The query over `events`, over the events as they came instead."""
    return text.replace("FROM events", "FROM counted")


def rows_of(duck: Any, text: str) -> list[tuple[Any, ...]]:
    """The rows of a query to DuckDB."""
    rows: list[tuple[Any, ...]] = duck.execute(text).fetchall()
    return rows


def _copy(base: Any, engine: Engine, table: str, source: str, person: str, *, copies: bool) -> None:
    base.execute(f"CREATE OR REPLACE TABLE raw ({_COLUMNS}{', copy UBIGINT' if copies else ''})")
    for day in range(0, DAYS, _SLICE_DAYS):
        block = engine.query_arrow(
            Sql(
                f"SELECT name, toUnixTimestamp64Milli(time) AS ms, {person} AS who, accept_id, properties['plan'] AS "
                f"plan, properties['path'] AS path, properties['price'] AS price{', sipHash64(copy_hash)' * copies} "
                f"FROM {source} WHERE project = {PROJECT} AND time >= toDate('2026-01-01') + {day} "
                f"AND time < toDate('2026-01-01') + {day + _SLICE_DAYS}"
            )
        )
        base.register("block", block)
        base.execute("INSERT INTO raw SELECT name, make_timestamp(ms * 1000), * EXCLUDE (name, ms) FROM block")
        base.unregister("block")
    base.execute(f"CREATE OR REPLACE TABLE {table} AS SELECT * FROM raw ORDER BY name, CAST(time AS DATE), person")
    base.execute("DROP TABLE raw")
