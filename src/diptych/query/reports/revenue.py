"""Composition, revenue, lifetime value and impact: question → statement → answer."""

import msgspec

from diptych.query.answer import Bucket
from diptych.query.answers.revenue import (
    CompositionAnswer,
    CompositionValue,
    ImpactAnswer,
    LifetimeCohort,
    LifetimeValueAnswer,
    RevenueAnswer,
)
from diptych.query.asked import Asked
from diptych.query.parts import Interval, InvalidQuestion, Scalar
from diptych.query.questions.revenue import Chosen, Composition, Impact, LifetimeValue, Revenue
from diptych.query.resolve import buckets
from diptych.query.sentence import breakdown_words, event_words, filter_words, property_words, range_words
from diptych.query.sql import revenue as statements
from diptych.query.values import texts_of, value_of
from diptych.store.sql import Sql, sql

_DAYS = {Interval.DAY: 1, Interval.WEEK: 7, Interval.MONTH: 30}
Number = int | float


class CompositionSelection(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The people with a value."""

    value: Scalar


class RevenueSelection(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The people who paid in a bucket; None: in any."""

    bucket: int | None = None


class LifetimeSelection(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Everybody who was new in the range."""


class ImpactSelection(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Everybody who did the treatment."""


async def composition(question: Composition, asked: Asked) -> CompositionAnswer:
    """People per value. Raises InvalidQuestion."""
    statement = statements.composition(question, asked.project, *_span(question, asked))
    values = [CompositionValue(value_of(text), people) for text, people in await asked.rows(statement)]
    said = composition_sentence(question, asked.project.timezone)
    return CompositionAnswer(values, asked.project.timezone, asked.explanation(said))


def people_with_value(question: Composition, selection: CompositionSelection, asked: Asked) -> Sql:
    """Who has a value."""
    texts = texts_of(selection.value)
    return statements.people_with(question, asked.project, *_span(question, asked), texts)


def composition_sentence(question: Composition, timezone: str) -> str:
    """What the question counts, in one sentence."""
    which = "the value at their last event" if question.values is Chosen.LATEST else "each of their values"
    return (
        f"The people who did {event_words(question.event)}, by {breakdown_words(question.breakdown)}, {which} "
        f"{range_words(question.range)} ({timezone})."
    )


async def revenue(question: Revenue, asked: Asked) -> RevenueAnswer:
    """Revenue per bucket. Raises InvalidQuestion."""
    intervals = buckets(question.range, question.interval, asked.project, asked.now)
    rows = await asked.rows(statements.revenue(question, asked.project, intervals))
    found = {bucket: counts for bucket, *counts in rows}
    totals, paying, active = zip(*(found.get(b.start // 1000, (0, 0, 0)) for b in intervals), strict=True)
    return RevenueAnswer(
        buckets=intervals,
        revenue=list(totals),
        active=list(active),
        paying=list(paying),
        per_active=_per(totals, active),
        per_paying=_per(totals, paying),
        timezone=asked.project.timezone,
        explanation=asked.explanation(revenue_sentence(question, asked.project.timezone)),
    )


def people_who_paid(question: Revenue, selection: RevenueSelection, asked: Asked) -> Sql:
    """Who paid in a bucket. Raises InvalidQuestion for one that the answer does not have."""
    intervals = buckets(question.range, question.interval, asked.project, asked.now)
    if selection.bucket is not None:
        if not 0 <= selection.bucket < len(intervals):
            raise InvalidQuestion("selection.bucket", f"a position from 0 to {len(intervals) - 1}")
        intervals = [intervals[selection.bucket]]
    return statements.paying(question, asked.project, intervals[0].start, intervals[-1].end)


def revenue_sentence(question: Revenue, timezone: str) -> str:
    """What the question counts, in one sentence."""
    return (
        f"For each {question.interval}, the sum of {property_words(question.property)} of "
        f"{event_words(question.event)}, in all, per person who did {event_words(question.active)}, and per person "
        f"who paid, {range_words(question.range)} ({timezone})."
    )


async def lifetime_value(question: LifetimeValue, asked: Asked) -> LifetimeValueAnswer:
    """Revenue of new people by their day. Raises InvalidQuestion."""
    intervals = _cohorts(question, asked)
    rows = await asked.rows(statements.lifetime(question, asked.project, intervals, asked.now))
    dates = {bucket.start // 1000: bucket.date for bucket in intervals}
    cohorts = [
        LifetimeCohort(dates[bucket], people, list(old), list(paying), list(amounts), ever_paid, total)
        for bucket, people, old, paying, amounts, ever_paid, total in sorted(rows)
    ]
    said = lifetime_sentence(question, asked.project.timezone)
    return LifetimeValueAnswer(question.days, cohorts, asked.project.timezone, asked.explanation(said))


def new_people(question: LifetimeValue, selection: LifetimeSelection, asked: Asked) -> Sql:
    """Who was new in the range."""
    found = statements.new_people(question, asked.project, _cohorts(question, asked))
    return sql("SELECT who FROM ({found})", found=found)


def lifetime_sentence(question: LifetimeValue, timezone: str) -> str:
    """What the question counts, in one sentence."""
    cohorts = "all together" if question.one_cohort else f"by {question.interval}"
    which = f" and had {filter_words(question.new_where)}" if question.new_where else ""
    return (
        f"Of the people whose first event ever was {range_words(question.range)}{which}, {cohorts}, the sum of "
        f"{property_words(question.property)} of {event_words(question.event)} until the end of each of their days, "
        f"of those who are old enough for it ({timezone})."
    )


async def impact(question: Impact, asked: Asked) -> ImpactAnswer:
    """The outcome around the first treatment. Raises InvalidQuestion."""
    start, end = _span(question, asked)
    width = _width(question)
    rows = await asked.rows(statements.impact(question, asked.project, start, end, width))
    ((treated,),) = await asked.rows(statements.treated_count(question, asked.project, start, end))
    found = {relative: (events, people) for relative, events, people in rows}
    relative = list(range(-question.before, question.after + 1))
    events = [found.get(number, (0, 0))[0] for number in relative]
    return ImpactAnswer(
        treated=treated,
        relative=relative,
        events=events,
        people=[found.get(number, (0, 0))[1] for number in relative],
        average=_per(events, [treated] * len(relative)),
        timezone=asked.project.timezone,
        explanation=asked.explanation(impact_sentence(question, asked.project.timezone)),
    )


def treated_people(question: Impact, selection: ImpactSelection, asked: Asked) -> Sql:
    """Who did the treatment."""
    return statements.treated_people(question, asked.project, *_span(question, asked))


def impact_sentence(question: Impact, timezone: str) -> str:
    """What the question counts, in one sentence."""
    quiet = f" and not in the {question.quiet_days} days before that" if question.quiet_days else ""
    return (
        f"Of the people who did {event_words(question.treatment)} {range_words(question.range)}{quiet}, how often they "
        f"did {event_words(question.outcome)} in each {question.interval} before and after the first time ({timezone})."
    )


def _per(amounts: "list[int] | tuple[Number, ...]", people: "list[int] | tuple[int, ...]") -> list[float]:
    return [amount / count if count else 0 for amount, count in zip(amounts, people, strict=True)]


def _span(question: Composition | Impact, asked: Asked) -> tuple[int, int]:
    days = buckets(question.range, Interval.DAY, asked.project, asked.now)
    return days[0].start, days[-1].end


def _cohorts(question: LifetimeValue, asked: Asked) -> list[Bucket]:
    if question.interval not in _DAYS:
        raise InvalidQuestion("interval", "day, week or month")
    if question.days != sorted(set(question.days)):
        raise InvalidQuestion("days", "rising numbers of days")
    return buckets(question.range, question.interval, asked.project, asked.now)


def _width(question: Impact) -> int:
    if question.interval not in _DAYS:
        raise InvalidQuestion("interval", "day, week or month")
    return _DAYS[question.interval] * 86_400_000
