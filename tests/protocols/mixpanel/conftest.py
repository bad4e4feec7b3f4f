from collections.abc import Callable
from typing import Any

import pytest
from litestar.testing import TestClient
from tests.harness import Project
from tests.protocols.mixpanel import small as small_project

from diptych.protocols import mixpanel


@pytest.fixture
def client(serving: Callable[[list[Any]], TestClient]) -> TestClient:
    return serving(mixpanel.handlers)


@pytest.fixture(scope="session")
def small(server: Any) -> Project:
    return small_project.made(server)


@pytest.fixture(scope="session")
def recent(server: Any) -> Project:
    return small_project.recently(server)
