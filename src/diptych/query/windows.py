"""The windows of a retention question: when each begins and ends for a cohort, and how the SQL finds them.

Every event has a position, and an event lies in unit (its position - the start's position) / width. A position is
a time in milliseconds, a time in seconds cut to the local hour, or the number of a day, week or month in a list.
"""

from bisect import bisect_right
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from diptych.model import Project
from diptych.query.answer import Bucket
from diptych.query.parts import Interval, InvalidQuestion
from diptych.query.questions.retention import Retention, Windows
from diptych.query.resolve import buckets, local_day, starts_from

_DAY = 86_400_000
_DAYS = {Interval.DAY: 1, Interval.WEEK: 7, Interval.MONTH: 30}
_MOST_UNITS = 3_660


class Clock(StrEnum):
    """What positions are."""

    MILLISECONDS = "milliseconds"
    HOURS = "hours"
    LISTED = "listed"


@dataclass(frozen=True)
class WindowPlan:
    """The windows of all cohorts.

    brackets   [from, to) in units of `width` positions
    listed     for listed positions: the start of each, in UTC milliseconds
    ends       per cohort and bracket: when the window has ended for all of the cohort, in UTC milliseconds
    """

    cohorts: list[Bucket]
    brackets: list[tuple[int, int]]
    clock: Clock
    width: int
    ends: list[list[int]]
    listed: list[int] = field(default_factory=list)

    @property
    def horizon(self) -> int:
        """When the last window of the last cohort has ended."""
        return self.ends[-1][-1]

    def complete(self, now: int) -> list[int]:
        """Per cohort, how many of its windows have ended for all of its people; these are the first ones."""
        return [bisect_right(ends, now) for ends in self.ends]


def plan(question: Retention, project: Project, now: int) -> WindowPlan:
    """Cohorts and windows of a question. `now` is in UTC milliseconds. Raises InvalidQuestion."""
    if question.interval not in _DAYS:
        raise InvalidQuestion("interval", "day, week or month")
    brackets = _brackets(question)
    cohorts = buckets(question.range, question.interval, project, now)
    if question.measured_by is Windows.CALENDAR:
        return _calendar(question.interval, cohorts, brackets, project)
    if question.measured_by is Windows.ROLLING_HOURS and question.interval is not Interval.DAY:
        return _days(_DAYS[question.interval], cohorts, brackets, project)
    hours = question.measured_by is Windows.ROLLING_HOURS
    width = _DAYS[question.interval] * _DAY
    ends = [[cohort.end + to * width for _, to in brackets] for cohort in cohorts]
    clock = Clock.HOURS if hours else Clock.MILLISECONDS
    return WindowPlan(cohorts, brackets, clock, width // 1000 if hours else width, ends)


def _calendar(
    interval: Interval, cohorts: list[Bucket], brackets: list[tuple[int, int]], project: Project
) -> WindowPlan:
    first = date.fromisoformat(cohorts[0].date)
    listed = starts_from(first, interval, len(cohorts) + brackets[-1][1], project)
    ends = [[listed[number + to] for _, to in brackets] for number in range(len(cohorts))]
    return WindowPlan(cohorts, brackets, Clock.LISTED, 1, ends, listed)


def _days(width: int, cohorts: list[Bucket], brackets: list[tuple[int, int]], project: Project) -> WindowPlan:
    """Windows of whole local days from the start's day: they end for a cohort with those who started last."""
    first = local_day(cohorts[0].start, project)
    last_days = [(local_day(cohort.end - 1, project) - first).days for cohort in cohorts]
    listed = starts_from(first, Interval.DAY, last_days[-1] + brackets[-1][1] * width + 1, project)
    ends = [[listed[day + to * width] for _, to in brackets] for day in last_days]
    return WindowPlan(cohorts, brackets, Clock.LISTED, width, ends, listed)


def _brackets(question: Retention) -> list[tuple[int, int]]:
    if not question.brackets:
        return [(number, number + 1) for number in range(question.windows)]
    edges = [edge for bracket in question.brackets for edge in bracket]
    rising = edges == sorted(edges) and all(first < end for first, end in question.brackets)
    if not rising or edges[0] < 0 or edges[-1] > _MOST_UNITS:
        raise InvalidQuestion("brackets", f"[from, to) from 0 to {_MOST_UNITS}, rising and without overlap")
    return question.brackets
