"""Funnels in plain Python, over the raw log. Slow, and meant to be read beside the documents.

Nothing here knows SQL, and nothing is imported from the engine. A question is in the JSON form of our API, with
every option spelled out. An event of the log also has received (ms) and event_id (or None).
"""

import json
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from tests.oracle.filters import holds
from tests.oracle.log import NOT_SET, Log, counted_once, person_of, text_of, value_of

Event = dict[str, Any]
Question = dict[str, Any]

UNITS = {"second": 1, "minute": 60, "hour": 3600, "day": 86_400, "week": 604_800, "month": 30 * 86_400}


class Attempt:
    """One person's way from an entry: the event of each reached step, and why it stopped."""

    def __init__(self, who: str, entry: Event, unit: tuple[Any, ...]) -> None:
        self.who, self.entry, self.unit = who, entry, unit
        self.steps: dict[int, Event] = {}  # step (from 0) → event, in the order of the funnel
        self.excluded_by: Event | None = None

    @property
    def level(self) -> int:
        return len(self.steps)

    def ordered(self) -> list[Event]:
        """The events in the order in which steps were reached."""
        return list(self.steps.values())


def funnel(log: Log, question: Question) -> dict[Any, tuple[list[int], list[int], dict[str, list[int]]]]:
    """Combination of values (None: all) → attempts per step, people per step, day of entry → attempts per step."""
    plain = _attempts(log, question, by_day=False)
    points = _attempts(log, question, by_day=question["over_time"] == "independent")
    answer: dict[Any, tuple[list[int], list[int], dict[str, list[int]]]] = {}
    for combination, chosen in _by_combination(log, plain, question).items():
        counts = [[a for a in chosen if a.level > step] for step in range(len(question["steps"]))]
        answer[combination] = ([len(c) for c in counts], [len({a.who for a in c}) for c in counts], {})
    for combination, chosen in _by_combination(log, points, question).items():
        for attempt in chosen if question["interval"] and combination in answer else []:
            point = answer[combination][2].setdefault(_day(attempt.entry, log.zone), [0] * len(question["steps"]))
            for step in range(attempt.level):
                point[step] += 1
    return answer


def people(log: Log, question: Question, step: int, *, dropped: bool) -> set[str]:
    """Who reached a step (from 1), or reached it and not the next."""
    chosen = [a for a in _attempts(log, question, by_day=False) if _passes(log, a, question)]
    return {a.who for a in chosen if (a.level == step if dropped else a.level >= step)}


def spans(log: Log, question: Question) -> list[tuple[list[int], list[int]]]:
    """Per step from the second on: milliseconds from the step before, and from the first one, of each attempt."""
    found: list[tuple[list[int], list[int]]] = [([], []) for _ in question["steps"][1:]]
    for attempt in _attempts(log, question, by_day=False):
        if _passes(log, attempt, question):
            times = [_time(e, question) for e in attempt.ordered()]
            for step in range(1, attempt.level):
                found[step - 1][0].append(max(times[step] - times[step - 1], 0))
                found[step - 1][1].append(max(times[step] - times[0], 0))
    return found


# ---- which attempts count


def _attempts(log: Log, question: Question, *, by_day: bool) -> list[Attempt]:
    per_unit: dict[tuple[Any, ...], list[Event]] = {}
    for event in _in_order(log):
        who = person_of(log, event)
        for unit in _units(log, event, question) if who is not None else []:
            per_unit.setdefault((who, *unit), []).append(event)
    found: dict[tuple[Any, ...], list[Attempt]] = {}
    for (who, *unit), events in per_unit.items():
        for attempt in _of_unit(log, who, tuple(unit), events, question):
            found.setdefault(_once(log, attempt, question, by_day=by_day), []).append(attempt)
    if question["entry"] == "every":
        return [a for attempts in found.values() for a in attempts]
    return [min(attempts, key=lambda a: _preference(a, question)) for attempts in found.values()]


def _in_order(log: Log) -> list[Event]:
    numbered = [(event, number) for number, event in enumerate(log.events)]
    kept = {id(event) for event in counted_once(log)}

    def key(pair: tuple[Event, int]) -> tuple[int, int, int, int]:
        event, number = pair
        event_id = -1 if event["event_id"] is None else event["event_id"]
        return event["time"], event_id, event["received"], number

    return [event | {"place": place} for place, (event, _) in enumerate(sorted(numbered, key=key)) if id(event) in kept]


def _units(log: Log, event: Event, question: Question) -> list[tuple[Any, ...]]:
    """Session and held values; an event without one of them takes no part."""
    session = [("session", event["session"])] if question["entry"] == "session" else []
    if session and (event["session"] is None or event["session"] < 0):
        return []
    values = _combinations(log, question["held"], event)
    return [(*session, *held) for held in values if None not in held]


def _once(log: Log, attempt: Attempt, question: Question, *, by_day: bool) -> tuple[Any, ...]:
    """Of the attempts for which this is equal only one counts."""
    session = 1 if question["entry"] == "session" else 0
    unit = attempt.unit if question["each_held_value"] else attempt.unit[:session]
    return (attempt.who, *unit, *([_day(attempt.entry, log.zone)] if by_day else []))


def _preference(attempt: Attempt, question: Question) -> tuple[Any, ...]:
    """The first, or the one that comes furthest and then the first; an entry with several values by their text."""
    furthest = -attempt.level if question["entry"] == "longest" else 0
    session = 1 if question["entry"] == "session" else 0
    return furthest, attempt.entry["place"], list(attempt.unit[session:])


def _of_unit(log: Log, who: str, unit: tuple[Any, ...], events: list[Event], question: Question) -> list[Attempt]:
    """From every possible entry; with the entry `every` from those after the end of the attempt before."""
    first = _groups(question)[0]
    found: list[Attempt] = []
    over: Event | None = None  # an event up to which no new attempt begins
    until = -1  # a time up to which none begins
    for event in events:
        if not any(_is_step(log, event, question, step) for step in first) or not _in_range(event, question, log.zone):
            continue
        if question["entry"] == "every" and found:
            previous = found[-1].entry
            if (over is not None and event["place"] <= over["place"]) or _time(event, question) <= until:
                continue
            if question["simultaneity"] == "same_second" and _time(event, question) == _time(previous, question):
                continue
        found.append(_attempt(log, who, event, unit, events, question))
        over, until = _end(found[-1], question)
    return found


def _end(attempt: Attempt, question: Question) -> tuple[Event | None, int]:
    if attempt.level == len(question["steps"]):
        return max(attempt.ordered(), key=lambda e: e["place"]), -1
    deadline = _time(attempt.entry, question) + _window(question)
    excluded = attempt.excluded_by
    if excluded is not None and _time(excluded, question) <= deadline:
        return excluded, -1
    return None, deadline


# ---- one attempt


def _attempt(
    log: Log, who: str, entry: Event, unit: tuple[Any, ...], events: list[Event], question: Question
) -> Attempt:
    attempt = Attempt(who, entry, unit)
    found: dict[int, Event] = {}
    for group in _groups(question):
        before = dict(found)
        later = {}
        for step in group:
            if 0 in group:
                later[step] = next(
                    (e for e in events if e["place"] >= entry["place"] and _is_step(log, e, question, step)), None
                )
                if group == [0]:
                    later[step] = entry
            else:
                later[step] = next((e for e in events if _may_follow(log, e, step, before, question)), None)
        reached = sorted((s for s in group if later[s] is not None), key=lambda s: later[s]["place"])
        for step in reached:
            if not _is_in_time(attempt, later[step], question) or _is_excluded(
                log, attempt, found, later[step], events, question
            ):
                return _stopped(log, attempt, found, events, question)
            found[step] = attempt.steps[step] = later[step]
        if len(reached) < len(group):
            return _stopped(log, attempt, found, events, question)
    return attempt


def _may_follow(log: Log, event: Event, step: int, before: dict[int, Event], question: Question) -> bool:
    if not _is_step(log, event, question, step):
        return False
    latest = max(before.values(), key=lambda e: e["place"])
    alike = [e for other, e in before.items() if _share(question["steps"][other], question["steps"][step])]
    match question["simultaneity"]:
        case "exact":
            return event["place"] > latest["place"]
        case "two_seconds":
            return event["time"] >= latest["time"] - 2000 and all(event["place"] > e["place"] for e in alike)
    return event["time"] // 1000 >= latest["time"] // 1000 and all(
        event["time"] // 1000 > e["time"] // 1000 for e in alike
    )


def _is_in_time(attempt: Attempt, event: Event, question: Question) -> bool:
    return _time(event, question) - _time(attempt.entry, question) <= _window(question)


def _is_excluded(
    log: Log, attempt: Attempt, found: dict[int, Event], event: Event, events: list[Event], question: Question
) -> bool:
    """Whether an excluding event lies between the step after which it may not come and this event."""
    return any(
        _is_before(x, event, question) for x in _excluding(log, attempt, found, events, question, level=attempt.level)
    )


def _stopped(log: Log, attempt: Attempt, found: dict[int, Event], events: list[Event], question: Question) -> Attempt:
    excluding = _excluding(log, attempt, found, events, question, level=attempt.level)
    attempt.excluded_by = min(excluding, key=lambda e: e["place"], default=None)
    return attempt


def _excluding(
    log: Log, attempt: Attempt, found: dict[int, Event], events: list[Event], question: Question, *, level: int
) -> list[Event]:
    """The events that end an attempt which reached `level` steps and waits for the next one."""
    gaps = [(x["event"], x["after"], x["before"] or len(question["steps"])) for x in question["exclusions"]]
    if question["order"] == "strict" and level:
        gaps.append(({"names": [], "filter": None, "alternatives": []}, level, level + 1))
    return [
        event
        for selector, after, before in gaps
        if after <= level < before
        for since in [attempt.entry if after == 1 else found[after - 1]]
        for event in events
        if _is_selected(log, event, selector) and _is_before(since, event, question)
    ]


def _is_before(one: Event, other: Event, question: Question) -> bool:
    """Before, and not together with it."""
    match question["simultaneity"]:
        case "exact":
            return bool(one["place"] < other["place"])
        case "two_seconds":
            return bool(one["time"] < other["time"] - 2000)
    return bool(one["time"] // 1000 < other["time"] // 1000)


# ---- values


def _by_combination(log: Log, attempts: list[Attempt], question: Question) -> dict[Any, list[Attempt]]:
    found: dict[Any, list[Attempt]] = {}
    for attempt in attempts:
        if not _passes(log, attempt, question):
            continue
        found.setdefault(None, []).append(attempt)
        values = [_as_event(attempt, b["by"]["property"]["key"], b) for b in question["breakdowns"]]
        labels: list[tuple[Any, ...]] = [()]
        for breakdown, event in zip(question["breakdowns"], values, strict=True):
            labels = [(*head, *one) for head in labels for one in _combinations(log, [breakdown["by"]], event)]
        for label in labels if question["breakdowns"] else []:
            found.setdefault(label, []).append(attempt)
    return found


def _passes(log: Log, attempt: Attempt, question: Question) -> bool:
    rule = question["filter"]
    if rule is None:
        return True
    properties = {key: _as_event(attempt, key, rule)["properties"].get(key) for key in ("p", "q")}
    return holds(log, rule["filter"], {"properties": properties})


def _as_event(attempt: Attempt, key: str, rule: dict[str, Any]) -> Event:
    """An event with the attempt's value of the property."""
    if rule["attribution"] == "step":
        event = attempt.steps.get(rule["step"] - 1)
        return {"properties": {key: event["properties"].get(key) if event else None}}
    values = [e["properties"].get(key) for e in attempt.ordered()]
    some = [value for value in values if value is not None]
    return {"properties": {key: (some[0] if rule["attribution"] == "first" else some[-1]) if some else None}}


def _combinations(log: Log, breakdowns: list[dict[str, Any]], event: Event) -> list[tuple[str | None, ...]]:
    """The combinations of values, as JSON texts (None: not set): one per different item of a list."""
    found: list[tuple[str | None, ...]] = [()]
    for breakdown in breakdowns:
        value = value_of(log, event, breakdown["property"])
        items = value if isinstance(value, list) and breakdown["each_item"] else [value]
        labels = {label(item, as_text=breakdown["as_text"]) for item in (items or [NOT_SET])}
        found = [(*head, one) for head in found for one in labels]
    return found


def label(value: Any, *, as_text: bool) -> str | None:
    """Canonical JSON text, numbers in one spelling; as text, a number is the same as its digits in quotes."""
    if value is NOT_SET or value is None:
        return None
    if isinstance(value, (list, dict)):
        return text_of(value)
    return (
        json.dumps(value if isinstance(value, str) else text_of(value))
        if as_text or isinstance(value, str)
        else text_of(value)
    )


# ---- small words


def _groups(question: Question) -> list[list[int]]:
    """Steps that come in any order among each other are one group; groups come in order."""
    found: list[list[int]] = []
    for number, step in enumerate(question["steps"]):
        free = question["order"] == "any" and not step["anchored"]
        before = number and not question["steps"][number - 1]["anchored"]
        if free and before:
            found[-1].append(number)
        else:
            found.append([number])
    return found


def _is_step(log: Log, event: Event, question: Question, step: int) -> bool:
    return _is_selected(log, event, question["steps"][step]["event"])


def _is_selected(log: Log, event: Event, selector: dict[str, Any]) -> bool:
    """One of the names, or of the alternatives with its own filter; without any of both not a control event."""
    alternatives = [{"name": name, "filter": None} for name in selector["names"]] + selector["alternatives"]
    own = [holds(log, one["filter"], event) for one in alternatives if one["name"] == event["name"]]
    return (any(own) if alternatives else not event["control"]) and holds(log, selector["filter"], event)


def _share(one: dict[str, Any], other: dict[str, Any]) -> bool:
    names, others = ({*s["event"]["names"], *(a["name"] for a in s["event"]["alternatives"])} for s in (one, other))
    return not names or not others or bool(names & others)


def _time(event: Event, question: Question) -> int:
    whole = question["simultaneity"] == "same_second"
    return int(event["time"] // 1000 * 1000 if whole else event["time"])


def _window(question: Question) -> int:
    return int(question["window"]["count"] * UNITS[question["window"]["unit"]] * 1000)


def _day(event: Event, zone: str) -> str:
    return datetime.fromtimestamp(event["time"] / 1000, ZoneInfo(zone)).date().isoformat()


def _in_range(event: Event, question: Question, zone: str) -> bool:
    return bool(question["range"]["from"] <= _day(event, zone) <= question["range"]["to"])
