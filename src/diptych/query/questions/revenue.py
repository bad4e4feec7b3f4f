"""Composition, revenue, lifetime value, and the impact of one event on another."""

from enum import StrEnum
from typing import Annotated

import msgspec

from diptych.query.parts import Breakdown, DateRange, EventSelector, Filter, Interval, Last, Property, Scope

_Day = Annotated[int, msgspec.Meta(ge=0, le=3660)]
_REVENUE = Property("revenue", Scope.BUILTIN)


class Chosen(StrEnum):
    """Which of a person's values count: that of the last event in the range, or each one in the range."""

    LATEST = "latest"
    ANY = "any"


class Composition(
    msgspec.Struct, frozen=True, kw_only=True, tag="composition", tag_field="type", forbid_unknown_fields=True
):
    """People per value of a property."""

    breakdown: Breakdown
    values: Chosen = Chosen.ANY
    event: EventSelector = EventSelector()
    range: DateRange = Last(30)
    limit: Annotated[int, msgspec.Meta(ge=1, le=10_000)] = 100
    group_type: Annotated[str, msgspec.Meta(max_length=1024)] = ""


class Revenue(msgspec.Struct, frozen=True, kw_only=True, tag="revenue", tag_field="type", forbid_unknown_fields=True):
    """Revenue over time, of active people and of those who paid.

    event       the events whose revenue is added up
    property    a number; what is none counts nothing
    active      whoever did such an event is active
    """

    event: EventSelector = EventSelector()
    property: Property = _REVENUE
    active: EventSelector = EventSelector()
    range: DateRange = Last(30)
    interval: Interval = Interval.DAY
    group_type: Annotated[str, msgspec.Meta(max_length=1024)] = ""


class LifetimeValue(
    msgspec.Struct, frozen=True, kw_only=True, tag="lifetime_value", tag_field="type", forbid_unknown_fields=True
):
    """Revenue of new people up to day N of theirs, which ends 24 × (N + 1) hours after their first event ever.

    new_where    only new people whose first event ever satisfies the filter
    one_cohort   all who are new in the range together; otherwise one cohort per interval
    days         the days N, rising
    """

    event: EventSelector = EventSelector()
    property: Property = _REVENUE
    range: DateRange = Last(30)
    interval: Interval = Interval.DAY
    new_where: Filter | None = None
    one_cohort: bool = False
    days: Annotated[list[_Day], msgspec.Meta(min_length=1, max_length=400)] = msgspec.field(
        default_factory=lambda: [0, 1, 2, 3, 4, 5, 6, 13, 29, 59, 89]
    )
    group_type: Annotated[str, msgspec.Meta(max_length=1024)] = ""


class Impact(msgspec.Struct, frozen=True, kw_only=True, tag="impact", tag_field="type", forbid_unknown_fields=True):
    """How often people do `outcome` before and after they first do `treatment`.

    The first treatment lies in the range, and the person did none in the `quiet_days` before the range. Relative
    interval 0 begins at its moment and lasts 24 hours, 7 × 24 or 30 × 24; earlier ones are negative.
    """

    treatment: EventSelector
    outcome: EventSelector
    range: DateRange = Last(30)
    interval: Interval = Interval.DAY
    quiet_days: Annotated[int, msgspec.Meta(ge=0, le=3660)] = 90
    before: Annotated[int, msgspec.Meta(ge=0, le=366)] = 7
    after: Annotated[int, msgspec.Meta(ge=0, le=366)] = 7
    group_type: Annotated[str, msgspec.Meta(max_length=1024)] = ""
