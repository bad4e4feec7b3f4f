"""Segmentation in plain Python, over the raw log. Slow, and meant to be read beside the documents."""

import itertools
import json
import math
from collections import Counter
from collections.abc import Callable
from fractions import Fraction
from typing import Any

from tests.oracle.filters import holds
from tests.oracle.log import (
    NOT_SET,
    Happened,
    Log,
    Value,
    counted_once,
    in_order,
    instant_of,
    is_number,
    owners,
    text_of,
    value_of,
)
from tests.oracle.times import Span, before, compared, intervals, local, span_of, windows

Combination = tuple[Any, ...]
Found = dict[tuple[int, int, Combination], tuple[Any, list[Any]]]
"""(metric, segment, combination) → (measure over the whole range, per bucket)."""


class Row:
    """An event as it is counted: for one owner (or nobody), under one combination of values."""

    def __init__(self, number: int, event: Happened, owner: str | None, combination: Combination) -> None:
        self.number = number
        self.event = event
        self.owner = owner
        self.combination = combination
        self.session: Any = None


def segmentation(log: Log, question: dict[str, Any], *, earlier: bool = False) -> Found:
    """The answer; `earlier`: its comparison."""
    whole = span_of(log, question["range"])
    if earlier:
        whole = compared(log, question["compare"], whole)
    found: Found = {}
    segments = question.get("segments") or [{"filter": None}]
    for (number, metric), (place, segment) in itertools.product(enumerate(question["metrics"]), enumerate(segments)):
        filters = [question.get("filter"), segment["filter"]]
        for combination, line in _metric(log, question, metric, filters, whole).items():
            found[number, place, combination] = line
    return found


def _metric(
    log: Log, question: dict[str, Any], metric: dict[str, Any], filters: list[Any], whole: Span
) -> dict[Combination, tuple[Any, list[Any]]]:
    unit = question["interval"]
    buckets = intervals(log, whole, unit)
    average = metric.get("rolling_average")
    lead = before(buckets[0], unit, (average or 1) - 1, log.zone)
    spans = windows(log, [*lead, *buckets], metric.get("window"), unit, whole)
    rows = _rows(log, question, metric["event"], filters)
    _number_sessions(log, question, metric, rows, (min(s for s, _ in [*spans, whole]), max(e for _, e in spans)))
    if question.get("others"):
        rows = _with_others(log, question, metric, rows, [*spans, whole])
    active = _rows(log, question | {"breakdowns": []}, {"names": []}, filters)
    lines: dict[Combination, tuple[Any, list[Any]]] = {}
    seen = [row for row in rows if any(s <= row.event["time"] < e for s, e in [*spans, whole])]
    if metric.get("per_person"):  # a combination in which no person has a number is none
        seen = [row for row in seen if row.owner is not None and _of_person(log, metric, [row]) is not None]
    for combination, mine in _by_combination(log, metric, seen, [*spans, whole], buckets=len(question["breakdowns"])):
        values = [mine(_during(rows, span), _during(active, span)) for span in spans]
        overall = mine(_during(rows, whole), _during(active, whole))
        if average is not None:
            values = _averaged(values, average)[len(lead) :]
        lines[combination] = overall, values
    return lines


def _during(rows: list[Row], span: Span) -> list[Row]:
    return [row for row in rows if span[0] <= row.event["time"] < span[1]]


def _by_combination(
    log: Log, metric: dict[str, Any], seen: list[Row], spans: list[Span], *, buckets: int
) -> list[tuple[Combination, Callable[[list[Row], list[Row]], Any]]]:
    """Each combination, and how to measure it in some of the rows."""
    combinations = {row.combination: None for row in seen}
    if metric["measure"] == "frequency":
        return _frequencies(seen, spans)
    if not buckets:
        combinations = {(): None}

    def of(combination: Combination) -> Callable[[list[Row], list[Row]], Any]:
        return lambda rows, active: _measure(log, metric, [r for r in rows if r.combination == combination], active)

    return [(combination, of(combination)) for combination in combinations]


def _frequencies(seen: list[Row], spans: list[Span]) -> list[tuple[Combination, Callable[[list[Row], list[Row]], Any]]]:
    """Per combination and number of times: the people who did it so often."""
    found: set[Combination] = set()
    for combination, span in itertools.product({row.combination for row in seen}, spans):
        found |= {(*combination, ("int", times)) for times in _times(_during(seen, span), combination).values()}

    def of(combination: Combination) -> Callable[[list[Row], list[Row]], Any]:
        *head, (_, wanted) = combination
        return lambda rows, _: sum(times == wanted for times in _times(rows, tuple(head)).values())

    return [(combination, of(combination)) for combination in found]


def _times(rows: list[Row], combination: Combination) -> Counter[str]:
    return Counter(row.owner for row in rows if row.combination == combination and row.owner is not None)


def _rows(log: Log, question: dict[str, Any], selector: dict[str, Any], filters: list[Any]) -> list[Row]:
    """The selector's events, whenever they happened: once per owner and combination."""
    group_type = question.get("group_type", "")
    rows = []
    for number, event in enumerate(counted_once(log)):
        for owner in owners(log, event, group_type) or [None]:
            counted = owner if group_type else None
            if _selected(log, selector, event, counted) and all(holds(log, f, event, counted) for f in filters):
                rows += [
                    Row(number, event, owner, combination)
                    for combination in combinations_of(log, question["breakdowns"], event, counted)
                ]
    return _nth(log, question, selector, rows)


def _selected(log: Log, selector: dict[str, Any], event: Happened, counted: str | None) -> bool:
    names, alternatives = selector.get("names", []), selector.get("alternatives", [])
    if not names and not alternatives:
        named = not event["control"]
    else:
        named = event["name"] in names or any(
            event["name"] == a["name"] and holds(log, a.get("filter"), event, counted) for a in alternatives
        )
    return named and holds(log, selector.get("filter"), event, counted)


def _nth(log: Log, question: dict[str, Any], selector: dict[str, Any], rows: list[Row]) -> list[Row]:
    """Only each owner's first time (all that tie), or nth event, ever, of the selector's. Other filters come after."""
    nth = selector.get("nth")
    if not selector.get("first_time") and nth is None:
        return rows
    plain = {key: value for key, value in selector.items() if key not in ("first_time", "nth")}
    if nth is not None and selector.get("nth_of") == "named":
        plain = plain | {"filter": None}
    ever = _rows(log, question | {"breakdowns": []}, plain, [])
    by_owner: dict[str | None, list[Happened]] = {}
    for row in ever:
        by_owner.setdefault(row.owner, []).append(row.event)
    if nth is None:
        return [row for row in rows if row.event["time"] == min(e["time"] for e in by_owner[row.owner])]
    chosen = {owner: in_order(log, events)[nth - 1 : nth] for owner, events in by_owner.items()}
    return [row for row in rows if any(row.event is event for event in chosen.get(row.owner, []))]


def combinations_of(log: Log, breakdowns: list[Any], event: Happened, counted: str | None) -> list[Combination]:
    """The combinations of values under which an event counts: one per different item of a list."""
    found: list[Combination] = [()]
    for breakdown in breakdowns:
        value = value_of(log, event, breakdown["property"], counted)
        found = [(*head, label) for head in found for label in _labels(log, breakdown, value)]
    return found


def _labels(log: Log, breakdown: dict[str, Any], value: Value) -> set[Any]:
    if breakdown.get("part"):
        return {_part(log, breakdown["part"], instant_of(value, log.zone))}
    if breakdown.get("buckets"):
        return {_range(breakdown["buckets"]["bounds"], value)}
    items = value if isinstance(value, list) and breakdown["each_item"] else [value]
    return {label(item, breakdown["as_text"]) for item in (items or [NOT_SET])}


def _part(log: Log, part: str, at: int | None) -> Any:
    if at is None:
        return None
    moment = local(at, log.zone)
    numbers = {
        "hour_of_day": moment.hour,
        "day_of_week": moment.isoweekday(),
        "day_of_month": moment.day,
        "month_of_year": moment.month,
        "year": moment.year,
    }
    if part in numbers:
        return ("int", numbers[part])
    return ("str", moment.date().replace(day=1 if part == "month" else moment.day).isoformat())


def _range(bounds: list[float], value: Value) -> Any:
    """From one bound, included, to the next, excluded."""
    if not is_number(value):
        return None
    names = [text_of(bound) for bound in bounds]
    if value < bounds[0]:
        return ("str", f"< {names[0]}")
    below = sum(bound <= value for bound in bounds)
    return ("str", f">= {names[-1]}" if below == len(bounds) else f"{names[below - 1]} - {names[below]}")


def label(value: Value, as_text: bool) -> Any:
    """A value of a breakdown; 49 and 49.0 are one."""
    if value is NOT_SET or value is None:
        return None
    if isinstance(value, (list, dict)) or as_text:
        return ("text", text_of(value))
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return ("bool", value) if isinstance(value, bool) else ("str" if isinstance(value, str) else "int", value)


def _with_others(
    log: Log, question: dict[str, Any], metric: dict[str, Any], rows: list[Row], spans: list[Span]
) -> list[Row]:
    """The rows of all but the first combinations under one, each event once for each owner."""
    inside = _during(rows, spans[-1])
    order = sorted(
        {row.combination for row in rows if any(s <= row.event["time"] < e for s, e in spans)},
        key=lambda c: (-_rank(_measure(log, metric, [r for r in inside if r.combination == c], [])), _texts(c)),
    )
    kept = set(order[: question["limit"]])
    if len(order) <= question["limit"]:
        return rows
    others = {(row.number, row.owner): row for row in rows if row.combination not in kept}
    found = [row for row in rows if row.combination in kept]
    return found + [_copied(row, ("$other",)) for row in others.values()]


def _copied(row: Row, combination: Combination) -> Row:
    copy = Row(row.number, row.event, row.owner, combination)
    copy.session = row.session
    return copy


def _rank(value: Any) -> float:
    return -math.inf if value is None else value


def _texts(combination: Combination) -> list[str]:
    return ["" if c is None else _json(*c) for c in combination]


def _json(kind: str, value: Any) -> str:
    if kind == "text" and value[:1] in ("[", "{"):
        return str(value)
    return json.dumps(value, ensure_ascii=False) if isinstance(value, str) else text_of(value)


def _number_sessions(log: Log, question: dict[str, Any], metric: dict[str, Any], rows: list[Row], span: Span) -> None:
    """Which session each row belongs to; None for none."""
    rule = metric.get("sessions", {"type": "timeout", "minutes": 30})
    if rule["type"] == "session_id":
        for row in rows:
            sent = row.event.get("session")
            row.session = None if sent in (None, -1) or row.owner is None else (row.owner, sent)
        return
    group_type, found = question.get("group_type", ""), {}
    everything = [e for e in counted_once(log) if not e["control"] and span[0] <= e["time"] < span[1]]
    for owner in {o for e in everything for o in owners(log, e, group_type)}:
        mine = sorted((e for e in everything if owner in owners(log, e, group_type)), key=lambda e: e["time"])
        number, last = 0, None
        for event in mine:
            number += last is not None and event["time"] - last > rule["minutes"] * 60_000
            last = event["time"]
            found[owner, id(event)] = owner, number
    for row in rows:
        row.session = found.get((row.owner, id(row.event)))


def _measure(log: Log, metric: dict[str, Any], rows: list[Row], active: list[Row]) -> Any:
    """The measure of some rows."""
    events = {row.number: row.event for row in rows}
    people = {row.owner for row in rows if row.owner is not None}
    if metric.get("per_person"):
        each = [_of_person(log, metric, [r for r in rows if r.owner == person]) for person in sorted(people)]
        return _aggregate(metric, [number for number in each if number is not None])
    match metric["measure"]:
        case "total":
            return len(events)
        case "unique":
            return len(people)
        case "average":
            return len(events) / len(people) if people else 0
        case "sessions":
            return len({row.session for row in rows if row.session is not None})
        case "active_share":
            anybody = {row.owner for row in active if row.owner is not None}
            return len(people) / len(anybody) if anybody else 0
        case "distinct":
            return _distinct(log, metric, rows)
    return _aggregate(metric, _numbers(log, metric, rows))


def _of_person(log: Log, metric: dict[str, Any], rows: list[Row]) -> Any:
    if metric["per_person"] == "total":
        return len(rows)
    if metric["per_person"] == "distinct":
        return _distinct(log, metric, rows) or None
    numbers = _numbers(log, metric, rows, every=True)
    return _aggregate({"measure": metric["per_person"]}, numbers) if numbers else None


def _numbers(log: Log, metric: dict[str, Any], rows: list[Row], *, every: bool = False) -> list[float]:
    """The property's numbers, once per event; with `every`, of each row."""
    found = {
        (number if every else row.number): value_of(log, row.event, metric["property"])
        for number, row in enumerate(rows)
    }
    return [value for value in found.values() if is_number(value)]


def _distinct(log: Log, metric: dict[str, Any], rows: list[Row]) -> int:
    values = [value_of(log, row.event, metric["property"]) for row in rows]
    return len({label(v, False) for v in values if v is not NOT_SET})


def _aggregate(metric: dict[str, Any], numbers: list[float]) -> Any:
    exact = sorted(Fraction(number) for number in numbers)
    if metric["measure"] == "sum":
        return float(sum(exact))
    if not exact:
        return None
    match metric["measure"]:
        case "mean":
            return float(sum(exact) / len(exact))
        case "min":
            return float(exact[0])
        case "max":
            return float(exact[-1])
    share = Fraction(1, 2) if metric["measure"] == "median" else Fraction(metric["percentile"]) / 100
    place = share * (len(exact) - 1)
    low = math.floor(place)
    high = min(low + 1, len(exact) - 1)
    return float(exact[low] + (exact[high] - exact[low]) * (place - low))


def _averaged(values: list[Any], count: int) -> list[Any]:
    """The mean of each value and those before it, nulls left out."""
    found = []
    for end in range(1, len(values) + 1):
        window = [value for value in values[max(0, end - count) : end] if value is not None]
        found.append(sum(window) / len(window) if window else None)
    return found


def people_behind(log: Log, question: dict[str, Any], metric: dict[str, Any], combination: Combination) -> set[str]:
    """Who is behind the whole range, for a measure of people or events."""
    rows = _rows(log, question, metric["event"], [question.get("filter")])
    inside = _during(rows, span_of(log, question["range"]))
    return {r.owner for r in inside if r.combination == combination and r.owner is not None}
