"""Segmentation in plain Python, over the raw log. Slow, and meant to be read beside the documents.

A log has events (as dictionaries, in order of receipt) and identity links. Nothing here knows SQL, and
nothing is imported from the engine.
"""

import json
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

NOT_SET = object()


@dataclass
class Log:
    """What was received, in order. An event: name, time (ms), id, copy (or None), first_wins, control,
    properties {key: JSON value}. A link: (actor, person)."""

    events: list[dict[str, Any]] = field(default_factory=list)
    links: list[tuple[str, str]] = field(default_factory=list)


def counted_once(log: Log) -> list[dict[str, Any]]:
    """Of several copies of an event, the one that its vendor keeps."""
    kept: dict[Any, dict[str, Any]] = {}
    for number, event in enumerate(log.events):
        key = ("copy", event["copy"]) if event["copy"] is not None else ("own", number)
        if not (event["first_wins"] and key in kept):
            kept[key] = event
    return list(kept.values())


def person_of(log: Log, event: dict[str, Any]) -> str | None:
    """The person: who the first link of the id says it is; nobody for an empty id."""
    if not event["id"]:
        return None
    return next((person for actor, person in log.links if actor == event["id"]), event["id"])


def same(a: Any, b: Any) -> bool:
    """Equal JSON values: 49 and 49.0 are one, 1 and true and "1" are three."""
    if isinstance(a, bool) or isinstance(b, bool):
        return a is b
    if isinstance(a, (int, float)) and isinstance(b, (int, float)):
        return a == b
    return type(a) is type(b) and a == b


def text_of(value: Any) -> str:
    """The string form: what protocols compare that only know strings."""
    if isinstance(value, str):
        return value
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def value_of(event: dict[str, Any], key: str) -> Any:
    """The property; null and absent are both not set."""
    value = event["properties"].get(key)
    return NOT_SET if value is None else value


def holds(node: dict[str, Any] | None, event: dict[str, Any]) -> bool:
    """Whether a filter (in the JSON form of our API) holds for an event."""
    if node is None:
        return True
    match node["type"]:
        case "all":
            return all(holds(f, event) for f in node["filters"])
        case "any":
            return any(holds(f, event) for f in node["filters"])
        case "not":
            return not holds(node["filter"], event)
    return compare(node["operator"], value_of(event, node["property"]["key"]), node["values"], node["as_text"])


def compare(operator: str, value: Any, wanted: list[Any], as_text: bool) -> bool:
    """One comparison."""
    match operator:
        case "is_set":
            return value is not NOT_SET
        case "not_set":
            return value is NOT_SET
        case "equals":
            return any(_equal(value, item, as_text) for item in wanted)
        case "not_equals":
            return not any(_equal(value, item, as_text) for item in wanted)
        case "contains":
            return _contains(value, wanted)
        case "not_contains":
            return not _contains(value, wanted)
    return _ordered(operator, value, wanted[0])


def _equal(value: Any, item: Any, as_text: bool) -> bool:
    if value is NOT_SET or item is None:
        return value is NOT_SET and item is None
    return text_of(value) == text_of(item) if as_text else same(value, item)


def _contains(value: Any, wanted: list[str]) -> bool:
    return value is not NOT_SET and any(item.lower() in text_of(value).lower() for item in wanted)


def _ordered(operator: str, value: Any, limit: Any) -> bool:
    numbers = all(isinstance(v, (int, float)) and not isinstance(v, bool) for v in (value, limit))
    if not numbers and not (isinstance(value, str) and isinstance(limit, str)):
        return False
    return {
        "less": value < limit,
        "less_or_equal": value <= limit,
        "greater": value > limit,
        "greater_or_equal": value >= limit,
    }[operator]


def combinations(breakdowns: list[dict[str, Any]], event: dict[str, Any]) -> list[tuple[Any, ...]]:
    """The combinations of values under which an event counts: one per different item of a list."""
    found: list[tuple[Any, ...]] = [()]
    for breakdown in breakdowns:
        value = value_of(event, breakdown["property"]["key"])
        items = value if isinstance(value, list) and breakdown["each_item"] else [value]
        labels = {_label(item, breakdown["as_text"]) for item in (items or [NOT_SET])}
        found = [(*head, label) for head in found for label in labels]
    return found


def _label(value: Any, as_text: bool) -> Any:
    if value is NOT_SET or value is None:
        return None
    if isinstance(value, (list, dict)) or as_text:
        return ("text", text_of(value))
    return ("bool", value) if isinstance(value, bool) else (type(value).__name__.replace("float", "int"), value)


def bucket_of(time: int, interval: str, zone: ZoneInfo) -> str:
    """Local start of the interval, with the offset for hours, which the clock may show twice."""
    local = datetime.fromtimestamp(time / 1000, zone)
    day = local.date()
    match interval:
        case "hour":
            return local.replace(minute=0, second=0, microsecond=0).isoformat()
        case "week":
            return (day - timedelta(days=day.weekday())).isoformat()
        case "month":
            return day.replace(day=1).isoformat()
    return day.isoformat()


def segmentation(
    log: Log, question: dict[str, Any], zone: str
) -> list[dict[tuple[Any, ...], tuple[float, dict[str, float]]]]:
    """Per metric: combination → (measure over the whole range, bucket → measure). Zero buckets are left out."""
    where = ZoneInfo(zone)
    events = counted_once(log)
    answers = []
    for metric in question["metrics"]:
        chosen = _selected(log, events, metric["event"], question["filter"])
        within = [e for e in chosen if _in_range(e, question["range"], where)]
        groups: dict[tuple[Any, ...], list[dict[str, Any]]] = {}
        for event in within:
            for combination in combinations(question["breakdowns"], event):
                groups.setdefault(combination, []).append(event)
        answers.append(
            {c: _measured(log, g, metric["measure"], question["interval"], where) for c, g in groups.items()}
        )
    return answers


def _selected(log: Log, events: list[dict[str, Any]], selector: dict[str, Any], also: Any) -> list[dict[str, Any]]:
    names = selector["names"]
    chosen = [
        e
        for e in events
        if (e["name"] in names if names else not e["control"]) and holds(selector["filter"], e) and holds(also, e)
    ]
    if not selector["first_time"]:
        return chosen
    first: dict[str | None, int] = {}
    for event in chosen:
        person = person_of(log, event)
        first[person] = min(event["time"], first.get(person, event["time"]))
    return [e for e in chosen if e["time"] == first[person_of(log, e)]]


def _in_range(event: dict[str, Any], period: dict[str, Any], zone: ZoneInfo) -> bool:
    day = datetime.fromtimestamp(event["time"] / 1000, zone).date().isoformat()
    return bool(period["from"] <= day <= period["to"])


def _measured(
    log: Log, events: list[dict[str, Any]], measure: str, interval: str, zone: ZoneInfo
) -> tuple[float, dict[str, float]]:
    by_bucket: dict[str, list[dict[str, Any]]] = {}
    for event in events:
        by_bucket.setdefault(bucket_of(event["time"], interval, zone), []).append(event)
    points = {bucket: _measure(log, inside, measure) for bucket, inside in by_bucket.items()}
    return _measure(log, events, measure), {bucket: value for bucket, value in points.items() if value}


def _measure(log: Log, events: list[dict[str, Any]], measure: str) -> float:
    people = {person for e in events if (person := person_of(log, e)) is not None}
    match measure:
        case "total":
            return len(events)
        case "unique":
            return len(people)
    return len(events) / len(people) if people else 0
