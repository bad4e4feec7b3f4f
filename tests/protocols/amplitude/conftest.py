from collections.abc import Callable
from typing import Any

import pytest
from litestar.testing import TestClient

from diptych.protocols import amplitude


@pytest.fixture
def client(serving: Callable[[list[Any]], TestClient]) -> TestClient:
    return serving(amplitude.handlers)
