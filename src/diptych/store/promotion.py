"""Gives properties that reports read often a column of their own on `events`, and takes it back.

The column holds what the map of properties holds, the same text, empty when absent: for old rows the engine computes
it until it is written in the background, for new ones at the insert. So no answer changes, whenever it is asked.

A user property's column holds its values at the events, which `store/at_event.py` keeps right. Reports ask for it when
it was filled for the first time.
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
USER = "user"
UNKNOWN = "~"
"""In a user property's column: not looked up yet. It is no JSON text."""
MAPS = {"event": Sql("properties"), "builtin": Sql("context")}
SCOPES = (*MAPS, USER)
_OFTEN = 20  # uses since the last look that win a column
_UNUSED = timedelta(days=30)
# A process may know a column for this long after it was demoted, and ask for it.
_GRACE = timedelta(minutes=2)
_PROMOTED, _DEMOTED_NOW, _DROPPED, _UNFILLED = range(4)
_FEW_VALUES = 10_000
_SAMPLE = 1_000_000


class Promoted(NamedTuple):
    """A property with a column. `scope` is one of `SCOPES`. `filled`: reports may ask for the column."""

    scope: str
    key: str
    column: str
    pinned: bool
    used: datetime
    filled: bool = True


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
        self._columns = {(one.scope, one.key): one.column for one in found if one.filled}
        return found

    def promote(self, scope: str, key: str, *, pinned: bool = True) -> None:
        """Give a property a column. Raises TooMany, KeyError for a scope that has none."""
        if scope not in SCOPES:
            raise KeyError(scope)
        with self._lock:
            known = {(one.scope, one.key): one for one in self.refresh()}
            found = known.get((scope, key))
            if found is None and len(known) >= MOST:
                raise TooMany(f"{MOST} properties are promoted already: demote one first")
            column = found.column if found else self._add_column(scope, key)
            filled = found.filled if found else scope != USER
            self._note(Promoted(scope, key, column, pinned, datetime.now(UTC), filled))
            self.refresh()

    def demote(self, scope: str, key: str) -> bool:
        """Take a property's column back; false when it has none. `sweep` drops the column later."""
        with self._lock:
            found = [one for one in self.refresh() if (one.scope, one.key) == (scope, key)]
            for one in found:
                self._note(one, demoted=_DEMOTED_NOW)
            self.refresh()
        return bool(found)

    def unfilled(self) -> list[Promoted]:
        """The user properties whose columns nobody has filled yet."""
        return [one for one in self.refresh() if not one.filled]

    def fill(self, filled: Iterable[Promoted]) -> None:
        """Let reports ask for these columns, which are filled now."""
        with self._lock:
            known = self.refresh()
            for one in filled:
                if one in known:
                    self._note(one._replace(filled=True))
            self.refresh()

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

    def _add_column(self, scope: str, key: str) -> str:
        """A column with a name that no other property ever had; filled in the background."""
        column = f"p_{time.time_ns() // 1000}"
        parts = {"column": _named(column), "type": self._type(scope, key), "value": _default(scope, key)}
        self._engine.execute(sql(_ADD, **parts))
        if scope != USER:
            self._engine.execute(sql("ALTER TABLE events MATERIALIZE COLUMN {column}", column=_named(column)))
        return column

    def _type(self, scope: str, key: str) -> Sql:
        bound = Bound(key, "String")
        if scope == USER:
            statement = sql(_DISTINCT_OF_USERS.strip(), key=bound)
        else:
            statement = sql(_DISTINCT.strip(), source=MAPS[scope], key=bound, sample=Bound(_SAMPLE, "UInt64"))
        few = self._engine.query(statement).rows[0][0] < _FEW_VALUES
        return Sql("LowCardinality(String)" if few else "String")

    def _note(self, one: Promoted, *, demoted: int | None = None) -> None:
        state = (_PROMOTED if one.filled else _UNFILLED) if demoted is None else demoted
        statement = sql(
            _NOTE.strip(),
            scope=Bound(one.scope, "String"),
            key=Bound(one.key, "String"),
            column=Bound(one.column, "String"),
            pinned=Bound(one.pinned, "Bool"),
            used=Bound(round(one.used.timestamp() * 1000), "Int64"),
            version=Bound(time.time_ns() // 1000, "UInt64"),
            demoted=Bound(state, "UInt8"),
        )
        self._engine.execute(statement)


_LIST = """
SELECT scope, key, column, pinned, used, demoted = 0 FROM promoted_properties FINAL
WHERE demoted IN (0, 3) ORDER BY scope, key
"""
_DEMOTED = """
SELECT scope, key, column, pinned, used, true FROM promoted_properties FINAL WHERE demoted = 1 AND version < {before}
"""
_OF_USERS = "SELECT column, key FROM promoted_properties FINAL WHERE scope = 'user' AND demoted != 2 ORDER BY column"
_ADD = "ALTER TABLE events ADD COLUMN {column} {type} DEFAULT {value} CODEC(ZSTD(1))"
_DISTINCT = """
SELECT uniq(value) FROM (SELECT {source}[{key}] AS value FROM events LIMIT {sample})
"""
_DISTINCT_OF_USERS = "SELECT uniq(value) FROM profile_history WHERE group_type = '' AND key = {key}"
_NOTE = """
INSERT INTO promoted_properties (scope, key, column, pinned, used, version, demoted)
SELECT {scope}, {key}, {column}, {pinned}, fromUnixTimestamp64Milli({used}), {version}, {demoted}
"""


def _read(rows: Iterable[tuple[Any, ...]]) -> list[Promoted]:
    return [
        Promoted(scope, key, column, pinned, used.replace(tzinfo=UTC), bool(filled))
        for scope, key, column, pinned, used, filled in rows
    ]


def columns_of_users(engine: Engine) -> list[tuple[Sql, str]]:
    """Columns of user properties, and the properties: all that are there, whether reports ask for them or not."""
    return [(_named(column), key) for column, key in engine.query(Sql(_OF_USERS)).rows]


def _default(scope: str, key: str) -> Sql:
    """What a row has in the column that was inserted without it, or before it was there."""
    if scope == USER:
        return Sql(f"'{UNKNOWN}'")
    return sql("{source}[{key}]", source=MAPS[scope], key=Bound(key, "String"))


def _named(column: str) -> Sql:
    """A column's name as SQL. Names are ours, with digits behind `p_`; anything else raises ValueError."""
    return Sql(f"p_{int(column.removeprefix('p_'))}")
