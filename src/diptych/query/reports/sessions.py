"""Sessions: question → one statement → answer."""

from typing import Any

import msgspec

from diptych.model import SessionRule
from diptych.query.answer import Bucket
from diptych.query.answers.sessions import SessionsAnswer, SessionSeries
from diptych.query.asked import Asked
from diptych.query.parts import Interval, InvalidQuestion, Scalar
from diptych.query.questions.sessions import SessionMeasure, SessionPart, Sessions
from diptych.query.resolve import buckets
from diptych.query.sentence import event_words, property_words, range_words
from diptych.query.sql.session_report import people_statement, statement
from diptych.query.values import value_of
from diptych.store.sql import Sql


class SessionsSelection(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The people with sessions that started in a bucket (None: in any), of one combination (None: of any)."""

    bucket: int | None = None
    breakdown: list[Scalar] | None = None


async def answer(question: Sessions, asked: Asked) -> SessionsAnswer:
    """Sessions by combination and bucket. Raises InvalidQuestion."""
    intervals = _intervals(question, asked)
    rows = await asked.rows(statement(question, asked.project, intervals))
    return SessionsAnswer(
        buckets=intervals,
        bins=question.bins,
        series=[_series(row, intervals) for row in rows] or _nothing(question, intervals),
        timezone=asked.project.timezone,
        explanation=asked.explanation(sentence(question, asked.project.timezone)),
    )


def people(question: Sessions, selection: SessionsSelection, asked: Asked) -> Sql:
    """Who is behind a cell. Raises InvalidQuestion for a cell that the answer does not have."""
    intervals = _intervals(question, asked)
    bucket = None
    if selection.bucket is not None:
        if not 0 <= selection.bucket < len(intervals):
            raise InvalidQuestion("selection.bucket", f"a position from 0 to {len(intervals) - 1}")
        bucket = intervals[selection.bucket]
    if selection.breakdown is not None and len(selection.breakdown) != len(question.breakdowns):
        raise InvalidQuestion("selection.breakdown", "one value per breakdown of the question")
    return people_statement(question, asked.project, intervals, bucket, selection.breakdown)


def sentence(question: Sessions, timezone: str) -> str:
    """What the question counts, in one sentence."""
    counted = {
        SessionMeasure.COUNT: "the number of sessions",
        SessionMeasure.PEOPLE: "the people with sessions",
        SessionMeasure.PER_PERSON: "the number of sessions per person",
        SessionMeasure.AVERAGE_LENGTH: "the average length of sessions in seconds",
        SessionMeasure.AVERAGE_EVENTS: "the number of events per session",
    }[question.measure]
    containing = f" with {event_words(question.containing)}" if question.containing else ""
    parts = [
        {SessionPart.ENTRY: "their first event", SessionPart.EXIT: "their last event"}.get(b.part)
        or (property_words(b.property) if b.property else "")
        for b in question.breakdowns
    ]
    by = f", by {' and '.join(parts)}" if parts else ""
    when = range_words(question.range)
    return f"For each {question.interval}, {counted}{containing} that began then{by}, {when} ({timezone})."


def _intervals(question: Sessions, asked: Asked) -> list[Bucket]:
    if question.interval not in (Interval.DAY, Interval.WEEK, Interval.MONTH, Interval.QUARTER):
        raise InvalidQuestion("interval", "day, week, month or quarter")
    if question.bins != sorted(set(question.bins)):
        raise InvalidQuestion("bins", "rising bounds in seconds")
    by, settings = question.sessions_by, asked.project.settings
    if (by.rule or settings.session_rule) is SessionRule.AMPLITUDE and (by.timeout_minutes or by.excluded):
        raise InvalidQuestion("sessions_by", "no timeout and no excluded events for sessions by id")
    return buckets(question.range, question.interval, asked.project, asked.now)


def _series(row: tuple[Any, ...], intervals: list[Bucket]) -> SessionSeries:
    combination, sessions, overall, lengths, points = row
    found = dict(points)
    values = [found.get(bucket.start // 1000, 0) for bucket in intervals]
    return SessionSeries([value_of(text) for text in combination], sessions, values, overall, list(lengths))


def _nothing(question: Sessions, intervals: list[Bucket]) -> list[SessionSeries]:
    if question.breakdowns:
        return []
    return [SessionSeries([], 0, [0] * len(intervals), 0, [0] * (len(question.bins) - 1))]
