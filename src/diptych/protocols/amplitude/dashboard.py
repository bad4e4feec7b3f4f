"""Dashboard REST API: events/segmentation.

Source: the Dashboard REST API's reference; shapes of real answers as connectors read them.
"""

from dataclasses import dataclass
from typing import Any

from diptych.model import Project
from diptych.protocols.amplitude import formula
from diptych.protocols.amplitude.asking import Asked, BadParameter, Fields, endpoint
from diptych.protocols.amplitude.grammar import REVENUE, REVENUE_EVENTS, EventObject, Grammar, shown
from diptych.protocols.services import Services
from diptych.query.answer import SegmentationAnswer, Series
from diptych.query.parts import (
    Automatic,
    Breakdown,
    Filter,
    Interval,
    MeasureType,
    Metric,
    Property,
    RollingIntervals,
    Window,
)
from diptych.query.questions import Segmentation
from diptych.query.questions.segmentation import Formula, Segment

INTERVALS = {
    "-300000": Interval.FIVE_MINUTES,
    "-3600000": Interval.HOUR,
    "1": Interval.DAY,
    "7": Interval.WEEK,
    "30": Interval.MONTH,
    "90": Interval.QUARTER,
}
_MEASURES = {
    "uniques": MeasureType.UNIQUE,
    "totals": MeasureType.TOTAL,
    "average": MeasureType.AVERAGE,
    "pct_dau": MeasureType.ACTIVE_SHARE,
    "frequency": MeasureType.FREQUENCY,
    "histogram": None,
    "sums": MeasureType.SUM,
    "value_avg": MeasureType.MEAN,
    "formula": None,
}
_OF_PROPERTY = ("sums", "value_avg")
_MOST_INTERVALS = 366
_RANGES_OF_HISTOGRAM = 20
# People by how often: each number from 1 to 5, then ranges that end with these numbers.
_FREQUENCIES = (1, 2, 3, 4, 5, 10, 20, 50, 100)


Numbers = list[int | float | None]


@dataclass(frozen=True)
class Chart:
    """A question, the number that its first event has in the answer, and whether its formula alone is shown."""

    question: Segmentation
    first: int = 0
    formula: bool = False

    @property
    def segments(self) -> int:
        """How many segments it compares."""
        return max(1, len(self.question.segments))


@endpoint("/api/2/events/segmentation")
async def segmentation(project: Project, fields: Fields, services: Services, request: Asked) -> Any:
    """One or two events over time."""
    data: dict[str, Any] = {}
    for chart in charts_of(fields):
        answer = await services.queries.ask(project, chart.question)
        for name, part in shape(answer, chart).items():
            data[name] = part if name == "xValues" else [*data.get(name, []), *part]
    return {"data": data}


def charts_of(fields: Fields) -> list[Chart]:
    """The questions that the parameters ask: one, or one per event when they are grouped differently."""
    grammar = Grammar(fields)
    events = [grammar.event(text, name) for name in ("e", "e2") for text in fields.all(name)]
    if not 1 <= len(events) <= 2:
        raise BadParameter("e: expected one event object, and at most one more as e2")
    fields.choice("n", {"any": None, "active": None}, "any")
    fields.choice("m", _MEASURES, "uniques")
    if fields.text("m") == "formula":
        return [_formula(fields, grammar, events)]
    found = [_metric(fields, grammar, event) for event in events]
    if all(breakdowns == found[0][1] for _, breakdowns in found):
        return [Chart(_question(fields, grammar, [metric for metric, _ in found], found[0][1]))]
    return [
        Chart(_question(fields, grammar, [metric], breakdowns), number)
        for number, (metric, breakdowns) in enumerate(found)
    ]


def shape(answer: SegmentationAnswer, chart: Chart) -> dict[str, Any]:
    """The answer's data in the API's shape: `series`, their labels, and their value over the whole range."""
    series = answer.series
    if chart.formula:
        series = [one for one in series if one.metric >= len(chart.question.metrics)]
    if chart.question.metrics[0].measure is MeasureType.FREQUENCY:
        series = _by_frequency(series)
    return {
        "series": [one.values for one in series],
        "seriesLabels": [_label(one, chart) for one in series],
        "seriesCollapsed": [[{"setId": "", "value": one.overall}] for one in series],
        "seriesMeta": [{"segmentIndex": one.segment, "eventIndex": _event(one, chart)} for one in series],
        "xValues": [bucket.date for bucket in answer.buckets],
    }


def _event(series: Series, chart: Chart) -> int:
    return 0 if chart.formula else chart.first + series.metric


def _label(series: Series, chart: Chart) -> Any:
    """The number of the event and segment, with a group-by the pair of it and the values."""
    number = _event(series, chart) * chart.segments + series.segment
    return [number, "; ".join(map(shown, series.breakdown))] if series.breakdown else number


def _metric(fields: Fields, grammar: Grammar, event: EventObject) -> tuple[Metric, list[Breakdown]]:
    """The metric of an event, and what it is grouped by."""
    name = fields.text("m", "uniques")
    groups = [grammar.breakdown(group) for group in event.group_by]
    window, average = _rolling(fields)
    measured: Property | None = None
    measure = fields.choice("m", _MEASURES, "uniques")
    if name in _OF_PROPERTY:
        measured, groups = _measured(event, grammar), groups[1:]
    elif name == "histogram" and groups:
        # Without a property the histogram is of how often people did the event.
        measure, measured = MeasureType.TOTAL, None
        ranges = Breakdown(groups[0].property, buckets=Automatic(_RANGES_OF_HISTOGRAM))
        groups = [ranges, *groups[1:]]
    elif name == "histogram":
        measure = MeasureType.FREQUENCY
    metric = Metric(
        grammar.selector(event),
        measure or MeasureType.TOTAL,
        property=measured,
        window=window,
        rolling_average=average,
    )
    return metric, [*grammar.groups("g", "g2", most=2), *groups]


def _measured(event: EventObject, grammar: Grammar) -> Property:
    if not event.group_by and event.event_type in REVENUE_EVENTS:
        return REVENUE
    if not event.group_by:
        raise BadParameter("e.group_by: expected the property that is measured")
    group = event.group_by[0]
    return grammar.property(group.type, group.value, "group_by", group.group_type)


def _formula(fields: Fields, grammar: Grammar, events: list[EventObject]) -> Chart:
    text = fields.required("formula")
    read = formula.read(
        text, [grammar.selector(event) for event in events], lambda number: _measured(events[number], grammar)
    )
    skipped = 1 if formula.uses_property(text) else 0
    groups = [[grammar.breakdown(group) for group in event.group_by[skipped:]] for event in events]
    if any(one != groups[0] for one in groups):
        raise BadParameter("group_by: expected the same properties for every event of a formula")
    window, average = _rolling(fields)
    if window is not None or average is not None:
        raise BadParameter("rollingAverage: expected ROLLAVG or ROLLWIN inside the formula instead")
    breakdowns = [*grammar.groups("g", "g2", most=2), *groups[0]]
    question = _question(fields, grammar, read.metrics, breakdowns, read)
    return Chart(question, formula=True)


def _question(
    fields: Fields,
    grammar: Grammar,
    metrics: list[Metric],
    breakdowns: list[Breakdown],
    read: formula.Read | None = None,
) -> Segmentation:
    segments: list[Filter | None] = grammar.segments()
    several = len(segments) > 1 or bool(read and read.segments)
    return Segmentation(
        metrics=metrics,
        range=fields.range(),
        interval=fields.choice("i", INTERVALS, "1"),
        filter=None if several else segments[0],
        segments=[Segment(str(number), one) for number, one in enumerate(segments)] if several else [],
        breakdowns=breakdowns,
        formulas=[Formula(read.expression)] if read else [],
        limit=fields.limit(),
    )


def _rolling(fields: Fields) -> tuple[Window | None, int | None]:
    """`rollingWindow` and `rollingAverage`, in intervals."""
    window, average = (
        fields.number(name, 1, _MOST_INTERVALS) if fields.all(name) else None
        for name in ("rollingWindow", "rollingAverage")
    )
    return RollingIntervals(window) if window else None, average


def _by_frequency(found: list[Series]) -> list[Series]:
    """People by ranges of how often. Each person is in one range of an interval, so that ranges can be added up."""
    sums: dict[tuple[Any, ...], Series] = {}
    for one in sorted(found, key=lambda series: (series.metric, series.segment, series.breakdown[-1])):
        *others, times = one.breakdown
        key = (one.metric, one.segment, *others, _times(int(times or 0)))
        before = sums.get(key)
        values = one.values if before is None else _sums(before.values, one.values)
        overall = (one.overall or 0) + ((before.overall or 0) if before else 0)
        sums[key] = Series(one.metric, [*others, key[-1]], values, overall, one.segment)
    return list(sums.values())


def _sums(some: Numbers, others: Numbers) -> Numbers:
    return [(a or 0) + (b or 0) for a, b in zip(some, others, strict=True)]


def _times(times: int) -> str:
    """`1 time`, `2 times`, `6-10 times`, `more than 100 times`."""
    least = 1
    for most in _FREQUENCIES:
        if times <= most:
            return f"{most} time{'s' if most > 1 else ''}" if least == most else f"{least}-{most} times"
        least = most + 1
    return f"more than {_FREQUENCIES[-1]} times"
