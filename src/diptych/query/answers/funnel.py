"""What a funnel is answered with."""

import msgspec

from diptych.query.answer import Bucket, Explanation
from diptych.query.parts import Scalar


class Span(msgspec.Struct, frozen=True):
    """How long attempts took to a step, in milliseconds. `bins`: (from, attempts), the empty ones left out."""

    mean: float
    median: float
    bins: list[tuple[int, int]]


class FunnelStepCount(msgspec.Struct, frozen=True):
    """A step of a row.

    attempts, people   that reached it
    of_previous, of_first   the share of the attempts that reached the step before, and the first one
    from_previous, from_start   how long it took; null without `times`, for the first step, and when nobody came
    """

    attempts: int
    people: int
    of_previous: float
    of_first: float
    from_previous: Span | None = None
    from_start: Span | None = None


class FunnelPoint(msgspec.Struct, frozen=True, omit_defaults=True):
    """A row's attempts and people per step that began in one bucket.

    from_previous, from_start   with `times`: how long the steps took from the second one on, as far as anybody came
    """

    attempts: list[int]
    people: list[int]
    from_previous: list[Span] = []
    from_start: list[Span] = []


class FunnelRow(msgspec.Struct, frozen=True):
    """The funnel of one combination of values; null: of all attempts.

    over_time      one point per bucket, when the question has an interval
    significance   the chance of so different a conversion in as many of all attempts; null: cannot be told
    """

    breakdown: list[Scalar] | None
    steps: list[FunnelStepCount]
    over_time: list[FunnelPoint]
    significance: float | None


class FunnelAnswer(msgspec.Struct, frozen=True, tag="funnel", tag_field="type"):
    """The first row is that of all attempts, the others come by falling number of attempts.

    required_only   the rows without the optional steps, when the question has some
    """

    steps: list[str]
    buckets: list[Bucket]
    rows: list[FunnelRow]
    required_only: list[FunnelRow] | None
    timezone: str
    explanation: Explanation
