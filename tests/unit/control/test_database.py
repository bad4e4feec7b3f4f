"""Opening the control database: new, by several at once, damaged, newer than we are."""

import multiprocessing
from pathlib import Path

import alembic.autogenerate
import pytest
import sqlalchemy as sa
from alembic.migration import MigrationContext
from tests.harness import free_port

from diptych.control import Control, ControlUnavailable
from diptych.control.database import VERSION_TABLE, open_database
from diptych.control.schema import Base
from diptych.settings import Settings, StartupError


def test_migrations_lead_to_the_models(settings: Settings) -> None:
    database = open_database(settings)
    with database.reading() as connection:
        options = {"version_table": VERSION_TABLE, "compare_type": True, "compare_server_default": True}
        context = MigrationContext.configure(connection, opts=options)
        assert alembic.autogenerate.compare_metadata(context, Base.metadata) == []
    database.close()


def _create(settings: Settings, number: int, made: "multiprocessing.Queue[int | str]") -> None:
    try:
        control = Control.open(settings)
        made.put(control.projects.create(f"P{number}").project_id)
        control.close()
    except Exception as error:
        made.put(repr(error))


def test_processes_that_start_together(settings: Settings) -> None:
    context = multiprocessing.get_context("spawn")
    made: multiprocessing.Queue[int | str] = context.Queue()
    processes = [context.Process(target=_create, args=(settings, number, made)) for number in range(4)]
    for process in processes:
        process.start()
    results = [made.get(timeout=60) for _ in processes]
    for process in processes:
        process.join(60)
    assert sorted(results, key=str) == [1, 2, 3, 4]


def test_numbers_are_not_used_again(settings: Settings) -> None:
    control = Control.open(settings)
    number = control.projects.create("Gone").project_id
    database = open_database(settings)
    with database.writing() as connection:
        connection.execute(sa.text("DELETE FROM service_account_projects"))
        connection.execute(sa.text("DELETE FROM projects"))
    database.close()
    assert control.projects.create("New").project_id == number + 1
    control.close()


def test_a_newer_database_is_refused(settings: Settings) -> None:
    database = open_database(settings)
    with database.writing() as connection:
        connection.execute(sa.text("UPDATE control_version SET version_num = '9999'"))
    database.close()
    with pytest.raises(StartupError, match=r"newer Diptych \(schema 9999.*install that version"):
        Control.open(settings)


def test_a_damaged_file(tmp_path: Path) -> None:
    (tmp_path / "control.db").write_bytes(b"not a database" * 100)
    with pytest.raises(StartupError, match=r"Cannot open .*control\.db.*--data-dir"):
        Control.open(Settings(data_dir=tmp_path))


def test_a_directory_that_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StartupError, match=r"cannot be written .*--data-dir"):
        Control.open(Settings(data_dir=tmp_path / "file" / "data"))


def test_no_postgresql_there(tmp_path: Path) -> None:
    url = f"postgresql://someone:pass-phrase@127.0.0.1:{free_port()}/diptych"
    with pytest.raises(StartupError, match=r"diptych at 127\.0\.0\.1 .*DIPTYCH_CONTROL_URL") as caught:
        Control.open(Settings(data_dir=tmp_path, control_url=url))
    assert "pass-phrase" not in str(caught.value)


@pytest.mark.postgres
def test_no_such_database(postgres_url: str, tmp_path: Path) -> None:
    with pytest.raises(StartupError, match='database "nowhere" does not exist'):
        Control.open(Settings(data_dir=tmp_path, control_url=f"{postgres_url}/nowhere"))


def test_a_lock_that_is_not_given_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("diptych.control.database._BUSY_SECONDS", 0.1)
    settings = Settings(data_dir=tmp_path)
    control, other = Control.open(settings), open_database(settings)
    with other.writing(), pytest.raises(ControlUnavailable, match="database is locked"):
        control.projects.create("Shop")
    assert control.projects.create("Shop").project_id == 1
    other.close()
    control.close()
