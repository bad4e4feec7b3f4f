"""Gives properties that reports read often a column of their own on `events`, and takes it back.

The column holds what the map of properties holds, the same text, empty when absent: for old rows the engine computes
it until it is written in the background, for new ones at the insert. So no answer changes, whenever it is asked.
"""

import threading
import time
from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

from diptych.store.engine import Engine
from diptych.store.sql import Bound, Sql, sql

MOST = 64  # each column costs every insert
MAPS = {"event": Sql("properties"), "builtin": Sql("context")}
_OFTEN = 20  # uses since the last look that win a column
_UNUSED = timedelta(days=30)
# A process may know a column for this long after it was demoted, and ask for it.
_GRACE = timedelta(minutes=2)
_DEMOTED_NOW, _DROPPED = 1, 2
_FEW_VALUES = 10_000
_SAMPLE = 1_000_000


class Promoted(NamedTuple):
    """A property with a column. `scope` is one of `MAPS`."""

    scope: str
    key: str
    column: str
    pinned: bool
    used: datetime


class TooMany(Exception):
    """There are as many promoted properties as there may be."""


class Promotions:
    """The promoted properties. Safe to use from any thread."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._lock = threading.Lock()
        self._columns: Mapping[tuple[str, str], str] = {}
        self._uses: Counter[tuple[str, str]] = Counter()

    def column_of(self, scope: str, key: str) -> str | None:
        """The column that holds the property for all events of all projects, if it has one. Counts as a use."""
        self._uses[scope, key] += 1
        return self._columns.get((scope, key))

    def refresh(self) -> list[Promoted]:
        """Read what is promoted; to be called every few seconds where several processes change it."""
        rows = self._engine.query(Sql(_LIST.strip())).rows
        found = _read(rows)
        self._columns = {(one.scope, one.key): one.column for one in found}
        return found

    def promote(self, scope: str, key: str, *, pinned: bool = True) -> None:
        """Give a property a column. Raises TooMany, KeyError for a scope that has none."""
        source = MAPS[scope]
        with self._lock:
            known = {(one.scope, one.key): one for one in self.refresh()}
            if (scope, key) not in known and len(known) >= MOST:
                raise TooMany(f"{MOST} properties are promoted already: demote one first")
            column = known[scope, key].column if (scope, key) in known else self._add_column(source, key)
            self._note(Promoted(scope, key, column, pinned, datetime.now(UTC)))
            self.refresh()

    def demote(self, scope: str, key: str) -> bool:
        """Take a property's column back; false when it has none. `sweep` drops the column later."""
        with self._lock:
            found = [one for one in self.refresh() if (one.scope, one.key) == (scope, key)]
            for one in found:
                self._note(one, demoted=_DEMOTED_NOW)
            self.refresh()
        return bool(found)

    def sweep(self, now: datetime) -> None:
        """Drop the columns that nobody can ask for any more."""
        before = Bound(round((now - _GRACE).timestamp() * 1e6), "UInt64")
        for one in _read(self._engine.query(sql(_DEMOTED.strip(), before=before)).rows):
            self._engine.execute(sql("ALTER TABLE events DROP COLUMN IF EXISTS {column}", column=_named(one.column)))
            self._note(one, demoted=_DROPPED)

    def adapt(self, now: datetime) -> None:
        """Promote what was used often since the last call; take back what nobody has used for a month."""
        uses, self._uses = self._uses, Counter()
        known = {(one.scope, one.key): one for one in self.refresh()}
        for place, one in known.items():
            if uses[place]:
                self._note(one._replace(used=now))
            elif not one.pinned and now - one.used > _UNUSED:
                self.demote(*place)
        room = MOST - len(self.refresh())
        often = [place for place, count in uses.most_common() if count >= _OFTEN and place not in known]
        for scope, key in often[:room]:
            self.promote(scope, key, pinned=False)

    def _add_column(self, source: Sql, key: str) -> str:
        """A column with a name that no other property ever had; filled in the background."""
        bound = Bound(key, "String")
        distinct = sql(_DISTINCT.strip(), source=source, key=bound, sample=Bound(_SAMPLE, "UInt64"))
        few = self._engine.query(distinct).rows[0][0] < _FEW_VALUES
        column = f"p_{time.time_ns() // 1000}"
        kind = Sql("LowCardinality(String)" if few else "String")
        add = "ALTER TABLE events ADD COLUMN {column} {type} DEFAULT {source}[{key}] CODEC(ZSTD(1))"
        self._engine.execute(sql(add, column=_named(column), type=kind, source=source, key=bound))
        self._engine.execute(sql("ALTER TABLE events MATERIALIZE COLUMN {column}", column=_named(column)))
        return column

    def _note(self, one: Promoted, *, demoted: int = 0) -> None:
        statement = sql(
            _NOTE.strip(),
            scope=Bound(one.scope, "String"),
            key=Bound(one.key, "String"),
            column=Bound(one.column, "String"),
            pinned=Bound(one.pinned, "Bool"),
            used=Bound(round(one.used.timestamp() * 1000), "Int64"),
            version=Bound(time.time_ns() // 1000, "UInt64"),
            demoted=Bound(demoted, "UInt8"),
        )
        self._engine.execute(statement)


_LIST = """
SELECT scope, key, column, pinned, used FROM promoted_properties FINAL WHERE demoted = 0 ORDER BY scope, key
"""
_DEMOTED = """
SELECT scope, key, column, pinned, used FROM promoted_properties FINAL WHERE demoted = 1 AND version < {before}
"""
_DISTINCT = """
SELECT uniq(value) FROM (SELECT {source}[{key}] AS value FROM events LIMIT {sample})
"""
_NOTE = """
INSERT INTO promoted_properties (scope, key, column, pinned, used, version, demoted)
SELECT {scope}, {key}, {column}, {pinned}, fromUnixTimestamp64Milli({used}), {version}, {demoted}
"""


def _read(rows: Iterable[tuple[Any, ...]]) -> list[Promoted]:
    return [Promoted(scope, key, column, pinned, used.replace(tzinfo=UTC)) for scope, key, column, pinned, used in rows]


def _named(column: str) -> Sql:
    """A column's name as SQL. Names are ours, with digits behind `p_`; anything else raises ValueError."""
    return Sql(f"p_{int(column.removeprefix('p_'))}")
