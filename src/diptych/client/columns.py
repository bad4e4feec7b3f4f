"""Answers as tables, one row for each number that is counted.

docs/python.md lists the columns of every report. `start` is an instant in UTC, `date` the local day or time.
"""

from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from typing import Any

from msgspec.structs import replace

from diptych.query.answer import Bucket, CohortSizesAnswer, SegmentationAnswer, Series
from diptych.query.answers import (
    CompositionAnswer,
    FlowsAnswer,
    FrequencyAnswer,
    FunnelAnswer,
    ImpactAnswer,
    LifecycleAnswer,
    LifetimeValueAnswer,
    RetentionAnswer,
    RevenueAnswer,
    SessionsAnswer,
)
from diptych.query.answers.flows import FlowLink, FlowNode, Step, StepKind
from diptych.query.answers.retention import RetentionOverall, RetentionRow, RetentionSeries
from diptych.query.answers.revenue import CompositionValue, LifetimeCohort
from diptych.query.answers.sessions import SessionSeries
from diptych.query.parts import Breakdown, Metric
from diptych.query.questions import Question, Segmentation
from diptych.query.questions.sessions import SessionBreakdown
from diptych.query.sentence import event_words

Cells = list[tuple[str, Any]]


def columns(answer: Any, question: Question | None) -> dict[str, list[Any]]:
    """The columns of an answer. `question` gives breakdowns and metrics their names; without it they are numbered."""
    rows: list[Cells] = list(_ROWS[type(answer)](answer, question))
    names = _different([name for name, _ in rows[0]]) if rows else []
    return {name: [row[place][1] for row in rows] for place, name in enumerate(names)}


def example(answer: Any, question: Question | None) -> Any:
    """An answer like one that has nothing in it, with one row of the types that its columns would have."""
    split: list[Any] = [None] * len(getattr(question, "breakdowns", []))
    bucket = Bucket(0, 0, "", complete=True)
    match answer:
        case SegmentationAnswer():
            return replace(answer, buckets=[bucket], series=[Series(0, split, [0], 0)], comparison=None)
        case RetentionAnswer():
            nothing = RetentionOverall([0], [0])
            series = RetentionSeries(split, [RetentionRow(0, [0], [0])], nothing, nothing, nothing)
            return replace(answer, cohorts=[bucket], windows=[(0, 1)], complete=[0], series=[series])
        case FlowsAnswer():
            return replace(answer, nodes=[FlowNode(0, Step(StepKind.EVENT, ""), 0)], links=[FlowLink(0, 0, 0)])
        case SessionsAnswer():
            return replace(answer, buckets=[bucket], series=[SessionSeries(split, 0, [0], 0, [])])
        case CompositionAnswer():
            return replace(answer, values=[CompositionValue(None, 0)])
        case LifetimeValueAnswer():
            cohort = LifetimeCohort("", 0, [0], [0], [0], 0, 0)
            return replace(answer, days=[0], cohorts=[cohort])
    return answer


def metric_names(answer: SegmentationAnswer, question: Question | None) -> list[str]:
    """What the metrics and formulas are called, by their position in the answer."""
    if not isinstance(question, Segmentation):
        return [f"metric {number + 1}" for number in range(max((one.metric for one in answer.series), default=0) + 1)]
    formulas = [formula.name or formula.expression for formula in question.formulas]
    return [*map(_metric_name, question.metrics), *formulas]


def step_text(step: Step) -> str:
    """A step of a flow in words."""
    return str(step.event) if step.value is None else f"{step.event} ({step.value})"


def _metric_name(metric: Metric) -> str:
    return metric.name or f"{event_words(metric.event)}, {metric.measure}"


def _different(names: list[str]) -> list[str]:
    """The names, with a number where one came before: a property may be called as a column of ours is."""
    found: list[str] = []
    for name in names:
        number, label = 2, name
        while label in found:
            number, label = number + 1, f"{name}_{number}"
        found.append(label)
    return found


def _split(values: list[Any] | None, question: Question | None) -> Cells:
    """The values of breakdowns. Funnels have none (None) in the row of all attempts."""
    names = [_breakdown_name(one) for one in getattr(question, "breakdowns", [])]
    given = [None] * len(names) if values is None else values
    if len(given) > len(names) and isinstance(question, Segmentation):
        names.append("times")  # the measure frequency
    names += [f"breakdown {number + 1}" for number in range(len(names), len(given))]
    return list(zip(names, given, strict=False))


def _breakdown_name(breakdown: Any) -> str:
    inner = getattr(breakdown, "by", breakdown)
    if isinstance(inner, Breakdown):
        return inner.property.key if inner.property else "cohort"
    if isinstance(inner, SessionBreakdown):
        return inner.property.key if inner.property else str(inner.part)
    return "breakdown"


def _when(bucket: Bucket) -> Cells:
    return [
        ("date", bucket.date),
        ("start", datetime.fromtimestamp(bucket.start / 1000, UTC)),
        ("complete", bucket.complete),
    ]


def _segmentation(answer: SegmentationAnswer, question: Question | None) -> Iterable[Cells]:
    names = metric_names(answer, question)
    compared = answer.comparison.series if answer.comparison else []
    buckets = answer.comparison.buckets if answer.comparison else []
    for is_earlier, spans, series in ((False, answer.buckets, answer.series), (True, buckets, compared)):
        for one in series:
            for bucket, value in zip(spans, one.values, strict=True):
                cells = _of_series(one, names, question)
                cells += [("compared", is_earlier)] if answer.comparison else []
                yield [*cells, *_when(bucket), ("value", value), ("overall", one.overall)]


def _of_series(one: Series, names: list[str], question: Question | None) -> Cells:
    cells: Cells = [("metric", names[one.metric])]
    if isinstance(question, Segmentation) and question.segments:
        cells.append(("segment", question.segments[one.segment].name))
    values = ["$other"] * len(getattr(question, "breakdowns", [])) if one.other else one.breakdown
    return cells + _split(list(values), question)


def _funnel(answer: FunnelAnswer, question: Question | None) -> Iterable[Cells]:
    for row in answer.rows:
        for number, (event, step) in enumerate(zip(answer.steps, row.steps, strict=True), 1):
            yield [
                *([("all", row.breakdown is None)] if getattr(question, "breakdowns", []) else []),
                *_split(row.breakdown, question),
                ("step", number),
                ("event", event),
                ("attempts", step.attempts),
                ("people", step.people),
                ("of_previous", step.of_previous),
                ("of_first", step.of_first),
                ("median_from_start", step.from_start.median if step.from_start else None),
                ("median_from_previous", step.from_previous.median if step.from_previous else None),
            ]


def _retention(answer: RetentionAnswer, question: Question | None) -> Iterable[Cells]:
    for series in answer.series:
        for bucket, ended, row in zip(answer.cohorts, answer.complete, series.cohorts, strict=True):
            for number, (first, end) in enumerate(answer.windows):
                yield [
                    *_split(series.breakdown, question),
                    ("cohort", bucket.date),
                    ("people", row.people),
                    ("from", first),
                    ("to", end),
                    ("returned", row.returned[number]),
                    ("value", row.values[number]),
                    ("complete", number < ended),
                ]


def _flows(answer: FlowsAnswer, question: Question | None) -> Iterable[Cells]:
    for link in answer.links:
        source, target = answer.nodes[link.source], answer.nodes[link.target]
        yield [
            ("position", source.position),
            ("from", step_text(source.step) if source.step.event is not None else str(source.step.kind)),
            ("to", step_text(target.step) if target.step.event is not None else str(target.step.kind)),
            ("count", link.count),
        ]


def _cohort_sizes(answer: CohortSizesAnswer, question: Question | None) -> Iterable[Cells]:
    for one in answer.series:
        named: Cells = [("cohort", one.name), ("size", one.size)]
        if not answer.buckets:
            yield named
        for bucket, value in zip(answer.buckets, one.values, strict=True):
            yield [*named, *_when(bucket), ("value", value)]


def _lifecycle(answer: LifecycleAnswer, question: Question | None) -> Iterable[Cells]:
    for place, bucket in enumerate(answer.buckets):
        states = [
            (name, getattr(answer, name)[place]) for name in ("new", "current", "resurrected", "dormant", "pulse")
        ]
        yield [*_when(bucket), *states]


def _frequency(answer: FrequencyAnswer, question: Question | None) -> Iterable[Cells]:
    for period, active, people in zip(answer.periods, answer.active, answer.people, strict=True):
        for times, count in enumerate(people, 1):
            yield [*_when(period), ("times", times), ("people", count), ("active", active)]


def _sessions(answer: SessionsAnswer, question: Question | None) -> Iterable[Cells]:
    for one in answer.series:
        for bucket, value in zip(answer.buckets, one.values, strict=True):
            split = _split(list(one.breakdown), question)
            yield [*split, *_when(bucket), ("value", value), ("overall", one.overall), ("sessions", one.sessions)]


def _composition(answer: CompositionAnswer, question: Question | None) -> Iterable[Cells]:
    for one in answer.values:
        yield [("value", one.value), ("people", one.people)]


def _revenue(answer: RevenueAnswer, question: Question | None) -> Iterable[Cells]:
    for place, bucket in enumerate(answer.buckets):
        names = ("revenue", "active", "paying", "per_active", "per_paying")
        yield [*_when(bucket), *((name, getattr(answer, name)[place]) for name in names)]


def _lifetime_value(answer: LifetimeValueAnswer, question: Question | None) -> Iterable[Cells]:
    for cohort in answer.cohorts:
        for place, day in enumerate(answer.days):
            yield [
                ("cohort", cohort.date),
                ("people", cohort.people),
                ("day", day),
                ("old_enough", cohort.old_enough[place]),
                ("paying", cohort.paying[place]),
                ("revenue", cohort.revenue[place]),
                ("ever_paid", cohort.ever_paid),
                ("total", cohort.total),
            ]


def _impact(answer: ImpactAnswer, question: Question | None) -> Iterable[Cells]:
    for place, relative in enumerate(answer.relative):
        names = ("events", "people", "average")
        yield [("relative", relative), *((name, getattr(answer, name)[place]) for name in names)]


_ROWS: dict[type, Callable[[Any, Question | None], Iterable[Cells]]] = {
    SegmentationAnswer: _segmentation,
    FunnelAnswer: _funnel,
    RetentionAnswer: _retention,
    FlowsAnswer: _flows,
    CohortSizesAnswer: _cohort_sizes,
    LifecycleAnswer: _lifecycle,
    FrequencyAnswer: _frequency,
    SessionsAnswer: _sessions,
    CompositionAnswer: _composition,
    RevenueAnswer: _revenue,
    LifetimeValueAnswer: _lifetime_value,
    ImpactAnswer: _impact,
}
