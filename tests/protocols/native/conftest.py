"""Our own API with a real control database, and without an engine."""

import asyncio
import shutil
from collections.abc import Callable, Iterator
from dataclasses import fields
from pathlib import Path
from typing import Any

import httpx
import pytest
from litestar import Litestar
from litestar.datastructures import State
from litestar.di import Provide
from litestar.testing import TestClient

from diptych import web
from diptych.control import Control
from diptych.model import Role
from diptych.protocols import native
from diptych.protocols.services import Services
from diptych.settings import Settings

ADDRESS = "https://analytics.example.com"
Client = httpx.Client
SignedIn = Callable[..., Client]


class Nothing:
    """Stands for a part that reads events: whoever gets there fails the test."""

    def __getattr__(self, name: str) -> Callable[..., Any]:
        async def reached(*_: Any, **__: Any) -> None:
            raise AssertionError(f"{name} was reached")

        return reached


@pytest.fixture(scope="session")
def two_projects(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The file of a control database with two projects, Shop (1) and Blog (2)."""
    folder = tmp_path_factory.mktemp("control")
    control = Control.open(Settings(data_dir=folder))
    control.projects.create("Shop")
    control.projects.create("Blog")
    control.close()
    return folder / "control.db"


@pytest.fixture
def control(tmp_path: Path, two_projects: Path) -> Iterator[Control]:
    """A control database with two projects, Shop (1) and Blog (2)."""
    shutil.copy(two_projects, tmp_path)
    control = Control.open(Settings(data_dir=tmp_path))
    yield control
    control.close()


@pytest.fixture
def stream() -> Any:
    """What reads events; a test may put something in its place."""
    return Nothing()


@pytest.fixture(scope="session")
def serving() -> Iterator[TestClient[Litestar]]:
    """The application, for whatever control database is put into its state."""

    def services(state: State) -> Services:
        given = {"projects": state.access.control.projects, "stream": state.stream}
        return Services(**{field.name: given.get(field.name, Nothing()) for field in fields(Services)})

    app = Litestar(
        [*native.handlers, *web.handlers],
        dependencies={"services": Provide(services, sync_to_thread=False)},
        exception_handlers=native.errors.HANDLERS,
        openapi_config=None,
    )
    with TestClient(app) as client:
        yield client


@pytest.fixture
def connect(serving: TestClient[Litestar], control: Control, stream: Any) -> Callable[[], Client]:
    """Makes browsers that nobody is signed in with."""
    serving.app.state.update({"access": web.Access(control, Settings()), "stream": stream})
    headers = {"Origin": ADDRESS, "Content-Type": "application/json"}
    # A client of the framework for each would start the application again.
    return lambda: httpx.Client(base_url=ADDRESS, transport=serving._transport, headers=headers)


@pytest.fixture
def signed_in(control: Control, connect: Callable[[], Client]) -> SignedIn:
    """Makes browsers in which somebody is signed in: with a role in Shop, or who runs the installation."""

    def sign_in(role: Role | None = None, *, admin: bool = False, project: int = 1) -> Client:
        number = len(control.users.everybody()) + 1
        user = control.users.create(f"user{number}@example.com", f"User {number}", admin=admin)
        if role:
            control.users.set_role(user.id, project, role)
        client = connect()
        client.cookies.set("__Host-diptych", asyncio.run(control.sign_ins.start(user.id, "Firefox")))
        return client

    return sign_in
