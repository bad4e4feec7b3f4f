"""An engine that is away for long, or refuses: the spool keeps, up to its bound, and nobody else waits."""

import time
from datetime import UTC, datetime
from pathlib import Path

import pytest
from tests.cluster.nodes import Nodes
from tests.harness import Server
from tests.recovery.senders import PROTOCOLS, accepted, stored
from tests.recovery.test_full import Sent
from tests.recovery.test_kill import kill


@pytest.mark.server
def test_a_server_that_is_away_until_the_spool_is_full(start_server, tmp_path: Path) -> None:
    with Nodes(tmp_path / "clickhouse") as nodes:
        settings = {"DIPTYCH_CLICKHOUSE_URL": nodes.url(), "DIPTYCH_SPOOL_MB": "1"}
        server: Server = start_server(settings=settings)
        sent = Sent(server.add_project("Away"))
        with server.client() as client:
            sent.send(client, 3)
            nodes.kill_node(0)
            sent.until_all_refuse(client)
            assert client.get("/health").status_code == 503
            spooled = next(
                line for line in client.get("/metrics").text.splitlines() if line.startswith("diptych_spool")
            )
            assert 1 << 20 < float(spooled.split()[1]) < 2 << 20
        # A crash of both: what was acknowledged is on the disk.
        kill(server)
        nodes.start_node(0)
        server.start()
        with server.client() as client:
            sent.until_all_accept(client)
        assert stored(sent.project) == dict.fromkeys(sent.kept, 1)
        server.stop()


def test_dates_of_every_month_delay_nobody(start_server) -> None:
    """A block with more than 100 months is more than ClickHouse takes in one insert unless it is told to."""
    server: Server = start_server()
    project = server.add_project("Months")
    months = [int(datetime(1990 + m // 12, 1 + m % 12, 3, tzinfo=UTC).timestamp()) for m in range(240)]
    strange = [
        {"event": "Old", "properties": {"distinct_id": "u", "time": time_, "$insert_id": f"i-{time_}"}}
        for time_ in months
    ]
    with server.client() as client:
        answer = client.post("/import?strict=1", json=strange, auth=(project.secret, ""))
        assert answer.json()["num_records_imported"] == 240
        for n in range(3):
            assert accepted(PROTOCOLS[n](client, project, [n]))
        began = time.monotonic()
        assert stored(project) == dict.fromkeys(range(3), 1)
        assert time.monotonic() - began < 30
    question = {
        "type": "segmentation",
        "metrics": [{"event": {"names": ["Old"]}}],
        "range": {"type": "between", "from": "1990-01-01", "to": "2010-01-01"},
        "interval": "month",
    }
    assert project.ask(question)["series"][0]["overall"] == 240
