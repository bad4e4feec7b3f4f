"""Segmentation: how often, by how many, over time and by property."""

from typing import Annotated, Literal

import msgspec

from diptych.query.parts import Between, Breakdown, DateRange, Filter, Interval, Last, Metric

MOST_SERIES = 10_000
ShiftUnit = Literal["day", "week", "month", "quarter", "year"]


class Formula(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A series computed from metrics: `A` is the first, `A1` the first in the first segment (docs/queries.md)."""

    expression: Annotated[str, msgspec.Meta(min_length=1, max_length=1000)]
    name: str = ""


class Segment(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A part of the people or events, compared with others in one answer."""

    name: str
    filter: Filter | None = None


class Previous(msgspec.Struct, frozen=True, tag="previous", tag_field="type", forbid_unknown_fields=True):
    """The range of the same length that ends where the question's begins."""


class Shift(msgspec.Struct, frozen=True, tag="shift", tag_field="type", forbid_unknown_fields=True):
    """The question's range, some units of the calendar earlier."""

    unit: ShiftUnit
    count: Annotated[int, msgspec.Meta(ge=1, le=100)] = 1


class ComparedRange(msgspec.Struct, frozen=True, tag="range", tag_field="type", forbid_unknown_fields=True):
    """Any other days."""

    range: Between


Compared = Previous | Shift | ComparedRange


class Segmentation(
    msgspec.Struct,
    frozen=True,
    kw_only=True,
    tag="segmentation",
    tag_field="type",
    forbid_unknown_fields=True,
):
    """Metrics over time.

    filter       applies to every metric
    group_type   count groups of this type instead of people
    breakdowns   one series per metric and combination of values
    limit        the combinations kept per metric: those with the highest measure over the whole range
    others       one more series for all other combinations together, counted anew
    formulas     computed from metrics; their series come behind those of the metrics
    segments     each metric once per segment
    compare      the same for an earlier range
    """

    metrics: Annotated[list[Metric], msgspec.Meta(min_length=1, max_length=26)]
    range: DateRange = Last(30)
    interval: Interval = Interval.DAY
    filter: Filter | None = None
    breakdowns: Annotated[list[Breakdown], msgspec.Meta(max_length=4)] = []
    limit: Annotated[int, msgspec.Meta(ge=1, le=10_000)] = 100
    group_type: Annotated[str, msgspec.Meta(max_length=1024)] = ""
    others: bool = False
    formulas: Annotated[list[Formula], msgspec.Meta(max_length=26)] = []
    segments: Annotated[list[Segment], msgspec.Meta(max_length=10)] = []
    compare: Compared | None = None
