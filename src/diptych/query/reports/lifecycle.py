"""Lifecycle and frequency: question → intervals → one statement → answer."""

from datetime import date, timedelta
from typing import Annotated

import msgspec

from diptych.query.answer import Bucket
from diptych.query.answers.lifecycle import FrequencyAnswer, LifecycleAnswer
from diptych.query.asked import Asked
from diptych.query.parts import Interval, InvalidQuestion
from diptych.query.questions.lifecycle import Frequency, Lifecycle
from diptych.query.resolve import buckets, starts_from
from diptych.query.sentence import event_words, range_words
from diptych.query.sql.lifecycle import (
    MOST_INTERVALS,
    STATES,
    frequency_people,
    frequency_statement,
    lifecycle_people,
    lifecycle_statement,
)
from diptych.store.sql import Sql

_CALENDAR = (Interval.DAY, Interval.WEEK, Interval.MONTH)


class LifecycleSelection(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A bar of the answer: `state` is new, current, resurrected or dormant; `bucket` its position."""

    state: str
    bucket: int


class FrequencySelection(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A bar of the answer: the period by position, and the number of days or hours."""

    period: int
    count: Annotated[int, msgspec.Meta(ge=1)]


async def lifecycle(question: Lifecycle, asked: Asked) -> LifecycleAnswer:
    """People per interval and state. Raises InvalidQuestion."""
    intervals, before = _intervals(question, asked)
    rows = await asked.rows(lifecycle_statement(question, asked.project, intervals, before))
    states = [list(row) or [0] * len(intervals) for row in rows[0]]
    new, current, resurrected, dormant = states
    sums = zip(new, resurrected, dormant, strict=True)
    return LifecycleAnswer(
        buckets=intervals,
        new=new,
        current=current,
        resurrected=resurrected,
        dormant=dormant,
        pulse=[(born + back) / gone if gone else None for born, back, gone in sums],
        timezone=asked.project.timezone,
        explanation=asked.explanation(lifecycle_sentence(question, asked.project.timezone)),
    )


def people_in_state(question: Lifecycle, selection: LifecycleSelection, asked: Asked) -> Sql:
    """Who is behind a bar. Raises InvalidQuestion for one that the answer does not have."""
    intervals, before = _intervals(question, asked)
    if selection.state not in STATES:
        raise InvalidQuestion("selection.state", f"one of {', '.join(STATES)}")
    _check_position("bucket", selection.bucket, len(intervals))
    return lifecycle_people(question, asked.project, intervals, before, selection.state, selection.bucket)


def lifecycle_sentence(question: Lifecycle, timezone: str) -> str:
    """What the question counts, in one sentence."""
    unit = question.interval
    return (
        f"For each {unit}, the people who did {event_words(question.event)} for the first time ever, in the {unit} "
        f"before as well, or again after a pause, and those who did it in the {unit} before and not in this one, "
        f"{range_words(question.range)} ({timezone})."
    )


async def frequency(question: Frequency, asked: Asked) -> FrequencyAnswer:
    """People per period and number of days or hours. Raises InvalidQuestion."""
    periods, units = _periods(question, asked)
    rows = await asked.rows(frequency_statement(question, asked.project, periods, units))
    found = {period: dict(days) for period, days in rows}
    exactly = []
    for period in periods:
        counts = found.get(period.start // 1000, {})
        inside = sum(period.start <= unit.start < period.end for unit in units)
        exactly.append([counts.get(days, 0) for days in range(1, inside + 1)])
    return FrequencyAnswer(
        periods=periods,
        active=[sum(row) for row in exactly],
        people=[_at_least(row) for row in exactly] if question.at_least else exactly,
        timezone=asked.project.timezone,
        explanation=asked.explanation(frequency_sentence(question, asked.project.timezone)),
    )


def people_by_days(question: Frequency, selection: FrequencySelection, asked: Asked) -> Sql:
    """Who is behind a bar. Raises InvalidQuestion for one that the answer does not have."""
    periods, units = _periods(question, asked)
    _check_position("period", selection.period, len(periods))
    return frequency_people(question, asked.project, periods, units, selection.period, selection.count)


def frequency_sentence(question: Frequency, timezone: str) -> str:
    """What the question counts, in one sentence."""
    many = "at least" if question.at_least else "exactly"
    return (
        f"For each {question.period}, the people who did {event_words(question.event)} in {many} 1, 2, 3 … different "
        f"{question.unit}s of it, {range_words(question.range)} ({timezone})."
    )


def _intervals(question: Lifecycle, asked: Asked) -> tuple[list[Bucket], int]:
    """The intervals, and the start of the one before them."""
    if question.interval not in _CALENDAR:
        raise InvalidQuestion("interval", "day, week or month")
    intervals = buckets(question.range, question.interval, asked.project, asked.now)
    if len(intervals) > MOST_INTERVALS:
        raise InvalidQuestion("range", f"at most {MOST_INTERVALS} intervals")
    day_before = date.fromisoformat(intervals[0].date) - timedelta(days=1)
    return intervals, starts_from(day_before, question.interval, 1, asked.project)[0]


def _periods(question: Frequency, asked: Asked) -> tuple[list[Bucket], list[Bucket]]:
    allowed = {
        Interval.HOUR: (Interval.DAY,),
        Interval.DAY: (Interval.WEEK, Interval.MONTH),
    }
    if question.period not in allowed.get(question.unit, ()):
        raise InvalidQuestion("period", "hours of a day, or days of a week or month")
    periods = buckets(question.range, question.period, asked.project, asked.now)
    return periods, buckets(question.range, question.unit, asked.project, asked.now)


def _at_least(exactly: list[int]) -> list[int]:
    return [sum(exactly[place:]) for place in range(len(exactly))]


def _check_position(name: str, position: int, count: int) -> None:
    if not 0 <= position < count:
        raise InvalidQuestion(f"selection.{name}", f"a position from 0 to {count - 1}")
