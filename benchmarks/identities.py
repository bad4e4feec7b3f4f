"""Many new ids at once in a project of mode `amplitude`: how long until their events are countable."""

import asyncio
import time
from pathlib import Path
from typing import Any

from diptych.ingest.pipeline import Pipeline
from diptych.model import Accepted, Event, IdentityLink, IdentityMode
from diptych.people.applying import Identity
from diptych.people.folding import Folding
from diptych.store.engine import open_embedded
from diptych.store.migrate import migrate

_BATCH = 1_000
_EVENTS_OF_A_USER = 6
_NOW = 1_790_000_000_000


def identities(directory: Path, events: int) -> dict[str, Any]:
    """Each user has one device and sends six events with both ids, in a random-looking order."""
    count = min(events, 300_000)
    engine = open_embedded(directory / "engine")
    migrate(engine)

    def modes() -> dict[int, IdentityMode]:
        return {1: IdentityMode.AMPLITUDE}

    folding = Folding(engine, modes=modes)
    identity = Identity(engine, modes, moved=folding.move)
    pipeline = Pipeline(engine, directory / "spool", identity=identity, profiles=folding)
    pipeline.start()
    wall, cpu = time.perf_counter(), time.process_time()
    asyncio.run(_send(pipeline, count))
    report = {
        "events": count,
        "users": count // _EVENTS_OF_A_USER,
        "seconds_until_countable": round(time.perf_counter() - wall, 1),
        "cpu_us": round((time.process_time() - cpu) / count * 1e6, 1),
    }
    pipeline.stop()
    engine.close()
    return report


async def _send(pipeline: Pipeline, count: int) -> None:
    for start in range(0, count, _BATCH):
        await pipeline.accept(_batch(range(start, start + _BATCH), count // _EVENTS_OF_A_USER))
    while not await pipeline.settled(60):
        pass


def _batch(numbers: range, users: int) -> Accepted:
    batch = Accepted()
    for number in numbers:
        user = number * 7_919 % users
        batch.add(_event(number, user), [], [_link(user)])
    return batch


def _link(user: int) -> IdentityLink:
    actor, person = f"$device:device-{user}", f"user-{user}"
    return IdentityLink(project=1, actor=actor, person=person, source="bench", time=_NOW, received=_NOW)


def _event(number: int, user: int) -> Event:
    return Event(
        project=1,
        name=f"Event {number % 20}",
        time=_NOW,
        received=_NOW,
        distinct_id=f"user-{user}",
        user_id=f"user-{user}",
        device_id=f"device-{user}",
        insert_id=f"{number}",
        copy_key=f"i-{number}",
        first_copy_wins=True,
        copy_days=7,
        properties={"plan": '"pro"'},
        protocol="amplitude",
    )
