"""Funnel: question → statements → rows → answer."""

from collections.abc import Iterable
from enum import StrEnum
from typing import Any

import msgspec

from diptych.query.answer import Bucket
from diptych.query.answers.funnel import FunnelAnswer, FunnelPoint, FunnelRow, FunnelStepCount, Span
from diptych.query.asked import Asked
from diptych.query.parts import Interval, InvalidQuestion, Scalar
from diptych.query.questions.funnel import Exclusion, Funnel, validate
from diptych.query.reports.funnel_words import sentence
from diptych.query.reports.significance import p_value
from diptych.query.resolve import buckets
from diptych.query.sentence import event_words
from diptych.query.sql.funnel import people_statement, statement, wide_statement
from diptych.query.sql.funnel_keys import NARROW, WIDE
from diptych.query.values import value_of
from diptych.store.sql import Bound, Sql, sql

__all__ = ["FunnelAnswer", "FunnelSelection", "Part", "answer", "people", "sentence"]


class Part(StrEnum):
    """A part of a funnel's step."""

    REACHED = "reached"  # came to the step
    DROPPED = "dropped"  # came to the step and not to the next one


class FunnelSelection(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A part of the answer.

    step        from 1; at the last step `reached` is who converted
    breakdown   one value per breakdown of the question; None: whatever they are
    bucket      position of the bucket in which attempts began; None: the whole range
    """

    step: int = 1
    part: Part = Part.REACHED
    breakdown: list[Scalar] | None = None
    bucket: int | None = None


async def answer(question: Funnel, asked: Asked) -> FunnelAnswer:
    """Attempts and people per step, combination of values and bucket. Raises InvalidQuestion."""
    validate(question)
    intervals = _buckets(question, asked)
    rows = await _rows(question, asked, intervals)
    required = required_only(question)
    return FunnelAnswer(
        steps=[event_words(step.event) for step in question.steps],
        buckets=intervals if question.interval else [],
        rows=rows,
        required_only=None if required is None else await _rows(required, asked, intervals),
        timezone=asked.project.timezone,
        explanation=asked.explanation(sentence(question, asked.project.timezone)),
    )


def people(question: Funnel, selection: FunnelSelection, asked: Asked) -> Sql:
    """Who reached a step, or dropped off there. Raises InvalidQuestion for a part that the answer does not have."""
    validate(question)
    intervals = _buckets(question, asked)
    if not 1 <= selection.step <= len(question.steps):
        raise InvalidQuestion("selection.step", f"a step from 1 to {len(question.steps)}")
    if selection.bucket is not None and not 0 <= selection.bucket < (len(intervals) if question.interval else 0):
        raise InvalidQuestion("selection.bucket", "the position of one of the answer's buckets")
    if selection.breakdown is not None and len(selection.breakdown) != len(question.breakdowns):
        raise InvalidQuestion("selection.breakdown", "one value per breakdown of the question")
    reached = "level = {step}" if selection.part is Part.DROPPED else "level >= {step}"
    part = sql(reached, step=Bound(selection.step, "UInt8"))
    return people_statement(question, asked.project, intervals, part, selection.breakdown, selection.bucket)


def required_only(question: Funnel) -> Funnel | None:
    """The question without its optional steps; None when it has none.

    An exclusion that began or ended at an optional step then reaches from the step before, or to the step after.
    """
    kept = [number for number, step in enumerate(question.steps, 1) if not step.optional]
    if len(kept) == len(question.steps):
        return None
    return msgspec.structs.replace(
        question,
        steps=[question.steps[number - 1] for number in kept],
        exclusions=[_moved(exclusion, kept) for exclusion in question.exclusions],
    )


def _moved(exclusion: Exclusion, kept: list[int]) -> Exclusion:
    after = sum(number <= exclusion.after for number in kept)
    before = sum(number < exclusion.before for number in kept) + 1 if exclusion.before else 0
    return msgspec.structs.replace(exclusion, after=after, before=before)


def _buckets(question: Funnel, asked: Asked) -> list[Bucket]:
    return buckets(question.range, question.interval or Interval.DAY, asked.project, asked.now)


async def _rows(question: Funnel, asked: Asked, intervals: list[Bucket]) -> list[FunnelRow]:
    keys = WIDE if await asked.rows(wide_statement(question, asked.project, intervals)) else NARROW
    found = await asked.rows(statement(question, asked.project, intervals, keys))
    points: dict[tuple[str, ...], dict[int, FunnelPoint]] = {}
    if question.interval and found:
        only = [list(row[1]) for row in found]
        for start, combination, attempts, reached, *times in await asked.rows(
            statement(question, asked.project, intervals, keys, split=True, only=only)
        ):
            spans = _spans(times[0:3]), _spans(times[3:6])
            point = FunnelPoint(_padded(attempts, question), _padded(reached, question), *spans)
            points.setdefault(tuple(combination), {})[start] = point
    if not found:
        return [_row([0, [], [], [], None], question, [], {}, 0, 0)]
    total = found[0][2]
    return [
        _row(row, question, intervals, points.get(tuple(row[1]), {}), total[0], _padded(total, question)[-1])
        for row in found
    ]


def _row(
    row: Iterable[Any],
    question: Funnel,
    intervals: list[Bucket],
    points: dict[int, FunnelPoint],
    entered: int,
    converted: int,
) -> FunnelRow:
    _, combination, attempts, reached, *times = row
    attempts, reached = _padded(attempts, question), _padded(reached, question)
    nothing = FunnelPoint([0] * len(attempts), [0] * len(attempts))
    spans = _spans(times[0:3]), _spans(times[3:6])
    return FunnelRow(
        breakdown=[value_of(text) for text in combination] if combination else None,
        steps=[_step(number, attempts, reached, spans) for number in range(len(attempts))],
        over_time=[points.get(one.start // 1000, nothing) for one in intervals] if question.interval else [],
        significance=p_value(attempts[0], attempts[-1], entered, converted) if combination else None,
    )


def _step(
    number: int, attempts: list[int], reached: list[int], spans: tuple[list[Span], list[Span]]
) -> FunnelStepCount:
    previous, start = (of[number - 1] if 0 < number <= len(of) else None for of in spans)
    return FunnelStepCount(
        attempts=attempts[number],
        people=reached[number],
        of_previous=_share(attempts[number], attempts[max(number - 1, 0)]),
        of_first=_share(attempts[number], attempts[0]),
        from_previous=previous,
        from_start=start,
    )


def _spans(times: list[Any]) -> list[Span]:
    """Per step from the second on, as far as anybody came."""
    if len(times) < 3:
        return []
    means, medians, (keys, counts) = times
    bins: dict[int, list[tuple[int, int]]] = {}
    for (step, start), count in sorted(zip(keys, counts, strict=True)):
        bins.setdefault(step, []).append((start, count))
    return [
        Span(mean, median, bins.get(step, []))
        for step, (mean, median) in enumerate(zip(means, medians, strict=True), 1)
    ]


def _padded(counts: list[int], question: Funnel) -> list[int]:
    return [*counts, *[0] * (len(question.steps) - len(counts))]


def _share(part: int, whole: int) -> float:
    return part / whole if whole else 0.0
