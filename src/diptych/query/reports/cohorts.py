"""Cohort sizes: cohorts → who is in them, as of now and as of the end of every interval."""

from typing import cast

import msgspec

from diptych.query.answer import Bucket, CohortSize, CohortSizesAnswer
from diptych.query.asked import Asked
from diptych.query.cohorts import Evaluated, evaluated
from diptych.query.parts import InCohort, InvalidQuestion
from diptych.query.questions import CohortSizes
from diptych.query.resolve import buckets
from diptych.query.sentence import cohort_sizes as sentence
from diptych.query.sql.cohorts import members, size
from diptych.store.sql import Sql

__all__ = ["CohortSelection", "answer", "people", "sentence"]

MOST_BUCKETS = 100


class CohortSelection(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The people of one size.

    cohort   position of the cohort
    bucket   position of the bucket; None: now
    """

    cohort: int = 0
    bucket: int | None = None


async def answer(question: CohortSizes, asked: Asked) -> CohortSizesAnswer:
    """Sizes per cohort and bucket. Raises InvalidQuestion."""
    intervals = _buckets(question, asked)
    series = []
    for position, cohort in enumerate(question.cohorts):
        now = await _size(cohort, asked)
        values = [await _size(_as_of(cohort, bucket, asked), asked) for bucket in intervals]
        series.append(CohortSize(cohort=position, name=cohort.name, size=now, values=values))
    return CohortSizesAnswer(
        buckets=intervals,
        series=series,
        timezone=asked.project.timezone,
        explanation=asked.explanation(sentence(question, asked.project.timezone)),
    )


def people(question: CohortSizes, selection: CohortSelection, asked: Asked) -> Sql:
    """Who is in a cohort. Raises InvalidQuestion for a size that the answer does not have."""
    intervals = _buckets(question, asked)
    if not 0 <= selection.cohort < len(question.cohorts):
        raise InvalidQuestion("selection.cohort", f"a position from 0 to {len(question.cohorts) - 1}")
    cohort = question.cohorts[selection.cohort]
    if selection.bucket is not None:
        if not 0 <= selection.bucket < len(intervals):
            raise InvalidQuestion("selection.bucket", f"a position from 0 to {len(intervals) - 1}")
        cohort = _as_of(cohort, intervals[selection.bucket], asked)
    return members(asked.project, cast(Evaluated, cohort))


def _buckets(question: CohortSizes, asked: Asked) -> list[Bucket]:
    if question.range is None:
        return []
    found = buckets(question.range, question.interval, asked.project, asked.now)
    if len(found) > MOST_BUCKETS:
        raise InvalidQuestion("interval", f"at most {MOST_BUCKETS} intervals: a shorter range or a longer interval")
    return found


def _as_of(cohort: InCohort, bucket: Bucket, asked: Asked) -> InCohort:
    return evaluated(cohort, asked.project, bucket.end - 1, bucket.end)


async def _size(cohort: InCohort, asked: Asked) -> int:
    [(number,)] = await asked.rows(size(asked.project, cast(Evaluated, cohort)))
    return int(number)
