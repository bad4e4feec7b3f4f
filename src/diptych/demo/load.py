"""Loads made-up batches into the engine, without the spool: what is lost in a crash is simply made again."""

import queue
import threading
from collections.abc import Iterator
from typing import Any

from diptych.model import Accepted
from diptych.store import tables
from diptych.store.engine import Engine


def load(engine: Engine, batches: Iterator[Accepted], first_id: int) -> Iterator[int]:
    """Insert batches on a thread of its own while the next ones are made; yields events per batch.

    Rows get accept ids from `first_id` on.
    """
    made: queue.Queue[Accepted | None] = queue.Queue(maxsize=2)
    done: queue.Queue[int | BaseException | None] = queue.Queue()
    thread = threading.Thread(target=_insert_all, args=(engine, first_id, made, done), name="demo-inserter")
    thread.start()
    for batch in batches:
        made.put(batch)
        while not done.empty():
            yield _count(done.get())
    made.put(None)
    while (item := done.get()) is not None:
        yield _count(item)
    thread.join()


def _insert_all(engine: Engine, first_id: int, made: Any, done: Any) -> None:
    accept_id = first_id
    try:
        while (batch := made.get()) is not None:
            accept_id = _insert(engine, batch, accept_id)
            done.put(len(batch.events))
        done.put(None)
    except BaseException as error:
        done.put(error)
        while made.get() is not None:
            pass


def _insert(engine: Engine, batch: Accepted, accept_id: int) -> int:
    """Returns the next free accept id."""
    rows: list[Any] = [*batch.events, *batch.updates, *batch.links]
    for number, row in enumerate(rows, accept_id):
        row.accept_id = number
    token = f"demo-{accept_id}"
    tables.insert_links(engine, batch.links, token)
    tables.insert_updates(engine, batch.updates, token)
    tables.insert_events(engine, batch.events, token)
    return accept_id + len(rows)


def _count(item: int | BaseException | None) -> int:
    if isinstance(item, BaseException):
        raise item
    return item or 0
