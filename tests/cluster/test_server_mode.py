"""Diptych on a ClickHouse server instead of the embedded engine."""

import time
from collections.abc import Callable
from pathlib import Path

import pytest
from mixpanel import BufferedConsumer, Mixpanel
from tests.cluster.nodes import Nodes
from tests.harness import Server, command, free_port

from diptych.store.cohort_lists import CohortLists
from diptych.store.engine import open_server
from diptych.store.identity import first_of_users, known
from diptych.store.migrate import migrate

pytestmark = pytest.mark.server

OPENED = {"type": "segmentation", "metrics": [{"event": {"names": ["Opened"]}}], "range": {"type": "last", "count": 2}}


def serve_and_fail(data_dir: Path, url: str) -> str:
    """Start a server that cannot start; what it says on standard error."""
    done = command("serve", "--port", str(free_port()), data_dir=data_dir, settings={"DIPTYCH_CLICKHOUSE_URL": url})
    assert done.returncode != 0
    assert done.stdout == ""
    return done.stderr.strip()


def test_events_and_questions(start_server: Callable[..., Server], clickhouse: Nodes) -> None:
    server = start_server(settings={"DIPTYCH_CLICKHOUSE_URL": clickhouse.url(database="smoke")})
    project = server.create_project("On a server")
    consumer = BufferedConsumer(events_url=f"{server.url}/track")
    client = Mixpanel(project.token, consumer=consumer)
    for number in range(30):
        client.track(f"user-{number % 7}", "Opened", {"plan": "pro", "number": number})
    consumer.flush()

    events = project.wait_for(30)
    assert sorted(event["properties"]["number"] for event in events) == list(range(30))
    assert project.ask(OPENED)["series"][0]["overall"] == 30
    unique = OPENED | {"metrics": [{"event": {"names": ["Opened"]}, "measure": "unique"}]}
    assert project.ask(unique)["series"][0]["overall"] == 7
    assert not (server.data_dir / "engine").exists()


def ready(server: Server, seconds: float = 30) -> None:
    """Wait until the engine answers."""
    deadline = time.monotonic() + seconds
    with server.client() as http:
        while http.get("/ready").status_code != 200:
            assert time.monotonic() < deadline, "the engine does not answer"
            time.sleep(0.1)


def test_accepted_events_wait_for_a_server_that_is_away(start_server: Callable[..., Server], tmp_path: Path) -> None:
    with Nodes(tmp_path / "clickhouse") as nodes:
        server = start_server(settings={"DIPTYCH_CLICKHOUSE_URL": nodes.url()})
        project = server.create_project("Patience")
        client = Mixpanel(project.token, consumer=BufferedConsumer(max_size=1, events_url=f"{server.url}/track"))
        client.track("user-1", "Opened", {"number": 1})
        project.wait_for(1)
        nodes.kill_node(0)
        client.track("user-1", "Opened", {"number": 2})
        with server.client() as http:
            assert http.get("/health").status_code == 200
            assert http.get("/ready").status_code == 503
        nodes.start_node(0)

        ready(server)
        assert [event["properties"]["number"] for event in project.wait_for(2)] == [1, 2]
        server.stop()


def test_a_server_that_is_away_at_the_start(start_server: Callable[..., Server], tmp_path: Path) -> None:
    with Nodes(tmp_path / "clickhouse") as nodes:
        settings = {"DIPTYCH_CLICKHOUSE_URL": nodes.url(database="late")}
        nodes.kill_node(0)
        server = start_server(settings=settings, up="/health")
        project = server.create_project("Early")
        client = Mixpanel(project.token, consumer=BufferedConsumer(max_size=1, events_url=f"{server.url}/track"))
        client.track("user-1", "Opened", {"number": 1})
        with server.client() as http:
            assert http.get("/health").status_code == 200
            assert http.get("/ready").status_code == 503
            asked = http.post(
                "/api/v1/query", json={"project_id": project.id, "question": OPENED}, auth=project.account
            )
            assert asked.status_code == 503
            assert "ClickHouse" in asked.json()["error"]["message"]
        told = server.log.read_text("utf-8")
        assert "Events are accepted and kept" in told
        assert "127.0.0.1:" in told.split("engine_away")[1].splitlines()[0]
        # Also when it is still away at the next start.
        server.stop()
        server.start()
        client = Mixpanel(project.token, consumer=BufferedConsumer(max_size=1, events_url=f"{server.url}/track"))
        client.track("user-1", "Opened", {"number": 2})
        nodes.start_node(0)
        ready(server)
        assert [event["properties"]["number"] for event in project.wait_for(2)] == [1, 2]
        assert project.ask(OPENED)["series"][0]["overall"] == 2
        server.stop()


IDS = {
    "many": [f"$device:{number:036d}" for number in range(30_000)],
    "long": [f"{number} {'€' * 1_000}" for number in range(300)],
    "escaped": ["'\\\t" * 300 + str(number) for number in range(300)],
}


@pytest.mark.parametrize("kind", IDS)
def test_more_ids_than_one_parameter_may_have(clickhouse: Nodes, kind: str) -> None:
    engine = open_server(clickhouse.url(database="long_ids"))
    try:
        migrate(engine)
        assert known(engine, 1, IDS[kind]).keys() == set(IDS[kind])
        assert list(first_of_users(engine, 1, IDS[kind])) == []
        assert CohortLists(engine).known(1, IDS[kind]) == {}
    finally:
        engine.close()


def test_a_wrong_password(tmp_path: Path, clickhouse: Nodes) -> None:
    said = serve_and_fail(tmp_path / "data", clickhouse.url(password="wrong"))
    assert "DIPTYCH_CLICKHOUSE_URL" in said
    assert "Traceback" not in said


def test_an_address_of_the_wrong_form(tmp_path: Path) -> None:
    said = serve_and_fail(tmp_path / "data", "clickhouse.example:9000")
    assert "http://user:password@host:8123/database" in said
