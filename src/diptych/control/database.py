"""The control database: SQLite in the data directory, or PostgreSQL. Opening it brings its schema up to date."""

import asyncio
import fcntl
import sqlite3
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from importlib import resources
from pathlib import Path
from typing import Any, TypeVar

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import InterfaceError, OperationalError, SQLAlchemyError, TimeoutError as PoolTimeout

from diptych.settings import Settings, StartupError

Connection = sa.Connection
_Result = TypeVar("_Result")

VERSION_TABLE = "control_version"
_BUSY_SECONDS = 10
_CONNECT_SECONDS = 5
_THREADS = 4
_MIGRATION_LOCK = 0x6469707479  # any number will do, as long as all nodes use the same


class ControlUnavailable(StartupError):
    """The control database does not answer now, but may later."""


class Database:
    """Short transactions on the control database. Safe to use from any thread."""

    def __init__(self, engine: sa.Engine, name: str) -> None:
        self._engine = engine
        self._name = name
        self._threads = ThreadPoolExecutor(_THREADS, thread_name_prefix="control")

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A transaction that only reads. Raises ControlUnavailable."""
        with self._translated(), self._engine.begin() as connection:
            yield connection

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """A transaction that writes, committed at the end. Raises ControlUnavailable."""
        # SQLite must know at the start: a reader that turns into a writer may fail without waiting.
        with self._translated(), self._engine.connect() as plain:
            connection = plain.execution_options(diptych_begin="BEGIN IMMEDIATE")
            with connection.begin():
                yield connection

    @contextmanager
    def exclusively(self, task: int, *, shared: bool = False) -> Iterator[None]:
        """Do something while no other process does the task of that number. Raises ControlUnavailable.

        Those who do it `shared` do it at the same time as each other.
        SQLite lies in the data directory, which one server uses at a time, so there is nobody to wait for.
        """
        if self._engine.dialect.name != "postgresql":
            yield
            return
        with self.writing() as connection:
            lock = sa.func.pg_advisory_xact_lock_shared if shared else sa.func.pg_advisory_xact_lock
            connection.execute(sa.select(lock(task)))
            yield

    async def run(self, work: Callable[[], _Result]) -> _Result:
        """The work done on a thread of the database's own, so that no query of events delays it."""
        return await asyncio.get_running_loop().run_in_executor(self._threads, work)

    def close(self) -> None:
        """Wait for running transactions and close the connections."""
        self._threads.shutdown()
        self._engine.dispose()

    @contextmanager
    def _translated(self) -> Iterator[None]:
        try:
            yield
        except (OperationalError, InterfaceError, PoolTimeout) as error:
            raise ControlUnavailable(
                f"{self._name} does not answer ({_reason(error)}): try again when it does."
            ) from error


def inserting(connection: Connection, row: type[Any]) -> postgresql.Insert | sqlite.Insert:
    """An INSERT into the row's table that knows what to do in a conflict; both databases spell it alike."""
    return postgresql.insert(row) if connection.dialect.name == "postgresql" else sqlite.insert(row)


def open_database(settings: Settings) -> Database:
    """Open it, and bring its schema to this version. Raises StartupError."""
    if settings.control_url:
        url = sa.make_url(settings.control_url)
        name = f"the control database {url.database} at {url.host or 'this machine'}"
        hint = "check that PostgreSQL runs, and the user, password and database in DIPTYCH_CONTROL_URL"
        return _opened(_postgresql(url), name, hint)
    with _directory(settings.data_dir):
        path = settings.data_dir / "control.db"
        hint = "make the file writable, or name another directory with --data-dir"
        return _opened(_sqlite(path), f"the control database {path}", hint)


def _opened(engine: sa.Engine, name: str, hint: str) -> Database:
    try:
        _migrate(engine)
    except SQLAlchemyError as error:
        engine.dispose()
        raise StartupError(f"Cannot open {name} ({_reason(error)}): {hint}.") from error
    return Database(engine, name[0].upper() + name[1:])


def _reason(error: Exception) -> str:
    lines = str(getattr(error, "orig", None) or error).strip().splitlines() or [type(error).__name__]
    return lines[0][:200].rstrip(".")


@contextmanager
def _directory(directory: Path) -> Iterator[None]:
    """The data directory, made if need be; one process at a time prepares the file in it."""
    try:
        directory.mkdir(parents=True, exist_ok=True)
        lock = (directory / "control.lock").open("w")
    except OSError as error:
        raise StartupError(
            f"The data directory {directory} cannot be written ({error.strerror}): name another with --data-dir."
        ) from error
    with lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _postgresql(url: sa.URL) -> sa.Engine:
    return sa.create_engine(
        url.set(drivername="postgresql+psycopg"),
        pool_pre_ping=True,
        connect_args={"connect_timeout": _CONNECT_SECONDS},
    )


def _sqlite(path: Path) -> sa.Engine:
    url = sa.URL.create("sqlite", database=str(path))
    engine = sa.create_engine(url, connect_args={"timeout": _BUSY_SECONDS})

    def connected(connection: sqlite3.Connection, _: Any) -> None:
        # The driver would begin transactions on its own, late and not for changes of the schema.
        connection.isolation_level = None
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA foreign_keys = ON")

    def begin(connection: Connection) -> None:
        connection.exec_driver_sql(connection.get_execution_options().get("diptych_begin", "BEGIN"))

    sa.event.listen(engine, "connect", connected)
    sa.event.listen(engine, "begin", begin)
    return engine


def _migrate(engine: sa.Engine) -> None:
    known = _revisions()
    with engine.begin() as connection:
        current = _version(connection)
    if current == known[-1]:
        return
    if current is not None and current not in known:
        raise StartupError(
            f"The control database was written by a newer Diptych (schema {current}; this version knows "
            f"{known[-1]}): install that version or a newer one."
        )
    with engine.connect() as plain:
        connection = plain.execution_options(diptych_begin="BEGIN IMMEDIATE")
        with connection.begin():
            _upgrade(connection)


def _upgrade(connection: Connection) -> None:
    # Imported here, because most starts find nothing to do and it takes a quarter of a second.
    from alembic import command
    from alembic.config import Config

    if connection.dialect.name == "postgresql":
        connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_MIGRATION_LOCK)))
    config = Config(attributes={"connection": connection})
    config.set_main_option("script_location", str(_MIGRATIONS))
    command.upgrade(config, "head")


_MIGRATIONS = resources.files("diptych.control") / "migrations"


def _revisions() -> list[str]:
    """Revisions are numbered, and their files are named by them."""
    files = (_MIGRATIONS / "versions").iterdir()
    return sorted(file.name.partition("_")[0] for file in files if file.name.endswith(".py"))


def _version(connection: Connection) -> str | None:
    if not sa.inspect(connection).has_table(VERSION_TABLE):
        return None
    version: str | None = connection.scalar(sa.select(sa.column("version_num")).select_from(sa.table(VERSION_TABLE)))
    return version
