"""Filters in plain Python: whether a filter, in the JSON form of our API, holds for an event."""

import json
import re
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from tests.oracle.log import (
    NOT_SET,
    Happened,
    Log,
    Value,
    days_from,
    instant_of,
    is_number,
    items_of,
    milli,
    same,
    text_of,
    value_of,
)

CASELESS = ("contains", "starts_with", "ends_with")


def holds(
    log: Log, node: dict[str, Any] | None, event: Happened, owner: str | None = None, item: Value = NOT_SET
) -> bool:
    """Whether it holds. `owner`: the group that is being counted; `item`: the item of a list that is looked at."""
    if node is None:
        return True
    match node["type"]:
        case "all":
            return all(holds(log, f, event, owner, item) for f in node["filters"])
        case "any":
            return any(holds(log, f, event, owner, item) for f in node["filters"])
        case "not":
            return not holds(log, node["filter"], event, owner, item)
        case "items":
            items = items_of(value_of(log, event, node["property"], owner))
            each = [holds(log, node["filter"], event, owner, one) for one in items]
            return (any(each) if node["match"] == "any" else all(each)) if items else node["when_empty"]
    reference = node["property"]
    if reference.get("scope") == "item":
        return compare(log, node, _in_item(item, reference))
    return compare(log, node, value_of(log, event, reference, owner))


def _in_item(item: Value, reference: dict[str, Any]) -> Value:
    for key in [*([reference["key"]] if reference["key"] else []), *reference.get("path", [])]:
        item = item.get(key) if isinstance(item, dict) else None
    return NOT_SET if item is None else item


def compare(log: Log, node: dict[str, Any], value: Value) -> bool:
    """One comparison. `not_x` is true exactly where x is not."""
    operator: str = node["operator"]
    for negated in ("not_set_is", "not_set_contains"):
        if operator == negated:
            return not _positive(log, node, negated[4:], value)
    if operator == "not_set":
        return value is NOT_SET
    if operator.startswith("not_"):
        return not _positive(log, node, operator[4:], value)
    return _positive(log, node, operator, value)


def _positive(log: Log, node: dict[str, Any], operator: str, value: Value) -> bool:
    wanted, as_text = node.get("values", []), node.get("as_text", False)
    caseless = node.get("ignore_case")
    caseless = operator in CASELESS if caseless is None else caseless
    match operator:
        case "is_set":
            return value is not NOT_SET
        case "empty":
            return value is NOT_SET or value in ("", [], {})
        case "equals":
            return any(_equal(value, item, as_text, caseless) for item in wanted)
        case "set_is" | "set_contains":
            return _as_set(operator, value, wanted, as_text)
        case "between":
            return _ordered("greater_or_equal", value, wanted[0], as_text) and _ordered(
                "less_or_equal", value, wanted[1], as_text
            )
        case "less" | "less_or_equal" | "greater" | "greater_or_equal":
            return _ordered(operator, value, wanted[0], as_text)
    if operator in KINDS:
        return value is not NOT_SET and KINDS[operator](value)
    if operator == "is_date":
        return isinstance(value, str) and instant_of(value, log.zone) is not None
    if operator in ("before", "after", "since", "on", "during", "in_last", "in_next"):
        at = instant_of(value, log.zone)
        return at is not None and _dated(log, operator, at, wanted)
    return value is not NOT_SET and any(_worded(operator, text_of(value), item, caseless) for item in wanted)


KINDS = {
    "is_number": is_number,
    "is_string": lambda v: isinstance(v, str),
    "is_boolean": lambda v: isinstance(v, bool),
    "is_list": lambda v: isinstance(v, list),
    "is_object": lambda v: isinstance(v, dict),
}


def _equal(value: Value, item: Value, as_text: bool, caseless: bool) -> bool:
    if value is NOT_SET or item is None:
        return value is NOT_SET and item is None
    if caseless:
        value, item = _lower(value), _lower(item)
    return text_of(value) == text_of(item) if as_text else same(value, item)


def _lower(value: Value) -> Value:
    return value.lower() if isinstance(value, str) else value


def _as_set(operator: str, value: Value, wanted: list[Value], as_text: bool) -> bool:
    def key(item: Value) -> str:
        return text_of(item) if as_text else _spelled(item)

    found, asked = {key(item) for item in items_of(value)}, {key(item) for item in wanted if item is not None}
    return found == asked if operator == "set_is" else asked <= found


def _spelled(value: Value) -> str:
    return json.dumps(int(value) if isinstance(value, float) and value.is_integer() else value)


def _ordered(operator: str, value: Value, limit: Value, as_text: bool) -> bool:
    if as_text and isinstance(limit, str):
        limit = _number_in(limit) if _number_in(limit) is not None else limit
    if as_text and is_number(limit) and isinstance(value, str):
        value = NOT_SET if _number_in(value) is None else _number_in(value)
    if as_text and isinstance(limit, str) and not isinstance(value, str):
        return False
    if not (is_number(value) and is_number(limit)) and not (isinstance(value, str) and isinstance(limit, str)):
        return False
    return bool(
        {
            "less": value < limit,
            "less_or_equal": value <= limit,
            "greater": value > limit,
            "greater_or_equal": value >= limit,
        }[operator]
    )


def _number_in(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None


def _worded(operator: str, text: str, item: str, caseless: bool) -> bool:
    if operator in ("glob", "matches"):
        pattern = _glob(item) if operator == "glob" else item
        return re.search(pattern, text, re.DOTALL | (re.IGNORECASE if caseless else 0)) is not None
    if caseless:
        text, item = text.lower(), item.lower()
    return {"contains": item in text, "starts_with": text.startswith(item), "ends_with": text.endswith(item)}[operator]


def _glob(pattern: str) -> str:
    """`*` does not cross `/`, `**` does."""
    out, rest = "", pattern
    while rest:
        if rest.startswith("**"):
            out, rest = out + r"[\s\S]*", rest[2:]
        elif rest[0] in "*?":
            out, rest = out + ("[^/]*" if rest[0] == "*" else "[^/]"), rest[1:]
        else:
            out, rest = out + re.escape(rest[0]), rest[1:]
    return rf"\A{out}\Z"


def _dated(log: Log, operator: str, at: int, wanted: list[Any]) -> bool:
    match operator:
        case "in_last":
            return moved(log, -wanted[0], wanted[1]) <= at <= log.now
        case "in_next":
            return log.now < at <= moved(log, wanted[0], wanted[1])
    spans = [_span(log, one) for one in wanted]
    match operator:
        case "before":
            return at < spans[0][0]
        case "after":
            return at > spans[0][1]
        case "since":
            return at >= spans[0][0]
        case "on":
            return any(first <= at <= last for first, last in spans)
    return spans[0][0] <= at <= spans[1][1]


def _span(log: Log, value: Value) -> tuple[int, int]:
    """First and last millisecond of a local day or of an instant."""
    at = instant_of(value, log.zone)
    assert at is not None
    if isinstance(value, str) and len(value) == 10:
        midnight = datetime.fromisoformat(value).replace(tzinfo=ZoneInfo(log.zone))
        return at, milli(days_from(midnight, 1)) - 1
    return at, at


def moved(log: Log, count: int, unit: str) -> int:
    """Now, some units later: minutes and hours on the time line, days and more by the local calendar."""
    if unit in ("minute", "hour"):
        return log.now + count * (60_000 if unit == "minute" else 3_600_000)
    local = datetime.fromtimestamp(log.now / 1000, ZoneInfo(log.zone))
    if unit in ("day", "week"):
        return milli(local + timedelta(days=count * (7 if unit == "week" else 1)))
    months = local.year * 12 + local.month - 1 + count * {"month": 1, "quarter": 3, "year": 12}[unit]
    day = local.day
    while True:
        try:
            return milli(local.replace(year=months // 12, month=months % 12 + 1, day=day))
        except ValueError:
            day -= 1
