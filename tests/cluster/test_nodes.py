"""The ClickHouse nodes that the tests here stand on."""

from pathlib import Path

import pytest
from tests.cluster.nodes import Nodes, Refused

pytestmark = pytest.mark.server


def test_a_node_keeps_its_data_over_a_kill(tmp_path: Path) -> None:
    with Nodes(tmp_path, count=2) as nodes:
        nodes.everywhere("CREATE DATABASE a")
        nodes.everywhere("CREATE TABLE a.numbers (n UInt64) ENGINE = MergeTree ORDER BY n")
        for node in range(2):
            nodes.query(node, f"INSERT INTO a.numbers VALUES ({node})")
        total = "SELECT sum(n) FROM cluster('c', 'a', 'numbers')"
        assert nodes.query(0, total) == "1\n"

        nodes.kill_node(1)
        with pytest.raises(Refused):
            nodes.query(0, total)
        nodes.start_node(1)
        assert nodes.query(0, total) == "1\n"
