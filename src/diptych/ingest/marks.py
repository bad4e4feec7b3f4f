"""When positions of the spool were reached, to tell how old the oldest record is that waits there."""

import time
from collections import deque

_SECONDS_APART = 1.0
_MOST = 100_000  # more than a day; after that the age is a lower bound


class Marks:
    """One thread adds, any may ask."""

    def __init__(self, end: int) -> None:
        """`end`: what an earlier run left before this position is as old as this run."""
        self._marks: deque[tuple[int, float]] = deque([(0, time.monotonic())], maxlen=_MOST)
        if end:
            self._marks.append((end, time.monotonic()))

    def add(self, position: int) -> None:
        """What is written from `position` on is written now."""
        now = time.monotonic()
        if now - self._marks[-1][1] >= _SECONDS_APART:
            self._marks.append((position, now))

    def age(self, done: int, end: int) -> float:
        """Seconds since the record at `done` was written, to a second; 0 when nothing waits."""
        if done >= end:
            return 0.0
        while len(self._marks) > 1 and self._marks[1][0] <= done:
            self._marks.popleft()
        return time.monotonic() - self._marks[0][1]
