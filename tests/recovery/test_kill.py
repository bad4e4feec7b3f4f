"""An answer of success survives `kill -9`: a real server, killed while clients send."""

import itertools
import signal
import threading
import time

import httpx
from tests.harness import Project, Server

ROUNDS = 4
CLIENTS = 4
BATCH = 20


def send_until_killed(server: Server, project: Project, numbers: "itertools.count[int]", kept: set[int]) -> None:
    """Send batches of numbered events; those that were acknowledged are added to `kept`."""
    with server.client() as client:
        while True:
            batch = [next(numbers) for _ in range(BATCH)]
            events = [
                {"event": "Numbered", "properties": {"token": project.token, "distinct_id": "u", "n": n}} for n in batch
            ]
            try:
                answer = client.post("/track", json=events)
            except httpx.TransportError:
                return
            if answer.text == "1":
                kept.update(batch)


def kill_while_sending(server: Server, project: Project, numbers: "itertools.count[int]", kept: set[int]) -> None:
    threads = [
        threading.Thread(target=send_until_killed, args=(server, project, numbers, kept)) for _ in range(CLIENTS)
    ]
    for thread in threads:
        thread.start()
    time.sleep(0.7)
    assert server.process is not None
    server.process.send_signal(signal.SIGKILL)
    server.process.wait()
    server.process = None
    for thread in threads:
        thread.join()


def stored(project: Project, at_least: int = 0) -> dict[int, int]:
    """Number → how often it counts, for numbers from `at_least` on."""
    recent = {"type": "compare", "property": {"key": "n"}, "operator": "greater_or_equal", "values": [at_least]}
    question = {
        "type": "segmentation",
        "metrics": [{"event": {"names": ["Numbered"]}, "measure": "total"}],
        "filter": recent,
        "breakdowns": [{"property": {"key": "n"}}],
        "limit": 10_000,
    }
    # What a killed server left in its spool goes in first; until then answers say that they are behind.
    deadline = time.monotonic() + 60
    while (answer := project.ask(question))["explanation"]["behind"]:
        assert time.monotonic() < deadline, "the spool is not worked off"
    return {series["breakdown"][0]: series["overall"] for series in answer["series"]}


def test_what_was_acknowledged_counts_once_after_kills(start_server) -> None:
    server: Server = start_server()
    project = server.create_project("Killed")
    numbers, kept = itertools.count(), set[int]()
    for _ in range(ROUNDS):
        kill_while_sending(server, project, numbers, kept)
        server.start()

    found = stored(project)
    assert len(kept) > 100
    assert kept <= found.keys()
    assert set(found.values()) == {1}


def test_a_restart_by_sigterm_loses_nothing(start_server) -> None:
    server: Server = start_server()
    project = server.create_project("Restarted")
    with server.client() as client:
        for n in range(50):
            event = {"event": "Numbered", "properties": {"token": project.token, "distinct_id": "u", "n": n}}
            assert client.post("/track", json=[event]).text == "1"
    assert server.stop() == 0
    server.start()
    assert stored(project) == dict.fromkeys(range(50), 1)
