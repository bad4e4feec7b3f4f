"""Segmentation: question → statements → rows → answer."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import msgspec

from diptych.query.answer import Bucket, Comparison, SegmentationAnswer, Series
from diptych.query.asked import Asked
from diptych.query.compare import compared
from diptych.query.formulas import Formula, Letter, Points, evaluate, letters, parse, rolling
from diptych.query.parts import Automatic, Custom, EventSelector, InvalidQuestion, MeasureType, Metric, Scalar
from diptych.query.questions import Segmentation
from diptych.query.questions.segmentation import MOST_SERIES
from diptych.query.resolve import buckets, earlier
from diptych.query.sentence import segmentation as sentence
from diptych.query.spans import Span, cells, spans
from diptych.query.sql.breakdowns import nice_bounds
from diptych.query.sql.measures import HAS_NO_NUMBER
from diptych.query.sql.segmentation import Counted, extremes, people_statement, statement
from diptych.query.values import value_of
from diptych.store.sql import Sql

__all__ = ["SegmentationSelection", "answer", "people", "sentence"]

OTHER = "$other"


class SegmentationSelection(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A cell of the answer.

    metric      position of the metric
    bucket      position of the bucket; None: the whole range
    breakdown   one value per breakdown of the question; None: whatever they are
    segment     position of the segment
    other       what is beyond the limit; `breakdown` is then None
    compared    of the comparison instead
    """

    metric: int = 0
    bucket: int | None = None
    breakdown: list[Scalar] | None = None
    segment: int = 0
    other: bool = False
    compared: bool = False


class _Line(msgspec.Struct):
    """A series before its texts become values."""

    combination: tuple[str, ...]
    overall: Any
    values: list[Any]
    other: bool = False


Lines = list[_Line]


async def answer(question: Segmentation, asked: Asked) -> SegmentationAnswer:
    """Counts per metric, segment, combination of values and bucket. Raises InvalidQuestion."""
    formulas = _formulas(question)
    intervals = buckets(question.range, question.interval, asked.project, asked.now)
    bounded = await _bounded(question, asked, intervals)
    series = await _series(bounded, formulas, asked, intervals)
    comparison = None
    if question.compare is not None:
        before = compared(question, intervals, asked.project, asked.now)
        comparison = Comparison(before, await _series(bounded, formulas, asked, before))
    return SegmentationAnswer(
        buckets=intervals,
        series=series,
        timezone=asked.project.timezone,
        explanation=asked.explanation(sentence(question, asked.project.timezone)),
        comparison=comparison,
    )


async def people(question: Segmentation, selection: SegmentationSelection, asked: Asked) -> Sql:
    """Who is behind a cell. Raises InvalidQuestion for a cell that the answer does not have."""
    intervals = buckets(question.range, question.interval, asked.project, asked.now)
    question = await _bounded(question, asked, intervals)
    if selection.compared:
        if question.compare is None:
            raise InvalidQuestion("selection.compared", "false: the question compares nothing")
        intervals = compared(question, intervals, asked.project, asked.now)
    _check(question, selection, intervals)
    metric = question.metrics[selection.metric]
    kept = await _kept(question, metric, selection, asked, intervals) if selection.other else None
    whole = intervals[0].start, intervals[-1].end
    if selection.bucket is not None:
        windows = spans(intervals, metric.window, question.interval, asked.project, whole[0])
        whole = windows[selection.bucket]
    counted = _counted(question, metric, selection.segment, asked, [whole], whole)
    return people_statement(replace(counted, others=kept) if kept else counted, selection.breakdown)


def _check(question: Segmentation, selection: SegmentationSelection, intervals: list[Bucket]) -> None:
    metric, segments = selection.metric, max(1, len(question.segments))
    if not 0 <= metric < len(question.metrics):
        raise InvalidQuestion("selection.metric", f"a position from 0 to {len(question.metrics) - 1}")
    if selection.bucket is not None and not 0 <= selection.bucket < len(intervals):
        raise InvalidQuestion("selection.bucket", f"a position from 0 to {len(intervals) - 1}")
    if not 0 <= selection.segment < segments:
        raise InvalidQuestion("selection.segment", f"a position from 0 to {segments - 1}")
    if selection.breakdown is not None:
        more = question.metrics[metric].measure is MeasureType.FREQUENCY
        if selection.other or len(selection.breakdown) != len(question.breakdowns) + more:
            raise InvalidQuestion("selection.breakdown", "one value per breakdown of the question")


def _formulas(question: Segmentation) -> list[Formula]:
    """The question's formulas. Raises InvalidQuestion for what cannot be combined."""
    found = [parse(formula.expression) for formula in question.formulas]
    for formula in found:
        for letter in letters(formula):
            if letter.metric >= len(question.metrics):
                raise InvalidQuestion("formulas.expression", f"metrics up to {chr(64 + len(question.metrics))}")
            if letter.segment is not None and not 0 <= letter.segment < len(question.segments):
                raise InvalidQuestion("formulas.expression", f"segments from 1 to {len(question.segments)}")
            if question.metrics[letter.metric].measure is MeasureType.FREQUENCY:
                raise InvalidQuestion("formulas", "metrics without the measure frequency")
    if found and question.others:
        raise InvalidQuestion("others", "false together with formulas")
    if question.others and any(metric.measure is MeasureType.FREQUENCY for metric in question.metrics):
        raise InvalidQuestion("others", "false together with the measure frequency")
    return found


async def _bounded(question: Segmentation, asked: Asked, intervals: list[Bucket]) -> Segmentation:
    """The question with ranges in place of automatic ones, the same for all metrics."""
    breakdowns = []
    for breakdown in question.breakdowns:
        if isinstance(breakdown.buckets, Automatic) and breakdown.property is not None:
            found = await _extremes(question, breakdown.property, asked, intervals)
            bounds = nice_bounds(*found, breakdown.buckets) if found else [0.0]
            breakdown = msgspec.structs.replace(breakdown, buckets=Custom(bounds))
        breakdowns.append(breakdown)
    return msgspec.structs.replace(question, breakdowns=breakdowns)


async def _extremes(
    question: Segmentation, reference: Any, asked: Asked, intervals: list[Bucket]
) -> tuple[float, float] | None:
    whole = intervals[0].start, intervals[-1].end
    found = []
    for metric in question.metrics:
        plain = msgspec.structs.replace(question, breakdowns=[])
        counted = _counted(plain, metric, None, asked, [whole], whole)
        found += [row for row in await asked.rows(extremes(counted, reference)) if row[0] is not None]
    return (min(low for low, _ in found), max(high for _, high in found)) if found else None


async def _series(
    question: Segmentation, formulas: list[Formula], asked: Asked, intervals: list[Bucket]
) -> list[Series]:
    segments = range(max(1, len(question.segments)))
    found = {
        (number, segment): await _lines(question, metric, segment, asked, intervals)
        for number, metric in enumerate(question.metrics)
        for segment in segments
    }
    shown = {place: _kept_lines(question, lines) for place, lines in found.items()}
    for number, formula in enumerate(formulas, len(question.metrics)):
        for segment in _segments_of(formula, segments):
            shown[number, segment] = _computed(question, formula, segment, found, len(intervals))
    return [_shown(number, segment, line) for (number, segment), lines in sorted(shown.items()) for line in lines]


def _kept_lines(question: Segmentation, lines: Lines) -> Lines:
    """Formulas need all combinations of their metrics; of the metrics themselves the limit counts."""
    return [line for number, line in enumerate(lines) if number < question.limit or line.other or not question.formulas]


def _shown(metric: int, segment: int, line: _Line) -> Series:
    values: list[Scalar] = [OTHER] * len(line.combination) if line.other else [value_of(t) for t in line.combination]
    return Series(
        metric=metric,
        breakdown=values,
        values=line.values,
        overall=line.overall,
        segment=segment,
        other=line.other,
    )


async def _lines(question: Segmentation, metric: Metric, segment: int, asked: Asked, intervals: list[Bucket]) -> Lines:
    """The series of one metric in one segment, the greatest first."""
    lead = earlier(intervals, question.interval, (metric.rolling_average or 1) - 1, asked.project)
    whole = intervals[0].start, intervals[-1].end
    windows = spans([*lead, *intervals], metric.window, question.interval, asked.project, whole[0])
    counted = _counted(question, metric, segment, asked, windows, whole)
    lines = await _rows(counted, len(question.breakdowns), asked)
    if question.others and len(lines) > question.limit:
        lines = lines[: question.limit]
        others = replace(counted, others=[line.combination for line in lines])
        lines += await _rows(others, len(question.breakdowns), asked)
    if metric.measure is MeasureType.ACTIVE_SHARE:
        await _share(msgspec.structs.replace(question, breakdowns=[]), metric, segment, asked, windows, whole, lines)
    for line in lines:
        if metric.rolling_average is not None:
            line.values = rolling(line.values, metric.rolling_average)[len(lead) :]
    return lines


async def _rows(counted: Counted, breakdowns: int, asked: Asked) -> Lines:
    rows = await asked.rows(statement(counted))
    if len(rows) > MOST_SERIES:
        raise InvalidQuestion("breakdowns", f"at most {MOST_SERIES} combinations of values; filter them")
    nothing = None if counted.metric.measure in HAS_NO_NUMBER else 0
    width = breakdowns + (counted.metric.measure is MeasureType.FREQUENCY)
    lines = []
    for combination, overall, points in rows:
        values: list[Any] = [nothing] * counted.windows
        for place, value in points:
            values[place] = value
        shown = combination[1:] if not breakdowns else combination
        texts = tuple(shown[:width]) if counted.others is None else ("",) * breakdowns
        lines.append(_Line(texts, overall, values, counted.others is not None))
    if not lines and not width and counted.others is None:
        lines.append(_Line((), nothing, [nothing] * counted.windows))
    return lines


async def _share(
    plain: Segmentation,
    metric: Metric,
    segment: int,
    asked: Asked,
    windows: list[Span],
    whole: Span,
    lines: Lines,
) -> None:
    """In place of numbers of people, their share of those with any event. `plain`: without breakdowns."""
    anybody = msgspec.structs.replace(metric, event=EventSelector(), measure=MeasureType.UNIQUE)
    (active,) = await _rows(_counted(plain, anybody, segment, asked, windows, whole), 0, asked)
    for line in lines:
        line.overall = line.overall / active.overall if active.overall else 0
        line.values = [a / b if b else 0 for a, b in zip(line.values, active.values, strict=True)]


def _counted(
    question: Segmentation, metric: Metric, segment: int | None, asked: Asked, windows: Sequence[Span], whole: Span
) -> Counted:
    segments = question.segments
    also = segments[segment].filter if segments and segment is not None else None
    more = bool(question.formulas) or metric.measure is MeasureType.FREQUENCY
    return Counted(
        metric=metric,
        project=asked.project,
        cells=cells(list(windows), whole),
        windows=len(windows),
        filters=[question.filter, also],
        breakdowns=question.breakdowns,
        group_type=question.group_type,
        limit=MOST_SERIES + 1 if more else question.limit + question.others,
    )


async def _kept(
    question: Segmentation, metric: Metric, selection: SegmentationSelection, asked: Asked, intervals: list[Bucket]
) -> list[tuple[str, ...]]:
    """The combinations that have series of their own."""
    lines = await _lines(question, metric, selection.segment, asked, intervals)
    if not lines or not lines[-1].other:
        raise InvalidQuestion("selection.other", "false: every combination has its own series")
    return [line.combination for line in lines if not line.other]


def _segments_of(formula: Formula, segments: range) -> range:
    """A formula that names a segment for each of its metrics is one series."""
    return segments if any(letter.segment is None for letter in letters(formula)) else segments[:1]


def _computed(
    question: Segmentation, formula: Formula, segment: int, found: dict[tuple[int, int], Lines], intervals: int
) -> Lines:
    """A formula for every combination that any of its metrics has, in the order of the first metric."""
    places = [(one.metric, segment if one.segment is None else one.segment) for one in letters(formula)]
    combinations = list(dict.fromkeys(line.combination for place in places for line in found[place])) or [()]
    by_place = {place: {line.combination: line for line in found[place]} for place in places}

    def computed(combination: tuple[str, ...]) -> _Line:
        def given(letter: Letter) -> Points:
            place = letter.metric, segment if letter.segment is None else letter.segment
            line = by_place[place].get(combination)
            nothing = None if question.metrics[letter.metric].measure in HAS_NO_NUMBER else 0
            return Points(line.overall, line.values) if line else Points(nothing, [nothing] * intervals)

        points = evaluate(formula, given, intervals)
        return _Line(combination, points.overall, points.line)

    return [computed(combination) for combination in combinations[: question.limit]]
