"""Retention: question → cohorts and windows → statements → rows → answer."""

from typing import Any

import msgspec

from diptych.query.answers.retention import RetentionAnswer, RetentionOverall, RetentionRow, RetentionSeries
from diptych.query.asked import Asked
from diptych.query.parts import InvalidQuestion, Scalar
from diptych.query.questions.retention import BreakdownOf, Criterion, Retention, RetentionMeasure, StartRule, Windows
from diptych.query.sentence import breakdown_words, event_words, property_words, range_words
from diptych.query.sql.retention import RetentionSql, Selection
from diptych.query.values import value_of
from diptych.query.windows import WindowPlan, plan
from diptych.store.sql import Sql

Number = int | float


class RetentionSelection(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A cell of the answer.

    cohort      position of the cohort; None: all cohorts for which the window is complete
    window      position of the window; None: the people of the cohort, back or not
    returned    those who came back in the window, or those who did not
    breakdown   one value per breakdown of the question; None: whatever they are
    """

    cohort: int | None = None
    window: int | None = None
    returned: bool = True
    breakdown: list[Scalar] | None = None


async def answer(question: Retention, asked: Asked) -> RetentionAnswer:
    """Cohorts with their windows. Raises InvalidQuestion."""
    _check(question)
    windows = plan(question, asked.project, asked.now)
    complete = windows.complete(asked.now)
    statements = RetentionSql(question, asked.project, windows, complete)
    found = _found(await asked.rows(statements.people()), len(windows.cohorts))
    if question.breakdowns and question.breakdown_of is BreakdownOf.RETURN:
        whole = _found(await asked.rows(statements.people(whole=True)), len(windows.cohorts))
        found = {combination: counts.among(whole.get((), counts)) for combination, counts in found.items()}
    if not question.breakdowns and not found:
        found = {(): _Counts(len(windows.cohorts), len(windows.brackets))}
    amounts = {}
    if question.measure is not RetentionMeasure.PEOPLE:
        amounts = _amounts(question.criterion, await asked.rows(statements.amounts()), windows)
    return RetentionAnswer(
        cohorts=windows.cohorts,
        windows=windows.brackets,
        complete=complete,
        series=[
            _series(question, combination, counts, amounts.get(combination), complete)
            for combination, counts in found.items()
        ],
        timezone=asked.project.timezone,
        explanation=asked.explanation(sentence(question, asked.project.timezone)),
    )


def people(question: Retention, selection: RetentionSelection, asked: Asked) -> Sql:
    """Who is behind a cell. Raises InvalidQuestion for a cell that the answer does not have."""
    _check(question)
    windows = plan(question, asked.project, asked.now)
    complete = windows.complete(asked.now)
    _check_position("cohort", selection.cohort, len(windows.cohorts))
    _check_position("window", selection.window, len(windows.brackets))
    if selection.breakdown is not None and len(selection.breakdown) != len(question.breakdowns):
        raise InvalidQuestion("selection.breakdown", "one value per breakdown of the question")
    if question.breakdown_of is BreakdownOf.RETURN and question.breakdowns and not selection.returned:
        raise InvalidQuestion("selection.returned", "true: who did not come back has no value of the returning event")
    cohorts = [selection.cohort] if selection.cohort is not None else list(range(len(windows.cohorts)))
    if selection.cohort is None and selection.window is not None:
        cohorts = [number for number in cohorts if complete[number] > selection.window]
    chosen = Selection(cohorts, selection.window, selection.returned, selection.breakdown)
    return RetentionSql(question, asked.project, windows, complete).people_behind(chosen)


def sentence(question: Retention, timezone: str) -> str:
    """What the question counts, in one sentence."""
    starts = {
        StartRule.FIRST_EVER: "people whose first {start} ever",
        StartRule.FIRST_OF_INTERVAL: "people whose first {start} of each {unit}",
        StartRule.EVERY: "people for whom any {start}",
        StartRule.NEW: "new people whose {start}",
    }[question.rule].format(start=event_words(question.start), unit=question.interval)
    counted = {
        RetentionMeasure.PEOPLE: "how many came back",
        RetentionMeasure.SUM: "the sum of {property} of those who came back",
        RetentionMeasure.AVERAGE: "{property} per person who came back",
    }[question.measure].format(property=property_words(question.property) if question.property else "")
    when = {
        Criterion.ON: "in each {window}",
        Criterion.ON_OR_AFTER: "in each {window} or later",
        Criterion.ON_OR_BEFORE: "in each {window} or earlier",
        Criterion.STREAK: "in each {window} and all before it",
    }[question.criterion].format(window="bracket" if question.brackets else question.interval)
    measured = {
        Windows.ROLLING: "counted from the moment of the start",
        Windows.ROLLING_HOURS: "counted from the hour of the start"
        if question.interval == "day"
        else "counted from the day of the start",
        Windows.CALENDAR: "by the calendar",
    }[question.measured_by]
    of = " of the start" if question.breakdown_of is BreakdownOf.START else " of the return"
    by = f", by {' and '.join(map(breakdown_words, question.breakdowns))}{of}" if question.breakdowns else ""
    return (
        f"Of the {starts} was {range_words(question.range)}, by {question.interval} of the start, {counted} "
        f"with {event_words(question.returning)} {when} after it, {measured}{by} ({timezone})."
    )


class _Counts:
    """People and returns per cohort of one combination, and the same with each person once."""

    def __init__(self, cohorts: int, windows: int) -> None:
        self.people = [0] * cohorts
        self.returned = [[0] * windows for _ in range(cohorts)]
        # by number of a person's first cohort
        self.first = [0] * cohorts
        self.distinct = [0] * windows

    def among(self, whole: "_Counts") -> "_Counts":
        """The same returns of the people of another."""
        self.people, self.first = whole.people, whole.first
        return self


def _check(question: Retention) -> None:
    if (question.measure is RetentionMeasure.PEOPLE) != (question.property is None):
        raise InvalidQuestion("property", "a property for the measures sum and average, and for no other")
    if question.measure is not RetentionMeasure.PEOPLE and question.criterion is Criterion.STREAK:
        raise InvalidQuestion("criterion", "on, on_or_after or on_or_before: a streak has no sum")


def _check_position(name: str, position: int | None, count: int) -> None:
    if position is not None and not 0 <= position < count:
        raise InvalidQuestion(f"selection.{name}", f"a position from 0 to {count - 1}")


def _found(rows: list[tuple[Any, ...]], cohorts: int) -> dict[tuple[str, ...], _Counts]:
    found: dict[tuple[str, ...], _Counts] = {}
    for combination, _, cells in rows:
        counts = _Counts(cohorts, len(cells[0][2]))
        for key, people, returned in cells:
            if key < cohorts:
                counts.people[key], counts.returned[key] = people, returned
            else:
                counts.first[key - cohorts] = people
                counts.distinct = [a + b for a, b in zip(counts.distinct, returned, strict=True)]
        found[tuple(combination)] = counts
    return found


def _amounts(
    criterion: Criterion, rows: list[tuple[Any, ...]], windows: WindowPlan
) -> dict[tuple[str, ...], list[list[float]]]:
    """Combination → cohort → sum per window."""
    found: dict[tuple[str, ...], list[list[float]]] = {}
    for combination, cohort, place, total in rows:
        empty = [[0.0] * len(windows.brackets) for _ in windows.cohorts]
        row = found.setdefault(tuple(combination), empty)[cohort]
        counts = {
            Criterion.ON_OR_AFTER: range(place),
            Criterion.ON_OR_BEFORE: range(place, len(row)),
        }.get(criterion, range(place, place + 1))
        for window in counts:
            row[window] += total
    return found


def _series(
    question: Retention,
    combination: tuple[str, ...],
    counts: _Counts,
    amounts: list[list[float]] | None,
    complete: list[int],
) -> RetentionSeries:
    sums: list[list[Number]] = [list(row) for row in counts.returned]
    if question.measure is not RetentionMeasure.PEOPLE:
        sums = [list(row) for row in amounts] if amounts else [[0] * len(row) for row in counts.returned]
    average = question.measure is RetentionMeasure.AVERAGE
    values = [_per(s, r) for s, r in zip(sums, counts.returned, strict=True)] if average else sums
    summed = _summed(counts.people, sums, complete)
    if average:
        returned = _summed(counts.people, [list(row) for row in counts.returned], complete).values
        summed = RetentionOverall(summed.people, _per(summed.values, returned))
    return RetentionSeries(
        breakdown=[value_of(text) for text in combination],
        cohorts=[RetentionRow(*row) for row in zip(counts.people, counts.returned, values, strict=True)],
        summed=summed,
        weighted=_weighted(counts.people, values, complete),
        distinct=_distinct(counts, complete) if question.measure is RetentionMeasure.PEOPLE else None,
    )


def _per(sums: list[Number], people: list[Number] | list[int]) -> list[Number]:
    return [amount / count if count else 0 for amount, count in zip(sums, people, strict=True)]


def _summed(people: list[int], rows: list[list[Number]], complete: list[int]) -> RetentionOverall:
    windows = range(len(rows[0]))
    ended = [[number for number, done in enumerate(complete) if done > window] for window in windows]
    return RetentionOverall(
        people=[sum(people[number] for number in ended[window]) for window in windows],
        values=[sum(rows[number][window] for number in ended[window]) for window in windows],
    )


def _weighted(people: list[int], rows: list[list[Number]], complete: list[int]) -> RetentionOverall:
    """Sizes and values of cohorts, each weighted by its size."""
    total = _summed(people, [[size] * len(row) for size, row in zip(people, rows, strict=True)], complete).values
    sizes = _summed(people, [[size * size] * len(row) for size, row in zip(people, rows, strict=True)], complete)
    products = [[size * value for value in row] for size, row in zip(people, rows, strict=True)]
    return RetentionOverall(_per(sizes.values, total), _per(_summed(people, products, complete).values, total))


def _distinct(counts: _Counts, complete: list[int]) -> RetentionOverall:
    """Cohorts are complete from the first one on, so a person is among them when its first cohort is."""
    people = [
        sum(first for first, done in zip(counts.first, complete, strict=True) if done > window)
        for window in range(len(counts.distinct))
    ]
    return RetentionOverall(list(people), list(counts.distinct))
