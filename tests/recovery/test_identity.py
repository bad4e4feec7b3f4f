"""Who is who survives `kill -9` while many clients identify the same people at once.

The order in which requests were accepted must be one that their senders may have seen: whoever had an answer came
before whoever asked afterwards. In that order the oracle must come to the people that the server has, and so must
a rebuild.
"""

import itertools
import math
import random
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass

import httpx
from tests.harness import Project, Server
from tests.oracle.identity import PEOPLE, Entry, partition
from tests.recovery.senders import accepted
from tests.recovery.test_kill import kill

from diptych.model import IdentityMode
from diptych.people import deriving
from diptych.people.applying import Identity
from diptych.people.persons import OWNER, PERSON
from diptych.store.engine import Engine, open_embedded
from diptych.store.sql import Bound, sql

ROUNDS = 3
CLIENTS = 4  # of each project
USERS = ["user-a", "user-b", "user-c"]  # Amplitude takes no id of fewer than five characters
UNIQUE = {"type": "segmentation", "metrics": [{"event": {"names": []}, "measure": "unique"}]}
_STORED = """
SELECT JSONExtractInt(properties['n']) AS n, accept_id, {person} AS person, {owner} AS owner
FROM events FINAL WHERE project = {project} ORDER BY accept_id
"""


@dataclass
class Request:
    """One request of one event, and when its sender asked and had an answer."""

    said: Entry
    started: float = math.inf
    ended: float = math.inf


def device_of(round_number: int) -> str:
    """One of a few that nobody knew before the round; a UUID v4, so that `$identify` may merge it."""
    return f"{round_number:07}{random.randrange(5)}-0000-4000-8000-000000000000"


def ids_of(round_number: int) -> Entry:
    """A device with a user or without, or a user alone."""
    device = random.choice(["", device_of(round_number), device_of(round_number)])
    user = random.choice([*USERS, ""]) if device else random.choice(USERS)
    return {"what": "event", "device": device, "user": user, "sent": ""}


def merging_of(round_number: int) -> Entry:
    """What states something in mode `original`, or a plain event."""
    what = random.choice(["identified", "renamed", "event"])
    anonymous, user = device_of(round_number), random.choice(USERS)
    if what == "event":
        return {"what": what, "device": "", "user": "", "sent": random.choice([anonymous, user])}
    actor = f"alias-{anonymous[:8]}" if what == "renamed" else anonymous
    return {"what": what, "actor": actor, "person": user, "sent": user}


def send(client: httpx.Client, project: Project, said: Entry, number: int, mode: str) -> httpx.Response:
    if mode == "amplitude":
        ids = {"device_id": said["device"], "user_id": said["user"]}
        event = {key: one for key, one in ids.items() if one} | {"event_type": "A", "event_properties": {"n": number}}
        return client.post("/2/httpapi", json={"api_key": project.token, "events": [event]})
    name, properties = "A", {"token": project.token, "n": number, "time": int(time.time())}
    if said["what"] == "identified":
        name = "$identify"
        properties |= {"distinct_id": said["person"], "$identified_id": said["person"], "$anon_id": said["actor"]}
    elif said["what"] == "renamed":
        name = "$create_alias"
        properties |= {"distinct_id": said["person"], "alias": said["actor"]}
    else:
        ids = {"$device_id": said["device"], "$user_id": said["user"], "distinct_id": said["sent"]}
        properties |= {key: one for key, one in ids.items() if one}
    return client.post("/track", json=[{"event": name, "properties": properties}])


class Clients:
    """Many that identify the same people of a project at once, until the server is killed."""

    def __init__(self, server: Server, mode: IdentityMode) -> None:
        self.mode = mode
        self.project = server.create_project(mode.value, "--identity", mode.value)
        self.requests: dict[int, Request] = {}
        self._server = server
        self._numbers = itertools.count()

    def start(self, round_number: int) -> list[threading.Thread]:
        threads = [threading.Thread(target=self._send, args=(round_number,)) for _ in range(CLIENTS)]
        for thread in threads:
            thread.start()
        return threads

    def _send(self, round_number: int) -> None:
        make = merging_of if self.mode is IdentityMode.ORIGINAL else ids_of
        with self._server.client() as client:
            while True:
                number = next(self._numbers)
                request = self.requests[number] = Request(make(round_number))
                request.started = time.monotonic()
                try:
                    answer = send(client, self.project, request.said, number, self.mode)
                except httpx.TransportError:
                    return
                if accepted(answer):
                    request.ended = time.monotonic()


Row = tuple[int, int, int, int]
People = tuple[list[list[int]], ...]
"""Who does events, and whose properties they have: which events are of the same one."""


def stored(engine: Engine, project: Project) -> list[Row]:
    """(number, accept id, person, owner) of every event, in order of acceptance."""
    number = Bound(project.id, "UInt32")
    return [tuple(row) for row in engine.query(sql(_STORED.strip(), person=PERSON, owner=OWNER, project=number)).rows]


def entries(requests: dict[int, Request], numbers: list[int]) -> Iterator[Entry]:
    """What the oracle is told: the requests in this order. A control event is an event of its own, too."""
    for place, number in enumerate(numbers):
        said = requests[number].said
        if said["what"] != "event":
            yield said | {"order": 2 * place}
        event = {"device": said.get("device", ""), "user": said.get("user", ""), "sent": said["sent"]}
        yield event | {"what": "event", "order": 2 * place + 1}


def people(rows: list[Row]) -> People:
    found = [(2 * place + 1, person, owner) for place, (_, _, person, owner) in enumerate(rows)]
    return (
        partition({order: person or None for order, person, _ in found}),
        partition({order: owner or None for order, _, owner in found}),
    )


def explained(clients: Clients, numbers: list[int]) -> tuple[People, int]:
    """The people by the oracle when requests come in this order, and how many of them did more than control events."""
    answer = PEOPLE[clients.mode.value](list(entries(clients.requests, numbers)))
    parts = tuple(partition({order: pair[part] for order, pair in answer.items()}) for part in range(2))
    active = (2 * place + 1 for place, one in enumerate(numbers) if clients.requests[one].said["what"] == "event")
    return parts, len({answer[order][0] for order in active} - {None})


def is_possible(requests: dict[int, Request], numbers: list[int]) -> None:
    """Every answered request is among them once, and before all that were made after its answer."""
    answered = {number for number, request in requests.items() if request.ended < math.inf}
    assert len(answered) > 50
    assert answered <= set(numbers)
    assert len(numbers) == len(set(numbers)), "a request counts twice"
    soonest = math.inf  # the first answer to any that was accepted later
    for number in reversed(numbers):
        assert requests[number].started < soonest, "accepted before what had been answered already"
        soonest = min(soonest, requests[number].ended)


def test_people_are_those_of_an_order_that_their_clients_may_have_seen(start_server) -> None:
    server: Server = start_server()
    crowds = [Clients(server, mode) for mode in IdentityMode]
    for number in range(ROUNDS):
        threads = [thread for crowd in crowds for thread in crowd.start(number)]
        time.sleep(random.uniform(0.5, 1.2))
        kill(server)
        for thread in threads:
            thread.join()
        server.start()
    counts = [crowd.project.ask(UNIQUE)["series"][0]["overall"] for crowd in crowds]
    assert server.stop() == 0

    engine = open_embedded(server.data_dir / "engine")
    try:
        for crowd, count in zip(crowds, counts, strict=True):
            is_explained(engine, crowd, count)
    finally:
        engine.close()


def is_explained(engine: Engine, crowd: Clients, count: int) -> None:
    """The stored people are those of the oracle, and those that a rebuild makes."""
    rows = stored(engine, crowd.project)
    numbers = [number for number, *_ in rows]
    is_possible(crowd.requests, numbers)
    assert (people(rows), count) == explained(crowd, numbers)
    identity, project = Identity(engine, lambda: {crowd.project.id: crowd.mode}), crowd.project.id
    assert list(deriving.differences(identity, project, crowd.mode)) == []
    assert deriving.misplaced_events(identity, project, crowd.mode) == 0
    deriving.rebuild_persons(identity, project, crowd.mode)
    assert stored(engine, crowd.project) == rows
