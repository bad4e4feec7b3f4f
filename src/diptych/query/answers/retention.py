"""What retention is answered with."""

import msgspec

from diptych.query.answer import Bucket, Explanation
from diptych.query.parts import Scalar

Number = int | float


class RetentionRow(msgspec.Struct, frozen=True):
    """One cohort: how many people, how many of them came back per window, and the measure per window."""

    people: int
    returned: list[int]
    values: list[Number]


class RetentionOverall(msgspec.Struct, frozen=True):
    """A row over all cohorts, of complete cells alone. Per window: people of those cohorts, and the measure."""

    people: list[Number]
    values: list[Number]


class RetentionSeries(msgspec.Struct, frozen=True):
    """The cohorts of one combination of values.

    summed     people and values added up: for averages, the sum of all cohorts per person who came back
    weighted   the mean over cohorts, weighted by their people
    distinct   as `summed` for people, but each person once, however many cohorts it is in; null for other measures
    """

    breakdown: list[Scalar]
    cohorts: list[RetentionRow]
    summed: RetentionOverall
    weighted: RetentionOverall
    distinct: RetentionOverall | None


class RetentionAnswer(msgspec.Struct, frozen=True, tag="retention", tag_field="type"):
    """Series by falling number of people.

    cohorts    the intervals in which people started
    windows    [from, to) in units of the interval; the first one is window 0
    complete   per cohort, how many of the windows have ended for all of its people; the others still grow
    """

    cohorts: list[Bucket]
    windows: list[tuple[int, int]]
    complete: list[int]
    series: list[RetentionSeries]
    timezone: str
    explanation: Explanation
