"""Segmentation: question → statements → rows → answer."""

from typing import Any

import msgspec

from diptych.query.answer import Bucket, SegmentationAnswer, Series
from diptych.query.asked import Asked
from diptych.query.parts import InvalidQuestion, Scalar
from diptych.query.questions import Segmentation
from diptych.query.resolve import buckets
from diptych.query.sentence import segmentation as sentence
from diptych.query.sql.segmentation import people_statement, statement
from diptych.query.values import value_of
from diptych.store.sql import Sql

__all__ = ["SegmentationSelection", "answer", "people", "sentence"]


class SegmentationSelection(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A cell of the answer.

    metric      position of the metric
    bucket      position of the bucket; None: the whole range
    breakdown   one value per breakdown of the question; None: whatever they are
    """

    metric: int = 0
    bucket: int | None = None
    breakdown: list[Scalar] | None = None


async def answer(question: Segmentation, asked: Asked) -> SegmentationAnswer:
    """Counts per metric, combination of values and bucket. Raises InvalidQuestion."""
    intervals = buckets(question.range, question.interval, asked.project, asked.now)
    statements = [statement(question, metric, asked.project, intervals) for metric in question.metrics]
    results = [await asked.rows(one) for one in statements]
    return SegmentationAnswer(
        buckets=intervals,
        series=[
            series
            for metric, rows in enumerate(results)
            for series in _series(metric, rows, intervals, len(question.breakdowns))
        ],
        timezone=asked.project.timezone,
        explanation=asked.explanation(sentence(question, asked.project.timezone)),
    )


def people(question: Segmentation, selection: SegmentationSelection, asked: Asked) -> Sql:
    """Who is behind a cell. Raises InvalidQuestion for a cell that the answer does not have."""
    intervals = buckets(question.range, question.interval, asked.project, asked.now)
    if not 0 <= selection.metric < len(question.metrics):
        raise InvalidQuestion("selection.metric", f"a position from 0 to {len(question.metrics) - 1}")
    if selection.bucket is not None:
        if not 0 <= selection.bucket < len(intervals):
            raise InvalidQuestion("selection.bucket", f"a position from 0 to {len(intervals) - 1}")
        intervals = [intervals[selection.bucket]]
    if selection.breakdown is not None and len(selection.breakdown) != len(question.breakdowns):
        raise InvalidQuestion("selection.breakdown", "one value per breakdown of the question")
    metric = question.metrics[selection.metric]
    return people_statement(question, metric, asked.project, intervals, selection.breakdown)


def _series(metric: int, rows: list[tuple[Any, ...]], intervals: list[Bucket], breakdowns: int) -> list[Series]:
    places = {bucket.start // 1000: place for place, bucket in enumerate(intervals)}
    return [
        Series(
            metric=metric,
            breakdown=[value_of(text) for text in combination[:breakdowns]],
            values=_line(points, places),
            overall=overall,
        )
        for combination, overall, points in rows
    ] or ([] if breakdowns else [Series(metric=metric, breakdown=[], values=[0] * len(intervals), overall=0)])


def _line(points: list[tuple[int, Any]], places: dict[int, int]) -> list[int | float]:
    line: list[int | float] = [0] * len(places)
    for start, value in points:
        line[places[start]] = value
    return line
