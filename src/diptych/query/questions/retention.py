"""Retention: of those who started, how many came back, and when."""

from enum import StrEnum
from typing import Annotated

import msgspec

from diptych.query.parts import Breakdown, DateRange, EventSelector, Interval, Last, Property

MOST_WINDOWS = 255


class StartRule(StrEnum):
    """Which of a person's start events open a window set. Cohorts are the intervals in which people started.

    first_ever          the first matching event ever, when it lies in the range: one cohort per person
    first_of_interval   the first one of each interval: one cohort per interval with a start
    every               each one; a person is once in each cohort, and came back when any of its starts says so
    new                 the first event ever of any kind, when a matching event follows in the same hour
                        (rolling windows) or on the same local day (calendar windows)
    """

    FIRST_EVER = "first_ever"
    FIRST_OF_INTERVAL = "first_of_interval"
    EVERY = "every"
    NEW = "new"


class Windows(StrEnum):
    """What the windows are measured by.

    rolling         24 hours, 7 × 24 hours or 30 × 24 hours from the start's moment
    rolling_hours   24 hours from the start of the start's local hour; weeks and months are 7 and 30 local days
                    from the start's local day
    calendar        local days, weeks and months; window 0 is the one of the start
    """

    ROLLING = "rolling"
    ROLLING_HOURS = "rolling_hours"
    CALENDAR = "calendar"


class Criterion(StrEnum):
    """When a person counts in window N.

    on             a return in window N
    on_or_after    a return in window N or any time later, however late
    on_or_before   a return in window N or an earlier one
    streak         a return in each of the windows 0 to N
    """

    ON = "on"
    ON_OR_AFTER = "on_or_after"
    ON_OR_BEFORE = "on_or_before"
    STREAK = "streak"


class RetentionMeasure(StrEnum):
    """What a cell holds: people who came back, or the sum of a number of their returning events, or that per person."""

    PEOPLE = "people"
    SUM = "sum"
    AVERAGE = "average"


class BreakdownOf(StrEnum):
    """Whose properties the breakdowns are of."""

    START = "start"
    RETURN = "return"


class Retention(
    msgspec.Struct,
    frozen=True,
    kw_only=True,
    tag="retention",
    tag_field="type",
    forbid_unknown_fields=True,
):
    """Cohorts of people who started in the same interval of the range, and in which windows they came back.

    start, returning   the two events; by default any event
    interval       day, week or month: the width of cohorts and of windows
    windows        how many windows, window 0 included
    brackets       windows of any width instead, as [from, to) in units of the interval, rising
    start_counts   a return at the very moment of the start counts, so the start itself where it is both
    measure, property   sums and averages are of a numeric property of the returning events
    breakdowns     of the start event, or of the returning one
    limit          the combinations kept: those with the most people
    group_type     count groups of this type instead of people
    """

    start: EventSelector = EventSelector()
    returning: EventSelector = EventSelector()
    rule: StartRule = StartRule.FIRST_EVER
    range: DateRange = Last(30)
    interval: Interval = Interval.DAY
    measured_by: Windows = Windows.ROLLING
    windows: Annotated[int, msgspec.Meta(ge=1, le=MOST_WINDOWS)] = 31
    brackets: Annotated[list[tuple[int, int]], msgspec.Meta(max_length=100)] = []
    criterion: Criterion = Criterion.ON
    start_counts: bool = False
    measure: RetentionMeasure = RetentionMeasure.PEOPLE
    property: Property | None = None
    breakdowns: Annotated[list[Breakdown], msgspec.Meta(max_length=4)] = []
    breakdown_of: BreakdownOf = BreakdownOf.START
    limit: Annotated[int, msgspec.Meta(ge=1, le=10_000)] = 100
    group_type: Annotated[str, msgspec.Meta(max_length=1024)] = ""
