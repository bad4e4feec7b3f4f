"""Segmentation: how often, by how many, over time and by property."""

from typing import Annotated

import msgspec

from diptych.query.parts import Breakdown, DateRange, Filter, Interval, Last, Metric


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
    """

    metrics: Annotated[list[Metric], msgspec.Meta(min_length=1, max_length=26)]
    range: DateRange = Last(30)
    interval: Interval = Interval.DAY
    filter: Filter | None = None
    breakdowns: Annotated[list[Breakdown], msgspec.Meta(max_length=4)] = []
    limit: Annotated[int, msgspec.Meta(ge=1, le=10_000)] = 100
    group_type: Annotated[str, msgspec.Meta(max_length=1024)] = ""
