"""Opens the control database, SQLite or PostgreSQL, and brings it to this version's tables."""

from importlib import resources
from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from alembic.util import CommandError
from sqlalchemy import Engine, create_engine, event, text
from sqlalchemy.exc import SQLAlchemyError

from diptych.settings import Settings, StartupError

_MIGRATION_LOCK = 0x64697074


def open_database(settings: Settings) -> Engine:
    """The database that the settings name, migrated. Raises StartupError."""
    url = settings.control_url
    engine = _postgresql(url) if url and url.startswith("postgresql") else _sqlite(settings.data_dir)
    try:
        _migrate(engine)
    except CommandError as error:
        raise StartupError(
            "The control database was written by a newer Diptych: install that version or a newer one."
        ) from error
    except SQLAlchemyError as error:
        reason = str(getattr(error, "orig", error)).strip().splitlines()[0]
        raise StartupError(
            f"The control database does not answer ({reason}): check DIPTYCH_CONTROL_URL and that the server runs."
        ) from error
    return engine


def _postgresql(url: str) -> Engine:
    return create_engine(
        url.replace("postgresql://", "postgresql+psycopg://", 1),
        pool_pre_ping=True,
        connect_args={"connect_timeout": 5},
    )


def _sqlite(directory: Path) -> Engine:
    try:
        directory.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StartupError(
            f"The data directory {directory} cannot be made ({error.strerror}): name another with --data-dir."
        ) from error
    engine = create_engine(f"sqlite:///{directory / 'control.db'}", connect_args={"timeout": 10})
    event.listen(engine, "connect", _prepare_sqlite)
    return engine


def _prepare_sqlite(connection: Any, record: Any) -> None:
    # Commands write while a server reads, and what was promised is on the disk.
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "busy_timeout=10000"):
        connection.execute(f"PRAGMA {pragma}")


def _migrate(engine: Engine) -> None:
    config = Config()
    config.set_main_option("script_location", str(resources.files("diptych.control") / "migrations"))
    with engine.begin() as connection:
        # Two processes that start together must not both create the tables.
        if engine.dialect.name == "postgresql":
            connection.execute(text("SELECT pg_advisory_xact_lock(:n)"), {"n": _MIGRATION_LOCK})
        else:
            connection.exec_driver_sql("CREATE TABLE IF NOT EXISTS migration_lock (held INTEGER)")
            connection.exec_driver_sql("DELETE FROM migration_lock")
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
