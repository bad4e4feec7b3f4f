"""Streams rows out of the engine, however many there are, in bounded memory."""

import asyncio
import contextlib
import threading
from collections.abc import AsyncIterator, Iterable, Iterator
from typing import Any

from diptych.query.run import Settled
from diptych.store.engine import Engine
from diptych.store.sql import Sql

_WAITING_BLOCKS = 4
_SETTINGS = {
    "max_block_size": 8_192,
    "max_execution_time": 6 * 3_600,
    # Sorts of more than this go through the disk.
    "max_bytes_before_external_sort": 300_000_000,
}
_END = object()


class Exports:
    """Exports of raw rows. Each export has a thread and a client of the engine of its own while it runs."""

    def __init__(self, engine: Engine, settled: Settled) -> None:
        self._engine = engine
        self._settled = settled

    async def blocks(self, statements: Iterable[Sql], name: str) -> AsyncIterator[list[tuple[Any, ...]]]:
        """Rows of the statements, one after the other, block by block.

        Waits until everything accepted so far can be seen. A reader that goes away ends the statement. Raises
        EngineUnavailable and EngineRefused, also between blocks.
        """
        await self._settled()
        reader = _Reader(self._rows(statements, name))
        try:
            while (block := await reader.next()) is not _END:
                yield block
        finally:
            reader.stop()

    async def lines(self, statements: Iterable[Sql], name: str) -> AsyncIterator[bytes]:
        """Lines of text from statements with one String column, in pieces of many lines that end in a line feed."""
        async for block in self.blocks(statements, name):
            yield ("\n".join(line for (line,) in block) + "\n").encode("utf-8", "surrogatepass")

    def _rows(self, statements: Iterable[Sql], name: str) -> Iterator[list[tuple[Any, ...]]]:
        for statement in statements:
            for columns in self._engine.stream(statement, name=name, settings=_SETTINGS):
                if columns and len(columns[0]):
                    yield list(zip(*columns, strict=True))


class _Reader:
    """Reads an iterator in a thread, a few items ahead of an asynchronous consumer."""

    def __init__(self, items: Iterator[Any]) -> None:
        self._items = items
        self._loop = asyncio.get_running_loop()
        self._queue: asyncio.Queue[Any] = asyncio.Queue(_WAITING_BLOCKS)
        self._stopped = threading.Event()
        threading.Thread(target=self._read, name="export", daemon=True).start()

    async def next(self) -> Any:
        """The next item, or `_END`. Raises what the iterator raised."""
        item = await self._queue.get()
        if isinstance(item, BaseException):
            raise item
        return item

    def stop(self) -> None:
        """Let the thread end at its next item, and take what it waits to hand over."""
        self._stopped.set()
        while not self._queue.empty():
            self._queue.get_nowait()

    def _read(self) -> None:
        try:
            for item in self._items:
                if not self._put(item):
                    return
            self._put(_END)
        except Exception as error:  # told to the consumer
            self._put(error)
        finally:
            close = getattr(self._items, "close", None)
            if close is not None:
                close()

    def _put(self, item: Any) -> bool:
        """Hand an item over; false when nobody wants it any more."""
        with contextlib.suppress(RuntimeError):  # the loop is closed
            waiting = asyncio.run_coroutine_threadsafe(self._queue.put(item), self._loop)
            while not self._stopped.is_set():
                with contextlib.suppress(TimeoutError):
                    waiting.result(0.5)
                    return not self._stopped.is_set()
            waiting.cancel()
        return False
