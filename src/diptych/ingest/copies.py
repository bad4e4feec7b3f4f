"""Counted once: drops copies that the engine cannot see as such, before they are inserted.

Mixpanel's copies have the same name, id and time: the events' sorting key brings them together and the engine
keeps the last. Amplitude's and Segment's may differ in all of these (a retry with a corrected time, another
name), and the first counts: that is decided here, exactly, by what is written down in `first_copies`.
"""

from collections import Counter
from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager
from itertools import chain

from diptych.ingest import metrics
from diptych.ingest.seen import Seen
from diptych.model import Accepted, Event
from diptych.store import copies, tables
from diptych.store.copies import FirstCopy
from diptych.store.engine import Engine

_DAY = 86_400_000
_FILTER_BYTES = 256 << 20
_ESTIMATE_BYTES = 32 << 20


class Copies:
    """Used by the one thread that inserts. `exclusively` keeps other processes from deciding meanwhile."""

    def __init__(self, engine: Engine, exclusively: Callable[[], AbstractContextManager[object]]) -> None:
        self._engine = engine
        self._exclusively = exclusively
        # Other processes write to a server's tables too, so that only the tables themselves know.
        self._first = Seen(_FILTER_BYTES) if engine.embedded else None
        self._loaded = False
        self._last = Seen(_ESTIMATE_BYTES)

    def drop(self, batches: Iterable[Accepted], token: str) -> None:
        """Take copies, and the profile updates that came with them, out of the batches.

        Links stay: what a copy says about who is who was said before, or is news.
        Raises EngineUnavailable; then it may be called again with the same batches.
        """
        batches = list(batches)
        events = [event for event in chain.from_iterable(b.events for b in batches) if event.copy_key is not None]
        self._estimate([event for event in events if not event.first_copy_wins])
        events = [event for event in events if event.first_copy_wins]
        if not events:
            return
        with self._exclusively():
            dropped = self._decide(events, token)
        for batch in batches if dropped else ():
            _without(batch, dropped)

    def _decide(self, events: list[Event], token: str) -> set[int]:
        """Accept ids of the copies; the others are written down as the first of theirs."""
        hashes = [tables.hash_of(event.copy_key or "") for event in events]
        known = copies.stored(self._engine, self._suspects(hashes))
        copied: set[int] = set()
        new: list[FirstCopy] = []
        for event, value in zip(events, hashes, strict=True):
            first = known.setdefault((event.project, value), [])
            if any(accept_id == event.accept_id for accept_id, _ in first):
                continue  # a replay of the first copy itself
            if any(_counts(received, event) for _, received in first):
                copied.add(event.accept_id)
                continue
            first.append((event.accept_id, event.received))
            new.append(FirstCopy(value, event.accept_id, event.received, event.project, event.copy_days))
        self._write_down(new, token)
        for protocol, count in Counter(event.protocol for event in events if event.accept_id in copied).items():
            metrics.DEDUPLICATED.labels(protocol).inc(count)
        return copied

    def _write_down(self, new: list[FirstCopy], token: str) -> None:
        if new:
            copies.insert(self._engine, new, f"{token}-copies")
            if self._first is not None:
                self._first.add(b"".join(copy.hash for copy in new))

    def _suspects(self, hashes: list[bytes]) -> list[bytes]:
        """The hashes that may be known."""
        if self._first is None:
            return list(dict.fromkeys(hashes))
        if not self._loaded:
            for joined in copies.every_hash(self._engine):
                self._first.add(joined)
            self._loaded = True
        seen = self._first.contains(b"".join(hashes))
        return list(dict.fromkeys(value for value, maybe in zip(hashes, seen, strict=True) if maybe))

    def _estimate(self, events: list[Event]) -> None:
        """Count copies that the engine will drop, among those since the start; one in 10,000 is a mistake."""
        if not events:
            return
        hashes = [tables.hash_of(event.copy_key or "") for event in events]
        seen = self._last.contains(b"".join(hashes))
        repeated = len(hashes) - len(set(hashes))
        metrics.DEDUPLICATED.labels(events[0].protocol).inc(sum(seen) + repeated)
        self._last.add(b"".join(hashes))


def _counts(received: int, event: Event) -> bool:
    """Whether a first copy received then makes this event a copy."""
    return event.copy_days == 0 or abs(event.received - received) < event.copy_days * _DAY


def _without(batch: Accepted, copied: set[int]) -> None:
    gone = {index for index, event in enumerate(batch.events) if event.accept_id in copied}
    if gone:
        batch.events = [event for index, event in enumerate(batch.events) if index not in gone]
        batch.updates = [update for update in batch.updates if update.of_event not in gone]
