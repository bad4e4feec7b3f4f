"""Profiles survive `kill -9`: each acknowledged update is applied once, and the tables are what the updates say."""

import itertools
import random
import threading
import time

import httpx
from tests.harness import Project, Server
from tests.recovery.test_kill import kill

from diptych.people.folding import Folding
from diptych.people.rebuild import check_profiles
from diptych.store.engine import open_embedded

ROUNDS = 4
CLIENTS = 4
PEOPLE = 3
NOW = int(time.time())


def batch_of(project: Project, numbers: list[int]) -> list[dict[str, object]]:
    """Every number is appended to one of a few people's lists, at a time that is often earlier than others'."""
    return [
        {
            "$token": project.token,
            "$distinct_id": f"person-{number % PEOPLE}",
            "$time": NOW - random.randrange(5),
            "$append": {"numbers": number},
            "$add": {"count": 1},
        }
        for number in numbers
    ]


def send_until_killed(server: Server, project: Project, numbers: "itertools.count[int]", kept: set[int]) -> None:
    with server.client() as client:
        while True:
            batch = [next(numbers) for _ in range(10)]
            try:
                answer = client.post("/engage", json=batch_of(project, batch))
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
    time.sleep(random.uniform(0.2, 0.9))
    kill(server)
    for thread in threads:
        thread.join()


def test_each_update_is_applied_once_whatever_kills_the_server(start_server) -> None:
    server: Server = start_server()
    project = server.add_project("Killed")
    numbers, kept = itertools.count(), set[int]()
    for _ in range(ROUNDS):
        kill_while_sending(server, project, numbers, kept)
        server.start()
    assert server.stop() == 0  # works off what it has accepted
    server.start()

    profiles = [project.profile(f"person-{number}") for number in range(PEOPLE)]
    found = [number for profile in profiles for number in profile["numbers"]]
    assert len(kept) > 100
    assert kept <= set(found)
    assert len(found) == len(set(found)), "an update was applied twice"
    assert [profile["count"] for profile in profiles] == [len(profile["numbers"]) for profile in profiles]

    assert server.stop() == 0
    engine = open_embedded(server.data_dir / "engine")
    try:
        assert list(check_profiles(Folding(engine), project.id)) == []
    finally:
        engine.close()
