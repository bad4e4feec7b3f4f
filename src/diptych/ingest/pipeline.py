"""Accept → spool → insert. What `accept` returned for survives a crash.

Two threads beside the event loop: one gathers waiting batches, writes them to the spool together and
waits for the disk once; the other follows the spool and inserts large blocks into the engine.
"""

import asyncio
import contextlib
import json
import queue
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from copy import copy
from itertools import accumulate, chain, islice
from pathlib import Path
from typing import Any

import msgspec
import structlog

from diptych.control import ControlUnavailable
from diptych.ingest import metrics
from diptych.ingest.copies import Copies
from diptych.ingest.ids import AcceptIds
from diptych.ingest.marks import Marks
from diptych.ingest.spool import Record, Spool, size_of
from diptych.model import Accepted, LinkKind
from diptych.people.applying import Identity
from diptych.people.folding import Folding
from diptych.store import tables
from diptych.store.engine import Engine, EngineRefused, EngineUnavailable

log = structlog.get_logger()

_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(Accepted).decode

_BLOCK_ROWS = 20_000
_BLOCK_BYTES = 32 << 20
_PAUSE_SECONDS = 0.5  # between blocks: a small one costs several times as much per event. A query does not wait for it
_ENOUGH_BYTES = 10 << 20  # for a large block, about 20,000 events
_FRESH_BYTES = 16 << 20
_FIRST_RETRY_SECONDS = 1.0
_LONGEST_RETRY_SECONDS = 30.0
_GROUP_BYTES = 16 << 20
_KNOWN_LINKS = 200_000
_AWAY = (EngineUnavailable, ControlUnavailable, OSError)  # later the same may work


class Overloaded(Exception):
    """The spool is full or the disk refuses. `retry_after` is in seconds; answer 429 or 503."""

    def __init__(self, reason: str, retry_after: int) -> None:
        super().__init__(f"{reason}; retry in {retry_after} s")
        self.retry_after = retry_after


class Pipeline:
    """Takes accepted requests and brings them into the engine, each exactly once in effect.

    A replay after a crash inserts rows again that carry the same accept ids: the engine keeps one of each.
    `exclusively` is held while it is decided which copy of an event is the first, for where several processes
    write to one engine. `identity` knows the projects' modes; without it all follow the default one.
    """

    def __init__(
        self,
        engine: Engine,
        directory: Path,
        *,
        identity: Identity | None = None,
        spool_bytes: int = 4 << 30,
        exclusively: Callable[[], AbstractContextManager[object]] = contextlib.nullcontext,
        profiles: Folding | None = None,
    ) -> None:
        self._engine = engine
        self._profiles = profiles or Folding(engine)
        self._copies = Copies(engine, exclusively)
        self._identity = identity or Identity(engine, moved=self._profiles.move)
        self._aside = directory / "aside"
        self._spool = Spool(directory, damaged=self._set_aside_damage)
        self._limit = spool_bytes
        self._marks = Marks(self._spool.end)
        self._ids = AcceptIds(file=directory / "ids")
        # Actor → its last statement that is on the disk, or the accept id of one on its way there.
        self._known_links: OrderedDict[tuple[int, str], tuple[LinkKind, str] | int] = OrderedDict()
        self._waiting: queue.SimpleQueue[_Waiting | None] = queue.SimpleQueue()
        self._changed = threading.Condition()
        # Where a record ends in the spool → what it says, so that lately accepted ones need no decoding.
        self._fresh: dict[int, Accepted] = {}
        self._hurry = False
        self._stopping = False
        self._writer = threading.Thread(target=self._write, name="spool-writer", daemon=True)
        self._inserter = threading.Thread(target=self._insert, name="inserter", daemon=True)

    def start(self) -> None:
        """Start both threads; what an earlier run left in the spool goes in first."""
        self._writer.start()
        self._inserter.start()

    async def accept(self, batch: Accepted) -> None:
        """Stamp accept ids and store `batch` durably. Raises Overloaded with nothing stored."""
        if self.full:
            raise Overloaded("the spool is full", 10)
        self._drop_known_links(batch)
        if not (batch.events or batch.updates or batch.links or batch.issues):
            return
        try:
            self._stamp(batch)
        except OSError as problem:
            raise _disk_refuses(problem) from problem
        loop = asyncio.get_running_loop()
        stored: asyncio.Future[None] = loop.create_future()
        self._waiting.put(_Waiting(_encode(batch), copy(batch), loop, stored))
        await stored
        self._remember_links(batch)
        metrics.count(batch)

    async def settled(self, timeout: float = 2.0) -> bool:
        """Wait until everything accepted before this call is in the engine; false when it took too long."""
        position = self._spool.end
        if self._spool.done >= position:
            return True
        return await asyncio.to_thread(self._wait_until_done, position, timeout)

    @property
    def backlog(self) -> int:
        """Bytes accepted and not yet in the engine."""
        return self._spool.backlog

    @property
    def lag(self) -> float:
        """Seconds since the oldest request was accepted that is not in the engine yet."""
        return self._marks.age(self._spool.done, self._spool.end)

    @property
    def full(self) -> bool:
        """Whether the spool has reached its bound."""
        return self._spool.backlog > self._limit

    def stop(self, timeout: float = 10.0) -> None:
        """Finish what was accepted, as far as the engine takes it; the rest stays in the spool."""
        self._waiting.put(None)
        self._writer.join(timeout)
        with self._changed:
            self._stopping = True
            self._changed.notify_all()
        self._inserter.join(timeout)
        self._spool.close()

    def _stamp(self, batch: Accepted) -> None:
        rows = batch.in_order()
        for row, number in zip(rows, self._ids.take(len(rows)), strict=True):
            row.accept_id = number
        for link in batch.links:
            self._known_links[link.project, link.actor] = link.accept_id
            if link.kind is LinkKind.UNLINK:
                self._known_links[link.project, link.person] = link.accept_id

    def _drop_known_links(self, batch: Accepted) -> None:
        """A statement that was the last one about its id says nothing new. Other processes may have made others."""
        if batch.links and self._engine.embedded:
            known = self._known_links
            batch.links = [k for k in batch.links if known.get((k.project, k.actor)) != (k.kind, k.person)]

    def _remember_links(self, batch: Accepted) -> None:
        for link in batch.links:
            key = link.project, link.actor
            if self._known_links.get(key) == link.accept_id and link.kind is not LinkKind.UNLINK:
                self._known_links[key] = link.kind, link.person
        while len(self._known_links) > _KNOWN_LINKS:
            self._known_links.popitem(last=False)

    # The spool writer's thread.

    def _write(self) -> None:
        while (first := self._waiting.get()) is not None:
            group, last = self._gather(first)
            self._store(group)
            if last:
                return

    def _gather(self, first: "_Waiting") -> tuple[list["_Waiting"], bool]:
        """Everything that waits now, up to a bound; and whether the queue was closed behind it."""
        group, size = [first], len(first.payload)
        while size < _GROUP_BYTES:
            try:
                item = self._waiting.get_nowait()
            except queue.Empty:
                break
            if item is None:
                return group, True
            group.append(item)
            size += len(item.payload)
        return group, False

    def _store(self, group: list["_Waiting"]) -> None:
        error: Exception | None = None
        self._marks.add(self._spool.end)
        fresh = self._freshly(group)
        self._fresh |= fresh
        try:
            self._spool.append([item.payload for item in group])
        except OSError as problem:
            error = _disk_refuses(problem)
            for end in fresh:
                del self._fresh[end]
        for item in group:
            item.resolve(error)
        with self._changed:
            self._changed.notify_all()

    def _freshly(self, group: list["_Waiting"]) -> dict[int, Accepted]:
        """Where each record will end → its batch, unless so much waits already that memory would fill."""
        if self._spool.backlog > _FRESH_BYTES:
            return {}
        ends = accumulate((size_of(item.payload) for item in group), initial=self._spool.end)
        return dict(zip(islice(ends, 1, None), (item.batch for item in group), strict=True))

    # The inserter's thread.

    def _insert(self) -> None:
        pause = 0.0
        while self._wait_for_records(pause):
            try:
                self._insert_next()
                pause = 0.0
            except Exception as error:
                # Whatever it is, this thread lives on: what was acknowledged waits in the spool.
                pause = min(max(pause * 2, _FIRST_RETRY_SECONDS), _LONGEST_RETRY_SECONDS)
                known = isinstance(error, _AWAY)
                name = "engine_unavailable" if known else "insert_failed"
                log.warning(name, error=str(error), retry_in=pause, backlog=self.backlog, exc_info=not known)

    def _insert_next(self) -> None:
        started = self._spool.done
        records = list(self._next_records())
        if not records:
            return
        try:
            self._insert_block(records, f"{self._spool.name}-{started}-{records[-1].end}")
        except _AWAY:
            raise
        except Exception:
            self._insert_each(records)
        self._spool.finish(records[-1].end)
        with self._changed:
            self._changed.notify_all()

    def _insert_each(self, records: list[Record]) -> None:
        """Records one by one after something that nobody foresaw, so that only those at fault are set aside.

        When none of them can be inserted, none is at fault: then it raises, and all of them stay in the spool.
        """
        failed: list[tuple[Record, Exception]] = []
        for record in records:
            try:
                self._insert_block([record], f"{self._spool.name}-one-{record.end}")
            except _AWAY:
                raise
            except Exception as error:
                failed.append((record, error))
        if len(failed) == len(records):
            raise failed[0][1]
        for record, cause in failed:
            log.error("record_set_aside", error=str(cause), end=record.end, exc_info=cause)
            self._keep_aside(f"{record.end}.record", record.payload)

    def _wait_for_records(self, pause: float) -> bool:
        """Wait for something to insert, then briefly for more of it; false when it is time to stop."""
        with self._changed:
            self._changed.wait_for(lambda: self._spool.backlog > 0 or self._stopping)
            if self._stopping and (pause or not self._spool.backlog):
                return False
            self._changed.wait_for(
                lambda: self._stopping or (not pause and (self._hurry or self._spool.backlog > _ENOUGH_BYTES)),
                pause or _PAUSE_SECONDS,
            )
            self._hurry = False
        return True

    def _next_records(self) -> Iterator[Record]:
        size = 0
        for record in self._spool.read(self._spool.done):
            yield record
            size += len(record.payload)
            if size > _BLOCK_BYTES:
                return

    def _insert_block(self, records: list[Record], token: str) -> None:
        batches = [batch for record in records if (batch := self._batch(record)) is not None]
        self._copies.drop(batches, token)
        events = list(chain.from_iterable(b.events for b in batches))
        links = [k for b in batches for k in b.links]
        updates = [u for b in batches for u in b.updates]
        # Statements first, so that no event is seen before it is known whose it is.
        self._rows(self._identity.note, [*events, *links, *updates], token)
        self._rows(self._identity.apply, links, token)
        self._rows(self._profiles.insert, updates, token)
        self._rows(tables.insert_issues, [i for b in batches for i in b.issues], token)
        for start in range(0, len(events), _BLOCK_ROWS):
            self._rows(self._identity.insert, events[start : start + _BLOCK_ROWS], f"{token}-{start}")

    def _batch(self, record: Record) -> Accepted | None:
        if (fresh := self._fresh.pop(record.end, None)) is not None:
            return fresh
        if not record.payload:
            return None
        try:
            return _decode(record.payload)
        except msgspec.DecodeError as error:
            log.error("spool_record_unreadable", error=str(error), end=record.end)
            self._keep_aside(f"{record.end}.record", record.payload)
            return None

    def _rows(self, insert: Any, rows: Sequence[Any], token: str) -> None:
        """Insert rows; halve a block that the engine refuses until the rows at fault stand alone."""
        try:
            insert(self._engine, rows, token)
        except (EngineRefused, ValueError, TypeError, OverflowError) as error:
            if len(rows) == 1:
                self._set_aside_row(rows[0], error)
                return
            middle = len(rows) // 2
            self._rows(insert, rows[:middle], f"{token}<")
            self._rows(insert, rows[middle:], f"{token}>")

    def _set_aside_row(self, row: Any, error: Exception) -> None:
        metrics.SET_ASIDE.inc()
        log.error("row_set_aside", error=str(error)[:500], accept_id=row.accept_id)
        self._aside.mkdir(parents=True, exist_ok=True)
        with (self._aside / "rows.jsonl").open("a", encoding="utf-8", errors="backslashreplace") as file:
            file.write(json.dumps({"error": str(error)[:2000], "row": msgspec.to_builtins(row)}) + "\n")

    def _set_aside_damage(self, file: Path, offset: int, data: bytes) -> None:
        log.error("spool_damaged", file=file.name, offset=offset, bytes=len(data))
        self._keep_aside(f"{file.stem}-{offset}.damaged", data)

    def _keep_aside(self, name: str, data: bytes) -> None:
        metrics.SET_ASIDE.inc()
        self._aside.mkdir(parents=True, exist_ok=True)
        (self._aside / name).write_bytes(data)

    def _wait_until_done(self, position: int, timeout: float) -> bool:
        end = time.monotonic() + timeout
        with self._changed:
            self._hurry = True
            self._changed.notify_all()
            return self._changed.wait_for(lambda: self._spool.done >= position, max(0.0, end - time.monotonic()))


def _disk_refuses(problem: OSError) -> Overloaded:
    log.error("spool_write_failed", error=str(problem))
    return Overloaded(f"the disk does not take the event ({problem.strerror})", 10)


class _Waiting(msgspec.Struct):
    """A batch on its way to the disk, and who waits for it."""

    payload: bytes
    batch: Accepted
    loop: Any
    stored: Any

    def resolve(self, error: Exception | None) -> None:
        # The loop may be gone when the server was stopped in between.
        with contextlib.suppress(RuntimeError):
            self.loop.call_soon_threadsafe(self._settle, error)

    def _settle(self, error: Exception | None) -> None:
        if self.stored.done():
            return
        if error is None:
            self.stored.set_result(None)
        else:
            self.stored.set_exception(error)
