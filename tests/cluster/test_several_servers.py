"""Several Diptych servers in front of one ClickHouse server and one PostgreSQL."""

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from tests.cluster.nodes import Nodes
from tests.harness import Project, Server

pytestmark = [pytest.mark.server, pytest.mark.postgres]

ROUNDS = 30
COPIES = 3


def upload(server: Server, project: Project, number: int, copy: int) -> None:
    """One copy of an event with what may differ between copies, and an increment of a profile."""
    now = int(time.time() * 1000)
    events = [
        {
            "event_type": f"Opened {copy}",
            "insert_id": f"event-{number}",
            "device_id": f"device-{number}",
            "time": now - copy * 86_400_000,
            "user_properties": {"$add": {"opened": 1}},
        }
    ]
    with server.client() as client:
        answer = client.post("/2/httpapi", json={"api_key": project.token, "events": events})
    assert answer.json()["code"] == 200


def test_copies_sent_to_several_servers_at_once_count_once(
    start_server: Callable[..., Server], clickhouse: Nodes, postgres_database: str
) -> None:
    settings = {
        "DIPTYCH_CLICKHOUSE_URL": clickhouse.url(database="several"),
        "DIPTYCH_CONTROL_URL": postgres_database,
    }
    servers = [start_server(settings=settings) for _ in range(2)]
    project = servers[0].create_project("Several")
    with ThreadPoolExecutor(2 * COPIES) as pool:
        for number in range(ROUNDS):
            work = [pool.submit(upload, server, project, number, copy) for copy in range(COPIES) for server in servers]
            for done in work:
                done.result()

    for server in servers:
        wait_until_inserted(server)
    inserted = project.events()
    assert sorted(event["insert_id"] for event in inserted) == sorted(f"event-{n}" for n in range(ROUNDS))
    assert [project.profile(f"$device:device-{n}")["opened"] for n in range(ROUNDS)] == [1] * ROUNDS


def wait_until_inserted(server: Server) -> None:
    with server.client() as client:
        deadline = time.monotonic() + 30
        while "diptych_spooled_bytes 0.0" not in client.get("/metrics").text and time.monotonic() < deadline:
            time.sleep(0.1)
