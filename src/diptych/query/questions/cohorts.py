"""Cohort sizes: how many people are in cohorts, now and over time."""

from typing import Annotated

import msgspec

from diptych.query.parts import DateRange, InCohort, Interval


class CohortSizes(
    msgspec.Struct,
    frozen=True,
    kw_only=True,
    tag="cohort_sizes",
    tag_field="type",
    forbid_unknown_fields=True,
):
    """Sizes of cohorts.

    range      also the sizes over time: as of the end of every interval of the range. None: only now
    """

    cohorts: Annotated[list[InCohort], msgspec.Meta(min_length=1, max_length=10)]
    range: DateRange | None = None
    interval: Interval = Interval.DAY
