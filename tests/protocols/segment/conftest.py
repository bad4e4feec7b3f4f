from collections.abc import Callable
from typing import Any

import pytest
from litestar.testing import TestClient

from diptych.protocols import segment


@pytest.fixture
def client(serving: Callable[[list[Any]], TestClient]) -> TestClient:
    client = serving(segment.handlers)
    client.auth = ("TOKEN", "")
    return client
