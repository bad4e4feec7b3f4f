"""The one place that knows which ClickHouse it talks to: embedded (chDB) or a server."""

import contextlib
import logging
import os
import queue
import re
import threading
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import clickhouse_connect
import pyarrow as pa
from clickhouse_connect.driver.exceptions import ClickHouseError, DatabaseError, OperationalError, StreamFailureError

from diptych.settings import StartupError
from diptych.store.sql import Bound, Sql, in_pieces, sql
from diptych.store.versions import Versions

OLDEST_VERSION = (26, 7)
# What the client library logs we raise, in our own words.
logging.getLogger("clickhouse_connect").setLevel(logging.CRITICAL)

_DATABASE = "diptych"
_CODE = re.compile(r"Code: (\d+)\.")
_UNAVAILABLE_CODES = {202, 209, 210, 241, 243, 252, 279, 319, 999}
# What more an insert meets that says nothing about its rows: a disk that is full or broken, no memory or threads,
# read-only, wrong password or rights, a quota, a table or column that is not there (yet).
_NOT_THE_ROWS = frozenset(
    int(code)
    for code in (
        "3 16 20 60 74 75 76 77 81 95 96 107 159 164 173 192 193 198 201 203 225 232 236 242 246 254 274 285 286 290 "
        "299 335 359 394 396 410 415 425 439 497 516 574 1000 1001 1002"
    ).split()
)
# Bounds of every query. FINAL is what counts each event once; merging across partitions is not needed
# because all copies of an event lie in one partition.
QUERY_SETTINGS: dict[str, Any] = {
    "do_not_merge_across_partitions_select_final": 1,
    "max_memory_usage": 3_000_000_000,
    # What spills is six times as slow (a funnel of 20 steps over 10M events: 35 s of CPU instead of 6), so only what
    # would not fit otherwise does; merging it takes the other half.
    "max_bytes_before_external_group_by": 1_500_000_000,
    "max_bytes_ratio_before_external_group_by": 0,
    "max_execution_time": 60,
    "max_threads": 2,
}
INSERT_SETTINGS: dict[str, Any] = {
    "async_insert": 0,
    # One sender's strange dates must not get everybody's block refused.
    "throw_on_max_partitions_per_insert_block": 0,
}

STOPPED, TOO_SLOW, TOO_LARGE, BAD_PATTERN = 394, 159, 241, 427
"""Codes of EngineRefused: stopped on demand, over the time limit, over the memory limit, no regular expression."""

_PROGRESS = """
SELECT sum(read_rows), sum(total_rows_approx), sum(read_bytes), count()
FROM system.processes WHERE Settings['log_comment'] = {name}
"""
_PARTS = "SELECT sum(cityHash64(table, name)), count() FROM system.parts WHERE database = currentDatabase() AND active"


class EngineUnavailable(Exception):
    """The engine did not take the statement, but may take it later."""


class EngineRefused(Exception):
    """The engine refused the statement itself. `code` is ClickHouse's error number."""

    def __init__(self, code: int, message: str) -> None:
        super().__init__(message)
        self.code = code


@dataclass(frozen=True)
class Rows:
    """A result: rows of Python values, and what the engine read from storage for it (bytes before compression)."""

    rows: list[tuple[Any, ...]]
    rows_read: int
    bytes_read: int = 0


@dataclass(frozen=True)
class Columns:
    """A result as Arrow, and what was read from storage for it; a ClickHouse server does not tell that (None)."""

    table: pa.Table
    rows_read: int | None
    bytes_read: int | None


@dataclass(frozen=True)
class Progress:
    """How far a running statement is. `rows_expected` is the engine's guess."""

    rows_read: int
    rows_expected: int
    bytes_read: int


class Engine:
    """A pool of clients, one per thread that is at work. Safe to use from any thread.

    One that is `awaited` has not answered yet: everybody but the thread that prepares it gets EngineUnavailable.
    """

    def __init__(
        self, arguments: Mapping[str, Any], *, embedded: bool, awaited: Callable[[], None] | None = None
    ) -> None:
        self._arguments = dict(arguments)
        self._reach = awaited
        self._preparing = 0
        self.embedded = embedded
        self._idle: queue.LifoQueue[Any] = queue.LifoQueue()
        self._all: list[Any] = []
        self._lock = threading.Lock()
        self._versions = Versions()
        # The latest alone: a name is of one question, whose statements end soon.
        self._stopped: deque[str] = deque(maxlen=1000)

    def query(self, statement: Sql, *, name: str = "", settings: Mapping[str, Any] | None = None) -> Rows:
        """Rows of one SELECT, bounded in memory and time.

        Raises EngineUnavailable and EngineRefused.
        """
        options = QUERY_SETTINGS | {"log_comment": name} | dict(settings or {})
        statement = self._sent(statement)
        with self._client(name) as client:
            result = client.query(statement.text, parameters=dict(statement.parameters), settings=options)
            read = result.summary
            return Rows(list(result.result_rows), int(read.get("read_rows", 0)), int(read.get("read_bytes", 0)))

    def query_arrow(self, statement: Sql, *, name: str = "", settings: Mapping[str, Any] | None = None) -> pa.Table:
        """Columns of one SELECT, for what is too much as Python values. Raises as `query` does."""
        return self.columns(statement, name=name, settings=settings).table

    def columns(self, statement: Sql, *, name: str = "", settings: Mapping[str, Any] | None = None) -> Columns:
        """As `query_arrow`, and what was read."""
        options = QUERY_SETTINGS | {"log_comment": name} | dict(settings or {})
        statement = self._sent(statement)
        with self._client(name) as client:
            table = client.query_arrow(statement.text, parameters=dict(statement.parameters), settings=options)
            read = getattr(client, "last_read", {})
            return Columns(table, read.get("read_rows"), read.get("read_bytes"))

    def lookup(self, statement: Sql) -> list[tuple[Any, ...]]:
        """Rows of a small SELECT of our own by its key: without bounds, which cost the embedded engine more than it."""
        statement = self._sent(statement)
        with self._client() as client:
            found: pa.Table = client.query_arrow(statement.text, parameters=dict(statement.parameters))
            return list(zip(*(column.to_pylist() for column in found.columns), strict=True))

    def stream(
        self, statement: Sql, *, name: str = "", settings: Mapping[str, Any] | None = None
    ) -> Iterator[Sequence[Sequence[Any]]]:
        """Blocks of columns of one SELECT as the engine makes them, in bounded memory.

        A client of the pool is taken until the iterator ends or is closed. Raises as `query` does, at any block.
        """
        options = QUERY_SETTINGS | {"log_comment": name} | dict(settings or {})
        statement = self._sent(statement)
        with self._client(name) as client:
            blocks = client.query_column_block_stream(
                statement.text, parameters=dict(statement.parameters), settings=options
            )
            with blocks as opened:
                yield from opened

    def progress(self, name: str) -> Progress | None:
        """How far the statement of that name is; None when none runs."""
        rows = self.query(sql(_PROGRESS, name=Bound(name, "String"))).rows
        return Progress(*map(int, rows[0][:3])) if rows[0][3] else None

    def stop(self, name: str) -> None:
        """Stop the statements of that name; they end with EngineRefused, code STOPPED."""
        self._stopped.append(name)
        self.execute(sql("KILL QUERY WHERE Settings['log_comment'] = {name} ASYNC", name=Bound(name, "String")))

    def version(self, project: int) -> tuple[int, ...]:
        """Another value after every change of what is stored for a project, or of anything that is of no project.

        Alone on its data, the engine counts its own writes; with others on a server it looks at the tables' parts.
        """
        own = self._versions.of(project)
        return own if self.embedded else (*own, *self.query(Sql(_PARTS)).rows[0])

    def command(self, statement: str) -> None:
        """One statement without a result. The text is ours, never a client's."""
        try:
            with self._client() as client:
                client.command(statement)
        finally:
            self._versions.advance_all()

    def execute(self, statement: Sql) -> None:
        """One statement with bound values and without a result."""
        statement = self._sent(statement)
        try:
            with self._client() as client:
                client.command(statement.text, parameters=dict(statement.parameters))
        finally:
            if not statement.text.startswith("KILL"):
                self._versions.advance_all()

    def insert(self, table: str, block: pa.Table, token: str) -> None:
        """Insert a block. A token that the table has seen lately makes it a no-op.

        Raises EngineUnavailable and EngineRefused.
        """
        try:
            with self._client() as client:
                client.insert_arrow(table, block, settings=INSERT_SETTINGS | {"insert_deduplication_token": token})
        except EngineRefused as error:
            if error.code in _NOT_THE_ROWS:
                raise EngineUnavailable(str(error)) from error
            raise
        finally:
            # Also after a failure: a part of the block may be there.
            self._versions.advance(block)

    def close(self) -> None:
        """Close every client; the data directory may be opened again afterwards."""
        with self._lock:
            for client in self._all:
                client.close()
            self._all.clear()
            self._idle = queue.LifoQueue()

    @property
    def where(self) -> str:
        """Host and port of a server, or the directory of the embedded engine's data."""
        return self._arguments["path"] if self.embedded else f"{self._arguments['host']}:{self._arguments['port']}"

    @property
    def awaited(self) -> bool:
        """Whether the engine has not answered since the start."""
        return self._reach is not None

    def prepare(self, steps: Callable[[], None]) -> None:
        """Reach an awaited engine and take the steps that come before everything else; then it is open to all.

        Raises EngineUnavailable while it is away, and StartupError for one that cannot be used.
        """
        if self._reach is not None:
            self._preparing = threading.get_ident()
            self._reach()
            steps()
            self._reach = None

    def _sent(self, statement: Sql) -> Sql:
        return statement if self.embedded else in_pieces(statement)

    @contextmanager
    def _client(self, name: str = "") -> Iterator[Any]:
        client, stops = None, self._stopped.count(name)
        try:
            client = self._take()
            yield client
            if self._stopped.count(name) > stops:
                # It may have ended without an error, and with a part of its rows.
                raise EngineRefused(STOPPED, "the statement was stopped")
        except BaseException as error:
            # What a statement that was stopped leaves in the embedded engine's connection is in the next one's result.
            if client is not None:
                self._drop(client)
            if isinstance(error, ClickHouseError):
                raise _translated(error) from error
            raise
        self._idle.put(client)

    def _drop(self, client: Any) -> None:
        with self._lock, contextlib.suppress(ValueError):
            self._all.remove(client)
        with contextlib.suppress(ClickHouseError):
            client.close()

    def _take(self) -> Any:
        if self._reach is not None and threading.get_ident() != self._preparing:
            raise EngineUnavailable(f"ClickHouse at {self.where} has not answered since the start")
        try:
            return self._idle.get_nowait()
        except queue.Empty:
            with self._lock:
                client: Any = clickhouse_connect.get_client(**self._arguments)
                if self.embedded:
                    # The client library tells of the result's rows; the engine knows what it read for them.
                    client._backend._summary = _read_from_storage
                    _remember_what_is_read(client)
                self._all.append(client)
                return client


def _read_from_storage(result: Any) -> dict[str, Any]:
    return {"read_rows": result.storage_rows_read(), "read_bytes": result.storage_bytes_read()}


def _remember_what_is_read(client: Any) -> None:
    """Keep as `last_read` what the engine read for a result that comes as bytes alone."""
    run = client._backend._run_with_settings

    def remembered(*arguments: Any, **named: Any) -> Any:
        result = run(*arguments, **named)
        client.last_read = _read_from_storage(result)
        return result

    client._backend._run_with_settings = remembered


def _translated(error: ClickHouseError) -> Exception:
    message = str(error).split("\n", 1)[0]
    code = int(getattr(error, "code", 0) or 0)
    if isinstance(error, StreamFailureError) and (told := _CODE.search(message)):
        code = int(told[1])
    elif isinstance(error, OperationalError) or not isinstance(error, DatabaseError):
        return EngineUnavailable(message)
    if code in _UNAVAILABLE_CODES:
        return EngineUnavailable(message)
    return EngineRefused(code, message)


def open_embedded(directory: Path) -> Engine:
    """The engine inside this process, with its data in `directory`."""
    # Blocks go to the engine through a temporary file: in memory where the machine has such a place.
    if "TMPDIR" not in os.environ and os.access("/dev/shm", os.W_OK):  # noqa: S108
        os.environ["TMPDIR"] = "/dev/shm"  # noqa: S108
    directory.mkdir(parents=True, exist_ok=True)
    options: dict[str, Any] = {"interface": "chdb", "path": str(directory)}
    try:
        first = clickhouse_connect.get_client(**options)
    except ClickHouseError as error:
        raise StartupError(
            f"The data in {directory} cannot be opened: another process uses it, or it is damaged "
            f"({str(error).splitlines()[0]}). Stop the other process, or name another --data-dir."
        ) from error
    first.command(f"CREATE DATABASE IF NOT EXISTS {_DATABASE}")
    engine = Engine(options | {"database": _DATABASE}, embedded=True)
    engine.query(Sql("SELECT 1"))
    first.close()
    return engine


def open_server(url: str, *, wait: bool = False) -> Engine:
    """The engine at `http[s]://user:password@host:port/database`.

    Raises StartupError when it cannot be used. With `wait`, one that is only away is awaited: see `Engine.prepare`.
    """
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise StartupError(
            "DIPTYCH_CLICKHOUSE_URL must look like http://user:password@host:8123/database, with http or https."
        )
    if "cluster" in parse_qs(parts.query):
        raise StartupError(
            "DIPTYCH_CLICKHOUSE_URL names a cluster, which this version cannot use yet: "
            "leave ?cluster= out to use the one server."
        )
    database = parts.path.strip("/") or _DATABASE
    if not database.replace("_", "a").isalnum() or not database.isascii():
        raise StartupError("The database in DIPTYCH_CLICKHOUSE_URL may have letters, digits and _ only.")
    secure = parts.scheme == "https"
    arguments: dict[str, Any] = {
        "host": parts.hostname,
        "port": parts.port or (8443 if secure else 8123),
        "username": unquote(parts.username or "default"),
        "password": unquote(parts.password or ""),
        "secure": secure,
        "autogenerate_session_id": False,
        "connect_timeout": 5,
    }
    where = f"{arguments['host']}:{arguments['port']}"
    reach = partial(_reach, arguments, database, where)
    try:
        reach()
    except EngineUnavailable as error:
        if not wait:
            raise StartupError(_unanswered(where, error)) from error
        return Engine(arguments | {"database": database}, embedded=False, awaited=reach)
    return Engine(arguments | {"database": database}, embedded=False)


def _reach(arguments: Mapping[str, Any], database: str, where: str) -> None:
    """Make sure that the database is there. Raises EngineUnavailable, and StartupError for what waiting won't mend."""
    try:
        first = clickhouse_connect.get_client(**arguments)
        version = str(first.server_version)
        first.command(f"CREATE DATABASE IF NOT EXISTS {database}")
        first.close()
    except ClickHouseError as error:
        reason = _translated(error)
        if isinstance(reason, EngineUnavailable):
            raise reason from error
        raise StartupError(_unanswered(where, reason)) from error
    require_version(version, where)


def _unanswered(where: str, error: Exception) -> str:
    reason = str(error).strip().splitlines()[0][:200]
    return (
        f"ClickHouse at {where} did not answer as expected: {reason}. "
        "Check that it runs, and the user and password in DIPTYCH_CLICKHOUSE_URL."
    )


def require_version(version: str, where: str) -> None:
    """Raises StartupError when the server is older than what our statements were tested on."""
    found = tuple(int(part) for part in version.split(".")[:2])
    if found < OLDEST_VERSION:
        oldest = ".".join(map(str, OLDEST_VERSION))
        raise StartupError(
            f"ClickHouse at {where} has version {version}; Diptych needs {oldest} or newer: upgrade that server."
        )
