"""ClickHouse servers for tests."""

from collections.abc import Iterator

import pytest
from tests.cluster.nodes import Nodes


@pytest.fixture(scope="session")
def clickhouse(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Nodes]:
    """One ClickHouse server, shared by tests; each uses a database of its own."""
    with Nodes(tmp_path_factory.mktemp("clickhouse")) as nodes:
        yield nodes
