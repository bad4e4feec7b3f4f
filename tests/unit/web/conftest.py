"""The web app's part of the server, asked without a network."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from litestar import Litestar, Request, post
from litestar.exceptions import NotAuthorizedException
from litestar.testing import TestClient

from diptych import web
from diptych.control import Control
from diptych.protocols.native import errors
from diptych.settings import Settings
from diptych.web.access import require_same_origin, session_of

Browser = TestClient[Litestar]
Connect = Callable[..., Browser]


@post("/change", status_code=200)
async def change(request: Request[Any, Any, Any]) -> dict[str, bool]:
    """Changes something, as the handlers of our own API do."""
    session = await session_of(request)
    if session is None:
        raise NotAuthorizedException
    require_same_origin(request)
    return {"demo": session.demo}


@pytest.fixture
def control(tmp_path: Path) -> Iterator[Control]:
    """An empty control database."""
    control = Control.open(Settings(data_dir=tmp_path))
    yield control
    control.close()


@pytest.fixture
def connect(control: Control) -> Iterator[Connect]:
    """Makes browsers that know one server each."""
    opened: list[Browser] = []

    def connect(address: str = "http://localhost:8000", *, host: str = "127.0.0.1", demo: bool = False) -> Browser:
        access = web.Access(control, Settings(host=host), demo=demo)
        app = Litestar(
            [*web.handlers, change], state=access.state(), exception_handlers=errors.HANDLERS, openapi_config=None
        )
        opened.append(TestClient(app, base_url=address).__enter__())
        return opened[-1]

    yield connect
    for browser in opened:
        browser.__exit__()
