"""A question in plain English, as the app shows it beside the numbers."""

import json

from diptych.query.parts import (
    All,
    Any,
    At,
    Between,
    Breakdown,
    Compare,
    DateRange,
    EventSelector,
    Filter,
    Interval,
    MeasureType,
    Metric,
    Not,
    Operator,
    Property,
    Scope,
)
from diptych.query.questions import Segmentation

_OPERATORS = {
    Operator.EQUALS: "is",
    Operator.NOT_EQUALS: "is not",
    Operator.LESS: "is less than",
    Operator.LESS_OR_EQUAL: "is at most",
    Operator.GREATER: "is greater than",
    Operator.GREATER_OR_EQUAL: "is at least",
    Operator.CONTAINS: "contains",
    Operator.NOT_CONTAINS: "does not contain",
    Operator.IS_SET: "is set",
    Operator.NOT_SET: "is not set",
}
_MEASURES = {
    MeasureType.TOTAL: "the number of {events}",
    MeasureType.UNIQUE: "the people who did {events}",
    MeasureType.AVERAGE: "the number of {events} per person who did it",
}


def segmentation(question: Segmentation, timezone: str) -> str:
    """What the question counts, in one sentence."""
    counted = " and ".join(_metric(metric) for metric in question.metrics)
    where = f", where {filter_words(question.filter)}" if question.filter else ""
    by = f", by {' and '.join(map(_breakdown, question.breakdowns))}" if question.breakdowns else ""
    each = question.interval.replace("five_minutes", "five minutes")
    return f"For each {each}, {counted}{where}{by}, {range_words(question.range)} ({timezone})."


def _metric(metric: Metric) -> str:
    return _MEASURES[metric.measure].format(events=event_words(metric.event))


def event_words(selector: EventSelector) -> str:
    names = " or ".join(f"“{name}”" for name in selector.names) or "any event"
    first = "for the first time ever " if selector.first_time else ""
    where = f" with {filter_words(selector.filter)}" if selector.filter else ""
    return f"{names} {first}".strip() + where


def filter_words(node: Filter) -> str:
    match node:
        case All(filters=filters):
            return " and ".join(_nested(f) for f in filters) or "anything"
        case Any(filters=filters):
            return " or ".join(_nested(f) for f in filters) or "nothing"
        case Not(filter=inner):
            return f"not ({filter_words(inner)})"
        case Compare():
            values = " or ".join("not set" if v is None else json.dumps(v, ensure_ascii=False) for v in node.values)
            return f"{property_words(node.property)} {_OPERATORS[node.operator]} {values}".strip()


def _nested(node: Filter) -> str:
    return f"({filter_words(node)})" if isinstance(node, (All, Any)) and len(node.filters) > 1 else filter_words(node)


def property_words(reference: Property) -> str:
    words = {
        Scope.EVENT: "the property",
        Scope.BUILTIN: "the built-in property",
        Scope.FIELD: "the event's",
        Scope.USER: "the person's",
        Scope.GROUP: f"the {reference.group_type}'s",
    }
    when = {At.NOW: " now", At.EVENT: " at the time of the event"}[reference.at]
    of_profile = reference.scope in (Scope.USER, Scope.GROUP)
    return f"{words[reference.scope]} “{reference.key}”{when if of_profile else ''}"


def _breakdown(breakdown: Breakdown) -> str:
    return property_words(breakdown.property)


def range_words(period: DateRange) -> str:
    if isinstance(period, Between):
        return f"from {period.first} to {period.last}"
    unit = "five minutes" if period.unit is Interval.FIVE_MINUTES else period.unit
    return f"in this {unit}" if period.count == 1 else f"in the last {period.count} {unit}s, this one included"
