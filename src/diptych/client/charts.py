"""Simple charts of answers as inline SVG, for notebooks: lines over time, or bars. Every text in them is escaped."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from html import escape
from typing import Any

from diptych.client.columns import metric_names, step_text
from diptych.client.tables import text_of
from diptych.query.answer import Bucket, CohortSizesAnswer, SegmentationAnswer
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
from diptych.query.answers.retention import RetentionSeries
from diptych.query.questions import Question

Values = Sequence[int | float | None]
_MOST = 8
_COLORS = ("#3b6fd4", "#e07b39", "#2f9e6e", "#c14b8a", "#8a6fd1", "#b59b00", "#4aa5b8", "#8c6d5a")
_WIDTH, _HEIGHT = 720, 260
_LEFT, _TOP, _BOTTOM = 70, 12, 24
_ROW = 22
_NAME = 260


@dataclass(frozen=True)
class Lines:
    """Series over common labels."""

    labels: list[str]
    series: Sequence[tuple[str, Values]]

    def svg(self) -> str:
        """The chart; nothing when there is nothing to show."""
        shown = self.series[:_MOST]
        numbers = [value for _, values in shown for value in values if value is not None]
        if not numbers or not self.labels:
            return ""
        low, high = min(0, *numbers), max(0, *numbers)
        axis = _axis(low, high) + _dates(self.labels)
        lines = [_line(values, low, high, place) for place, (_, values) in enumerate(shown)]
        legend = [_legend(name, place) for place, (name, _) in enumerate(shown)]
        height = _HEIGHT + 18 * ((len(shown) + 1) // 2)
        return _svg(height, axis + "".join(lines + legend))


@dataclass(frozen=True)
class Bars:
    """Named numbers, one under the other."""

    bars: Sequence[tuple[str, int | float]]

    def svg(self) -> str:
        """The chart; nothing when there is nothing to show."""
        shown = self.bars[: 3 * _MOST]
        highest = max((value for _, value in shown), default=0)
        if highest <= 0:
            return ""
        drawn = "".join(_bar(name, value, highest, place) for place, (name, value) in enumerate(shown))
        return _svg(_ROW * len(shown) + 8, drawn)


Chart = Lines | Bars


def chart(answer: Any, question: Question | None) -> Chart:
    """What an answer looks like."""
    return _CHARTS[type(answer)](answer, question)


def _svg(height: int, inside: str) -> str:
    box = f'viewBox="0 0 {_WIDTH} {height}" width="{_WIDTH}" height="{height}"'
    look = 'font-family="sans-serif" font-size="11" fill="currentColor" style="max-width:100%"'
    return f'<svg xmlns="http://www.w3.org/2000/svg" role="img" {box} {look}>{inside}</svg>'


def _text(x: float, y: float, text: str, anchor: str = "start") -> str:
    cut = text if len(text) <= 40 else text[:39] + "…"
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{escape(cut)}</text>'


def _x(place: int, count: int) -> float:
    return _LEFT + (_WIDTH - _LEFT - 10) * (place / (count - 1) if count > 1 else 0.5)


def _y(value: float, low: float, high: float) -> float:
    share = (value - low) / (high - low) if high > low else 0
    return _HEIGHT - _BOTTOM - (_HEIGHT - _TOP - _BOTTOM) * share


def _axis(low: float, high: float) -> str:
    drawn = ""
    for value in sorted({low, (low + high) / 2, high}):
        y = _y(value, low, high)
        drawn += f'<line x1="{_LEFT}" x2="{_WIDTH - 10}" y1="{y:.1f}" y2="{y:.1f}" stroke="#9994"/>'
        drawn += _text(_LEFT - 6, y + 4, text_of(value), "end")
    return drawn


def _dates(labels: list[str]) -> str:
    last = len(labels) - 1
    places = {0: "start", last // 2: "middle", last: "end"} if last > 1 else dict.fromkeys(range(last + 1), "middle")
    return "".join(
        _text(_x(place, len(labels)), _HEIGHT - 6, labels[place], anchor) for place, anchor in places.items()
    )


def _line(values: Values, low: float, high: float, place: int) -> str:
    """A line, broken where there is no number; a dot for a number on its own."""
    color, drawn, points = _COLORS[place], "", list[str]()
    for number, value in enumerate([*values, None]):
        if value is not None:
            points.append(f"{_x(number, len(values)):.1f},{_y(value, low, high):.1f}")
            continue
        if len(points) == 1:
            x, y = points[0].split(",")
            drawn += f'<circle cx="{x}" cy="{y}" r="2.5" fill="{color}"/>'
        elif points:
            drawn += f'<polyline points="{" ".join(points)}" fill="none" stroke="{color}" stroke-width="1.8"/>'
        points = []
    return drawn


def _legend(name: str, place: int) -> str:
    x, y = _LEFT + (place % 2) * 320, _HEIGHT + 10 + (place // 2) * 18
    return f'<rect x="{x}" y="{y - 8}" width="10" height="10" fill="{_COLORS[place]}"/>' + _text(x + 15, y + 1, name)


def _bar(name: str, value: float, highest: float, place: int) -> str:
    y = _ROW * place + 4
    width = max(value, 0) / highest * (_WIDTH - _NAME - 80)
    box = f'<rect x="{_NAME}" y="{y}" width="{width:.1f}" height="{_ROW - 6}" fill="{_COLORS[0]}"/>'
    return _text(_NAME - 6, y + 12, name, "end") + box + _text(_NAME + width + 6, y + 12, text_of(value))


def _days(buckets: list[Bucket]) -> list[str]:
    return [bucket.date for bucket in buckets]


def _named(values: Sequence[Any], otherwise: str) -> str:
    return ", ".join(map(text_of, values)) or otherwise


def _segmentation(answer: SegmentationAnswer, question: Question | None) -> Chart:
    names = metric_names(answer, question)
    several = len({one.metric for one in answer.series}) > 1
    series = []
    for one in answer.series:
        split = "others" if one.other else _named(one.breakdown, "")
        parts = [names[one.metric]] if several or not split else []
        series.append((": ".join([*parts, *([split] if split else [])]), one.values))
    return Lines(_days(answer.buckets), series)


def _funnel(answer: FunnelAnswer, question: Question | None) -> Chart:
    steps = answer.rows[0].steps if answer.rows else []
    return Bars([(event, step.attempts) for event, step in zip(answer.steps, steps, strict=False)])


def _shares(one: RetentionSeries) -> Values:
    """The share of people who came back per window, over all cohorts in which it is complete."""
    pairs = zip(one.summed.values, one.summed.people, strict=True)
    return [100 * value / people if people else None for value, people in pairs]


def _retention(answer: RetentionAnswer, question: Question | None) -> Chart:
    measured = getattr(question, "measure", "people") == "people"
    labels = [str(first) if end == first + 1 else f"{first} to {end - 1}" for first, end in answer.windows]
    series = [
        (
            _named(one.breakdown, "% who came back" if measured else "per window"),
            _shares(one) if measured else one.summed.values,
        )
        for one in answer.series
    ]
    return Lines(labels, series)


def _flows(answer: FlowsAnswer, question: Question | None) -> Chart:
    paths = [
        (" → ".join(step_text(step) if step.event is not None else str(step.kind) for step in path.steps), path.count)
        for path in answer.paths
    ]
    return Bars(paths)


def _cohort_sizes(answer: CohortSizesAnswer, question: Question | None) -> Chart:
    if answer.buckets:
        return Lines(_days(answer.buckets), [(one.name, one.values) for one in answer.series])
    return Bars([(one.name, one.size) for one in answer.series])


def _lifecycle(answer: LifecycleAnswer, question: Question | None) -> Chart:
    left = [-count for count in answer.dormant]
    series: list[tuple[str, Values]] = [
        ("new", answer.new),
        ("current", answer.current),
        ("resurrected", answer.resurrected),
        ("dormant", left),
    ]
    return Lines(_days(answer.buckets), series)


def _frequency(answer: FrequencyAnswer, question: Question | None) -> Chart:
    """All periods together: how many people, by the number of days or hours."""
    most = max(map(len, answer.people), default=0)
    sums = [sum(people[place] for people in answer.people if place < len(people)) for place in range(most)]
    return Bars([(str(times), count) for times, count in enumerate(sums, 1)])


def _sessions(answer: SessionsAnswer, question: Question | None) -> Chart:
    return Lines(_days(answer.buckets), [(_named(one.breakdown, "sessions"), one.values) for one in answer.series])


def _composition(answer: CompositionAnswer, question: Question | None) -> Chart:
    return Bars([(text_of(one.value), one.people) for one in answer.values])


def _revenue(answer: RevenueAnswer, question: Question | None) -> Chart:
    return Lines(_days(answer.buckets), [("revenue", answer.revenue)])


def _lifetime_value(answer: LifetimeValueAnswer, question: Question | None) -> Chart:
    series = []
    for cohort in answer.cohorts:
        pairs = zip(cohort.revenue, cohort.old_enough, strict=True)
        series.append((cohort.date, [revenue / people if people else None for revenue, people in pairs]))
    return Lines([f"day {day}" for day in answer.days], series)


def _impact(answer: ImpactAnswer, question: Question | None) -> Chart:
    return Lines([str(one) for one in answer.relative], [("per person", answer.average)])


_CHARTS: dict[type, Callable[[Any, Question | None], Chart]] = {
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
