"""An answer of success survives `kill -9`: a real server, killed while clients of each protocol send."""

import itertools
import random
import signal
import threading
import time

import httpx
from tests.harness import Project, Server
from tests.recovery.senders import PROTOCOLS, Send, accepted, stored

ROUNDS = 4
CLIENTS = 6
BATCH = 20


def send_until_killed(
    server: Server,
    project: Project,
    send: Send,
    numbers: "itertools.count[int]",
    kept: set[int],
    again: list[list[int]],
) -> None:
    """Send batches of numbered events; those that were acknowledged are added to `kept`.

    As SDKs do, what was not acknowledged is sent again after the restart: it may be a copy then. `again` is for that.
    """
    with server.client() as client:
        while True:
            batch = again.pop() if again else [next(numbers) for _ in range(BATCH)]
            try:
                answer = send(client, project, batch)
            except httpx.TransportError:
                again.append(batch)
                return
            if accepted(answer):
                kept.update(batch)


class Load:
    """Clients of every protocol that send at once, until the server is killed."""

    def __init__(self, server: Server, project: Project) -> None:
        self.kept: set[int] = set()
        self.numbers = itertools.count()
        self._server, self._project = server, project
        self._again: list[list[list[int]]] = [[] for _ in range(CLIENTS)]

    def kill_while_sending(self, seconds: float) -> None:
        threads = [
            threading.Thread(
                target=send_until_killed,
                args=(
                    self._server,
                    self._project,
                    PROTOCOLS[number % len(PROTOCOLS)],
                    self.numbers,
                    self.kept,
                    self._again[number],
                ),
            )
            for number in range(CLIENTS)
        ]
        for thread in threads:
            thread.start()
        time.sleep(seconds)
        kill(self._server)
        for thread in threads:
            thread.join()


def kill(server: Server) -> None:
    assert server.process is not None
    server.process.send_signal(signal.SIGKILL)
    server.process.wait()
    server.process = None


def test_what_was_acknowledged_counts_once_after_kills(start_server) -> None:
    server: Server = start_server()
    project = server.add_project("Killed")
    load = Load(server, project)
    for _ in range(ROUNDS):
        load.kill_while_sending(random.uniform(0.2, 0.9))
        server.start()

    found = stored(project)
    assert len(load.kept) > 300
    assert load.kept <= found.keys()
    assert set(found.values()) == {1}


def test_a_restart_by_sigterm_loses_nothing(start_server) -> None:
    server: Server = start_server()
    project = server.add_project("Restarted")
    with server.client() as client:
        for n in range(60):
            assert accepted(PROTOCOLS[n % 3](client, project, [n]))
    assert server.stop() == 0
    server.start()
    assert stored(project) == dict.fromkeys(range(60), 1)
