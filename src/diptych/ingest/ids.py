"""Accept ids: unique, and rising in the order of receipt, also after a restart and across nodes."""

import secrets
import threading
from pathlib import Path

from diptych.model.clock import now_ms

_NODE_BITS = 10
_SEQUENCE_BITS = 12
_SEQUENCES = 1 << _SEQUENCE_BITS
# Milliseconds count from 2020, so that the number stays within 63 bits until the year 2089.
_START = 1_577_836_800_000
_AHEAD = 1_000  # milliseconds that are written down at a time


class _Milestone:
    """Remembers over restarts up to which millisecond ids may have been given out."""

    def __init__(self, file: Path | None) -> None:
        self._file = file
        self.milli = _read(file) if file else 0

    def reach(self, milli: int) -> None:
        if self._file and milli > self.milli:
            self.milli = milli + _AHEAD
            temporary = self._file.with_suffix(".new")
            temporary.write_text(str(self.milli))
            temporary.replace(self._file)


def _read(file: Path) -> int:
    try:
        return int(file.read_text())
    except (FileNotFoundError, ValueError):
        return 0


class AcceptIds:
    """Numbers of 41 bits of time, 10 bits of node, 12 bits of sequence.

    A clock that goes back, or more than 4,096 ids in a millisecond, borrow from the next millisecond.
    `file` keeps that true when the clock went back between two runs.
    """

    def __init__(self, node: int | None = None, *, file: Path | None = None) -> None:
        self._node = secrets.randbelow(1 << _NODE_BITS) if node is None else node
        self._milestone = _Milestone(file)
        self._milli = self._milestone.milli
        self._sequence = 0
        self._lock = threading.Lock()

    def take(self, count: int) -> list[int]:
        """The next `count` ids, rising. Raises OSError when the disk does not take the file."""
        with self._lock:
            now = now_ms() - _START
            if now > self._milli:
                self._milli, self._sequence = now, 0
            taken = [self._next() for _ in range(count)]
            self._milestone.reach(self._milli)
            return taken

    def _next(self) -> int:
        if self._sequence == _SEQUENCES:
            self._milli, self._sequence = self._milli + 1, 0
        number = (self._milli << _NODE_BITS | self._node) << _SEQUENCE_BITS | self._sequence
        self._sequence += 1
        return number
