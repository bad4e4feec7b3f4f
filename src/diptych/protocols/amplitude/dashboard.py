"""Dashboard REST API: events/segmentation.

Source: the Dashboard REST API's reference; shapes of real answers as connectors read them.
"""

import base64
import binascii
from datetime import date
from typing import Any
from urllib.parse import parse_qsl

import msgspec
from litestar import Request, Response, route

from diptych.model import Project
from diptych.protocols import bodies
from diptych.protocols.amplitude.builtins import IN_QUERIES
from diptych.protocols.services import Services
from diptych.query.answer import SegmentationAnswer, Series
from diptych.query.parts import (
    All,
    Between,
    Breakdown,
    Compare,
    EventSelector,
    Field,
    Filter,
    Interval,
    InvalidQuestion,
    MeasureType,
    Metric,
    Operator,
    Property,
    Scalar,
    Scope,
)
from diptych.query.questions import Segmentation
from diptych.store.engine import EngineUnavailable

Asked = Request[Any, Any, Any]
Parameters = dict[str, list[str]]

NONE = "(none)"
_MEASURES = {"uniques": MeasureType.UNIQUE, "totals": MeasureType.TOTAL, "average": MeasureType.AVERAGE}
_INTERVALS = {
    "-300000": Interval.FIVE_MINUTES,
    "-3600000": Interval.HOUR,
    "1": Interval.DAY,
    "7": Interval.WEEK,
    "30": Interval.MONTH,
    "90": Interval.QUARTER,
}
_OPERATORS = {
    "is": Operator.EQUALS,
    "is not": Operator.NOT_EQUALS,
    "contains": Operator.CONTAINS,
    "does not contain": Operator.NOT_CONTAINS,
    "less": Operator.LESS,
    "less or equal": Operator.LESS_OR_EQUAL,
    "greater": Operator.GREATER,
    "greater or equal": Operator.GREATER_OR_EQUAL,
}
_FIELDS = {"user_id": Field.USER_ID, "device_id": Field.DEVICE_ID, "library": Field.LIBRARY}


class BadParameter(ValueError):
    """A parameter is missing or wrong; the message names it."""


class PropertyFilter(msgspec.Struct):
    """A filter of an event object. Values are alternatives; values of one filter are or-ed."""

    subprop_key: str
    subprop_op: str
    subprop_value: list[str | int | float | bool] = []
    subprop_type: str = "event"


class GroupBy(msgspec.Struct):
    """A property to group by."""

    value: str
    type: str = "event"


class EventObject(msgspec.Struct):
    """An event with filters and groups."""

    event_type: str
    filters: list[PropertyFilter] = []
    group_by: list[GroupBy] = []


@route("/api/2/events/segmentation", http_method=["GET", "POST"], status_code=200)
async def segmentation(request: Asked, services: Services) -> Response[Any]:
    """One or two events over time."""
    project = await _project(request, services)
    if project is None:
        return refused(401, "Invalid API key or secret key")
    try:
        parameters = await _parameters(request)
        question = question_of(parameters)
        answer = await services.queries.ask(project, question)
    except (BadParameter, InvalidQuestion) as error:
        return refused(400, str(error))
    except EngineUnavailable as error:
        return refused(503, f"the engine does not answer: {error}")
    return Response({"data": shape(answer, question)})


def refused(status: int, message: str) -> Response[Any]:
    """An error. The reference documents no shape; clients read `error` or `message`, so both are there."""
    return Response({"error": message, "message": message, "code": status}, status_code=status)


def question_of(parameters: Parameters) -> Segmentation:
    """The question that the parameters ask. Raises BadParameter."""
    events = [_event(text, "e") for text in parameters.get("e", [])]
    events += [_event(text, "e2") for text in parameters.get("e2", [])]
    if not 1 <= len(events) <= 2:
        raise BadParameter("e: expected one event object, and at most one more as e2")
    _require_no_segments(parameters)
    measure = _choice(parameters, "m", _MEASURES, "uniques")
    groups = [group for event in events for group in event.group_by]
    if len({(group.type, group.value) for group in groups}) != len(events[0].group_by) or len(groups) > 2 * len(events):
        raise BadParameter("group_by: expected the same one or two properties for every event")
    return Segmentation(
        metrics=[Metric(_selector(event), measure) for event in events],
        range=_range(parameters),
        interval=_choice(parameters, "i", _INTERVALS, "1"),
        breakdowns=[Breakdown(_property(g.type, g.value, "group_by"), as_text=True) for g in events[0].group_by],
        limit=_limit(parameters),
    )


def shape(answer: SegmentationAnswer, question: Segmentation) -> dict[str, Any]:
    """The answer's data in the API's shape: `series`, their labels, and their value over the whole range."""
    return {
        "series": [series.values for series in answer.series],
        "seriesLabels": [_label(series, bool(question.breakdowns)) for series in answer.series],
        "seriesCollapsed": [[{"setId": "", "value": series.overall}] for series in answer.series],
        "xValues": [bucket.date for bucket in answer.buckets],
    }


def _label(series: Series, grouped: bool) -> Any:
    """The event's number, with a group-by the pair of it and the values."""
    if not grouped:
        return series.metric
    return [series.metric, "; ".join(_shown(value) for value in series.breakdown)]


def _shown(value: Scalar) -> str:
    return NONE if value is None else str(value)


def _event(text: str, name: str) -> EventObject:
    try:
        event = msgspec.json.decode(text.encode("utf-8", "surrogateescape"), type=EventObject)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise BadParameter(f'{name}: expected an event object such as {{"event_type":"Buy"}} ({error})') from None
    if not event.event_type or len(event.group_by) > 2:
        raise BadParameter(f"{name}: expected an event_type and at most two properties in group_by")
    return event


def _selector(event: EventObject) -> EventSelector:
    filters: list[Filter] = [_filter(sent) for sent in event.filters]
    where = All(filters) if filters else None
    if event.event_type in ("_active", "_all"):
        return EventSelector([], where)
    if event.event_type == "_new":
        return EventSelector([], where, first_time=True)
    if event.event_type.startswith("ce:"):
        raise BadParameter(f"event_type: there is no custom event {event.event_type[3:]!r}")
    return EventSelector([event.event_type], where)


def _filter(sent: PropertyFilter) -> Filter:
    if sent.subprop_op not in _OPERATORS:
        raise BadParameter(f"subprop_op: expected one of {', '.join(_OPERATORS)}, not {sent.subprop_op!r}")
    if not sent.subprop_value:
        raise BadParameter("subprop_value: expected a list with at least one value")
    operator = _OPERATORS[sent.subprop_op]
    values: list[Scalar] = [None if value == NONE else value for value in sent.subprop_value]
    if operator in (Operator.CONTAINS, Operator.NOT_CONTAINS):
        values = [str(value) for value in sent.subprop_value]
    return Compare(_property(sent.subprop_type, sent.subprop_key, "subprop_key"), operator, values, as_text=True)


def _property(kind: str, key: str, name: str) -> Property:
    if kind == "event":
        return Property(key)
    if kind != "user":
        raise BadParameter(f"{name}: expected the type event or user, not {kind!r}")
    if key in IN_QUERIES:
        return Property(IN_QUERIES[key], Scope.BUILTIN)
    if key in _FIELDS:
        return Property(_FIELDS[key], Scope.FIELD)
    raise BadParameter(f"{name}: the user property {key!r} cannot be asked for yet; built-in ones can")


def _require_no_segments(parameters: Parameters) -> None:
    for name in ("s", "g", "g2"):
        if any(value not in ("", "[]") for value in parameters.get(name, [])):
            raise BadParameter(f"{name}: segments cannot be asked for yet; use filters and group_by of the event")


def _range(parameters: Parameters) -> Between:
    first, last = _day(parameters, "start"), _day(parameters, "end")
    if last < first:
        raise BadParameter("end: expected a day not before start")
    return Between(first, last)


def _day(parameters: Parameters, name: str) -> date:
    text = parameters.get(name, [""])[-1]
    try:
        if len(text) != 8 or not text.isascii() or not text.isdigit():
            raise ValueError
        return date(int(text[:4]), int(text[4:6]), int(text[6:]))
    except ValueError:
        raise BadParameter(f"{name}: expected a day such as 20260131") from None


def _limit(parameters: Parameters) -> int:
    text = parameters.get("limit", [""])[-1] or "100"
    if not text.isascii() or not text.isdigit() or not 1 <= int(text) <= 1000:
        raise BadParameter("limit: expected a whole number from 1 to 1000")
    return int(text)


def _choice(parameters: Parameters, name: str, choices: dict[str, Any], default: str) -> Any:
    text = parameters.get(name, [""])[-1] or default
    if text not in choices:
        raise BadParameter(f"{name}: expected one of {', '.join(choices)}, not {text!r}")
    return choices[text]


async def _parameters(request: Asked) -> Parameters:
    """Parameters of the query string and of a form body; names may repeat."""
    try:
        body = await bodies.read(request, 1 << 20)
    except (bodies.TooLarge, bodies.BadEncoding) as error:
        raise BadParameter(str(error)) from None
    found: Parameters = {}
    for text in (request.scope["query_string"], body):
        decoded = text.decode("utf-8", "surrogateescape")
        for name, value in parse_qsl(decoded, keep_blank_values=True, errors="surrogateescape"):
            found.setdefault(name, []).append(value)
    return found


async def _project(request: Asked, services: Services) -> Project | None:
    scheme, _, value = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        key, _, secret = base64.b64decode(value.strip()).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return None
    return await services.projects.by_token_and_secret(key, secret) if key and secret else None
