"""Which instants each interval counts: itself, the days or intervals before its end, or all since the start."""

from bisect import bisect_right
from typing import NamedTuple

from diptych.model import Project
from diptych.query.answer import Bucket
from diptych.query.parts import Cumulative, Interval, InvalidQuestion, RollingDays, RollingIntervals, Window
from diptych.query.relative import moved
from diptych.query.resolve import starting

MOST_WINDOWS = 1_000
Span = tuple[int, int]


class Cells(NamedTuple):
    """Pieces of time that no window cuts, and which windows cover each.

    starts   UTC milliseconds; each cell ends where the next begins, the last one at `end`
    first, last   the windows that cover the cell: from `first` to before `last`
    inside   1 where the cell belongs to the whole range
    """

    starts: list[int]
    end: int
    first: list[int]
    last: list[int]
    inside: list[int]

    @property
    def are_windows(self) -> bool:
        """Whether each cell is one window and all of them are the whole range."""
        places = range(len(self.starts))
        return all(self.inside) and self.first == list(places) and self.last == [place + 1 for place in places]


def spans(found: list[Bucket], window: Window | None, interval: Interval, project: Project, start: int) -> list[Span]:
    """What each bucket counts, in UTC milliseconds with the end excluded. `start`: where the range begins."""
    if window is not None and len(found) > MOST_WINDOWS:
        raise InvalidQuestion("interval", f"at most {MOST_WINDOWS} intervals with a window")
    match window:
        case None:
            return [(bucket.start, bucket.end) for bucket in found]
        case RollingDays(count=count):
            return [(moved(bucket.end, -count, "day", project.timezone), bucket.end) for bucket in found]
        case RollingIntervals(count=count):
            return [(starting(bucket.start, interval, count - 1, project), bucket.end) for bucket in found]
        case Cumulative():
            return [(min(start, bucket.start), bucket.end) for bucket in found]


def cells(windows: list[Span], whole: Span) -> Cells:
    """Cut time where any window, or the whole range, begins or ends."""
    cuts = sorted({instant for span in [*windows, whole] for instant in span})
    starts, ends = [a for a, _ in windows], [b for _, b in windows]
    pieces = cuts[:-1]
    return Cells(
        starts=pieces,
        end=cuts[-1],
        first=[bisect_right(ends, piece) for piece in pieces],
        last=[bisect_right(starts, piece) for piece in pieces],
        inside=[int(whole[0] <= piece < whole[1]) for piece in pieces],
    )
