"""Flows in plain Python, over the raw log: each person's events are walked through one by one.

A path is a list of (position, step); a step is ("event", name, value) or one of ("end",), ("more",), ("target",).
Nothing here knows SQL, and nothing is imported from the engine.
"""

from collections import Counter
from datetime import datetime
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

from tests.oracle.filters import holds
from tests.oracle.log import NOT_SET, Happened, Log, counted_once, in_order, owners, text_of, value_of

Step = tuple[Any, ...]
Path = list[tuple[int, Step]]
_UNITS = {"second": 1000, "minute": 60_000, "hour": 3_600_000, "day": 86_400_000, "week": 604_800_000}


def paths(log: Log, question: dict[str, Any]) -> list[tuple[str, Path]]:
    """Who → path, for every path that the question counts."""
    found = []
    for owner, stream in _streams(log, question):
        anchors = [place for place, (_, _, anchor, _) in enumerate(stream) if anchor]
        made = [(place, _path(question, stream, place)) for place in anchors]
        if question["count"] != "total" and made:
            converted = [one for one in made if ("target",) in [step for _, step in one[1]]]
            made = [(converted or made)[0]]
        found += [(owner, path) for _, path in made]
    return found


def graph(question: dict[str, Any], found: list[tuple[str, Path]]) -> tuple[Counter[Any], Counter[Any]]:
    """Nodes (position, step) → paths, and links between them. Steps that are not among the top ones are ("other",)."""
    counts = Counter(place for _, path in found for place in path)
    shown = set()
    for position in {position for position, _ in counts}:
        steps = [(step, n) for (at, step), n in counts.items() if at == position and step[0] == "event"]
        ranked = sorted(steps, key=lambda one: (-one[1], one[0][1], str(one[0][2])))
        shown |= {(position, step) for step, _ in ranked[: question["top"]]}

    def drawn(place: tuple[int, Step]) -> tuple[int, Step]:
        return place if place in shown or place[1][0] != "event" else (place[0], ("other",))

    nodes: Counter[Any] = Counter()
    links: Counter[Any] = Counter()
    for _, path in found:
        nodes.update(drawn(place) for place in path)
        links.update((drawn(a), drawn(b)) for a, b in pairwise(path))
    return nodes, links


def _streams(log: Log, question: dict[str, Any]) -> list[tuple[str, list[Any]]]:
    """Owner → (time, step, is an anchor in the range, is where paths lead), in order; one per session if asked for."""
    group_type = question["group_type"]
    ordered = in_order(log, counted_once(log))
    firsts = {key: _first_times(log, ordered, question[key], group_type) for key in ("anchor", "to") if question[key]}
    streams: dict[Any, list[Any]] = {}
    for event in ordered:
        for owner in owners(log, event, group_type):
            session = event.get("session")
            if question["count"] == "sessions" and question["session_rule"] == "sdk":
                if session in (None, -1):
                    continue
            else:
                session = None
            counted = owner if group_type else None
            anchor = _selects(log, question["anchor"], event, counted, owner, firsts.get("anchor"))
            target = bool(question["to"]) and _selects(log, question["to"], event, counted, owner, firsts.get("to"))
            if not (_shown(question, event) or anchor or target) or not holds(log, question["filter"], event, counted):
                continue
            step = ("event", event["name"], _value(log, question, event, counted))
            one = (event["time"], step, anchor and _in_range(log, question, event["time"]), target)
            streams.setdefault((owner, session), []).append(one)
    found = [(owner, part) for (owner, _), stream in streams.items() for part in _sessions(question, stream)]
    return [(owner, _collapsed(question, stream)) for owner, stream in found]


def _first_times(log: Log, events: list[Happened], selector: dict[str, Any], group_type: str) -> dict[str, int] | None:
    if not selector.get("first_time"):
        return None
    first: dict[str, int] = {}
    for event in events:
        for owner in owners(log, event, group_type):
            if _selects(log, selector, event, owner if group_type else None, owner, None):
                first.setdefault(owner, event["time"])
    return first


def _selects(
    log: Log,
    selector: dict[str, Any],
    event: Happened,
    counted: str | None,
    owner: str,
    first: dict[str, int] | None,
) -> bool:
    names = selector.get("names", [])
    named = event["name"] in names if names else not event["control"]
    on_time = first is None or first.get(owner) == event["time"]
    return named and on_time and holds(log, selector.get("filter"), event, counted)


def _shown(question: dict[str, Any], event: Happened) -> bool:
    named = event["name"] in question["only"] if question["only"] else not event["control"]
    return named and event["name"] not in question["hidden"]


def _value(log: Log, question: dict[str, Any], event: Happened, counted: str | None) -> Any:
    for expand in question["expand"]:
        if expand["event"] == event["name"]:
            value = value_of(log, event, expand["property"], counted)
            if value is NOT_SET:
                return None
            return value if isinstance(value, (bool, str, int, float)) else text_of(value)
    return None


def _in_range(log: Log, question: dict[str, Any], time: int) -> bool:
    day = datetime.fromtimestamp(time / 1000, ZoneInfo(log.zone)).date().isoformat()
    return bool(question["range"]["from"] <= day <= question["range"]["to"])


def _sessions(question: dict[str, Any], stream: list[Any]) -> list[list[Any]]:
    if question["count"] != "sessions" or question["session_rule"] == "sdk":
        return [stream]
    parts: list[list[Any]] = []
    for one in stream:
        if not parts or one[0] - parts[-1][-1][0] > _length(question["session_timeout"]):
            parts.append([])
        parts[-1].append(one)
    return parts


def _collapsed(question: dict[str, Any], stream: list[Any]) -> list[Any]:
    if not question["collapse_repeats"]:
        return stream
    return [one for one, last in zip(stream, [None, *stream], strict=False) if last is None or one[1:] != last[1:]]


def _path(question: dict[str, Any], stream: list[Any], place: int) -> Path:
    at, window = stream[place][0], _length(question["window"])
    later = [(time, step, target) for time, step, _, target in stream[place + 1 :] if time - at <= window]
    earlier = [step for time, step, *_ in reversed(stream[:place]) if at - time <= window]
    path: Path = [(0, stream[place][1])]
    target = next((number for number, one in enumerate(later) if one[2]), None) if question["to"] else None
    if target is not None:
        between = [step for _, step, _ in later[:target]]
        shown = between[: question["after"]] + ([("more",)] if len(between) > question["after"] else [])
        path += list(enumerate([*shown, ("target",)], 1))
    else:
        # Where paths lead somewhere, one that does not get there shows its end behind the last step that is shown.
        most = question["after"] + (2 if question["to"] else 0)
        shown = [step for _, step, _ in later][: question["after"]]
        path += list(enumerate([*shown, ("end",)][:most], 1))
    back = [*earlier[: question["before"]], ("end",)][: question["before"]]
    return [(-number, step) for number, step in reversed(list(enumerate(back, 1)))] + path


def _length(duration: dict[str, Any]) -> int:
    return int(duration["count"]) * _UNITS[duration.get("unit", "day")]
