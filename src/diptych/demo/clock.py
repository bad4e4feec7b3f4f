"""Draws of time: when sessions start, how long they last, how long one waits between two events."""

import itertools
from collections.abc import Iterator
from random import Random

from diptych.demo.calendar import HOUR, Calendar

_GAPS, _LENGTHS = 10_007, 3001
_LONGEST = 70
_HOURS = range(24)


class Clock:
    """Times of a calendar, drawn by how busy its hours are."""

    def __init__(self, rng: Random, calendar: Calendar) -> None:
        self._rng = rng
        self._calendar = calendar
        self._day = -1
        self._busy: list[list[float]] = []
        # Drawn once and repeated: the lengths are prime, so that no pattern shows.
        self.gaps: Iterator[int] = itertools.cycle([900 + int(rng.expovariate(1 / 34_000)) for _ in range(_GAPS)])
        self.lengths: Iterator[int] = itertools.cycle(
            [min(_LONGEST, 1 + int(rng.lognormvariate(1.75, 0.85))) for _ in range(_LENGTHS)]
        )

    def start(self, day: int, market: int) -> int:
        """When a session starts on a day of the window, somewhere in the world."""
        if day != self._day:
            self._day = day
            self._busy = [list(itertools.accumulate(hours)) for hours in self._calendar.hours[day]]
        (hour,) = self._rng.choices(_HOURS, cum_weights=self._busy[market])
        return self._calendar.day_start(day) + hour * HOUR + int(self._rng.random() * HOUR)
