"""Several Diptych servers in front of one ClickHouse server and one PostgreSQL."""

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from tests.cluster.nodes import Nodes
from tests.harness import Project, Server

from diptych.people.folding import Folding
from diptych.people.rebuild import check_profiles
from diptych.store.engine import open_server

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


def count_up(server: Server, project: Project, number: int) -> None:
    """Each request adds to the same two profiles, at a time that is often earlier than another request's."""
    update = {"$token": project.token, "$time": int(time.time()) - number % 3}
    body = [
        update | {"$distinct_id": "shared", "$add": {"count": 1}, "$append": {"numbers": number}},
        update | {"$distinct_id": f"own-{number}", "$add": {"count": 1}},
    ]
    with server.client() as client:
        assert client.post("/engage", json=body).text == "1"


def test_updates_of_one_profile_sent_to_several_servers_are_each_applied_once(
    start_server: Callable[..., Server], clickhouse: Nodes, postgres_database: str
) -> None:
    url = clickhouse.url(database="folded")
    settings = {"DIPTYCH_CLICKHOUSE_URL": url, "DIPTYCH_CONTROL_URL": postgres_database}
    servers = [start_server(settings=settings) for _ in range(2)]
    project = servers[0].create_project("Folded")
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda number: count_up(servers[number % 2], project, number), range(60)))

    for server in servers:
        wait_until_inserted(server)
    shared = project.profile("shared")
    assert shared["count"] == 60
    assert sorted(shared["numbers"]) == list(range(60))
    assert [project.profile(f"own-{number}")["count"] for number in range(60)] == [1] * 60
    engine = open_server(url)
    try:
        assert list(check_profiles(Folding(engine), project.id)) == []
    finally:
        engine.close()


def wait_until_inserted(server: Server) -> None:
    with server.client() as client:
        deadline = time.monotonic() + 30
        while "diptych_spooled_bytes 0.0" not in client.get("/metrics").text and time.monotonic() < deadline:
            time.sleep(0.1)
