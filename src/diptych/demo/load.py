"""Loads made-up batches into the engine, without the spool: what is lost in a crash is simply made again."""

import queue
import threading
from collections.abc import Iterator
from typing import Any

from diptych.model import Accepted
from diptych.people.applying import Identity
from diptych.store import tables


def load(identity: Identity, batches: Iterator[Accepted], first_id: int) -> Iterator[int]:
    """Insert batches on a thread of its own while the next ones are made; yields events per batch.

    Rows get accept ids from `first_id` on.
    """
    made: queue.Queue[Accepted | None] = queue.Queue(maxsize=2)
    done: queue.Queue[int | BaseException | None] = queue.Queue()
    thread = threading.Thread(target=_insert_all, args=(identity, first_id, made, done), name="demo-inserter")
    thread.start()
    for batch in batches:
        made.put(batch)
        while not done.empty():
            yield _count(done.get())
    made.put(None)
    while (item := done.get()) is not None:
        yield _count(item)
    thread.join()


def _insert_all(identity: Identity, first_id: int, made: Any, done: Any) -> None:
    accept_id = first_id
    try:
        while (batch := made.get()) is not None:
            accept_id = _insert(identity, batch, accept_id)
            done.put(len(batch.events))
        done.put(None)
    except BaseException as error:
        done.put(error)
        while made.get() is not None:
            pass


def _insert(identity: Identity, batch: Accepted, accept_id: int) -> int:
    """Returns the next free accept id."""
    rows = batch.in_order()
    for number, row in enumerate(rows, accept_id):
        row.accept_id = number
    token = f"demo-{accept_id}"
    engine = identity.engine
    identity.note(engine, [*batch.events, *batch.links, *batch.updates], token)
    identity.apply(engine, batch.links, token)
    tables.insert_updates(engine, batch.updates, token)
    identity.insert(engine, batch.events, token)
    return accept_id + len(rows)


def _count(item: int | BaseException | None) -> int:
    if isinstance(item, BaseException):
        raise item
    return item or 0
