"""The query API: segmentation.

Source: Mixpanel's query OpenAPI document and its worked examples.
"""

import csv
import io
import json
from datetime import date, datetime, timedelta
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from litestar import Request, Response, route

from diptych.model import Project
from diptych.model.clock import now_ms
from diptych.protocols import bodies
from diptych.protocols.mixpanel import auth, decode
from diptych.protocols.mixpanel.expressions import Context, ExpressionError, filter_of, property_of
from diptych.protocols.services import Services
from diptych.query.answer import SegmentationAnswer
from diptych.query.parts import Between, Breakdown, EventSelector, Interval, InvalidQuestion, MeasureType, Metric
from diptych.query.questions import Segmentation
from diptych.store.engine import EngineUnavailable

T = TypeVar("T")
Asked = Request[Any, Any, Any]
Answered = Response[Any]
_MEASURES = {"general": MeasureType.TOTAL, "unique": MeasureType.UNIQUE, "average": MeasureType.AVERAGE}
_UNITS = {unit.value: unit for unit in (Interval.MINUTE, Interval.HOUR, Interval.DAY, Interval.WEEK, Interval.MONTH)}
_FORM_LIMIT = 1 << 20
_MOST_VALUES = 10_000


class BadParameter(ValueError):
    """A parameter is missing or wrong; the message names it."""


@route(["/api/query/segmentation", "/api/2.0/segmentation"], http_method=["GET", "POST"], status_code=200)
async def segmentation(request: Asked, services: Services) -> Answered:
    """An event over time, as a whole or by a property."""
    try:
        fields = await parameters(request)
        project = await auth.project_of(request, fields, services)
        if project is None:
            return refused(401, "Unable to authenticate request")
        question = _question(fields, project)
        answer = await services.queries.ask(project, question)
    except (BadParameter, ExpressionError, InvalidQuestion) as error:
        return refused(400, str(error))
    except EngineUnavailable as error:
        return refused(503, f"the engine does not answer: {error}")
    table = _table(answer, question.metrics[0].event.names[0], question.interval)
    return _csv(table) if fields.get("format") == "csv" else Response(_shape(table))


async def parameters(request: Asked) -> dict[str, str]:
    """Parameters of the query string and of a form or JSON body, whatever its Content-Type says."""
    fields = decode.query_fields(request)
    try:
        body = (await bodies.read(request, _FORM_LIMIT)).strip()
    except (bodies.TooLarge, bodies.BadEncoding) as error:
        raise BadParameter(str(error)) from None
    if body[:1] == b"{":
        try:
            sent = json.loads(body)
        except ValueError:
            raise BadParameter("the body is not JSON") from None
        return fields | {key: v if isinstance(v, str) else json.dumps(v) for key, v in sent.items() if v is not None}
    return fields | decode.form_fields(body)


def refused(status: int, message: str) -> Answered:
    """An error as the query API words it."""
    return Response({"error": message, "status": "error"}, status_code=status)


def _question(fields: dict[str, str], project: Project) -> Segmentation:
    event = fields.get("event", "")
    if not event:
        raise BadParameter("event: expected the name of an event")
    unit = _choice(fields, "unit", _UNITS, "day")
    return Segmentation(
        metrics=[Metric(EventSelector([_name(event)]), _choice(fields, "type", _MEASURES, "general"))],
        range=_range(fields, unit, project),
        interval=unit,
        filter=filter_of(fields["where"], _context(project)) if fields.get("where", "").strip() else None,
        breakdowns=[Breakdown(property_of(fields["on"], _context(project)), as_text=True)]
        if fields.get("on", "").strip()
        else [],
        limit=_number(fields, "limit", 60, _MOST_VALUES),
    )


def _context(project: Project) -> Context:
    return Context(project.timezone, now_ms())


def _name(text: str) -> str:
    """The event; some clients send it as a JSON string."""
    if text[:1] == '"':
        try:
            return str(json.loads(text))
        except ValueError:
            return text
    return text


def _range(fields: dict[str, str], unit: Interval, project: Project) -> Between:
    if "interval" in fields and "from_date" not in fields:
        return _last(_number(fields, "interval", 1, 3660), unit, project)
    first, last = _day(fields, "from_date"), _day(fields, "to_date")
    if last < first:
        raise BadParameter("to_date: expected a day not before from_date")
    return Between(first, last)


def _last(count: int, unit: Interval, project: Project) -> Between:
    """The last `count` units, today's included, in whole days."""
    today = _today(project)
    match unit:
        case Interval.WEEK:
            return Between(today - timedelta(days=today.weekday() + 7 * (count - 1)), today)
        case Interval.MONTH:
            months = today.year * 12 + today.month - count
            return Between(date(months // 12, months % 12 + 1, 1), today)
        case Interval.HOUR | Interval.MINUTE:
            per_day = 24 if unit is Interval.HOUR else 1440
            return Between(today - timedelta(days=(count - 1) // per_day), today)
    return Between(today - timedelta(days=count - 1), today)


def _today(project: Project) -> date:
    return datetime.fromtimestamp(now_ms() / 1000, ZoneInfo(project.timezone)).date()


def _day(fields: dict[str, str], name: str) -> date:
    try:
        return date.fromisoformat(fields[name].strip('"'))
    except (KeyError, ValueError):
        raise BadParameter(f"{name}: expected a day such as 2026-01-31") from None


def _number(fields: dict[str, str], name: str, default: int, most: int) -> int:
    text = fields.get(name, "") or str(default)
    if not text.isascii() or not text.isdigit() or not 1 <= int(text) <= most:
        raise BadParameter(f"{name}: expected a whole number from 1 to {most}")
    return int(text)


def _choice(fields: dict[str, str], name: str, choices: dict[str, T], default: str) -> T:
    text = fields.get(name) or default
    if text not in choices:
        raise BadParameter(f"{name}: expected one of {', '.join(choices)}, not {text!r}")
    return choices[text]


class _Table:
    """Days and, per name, day → number."""

    def __init__(self, days: list[str], rows: dict[str, dict[str, int | float]]) -> None:
        self.days = days
        self.rows = rows


def _table(answer: SegmentationAnswer, event: str, unit: Interval) -> _Table:
    days = [bucket.date.replace("T", " ") for bucket in answer.buckets]
    rows: dict[str, dict[str, int | float]] = {}
    for series in answer.series:
        name = event
        if series.breakdown:
            value = series.breakdown[0]
            name = "undefined" if value is None else str(value)
        rows[name] = {day: value or 0 for day, value in zip(days, series.values, strict=True)}
    return _Table(list(dict.fromkeys(days)), rows)


def _shape(table: _Table) -> dict[str, Any]:
    return {"data": {"series": table.days, "values": table.rows}, "legend_size": len(table.rows)}


def _csv(table: _Table) -> Answered:
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(["date", *table.rows])
    writer.writerows([day, *(row.get(day, 0) for row in table.rows.values())] for day in table.days)
    return Response(out.getvalue(), media_type="text/csv")
