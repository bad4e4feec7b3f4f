"""Projects and keys in PostgreSQL instead of SQLite."""

from collections.abc import Callable
from pathlib import Path

import pytest
from tests.harness import Server, command, free_port

pytestmark = pytest.mark.postgres


def test_projects_survive_and_are_shared(start_server: Callable[..., Server], postgres_database: str) -> None:
    settings = {"DIPTYCH_CONTROL_URL": postgres_database}
    server = start_server(settings=settings)
    project = server.create_project("In PostgreSQL", "--timezone", "Europe/Berlin")
    assert project.events() == []
    assert not list(server.data_dir.glob("*.sqlite*"))
    server.stop()

    listed = command("project", "list", "--json", data_dir=server.data_dir, settings=settings)
    assert '"In PostgreSQL"' in listed.stdout
    server.start()
    assert project.events() == []


def test_a_database_that_does_not_answer(tmp_path: Path, postgres_database: str) -> None:
    settings = {"DIPTYCH_CONTROL_URL": postgres_database + "_missing"}
    done = command("serve", "--port", str(free_port()), data_dir=tmp_path / "data", settings=settings)
    assert done.returncode != 0
    assert "DIPTYCH_CONTROL_URL" in done.stderr
    assert "Traceback" not in done.stderr
