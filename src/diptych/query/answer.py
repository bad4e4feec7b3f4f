"""What a question is answered with. Every answer explains itself."""

import msgspec

from diptych.query.parts import Scalar


class Bucket(msgspec.Struct, frozen=True):
    """One interval of the range.

    start, end   UTC milliseconds, end excluded
    date         local start: `YYYY-MM-DD`, or `YYYY-MM-DDTHH:MM:SS` for intervals shorter than a day
    complete     false while the interval is still running
    """

    start: int
    end: int
    date: str
    complete: bool


class Series(msgspec.Struct, frozen=True):
    """One line of a chart.

    metric      position of the metric in the question; formulas are numbered behind the metrics
    breakdown   one value per breakdown of the question; null: not set. For the measure frequency, behind them,
                the number of times
    values      one number per bucket; null: there is nothing to compute it of
    overall     the measure over the whole range: for unique people this is not the sum of the values
    segment     position of the segment in the question
    other       all combinations beyond the limit together; `breakdown` is then `$other`
    """

    metric: int
    breakdown: list[Scalar]
    values: list[int | float | None]
    overall: int | float | None
    segment: int = 0
    other: bool = False


class Explanation(msgspec.Struct, frozen=True):
    """How the answer was counted.

    sentence      the question in plain English
    sql           the statements as sent, with their parameters bound by name in `parameters`
    rows_read, bytes_read   by the engine; elapsed_ms on the server
    computed_at   UTC milliseconds
    behind        true when accepted events may be missing, because storing them took too long
    cached        true when it was computed for an earlier question, and nothing has changed since
    """

    sentence: str
    sql: list[str]
    parameters: list[dict[str, str]]
    rows_read: int
    elapsed_ms: float
    computed_at: int
    behind: bool
    bytes_read: int = 0
    cached: bool = False


class Comparison(msgspec.Struct, frozen=True):
    """The same for an earlier range; its buckets stand beside those of the answer by position."""

    buckets: list[Bucket]
    series: list[Series]


class SegmentationAnswer(msgspec.Struct, frozen=True, tag="segmentation", tag_field="type"):
    """Series come metric by metric and segment by segment, within these by falling `overall`."""

    buckets: list[Bucket]
    series: list[Series]
    timezone: str
    explanation: Explanation
    comparison: Comparison | None = None


class CohortSize(msgspec.Struct, frozen=True):
    """How many are in a cohort.

    cohort   position of the cohort in the question
    size     now, or as of the cohort's own day
    values   as of the end of each bucket
    """

    cohort: int
    name: str
    size: int
    values: list[int]


class CohortSizesAnswer(msgspec.Struct, frozen=True, tag="cohort_sizes", tag_field="type"):
    """Sizes in the order of the question's cohorts."""

    buckets: list[Bucket]
    series: list[CohortSize]
    timezone: str
    explanation: Explanation
