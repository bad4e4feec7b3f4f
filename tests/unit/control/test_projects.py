"""Projects and credentials, as the request path asks for them."""

import asyncio
import time
from collections.abc import Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from diptych.control import Control, ControlUnavailable, InvalidProject, registry as registry_module
from diptych.control.registry import CreatedProject
from diptych.model import IdentityMode, Project

OpenControl = Callable[[], Control]


def run(coroutine: Coroutine[Any, Any, Any]) -> Any:
    return asyncio.run(coroutine)


def test_created_project_is_listed_as_asked(control: Control) -> None:
    first = control.projects.create("Acme GmbH", "Europe/Berlin", "original")
    second = control.projects.create("  Acme GmbH ")
    assert control.projects.list() == [
        Project(id=1, name="Acme GmbH", token=first.token, timezone="Europe/Berlin", identity=IdentityMode.ORIGINAL),
        Project(id=2, name="Acme GmbH", token=second.token, timezone="UTC", identity=IdentityMode.SIMPLIFIED),
    ]
    keys = {first.token, first.secret, first.service_account.secret, second.token, second.secret}
    assert len(keys) == 5
    assert all(len(key) == 32 and int(key, 16) >= 0 for key in keys)
    name, random, kind = first.service_account.username.split(".")
    assert (name, len(random), kind) == ("acme-gmbh", 6, "mp-service-account")


@pytest.mark.parametrize(
    ("arguments", "field", "words"),
    [
        (("",), "name", "1 to 200 printable characters"),
        (("  \t",), "name", "1 to 200 printable characters"),
        (("a" * 201,), "name", "1 to 200 printable characters"),
        (("a\nb",), "name", "1 to 200 printable characters"),
        (("A", "Europe/Berln"), "timezone", "did you mean Europe/Berlin?"),
        (("A", "../etc/passwd"), "timezone", "There is no time zone"),
        (("A", ""), "timezone", "such as Europe/Berlin"),
        (("A", "localtime"), "timezone", "There is no time zone"),
        (("A", "UTC", "both"), "identity", "simplified, original, amplitude"),
    ],
)
def test_a_project_that_cannot_be(control: Control, arguments: tuple[str, ...], field: str, words: str) -> None:
    with pytest.raises(InvalidProject, match=words.replace("?", r"\?")) as caught:
        control.projects.create(*arguments)
    assert caught.value.field == field
    assert control.projects.list() == []


def test_rename(control: Control) -> None:
    made = control.projects.create("Before")
    assert control.projects.rename(made.project_id, "After").name == "After"
    assert [project.name for project in control.projects.list()] == ["After"]
    with pytest.raises(InvalidProject, match="no project 99"):
        control.projects.rename(99, "Nobody")


def by(made: CreatedProject, other: CreatedProject, lookup: str) -> tuple[Any, ...]:
    account = made.service_account
    return {
        "by_id": (made.project_id,),
        "by_token": (made.token,),
        "by_secret": (made.secret,),
        "by_token_and_secret": (made.token, made.secret),
        "by_service_account": (account.username, account.secret, made.project_id),
        "its only project": (account.username, account.secret, None),
        "unknown id": (99,),
        "secret as token": (made.secret,),
        "token as secret": (made.token,),
        "account secret as secret": (account.secret,),
        "other's secret": (made.token, other.secret),
        "unknown token": ("0" * 32, made.secret),
        "wrong account secret": (account.username, made.secret, made.project_id),
        "unknown account": ("nobody", account.secret, made.project_id),
        "other's project": (account.username, account.secret, other.project_id),
        "hostile text": ("' OR 1=1 --\0\udcff",),
        "empty": ("",),
    }[lookup]


@pytest.mark.parametrize(
    ("method", "lookup", "opens"),
    [
        ("by_id", "by_id", True),
        ("by_token", "by_token", True),
        ("by_secret", "by_secret", True),
        ("by_token_and_secret", "by_token_and_secret", True),
        ("by_service_account", "by_service_account", True),
        ("by_service_account", "its only project", True),
        ("by_id", "unknown id", False),
        ("by_token", "secret as token", False),
        ("by_secret", "token as secret", False),
        ("by_secret", "account secret as secret", False),
        ("by_token_and_secret", "other's secret", False),
        ("by_token_and_secret", "unknown token", False),
        ("by_service_account", "wrong account secret", False),
        ("by_service_account", "unknown account", False),
        ("by_service_account", "other's project", False),
        ("by_token", "hostile text", False),
        ("by_secret", "hostile text", False),
        ("by_token", "empty", False),
        ("by_secret", "empty", False),
    ],
)
@pytest.mark.parametrize("settings", ["sqlite"], indirect=True)
def test_what_opens_a_project(control: Control, method: str, lookup: str, opens: bool) -> None:
    made, other = control.projects.create("Made"), control.projects.create("Other")
    found = run(getattr(control.projects, method)(*by(made, other, lookup)))
    assert (found.id if found else None) == (made.project_id if opens else None)


def test_new_project_of_another_process_is_known_at_once(open_control: OpenControl) -> None:
    server, command = open_control(), open_control()

    async def scenario() -> None:
        first = command.projects.create("First")
        assert await server.projects.by_token(first.token)
        second = await command.run(lambda: command.projects.create("Second"))
        started = time.monotonic()
        assert await server.projects.by_token(second.token)
        assert time.monotonic() - started < 0.5

    run(scenario())


def test_revoked_service_account_stops_within_two_seconds(open_control: OpenControl) -> None:
    server, command = open_control(), open_control()
    made = command.projects.create("Shop")
    credentials = (made.service_account.username, made.service_account.secret, made.project_id)

    async def scenario() -> float:
        assert await server.projects.by_service_account(*credentials)
        assert command.projects.revoke_service_account(credentials[0])
        revoked = time.monotonic()
        while await server.projects.by_service_account(*credentials):
            await asyncio.sleep(0.05)
            assert time.monotonic() - revoked < 2
        return time.monotonic() - revoked

    assert run(scenario()) > 0.2, "the answer was not kept, so the database is asked for every event"
    assert not command.projects.revoke_service_account(credentials[0])
    assert run(server.projects.by_token(made.token))


def test_a_process_sees_its_own_changes_at_once(control: Control) -> None:
    number = control.projects.create("Before").project_id

    async def scenario() -> None:
        for name in ("After", "Later"):
            await control.projects.by_id(number)
            control.projects.arrange(number, {"name": name})
            found = await control.projects.by_id(number)
            assert found and found.name == name

    run(scenario())


class Counted:
    """Counts how often all credentials are read, and can make the database fail."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.times = 0
        self.broken = False
        self._load = registry_module.load
        monkeypatch.setattr("diptych.control.registry.load", self)

    def __call__(self, database: Any) -> Any:
        self.times += 1
        if self.broken:
            raise ControlUnavailable("away")
        return self._load(database)


@pytest.mark.parametrize("settings", ["sqlite"], indirect=True)
def test_guessing_does_not_keep_the_database_busy(control: Control, monkeypatch: pytest.MonkeyPatch) -> None:
    made = control.projects.create("Shop")
    counted = Counted(monkeypatch)

    async def scenario() -> None:
        assert await control.projects.by_token(made.token)
        guesses = asyncio.gather(*(control.projects.by_token(f"{n:032x}") for n in range(2000)))
        newer = await control.run(lambda: control.projects.create("Newer"))
        found = await asyncio.gather(guesses, control.projects.by_token(newer.token))
        assert set(found[0]) == {None}
        assert found[1] is not None, "a stranger's guesses kept a new project out"

    run(scenario())
    assert counted.times <= 4


@pytest.mark.parametrize("settings", ["sqlite"], indirect=True)
def test_database_that_does_not_answer(control: Control, monkeypatch: pytest.MonkeyPatch) -> None:
    made = control.projects.create("Shop")
    counted = Counted(monkeypatch)
    monkeypatch.setattr("diptych.control.projects._MAX_AGE", 0.0)

    async def scenario() -> None:
        assert await control.projects.by_token(made.token)
        counted.broken = True
        assert await control.projects.by_token(made.token)
        with pytest.raises(ControlUnavailable):
            await control.projects.by_token("0" * 32)
        counted.broken = False
        assert await control.projects.by_token("0" * 32) is None

    run(scenario())


def test_many_create_at_once(open_control: OpenControl) -> None:
    processes = [open_control() for _ in range(3)]
    with ThreadPoolExecutor(12) as threads:
        made = list(threads.map(lambda n: processes[n % 3].projects.create(f"P{n}"), range(36)))
    assert sorted(project.project_id for project in made) == list(range(1, 37))
    assert len({project.token for project in made}) == 36
    assert {project.name for project in processes[0].projects.list()} == {f"P{n}" for n in range(36)}
