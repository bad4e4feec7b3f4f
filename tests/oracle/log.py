"""The raw log that every oracle reads: what was received, in order. Plain Python, nothing from the engine.

Shared by the oracles of all reports: which events count once, who a person is, what a property's value is for an
event, and whether a filter holds. Everything takes the log itself, never resolved persons or folded profiles.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

Value = Any
Happened = dict[str, Any]


class _NotSet:
    """Absent or null."""

    def __repr__(self) -> str:
        return "NOT_SET"


NOT_SET = _NotSet()


@dataclass
class Log:
    """What was received, in order.

    events    name, time (ms), id, copy (or None), first_wins, control, properties, context {key: JSON value},
              groups {type: [ids]}, session (or None)
    links     (actor, person)
    updates   profile updates in order of receipt: group_type (empty: a person), id, key, time (ms), value (None: unset)
    zone      the project's time zone
    now       when the question is asked (ms)
    sessions  what the project takes for a session: timeout (half an hour), mixpanel or amplitude
    """

    events: list[Happened] = field(default_factory=list)
    links: list[tuple[str, str]] = field(default_factory=list)
    updates: list[dict[str, Any]] = field(default_factory=list)
    zone: str = "UTC"
    now: int = 1_780_000_000_000
    sessions: str = "timeout"


def counted_once(log: Log) -> list[Happened]:
    """Of several copies of an event, the one that its vendor keeps."""
    kept: dict[Any, Happened] = {}
    for number, event in enumerate(log.events):
        key = ("copy", event["copy"]) if event["copy"] is not None else ("own", number)
        if not (event["first_wins"] and key in kept):
            kept[key] = event
    return list(kept.values())


def in_order(log: Log, events: list[Happened]) -> list[Happened]:
    """Events by (time, event id, received, accept id); in these logs receipt decides between equal times."""
    place = {id(event): number for number, event in enumerate(log.events)}
    return sorted(events, key=lambda e: (e["time"], place[id(e)]))


def person_of(log: Log, event: Happened) -> str | None:
    """The person: who the first link of the id says it is; nobody for an empty id."""
    if not event["id"]:
        return None
    return next((person for actor, person in log.links if actor == event["id"]), event["id"])


def owners(log: Log, event: Happened, group_type: str = "") -> list[str]:
    """Who an event counts for: its person, or the groups of a type that it names; nobody for none."""
    if not group_type:
        person = person_of(log, event)
        return [] if person is None else [person]
    return list(dict.fromkeys(event.get("groups", {}).get(group_type, [])))


def profile_value(log: Log, group_type: str, owner: str, key: str, until: int | None) -> Value:
    """What the fold of the updates has for a key: now, or (with `until`) at a time, that time's updates included."""
    value: Value = NOT_SET
    mine = [u for u in log.updates if (u["group_type"], u["id"], u["key"]) == (group_type, owner, key)]
    for update in sorted(mine, key=lambda u: u["time"]):
        if until is None or update["time"] <= until:
            value = _set(update["value"])
    return value


def value_of(log: Log, event: Happened, reference: dict[str, Any], owner: str | None = None) -> Value:
    """A property of an event; null and absent are both not set. `owner`: the group that is being counted."""
    key, scope = reference["key"], reference.get("scope", "event")
    match scope:
        case "event":
            found = _set(event["properties"].get(key))
        case "builtin":
            found = _set(event.get("context", {}).get(key))
        case "field":
            found = _set({"name": event["name"], "distinct_id": event["id"] or None, "time": event["time"]}[key])
        case "session":
            found = session_fact(log, event, key)
        case "user":
            person, until = person_of(log, event), event["time"] if reference.get("at") == "event" else None
            found = NOT_SET if person is None else profile_value(log, "", person, key, until)
        case "group":
            found = _of_groups(log, event, reference, owner)
        case _:
            raise ValueError(scope)
    for step in reference.get("path", []):
        found = _set(found.get(step)) if isinstance(found, dict) else NOT_SET
    return found


def session_of(log: Log, event: Happened) -> list[Happened]:
    """The events of the session in which an event happened, in order; none when it is in no session."""
    person = person_of(log, event)
    if person is None or event["control"]:
        return []
    mine = [e for e in in_order(log, counted_once(log)) if person_of(log, e) == person and not e["control"]]
    if log.sessions == "amplitude":
        own = [] if event["session"] in (None, -1) else [e for e in mine if e["session"] == event["session"]]
        return own if own and own[-1]["time"] - own[0]["time"] <= 86_400_000 else []
    found: list[list[Happened]] = []
    for one in mine:
        last = found[-1][-1] if found else None
        day_after = last and log.sessions == "mixpanel" and _day(log, one) != _day(log, last)
        if last is None or one["time"] - last["time"] > 1_800_000 or day_after:
            found.append([])
        found[-1].append(one)
    return next((session for session in found if any(one is event for one in session)), [])


def session_fact(log: Log, event: Happened, key: str) -> Value:
    """What is said of the session of an event."""
    session = session_of(log, event)
    if not session:
        return NOT_SET
    if key == "duration":
        return (session[-1]["time"] - session[0]["time"]) / 1000
    return {"events": len(session), "entry": session[0]["name"], "exit": session[-1]["name"]}[key]


def _day(log: Log, event: Happened) -> str:
    return datetime.fromtimestamp(event["time"] / 1000, ZoneInfo(log.zone)).date().isoformat()


def _of_groups(log: Log, event: Happened, reference: dict[str, Any], owner: str | None) -> Value:
    kind = reference["group_type"]
    until = event["time"] if reference.get("at") == "event" else None
    if owner is not None:
        return profile_value(log, kind, owner, reference["key"], until)
    each = [v for g in owners(log, event, kind) if (v := _profile(log, kind, g, reference, until))]
    found = {json.dumps(value): value for (value,) in each}
    values = [found[text] for text in sorted(found)]  # whatever order the event names its groups in
    return values[0] if len(values) == 1 else values or NOT_SET


def _profile(log: Log, kind: str, group: str, reference: dict[str, Any], until: int | None) -> tuple[Value] | None:
    value = profile_value(log, kind, group, reference["key"], until)
    return None if value is NOT_SET else (value,)


def _set(value: Value) -> Value:
    return NOT_SET if value is None else value


def same(a: Value, b: Value) -> bool:
    """Equal JSON values: 49 and 49.0 are one, 1 and true and "1" are three."""
    if isinstance(a, bool) or isinstance(b, bool):
        return a is b
    if is_number(a) and is_number(b):
        return bool(a == b)
    return type(a) is type(b) and bool(a == b)


def is_number(value: Value) -> bool:
    """A JSON number, which true and false are not."""
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def text_of(value: Value) -> str:
    """The string form: what protocols compare that only know strings."""
    if isinstance(value, str):
        return value
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def items_of(value: Value) -> list[Value]:
    """A list's items, or the one value; nulls and what is not set are no items."""
    if value is NOT_SET:
        return []
    return [item for item in value if item is not None] if isinstance(value, list) else [value]


def instant_of(value: Value, zone: str) -> int | None:
    """A date as UTC milliseconds: ISO 8601, local without a zone; or epoch seconds (to 2**32-1) or milliseconds."""
    if is_number(value):
        if not 0 < value < 1e13:
            return None
        return int(value * 1000 if value <= 4294967295 else value)
    if not isinstance(value, str) or len(value) < 10 or value[4:5] != "-":
        return None
    try:
        found = datetime.fromisoformat(value.replace(" ", "T"))
    except ValueError:
        return None
    return round((found if found.tzinfo else found.replace(tzinfo=ZoneInfo(zone))).timestamp() * 1000)


def day_start(instant: int, zone: str) -> datetime:
    """The local midnight that an instant's day begins with."""
    return datetime.fromtimestamp(instant / 1000, ZoneInfo(zone)).replace(hour=0, minute=0, second=0, microsecond=0)


def milli(moment: datetime) -> int:
    """UTC milliseconds."""
    return round(moment.astimezone(UTC).timestamp() * 1000)


def days_from(moment: datetime, days: int) -> datetime:
    """The local midnight some days away."""
    day = moment.date() + timedelta(days=days)
    return datetime(day.year, day.month, day.day, tzinfo=moment.tzinfo)


Holds = Callable[[Happened], bool]


def owner_holds(holds: Callable[..., bool], log: Log, node: Any, event: Happened, group_type: str) -> list[str | None]:
    """The owners of an event for which a filter holds; [None] for an event of nobody for which it does."""
    found: list[str | None] = [*owners(log, event, group_type)]
    return [o for o in (found or [None]) if holds(log, node, event, o if group_type else None)]
