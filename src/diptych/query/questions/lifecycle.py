"""Lifecycle and frequency: who is active in each interval, and how often."""

from typing import Annotated

import msgspec

from diptych.query.parts import DateRange, EventSelector, Interval, Last


class Lifecycle(
    msgspec.Struct, frozen=True, kw_only=True, tag="lifecycle", tag_field="type", forbid_unknown_fields=True
):
    """Active people per interval by their state; whoever did `event` in it is active.

    new           for the first time ever
    current       in the interval before as well
    resurrected   not in the interval before, but earlier
    dormant       in the interval before, and not in this one
    """

    event: EventSelector = EventSelector()
    range: DateRange = Last(12, Interval.WEEK)
    interval: Interval = Interval.WEEK
    group_type: Annotated[str, msgspec.Meta(max_length=1024)] = ""


class Frequency(
    msgspec.Struct, frozen=True, kw_only=True, tag="frequency", tag_field="type", forbid_unknown_fields=True
):
    """On how many different days (or hours) of each period people did the event: addiction, and stickiness.

    period     day, week or month
    unit       day or hour
    at_least   count those with at least so many; otherwise exactly so many
    """

    event: EventSelector = EventSelector()
    range: DateRange = Last(4, Interval.WEEK)
    period: Interval = Interval.WEEK
    unit: Interval = Interval.DAY
    at_least: bool = True
    group_type: Annotated[str, msgspec.Meta(max_length=1024)] = ""
