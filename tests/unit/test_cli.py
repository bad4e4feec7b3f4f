"""The commands as they are typed: what they print, where, and how they end."""

import json
import os
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import typer
from tests.harness import ROOT, command, free_port

from diptych.cli import app, main
from diptych.cli.address import reachable, recall
from diptych.cli.first_events import first_events
from diptych.control import Control
from diptych.settings import Settings

COMMANDS_PAGE = (ROOT / "docs" / "commands.md").read_text("utf-8")


def _commands(found: Any, path: str) -> dict[str, Any]:
    """Every command and group by its full name."""
    below = getattr(found, "commands", {})
    named = {path: found}
    for name, child in below.items():
        named |= _commands(child, f"{path} {name}")
    return named


COMMANDS = _commands(typer.main.get_command(app), "diptych")


@dataclass(frozen=True)
class Done:
    """How a command ended."""

    returncode: int
    stdout: str
    stderr: str


Run = Callable[..., Done]


@pytest.fixture
def data_dir(tmp_path: Path) -> Path:
    """Where no data is yet."""
    return tmp_path / "data"


@pytest.fixture
def run(data_dir: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Run:
    """Runs a command in this process, which is faster than in one of its own."""
    for name in [name for name in os.environ if name.startswith("DIPTYCH_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("DIPTYCH_DATA_DIR", str(data_dir))

    def run(*arguments: str, **settings: str) -> Done:
        for name, value in settings.items():
            monkeypatch.setenv(name, value)
        with pytest.raises(SystemExit) as ended:
            main(arguments)
        code = ended.value.code
        return Done(code if isinstance(code, int) else 0, *capfd.readouterr())

    return run


def test_the_commands() -> None:
    assert set(COMMANDS) == {
        "diptych",
        "diptych serve",
        "diptych demo",
        "diptych sign-in-link",
        "diptych rebuild",
        "diptych check",
        "diptych identity",
        "diptych identity show",
        "diptych identity link",
        "diptych identity unlink",
        "diptych properties",
        "diptych properties list",
        "diptych properties promote",
        "diptych properties demote",
        "diptych project",
        "diptych project create",
        "diptych project list",
        "diptych project set",
        "diptych user",
        "diptych user list",
        "diptych user invite",
        "diptych user reset-link",
        "diptych user remove",
    }


@pytest.mark.parametrize("name", COMMANDS)
def test_help_has_an_example(name: str, run: Run, data_dir: Path) -> None:
    done = run(*name.split()[1:], "--help")
    assert done.returncode == 0
    assert f"Example: {name}" in done.stdout
    assert not data_dir.exists()


@pytest.mark.parametrize("name", [name for name, found in COMMANDS.items() if not hasattr(found, "commands")])
def test_every_command_and_flag_is_documented(name: str) -> None:
    section = COMMANDS_PAGE.partition(f"\n## {name}\n")[2].partition("\n## ")[0]
    flags = [flag for option in COMMANDS[name].params for flag in option.opts if flag.startswith("--")]
    assert section and flags
    assert [flag for flag in flags if flag not in section and flag != "--help"] == []


def create(data_dir: Path, *arguments: str) -> dict[str, Any]:
    done = command("project", "create", *arguments, "--json", data_dir=data_dir)
    assert (done.returncode, done.stderr) == (0, "")
    made: dict[str, Any] = json.loads(done.stdout)
    return made


def test_project_create_prints_one_object(data_dir: Path) -> None:
    made = create(data_dir, "Müller & Söhne", "--timezone", "Europe/Berlin", "--identity", "amplitude")
    assert list(made) == ["project_id", "name", "token", "secret", "service_account", "timezone", "identity"]
    assert (made["project_id"], made["name"]) == (1, "Müller & Söhne")
    assert (made["timezone"], made["identity"]) == ("Europe/Berlin", "amplitude")
    assert list(made["service_account"]) == ["username", "secret"]


def test_project_list(run: Run) -> None:
    assert json.loads(run("project", "list", "--json").stdout) == []
    assert "diptych project create NAME" in run("project", "list").stdout
    made = json.loads(run("project", "create", "[bold]Shop " + "with a long name " * 8, "--json").stdout)
    [listed] = json.loads(run("project", "list", "--json").stdout)
    assert listed == {
        "project_id": 1,
        "name": made["name"],
        "token": made["token"],
        "timezone": "UTC",
        "identity": "simplified",
        "week_start": 1,
        "settings": {
            "store_ip": True,
            "privacy_signals": "ignore",
            "vendor_limits": False,
            "live_window_days": 0,
            "device_events_per_second": 0,
            "device_events_per_day": 0,
            "events_per_minute": 0,
            "queries_per_hour": 0,
            "silenced_devices": [],
            "session_rule": "timeout",
            "session_timeout_minutes": 30,
            "session_excluded_events": [],
            "group_keys": [],
        },
    }
    table = run("project", "list").stdout
    assert made["token"] in table and "[bold]Shop" in table


def test_project_set(run: Run) -> None:
    run("project", "create", "Shop")
    done = run("project", "set", "1", "store_ip=false", "privacy_signals=strip", "silenced_devices=a,b", "--json")
    settings = json.loads(done.stdout)["settings"]
    assert (settings["store_ip"], settings["privacy_signals"]) == (False, "strip")
    assert json.loads(run("project", "list", "--json").stdout)[0]["settings"] == settings
    table = run("project", "set", "1", "live_window_days=5").stdout
    assert ["live_window_days", "5"] in [line.split() for line in table.splitlines()]
    assert "silenced_devices          a,b" in table


WRONG_SETTINGS = {
    "store_ips=false": "did you mean store_ip?",
    "nothing=1": "the settings are store_ip,",
    "live_window_days=-1": "live_window_days",
    "privacy_signals=maybe": "privacy_signals",
    "store_ip": "store_ip=false",
}


@pytest.mark.parametrize("change", WRONG_SETTINGS)
def test_project_set_refuses(run: Run, change: str) -> None:
    run("project", "create", "Shop")
    done = run("project", "set", "1", change)
    assert done.returncode == 2
    assert WRONG_SETTINGS[change] in done.stderr
    assert run("project", "set", "7", "store_ip=false").returncode == 2


def test_what_create_tells_a_person(run: Run) -> None:
    done = run("project", "create", "Shop")
    [listed] = json.loads(run("project", "list", "--json").stdout)
    assert listed["token"] in done.stdout
    assert "not shown again" in done.stdout


def test_projects_created_at_once_in_a_new_directory(data_dir: Path) -> None:
    with ThreadPoolExecutor(4) as threads:
        made = list(threads.map(lambda n: create(data_dir, f"P{n}"), range(4)))
    assert sorted(project["project_id"] for project in made) == [1, 2, 3, 4]


@pytest.mark.parametrize(
    ("arguments", "status", "words"),
    [
        (["project", "create", "A", "--timezone", "Europe/Berln"], 2, "did you mean Europe/Berlin?"),
        (["project", "create", "A", "--identity", "both"], 2, "simplified, original, amplitude, not 'both'"),
        (["project", "create", " "], 2, "1 to 200 printable characters"),
        (["serve", "--port", "http"], 2, "--port must be a port number from 0 to 65535, not 'http'"),
        (["serve", "--host", "http://localhost"], 2, "--host must be a host name or an IP address"),
        (["serve", "--data-dir", __file__], 2, "--data-dir must be a directory"),
        (["serve", "--tls-cert", __file__], 2, "give --tls-key too"),
        (["demo", "--port", "70000"], 2, "--port must be a port number"),
    ],
)
def test_wrong_calls(run: Run, arguments: list[str], status: int, words: str) -> None:
    done = run(*arguments)
    assert (done.returncode, done.stdout) == (status, "")
    [sentence] = done.stderr.splitlines()
    assert sentence.startswith("diptych: ") and words in sentence


@pytest.mark.parametrize(
    ("settings", "status", "words"),
    [
        ({"DIPTYCH_PORT": "http"}, 2, "DIPTYCH_PORT must be a port number"),
        ({"DIPTYCH_CLICKHOUSE_URL": "db:8123"}, 2, "DIPTYCH_CLICKHOUSE_URL must be an address such as http://"),
        ({"DIPTYCH_CONTROL_URL": "mysql://db/x"}, 2, "DIPTYCH_CONTROL_URL must be an address such as postgresql://"),
        (
            {"DIPTYCH_CONTROL_URL": f"postgresql://u:hunter2@127.0.0.1:{free_port()}/x"},
            1,
            "check that PostgreSQL runs, and the user, password and database in DIPTYCH_CONTROL_URL",
        ),
    ],
)
def test_wrong_environment(run: Run, settings: dict[str, str], status: int, words: str) -> None:
    done = run("project", "list", **settings)
    assert (done.returncode, done.stdout) == (status, "")
    [sentence] = done.stderr.splitlines()
    assert words in sentence and "hunter2" not in sentence


def test_a_damaged_control_database(data_dir: Path) -> None:
    data_dir.mkdir()
    (data_dir / "control.db").write_text("no database " * 100)
    done = command("project", "list", data_dir=data_dir)
    assert done.returncode == 1
    assert done.stderr.startswith("diptych: Cannot open the control database")
    assert len(done.stderr.splitlines()) == 1


def test_unknown_flag(run: Run) -> None:
    done = run("serve", "--prot", "1")
    assert (done.returncode, done.stdout) == (2, "")
    assert "No such option: --prot" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("settings", "arguments", "begin"),
    [
        ({}, [], "http://127.0.0.1:8000/app/sign-in/"),
        ({"DIPTYCH_HOST": "0.0.0.0", "DIPTYCH_PORT": "9000"}, [], "http://localhost:9000/app/sign-in/"),
        ({"DIPTYCH_HOST": "::1"}, [], "http://[::1]:8000/app/sign-in/"),
        ({}, ["--address", "https://analytics.example.com/"], "https://analytics.example.com/app/sign-in/"),
    ],
)
def test_sign_in_link(run: Run, data_dir: Path, settings: dict[str, str], arguments: list[str], begin: str) -> None:
    done = run("sign-in-link", *arguments, **settings)
    assert (done.returncode, done.stderr) == (0, "")
    [link] = done.stdout.splitlines()
    assert link.startswith(begin) and len(link) == len(begin) + 43
    with sqlite3.connect(data_dir / "control.db") as database:
        assert database.execute("SELECT count(*) FROM sign_in_links").fetchone() == (1,)


def test_users_by_command(run: Run, data_dir: Path) -> None:
    assert "diptych user invite EMAIL" in run("user", "list").stdout
    run("project", "create", "Shop")
    address = ("--address", "https://analytics.example.com")
    link = run("user", "invite", "Anna@Example.com", "--project", "1", "--role", "editor", *address).stdout.strip()
    begin, _, token = link.rpartition("/")
    assert begin == "https://analytics.example.com/app/invitation" and len(token) == 43
    control = Control.open(Settings(data_dir=data_dir))
    assert control.invitations.accept_as_new(token, "Anna", "kept", "")
    control.close()
    anna = {"id": 1, "email": "anna@example.com", "name": "Anna", "admin": False, "has_password": True}
    assert json.loads(run("user", "list", "--json").stdout) == [anna]
    assert "anna@example.com" in run("user", "list").stdout
    reset = run("user", "reset-link", "anna@example.com").stdout
    assert reset.startswith("http://127.0.0.1:8000/app/sign-in/")
    assert run("user", "remove", "anna@example.com").returncode == 0
    assert json.loads(run("user", "list", "--json").stdout) == []


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["reset-link", "nobody@example.com"], "Nobody signs in with nobody@example.com"),
        (["remove", "nobody@example.com"], "diptych user list"),
        (["invite", "nobody"], "must look like name@example.com"),
        (["invite", "a@example.com", "--project", "7"], "There is no project 7"),
        (["invite", "a@example.com", "--role", "boss"], "owner, editor, viewer, not 'boss'"),
    ],
)
def test_users_that_cannot_be(run: Run, arguments: list[str], words: str) -> None:
    done = run("user", *arguments)
    assert (done.returncode, done.stdout) == (2, "")
    assert words in done.stderr


def test_the_address_of_a_running_server_is_the_one_it_told(tmp_path: Path) -> None:
    (tmp_path / "address").write_text("https://127.0.0.1:4433\n")
    assert recall(Settings(data_dir=tmp_path, port=1)) == "https://127.0.0.1:4433"
    assert reachable("https://0.0.0.0:4433") == "https://localhost:4433"
    assert reachable("http://[::]:80") == "http://localhost:80"


def test_first_events_name_address_and_token(tmp_path: Path) -> None:
    blocks = first_events("https://diptych.example.com", "0123456789abcdef")
    assert len(blocks) == 6
    for client, lines in blocks.items():
        assert "https://diptych.example.com" in lines and "0123456789abcdef" in lines and "$" not in lines
        if "Python" in client:
            compile(lines, client, "exec")


def test_commands_do_not_wait_for_the_engine() -> None:
    code = "import sys, diptych.cli; print([m for m in sys.modules if m in ('chdb', 'litestar', 'pyarrow', 'alembic')])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=dict(os.environ))
    assert done.stdout.strip() == "[]", done.stderr
