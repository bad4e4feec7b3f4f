"""Ingestion inside one process: what our path costs beside the raw insert of the same rows.

The floor is the same rows as ready-made Arrow blocks of the same size, into the same table with the same
durability settings. CPU counts all threads, background merges included.
"""

import asyncio
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from diptych.ingest.pipeline import Pipeline
from diptych.model import Accepted, Event
from diptych.store import tables
from diptych.store.engine import Engine, open_embedded
from diptych.store.migrate import migrate
from diptych.store.sql import Sql

_BATCH = 2_000
_BLOCK = 20_000
_START = 1_790_000_000_000


def ingest(directory: Path, events: int) -> dict[str, Any]:
    """CPU microseconds per event and events per second, end to end until queryable, and for the floor."""
    rows = min(events, 200_000)
    engine = open_embedded(directory / "engine")
    migrate(engine)
    blocks = [tables.event_block(_events(_BLOCK, start)) for start in range(rows, 2 * rows, _BLOCK)]
    floor = _measured(rows, lambda: _insert(engine, blocks))
    batches = [_events(_BATCH, start) for start in range(0, rows, _BATCH)]
    ours = _measured(rows, lambda: _accept(engine, directory / "spool", batches))
    engine.close()
    return {"events": rows, "floor": floor, "pipeline": ours, "cpu_ratio": round(ours["cpu_us"] / floor["cpu_us"], 2)}


def floor(directory: Path, rows: int) -> dict[str, float]:
    """Ready-made blocks, inserted by the engine alone."""
    engine = open_embedded(directory / "engine")
    migrate(engine)
    blocks = [tables.event_block(_events(_BLOCK, start)) for start in range(0, rows, _BLOCK)]
    measured = _measured(rows, lambda: _insert(engine, blocks))
    engine.close()
    return measured


def _measured(rows: int, run: Callable[[], None]) -> dict[str, float]:
    wall, cpu = time.perf_counter(), time.process_time()
    run()
    wall = time.perf_counter() - wall
    time.sleep(2)  # merges that the inserts caused
    return {"events_per_second": round(rows / wall), "cpu_us": round((time.process_time() - cpu) / rows * 1e6, 1)}


def _insert(engine: Engine, blocks: list[Any]) -> None:
    for number, block in enumerate(blocks):
        engine.insert("events", block, f"floor-{number}")


def _accept(engine: Engine, spool: Path, batches: list[list[Event]]) -> None:
    pipeline = Pipeline(engine, spool)
    pipeline.start()

    async def run() -> None:
        waiting: list[asyncio.Task[None]] = []
        for batch in batches:
            waiting.append(asyncio.create_task(pipeline.accept(Accepted(batch))))
            if len(waiting) > 8:
                await waiting.pop(0)
        await asyncio.gather(*waiting)
        await pipeline.settled(60)

    asyncio.run(run())
    pipeline.stop()
    engine.query(Sql("SELECT count() FROM events FINAL"))


def _events(count: int, start: int) -> list[Event]:
    return [_event(number) for number in range(start, start + count)]


def _event(number: int) -> Event:
    time_ms = _START + number * 37 % (5 * 86_400_000)
    insert_id = f"{number:032x}"
    return Event(
        project=1,
        name=f"Event {number % 20}",
        time=time_ms,
        received=time_ms,
        distinct_id=f"user-{number * 7919 % 5000}",
        insert_id=insert_id,
        copy_key=f'["{number % 20}","{insert_id}"]',
        properties={f"property {k}": f'"value {number * (k + 3) % 50}"' for k in range(10)},
        context={"browser": '"Chrome"', "os": '"Mac OS X"', "country": '"DE"'},
        accept_id=number,
        protocol="mixpanel",
        library="web 2.83.0",
    )
