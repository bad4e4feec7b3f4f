"""Accept ids: unique, and rising in the order of receipt, also after a restart and across nodes."""

import secrets
import threading

from diptych.model.clock import now_ms

_NODE_BITS = 10
_SEQUENCE_BITS = 12
_SEQUENCES = 1 << _SEQUENCE_BITS
# Milliseconds count from 2020, so that the number stays within 63 bits until the year 2089.
_START = 1_577_836_800_000


class AcceptIds:
    """Numbers of 41 bits of time, 10 bits of node, 12 bits of sequence.

    A clock that goes back, or more than 4,096 ids in a millisecond, borrow from the next millisecond.
    """

    def __init__(self, node: int | None = None) -> None:
        self._node = secrets.randbelow(1 << _NODE_BITS) if node is None else node
        self._milli = 0
        self._sequence = 0
        self._lock = threading.Lock()

    def take(self, count: int) -> list[int]:
        """The next `count` ids, rising."""
        with self._lock:
            now = now_ms() - _START
            if now > self._milli:
                self._milli, self._sequence = now, 0
            return [self._next() for _ in range(count)]

    def _next(self) -> int:
        if self._sequence == _SEQUENCES:
            self._milli, self._sequence = self._milli + 1, 0
        number = (self._milli << _NODE_BITS | self._node) << _SEQUENCE_BITS | self._sequence
        self._sequence += 1
        return number
