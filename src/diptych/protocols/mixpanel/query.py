"""The query API over events: counts over time, of events and by the values of a property.

Source: Mixpanel's query OpenAPI document and its worked examples.
"""

import csv
import io
import itertools
import re
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
from litestar import Response

from diptych.model import Project
from diptych.model.clock import now_ms
from diptych.protocols.mixpanel.asking import (
    BadParameter,
    Fields,
    computed_at,
    context_of,
    endpoint,
    selector,
    today,
)
from diptych.protocols.mixpanel.grammar import Selector
from diptych.protocols.mixpanel.selectors import property_of_selector
from diptych.protocols.services import Services
from diptych.query.answer import SegmentationAnswer, Series
from diptych.query.parts import (
    Automatic,
    Between,
    Breakdown,
    Compare,
    EventSelector,
    Filter,
    Instants,
    Interval,
    MeasureType,
    Metric,
    Operator,
    Property,
    Scalar,
    Scope,
)
from diptych.query.questions import Segmentation

MEASURES = {"general": MeasureType.TOTAL, "unique": MeasureType.UNIQUE, "average": MeasureType.AVERAGE}
UNITS = {unit.value: unit for unit in (Interval.MINUTE, Interval.HOUR, Interval.DAY, Interval.WEEK, Interval.MONTH)}
_MOST_VALUES = 10_000
_MOST_EVENTS = 500
_MOST_METRICS = 26  # of one question
_DAYS_OF_NAMES = 31
_RESERVED = ("undefined", "$overall")
_ADDED_UP = (MeasureType.TOTAL, MeasureType.SUM)

Rows = dict[str, dict[str, int | float]]


class Table:
    """Days and, per name, day → number."""

    def __init__(self, days: list[str], rows: Rows) -> None:
        self.days = days
        self.rows = rows

    def response(self, fields: Fields) -> Response[Any]:
        """The answer, as JSON or CSV."""
        if fields.choice("format", {"json": False, "csv": True}, "json"):
            return self._csv()
        return Response(
            {"data": {"series": self.days, "values": self.rows}, "legend_size": len(self.rows)},
        )

    def _csv(self) -> Response[Any]:
        out = io.StringIO()
        writer = csv.writer(out)
        writer.writerow(["date", *self.rows])
        writer.writerows([day, *(row.get(day, 0) for row in self.rows.values())] for day in self.days)
        return Response(out.getvalue(), media_type="text/csv")


@endpoint("segmentation")
async def segmentation(project: Project, fields: Fields, services: Services) -> Any:
    """An event over time, as a whole or by a property."""
    answer = await _over_time(project, _segmentation(project, fields), services)
    return _table(answer, [fields.name()]).response(fields)


@endpoint("segmentation/sum")
async def segmentation_sum(project: Project, fields: Fields, services: Services) -> Any:
    """The sum of a numeric property over time."""
    return await _of_numbers(project, fields, services, MeasureType.SUM)


@endpoint("segmentation/average")
async def segmentation_average(project: Project, fields: Fields, services: Services) -> Any:
    """The average of a numeric property over time."""
    return await _of_numbers(project, fields, services, MeasureType.MEAN)


@endpoint("segmentation/numeric")
async def segmentation_numeric(project: Project, fields: Fields, services: Services) -> Any:
    """An event over time by ranges of a numeric property."""
    reference = fields.on_property(context_of(project))
    buckets = Automatic(fields.number("buckets", 10, 100))
    question = _segmentation(project, fields, [Breakdown(reference, buckets=buckets)])
    answer = await _over_time(project, question, services)
    return _table(answer, [fields.name()], _range_text).response(fields)


@endpoint("segmentation/multiseg")
async def segmentation_multiseg(project: Project, fields: Fields, services: Services) -> Any:
    """An event over time by two properties, one inside the other."""
    context = context_of(project)
    inner, outer = (Fields(fields | {"on": fields.required(name)}).on(context) for name in ("inner", "outer"))
    question = _segmentation(project, fields, [*outer, *inner])
    answer = await _over_time(project, question, services)
    limit, days = fields.number("inner_limit", 60, _MOST_VALUES), _days(answer)
    values: dict[str, Rows] = {}
    for series in answer.series:
        rows = values.setdefault(key_of(series.breakdown[0]), {})
        if len(rows) < limit:
            rows[key_of(series.breakdown[1])] = _numbers(days, series)
    return {"data": {"series": list(dict.fromkeys(days)), "values": values}, "legend_size": len(values)}


@endpoint("events")
async def events(project: Project, fields: Fields, services: Services) -> Any:
    """Several events over time."""
    names = list(dict.fromkeys(fields.names("event")))
    if not 1 <= len(names) <= _MOST_EVENTS:
        raise BadParameter(f"event: expected a JSON list of 1 to {_MOST_EVENTS} names")
    measure, unit = fields.choice("type", MEASURES, "general"), fields.choice("unit", UNITS, "day")
    table = Table([], {})
    for some in (names[start : start + _MOST_METRICS] for start in range(0, len(names), _MOST_METRICS)):
        question = Segmentation(
            metrics=[Metric(selector([name]), measure) for name in some],
            range=_range(fields, unit, project),
            interval=unit,
        )
        part = _table(await _over_time(project, question, services), some)
        table = Table(part.days, table.rows | part.rows)
    return table.response(fields)


@endpoint("events/properties")
async def event_properties(project: Project, fields: Fields, services: Services) -> Any:
    """An event over time by the values of a property, or by some of them."""
    reference = _named_property(project, fields)
    unit = fields.choice("unit", UNITS, "day")
    chosen: Filter | None = None
    if "values" in fields:
        chosen = Compare(reference, Operator.EQUALS, [*fields.names("values")], as_text=True)
    question = Segmentation(
        metrics=[Metric(fields.event(), fields.choice("type", MEASURES, "general"))],
        range=_range(fields, unit, project),
        interval=unit,
        filter=chosen,
        breakdowns=[Breakdown(reference, as_text=True)],
        limit=fields.number("limit", 255, _MOST_VALUES),
    )
    return _table(await _over_time(project, question, services), [fields.name()]).response(fields)


@endpoint("events/properties/values")
async def property_values(project: Project, fields: Fields, services: Services) -> Any:
    """The most frequent values of a property of an event."""
    names, reference = fields.names("event"), _named_property(project, fields)
    question = Segmentation(
        metrics=[Metric(EventSelector(names))],
        range=_recently(project),
        interval=Interval.MONTH,
        filter=Compare(reference, Operator.IS_SET),
        breakdowns=[Breakdown(reference, as_text=True)],
        limit=fields.number("limit", 255, _MOST_VALUES),
    )
    answer: SegmentationAnswer = await services.queries.ask(project, question)
    return [text_of(series.breakdown[0]) for series in answer.series]


@endpoint("events/properties/top")
async def top_properties(project: Project, fields: Fields, services: Services) -> Any:
    """The most frequent properties of an event, or of all events."""
    names = fields.names("event")
    found = await services.stream.properties(project, names[0] if names else None)
    kept = [one for one in found if one.scope == "event"][: fields.number("limit", 10, _MOST_VALUES)]
    return {one.key: {"count": one.count} for one in kept}


@endpoint("events/names")
async def event_names(project: Project, fields: Fields, services: Services) -> Any:
    """The most common events of the last 31 days, or of some days."""
    measure = fields.choice("type", MEASURES, "general")
    last = fields.day("to_date", today(project))
    first = fields.day("from_date", last - timedelta(days=_DAYS_OF_NAMES - 1))
    found = await _by_name(project, services, Between(first, last), measure, fields.number("limit", 255, _MOST_VALUES))
    return [name for name, _ in found]


@endpoint("events/top")
async def top_events(project: Project, fields: Fields, services: Services) -> Any:
    """Today's most common events, and how they changed since yesterday at the same time of day."""
    kind = fields.get("type") or "general"
    measure, limit = fields.choice("type", MEASURES, "general"), fields.number("limit", 100, _MOST_VALUES)
    now = today(project)
    current = await _by_name(project, services, Between(now, now), measure, limit)
    yesterday = now - timedelta(days=1)
    before = dict(await _by_name(project, services, Between(yesterday, yesterday), measure, _MOST_VALUES))
    elapsed = _elapsed(project)
    return {
        "events": [
            {"amount": amount, "event": name, "percent_change": _change(amount, before.get(name, 0) * elapsed)}
            for name, amount in current
        ],
        "type": kind,
    }


HANDLERS = [
    segmentation,
    segmentation_sum,
    segmentation_average,
    segmentation_numeric,
    segmentation_multiseg,
    events,
    event_properties,
    property_values,
    top_properties,
    event_names,
    top_events,
]


def _segmentation(project: Project, fields: Fields, breakdowns: list[Breakdown] | None = None) -> Segmentation:
    context, unit = context_of(project), fields.choice("unit", UNITS, "day")
    return Segmentation(
        metrics=[Metric(fields.event(), fields.choice("type", MEASURES, "general"))],
        range=_range(fields, unit, project),
        interval=unit,
        filter=fields.where(context),
        breakdowns=fields.on(context) if breakdowns is None else breakdowns,
        limit=fields.number("limit", 60, _MOST_VALUES),
    )


async def _of_numbers(project: Project, fields: Fields, services: Services, measure: MeasureType) -> Any:
    context, unit = context_of(project), fields.choice("unit", UNITS, "day")
    question = Segmentation(
        metrics=[Metric(fields.event(), measure, property=fields.on_property(context))],
        range=_range(fields, unit, project),
        interval=unit,
        filter=fields.where(context),
    )
    answer = await _over_time(project, question, services)
    results = _numbers(_days(answer), answer.series[0])
    return {"status": "ok", "computed_at": computed_at(answer.explanation.computed_at), "results": results}


async def _by_name(
    project: Project, services: Services, days: Between, measure: MeasureType, limit: int
) -> list[tuple[str, int | float]]:
    """Events with how often they happened, the most frequent first."""
    question = Segmentation(
        metrics=[Metric(EventSelector(), measure)],
        range=days,
        interval=Interval.QUARTER,
        breakdowns=[Breakdown(Property("name", Scope.FIELD))],
        limit=limit,
    )
    answer: SegmentationAnswer = await services.queries.ask(project, question)
    return [(text_of(series.breakdown[0]), series.overall or 0) for series in answer.series]


def _change(amount: float, before: float) -> float:
    return round((amount - before) / before, 4) if before else 1


def _elapsed(project: Project) -> float:
    """How much of the day is over."""
    now = datetime.fromtimestamp(now_ms() / 1000, ZoneInfo(project.timezone))
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
    return max((now - midnight).total_seconds(), 1) / 86_400


def _named_property(project: Project, fields: Fields) -> Property:
    """The property that `name` names; unlike `on` it is never an expression."""
    return property_of_selector(Selector("properties", fields.required("name")), context_of(project))


def _recently(project: Project) -> Between:
    now = today(project)
    return Between(now - timedelta(days=_DAYS_OF_NAMES - 1), now)


async def _over_time(project: Project, question: Segmentation, services: Services) -> SegmentationAnswer:
    """The answer, in which an hour that comes twice, when the clock goes back, is one: keys do not tell them apart."""
    answer: SegmentationAnswer = await services.queries.ask(project, question)
    dates = [bucket.date for bucket in answer.buckets]
    if len({*dates}) == len(dates) or all(metric.measure in _ADDED_UP for metric in question.metrics):
        return answer
    if question.interval is not Interval.HOUR:
        raise BadParameter(
            "unit: expected hour or longer on the days when the clock goes back, unless events are counted"
        )
    for place in [place for place, (a, b) in enumerate(itertools.pairwise(dates)) if a == b]:
        both = Instants(*(_moment(at) for at in (answer.buckets[place].start, answer.buckets[place + 1].end)))
        hour = msgspec.structs.replace(question, range=both, limit=_MOST_VALUES)
        answer = _joined(answer, place, (await services.queries.ask(project, hour)).series)
    return answer


def _moment(instant: int) -> datetime:
    return datetime.fromtimestamp(instant / 1000, UTC)


def _joined(answer: SegmentationAnswer, place: int, both: list[Series]) -> SegmentationAnswer:
    """With what was counted over two hours as the value of the first, and nothing for the second."""
    numbers = {(one.metric, *one.breakdown): one.overall for one in both}
    series = [
        msgspec.structs.replace(one, values=[*one.values[:place], found, 0, *one.values[place + 2 :]])
        for one in answer.series
        for found in [numbers.get((one.metric, *one.breakdown), 0)]
    ]
    return msgspec.structs.replace(answer, series=series)


def _range(fields: Fields, unit: Interval, project: Project) -> Between:
    if fields.get("interval") and not fields.get("from_date"):
        return _last(fields.number("interval", 1, 3660), unit, project)
    return fields.range()


def _last(count: int, unit: Interval, project: Project) -> Between:
    """The last `count` units, the current one included, in whole days."""
    now = today(project)
    match unit:
        case Interval.WEEK:
            return Between(now - timedelta(days=now.weekday() + 7 * (count - 1)), now)
        case Interval.MONTH:
            months = now.year * 12 + now.month - count
            return Between(date(months // 12, months % 12 + 1, 1), now)
        case Interval.HOUR | Interval.MINUTE:
            per_day = 24 if unit is Interval.HOUR else 1440
            return Between(now - timedelta(days=(count - 1) // per_day), now)
    return Between(now - timedelta(days=count - 1), now)


def text_of(value: Scalar) -> str:
    """A value as text."""
    if value is None:
        return "undefined"
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)


def key_of(value: Scalar) -> str:
    """A value as the key of an answer. A text that means something there comes in quotation marks: `"undefined"`."""
    text = text_of(value)
    return f'"{text}"' if isinstance(value, str) and text in _RESERVED else text


def _range_text(value: Scalar) -> str:
    """A range of numbers: `2,000 - 2,100`."""
    return re.sub(r"(?<![\d.])-?\d+\b(?!\.?\d*e)", lambda digits: f"{int(digits[0]):,}", text_of(value))


def _table(answer: SegmentationAnswer, names: list[str], text: Callable[[Scalar], str] = key_of) -> Table:
    """The table of an answer: by the values of its breakdown, or by the names of its metrics."""
    days = _days(answer)
    rows = {
        text(series.breakdown[0]) if series.breakdown else names[series.metric]: _numbers(days, series)
        for series in answer.series
    }
    return Table(list(dict.fromkeys(days)), rows)


def _days(answer: SegmentationAnswer) -> list[str]:
    return [bucket.date.replace("T", " ") for bucket in answer.buckets]


def _numbers(days: list[str], series: Series) -> dict[str, int | float]:
    found: dict[str, int | float] = {}
    for day, value in zip(days, series.values, strict=True):
        found[day] = found.get(day, 0) + (value or 0)  # the hour that comes twice when the clock goes back
    return found
