"""Who is who, in plain Python over the raw log: told as a story, entry by entry. Slow, and meant to be read beside
the vendors' guides. Nothing is imported from the engine.

An entry is a dictionary: {"order": int, "what": "event", "device": str, "user": str, "sent": str} (`sent`: a distinct
id, beside or instead of the other two) or {"order", "what": kind of statement, "actor", "person"}.
"""

import re
from collections.abc import Callable
from typing import Any

Entry = dict[str, Any]
Answer = dict[int, tuple[Any, Any]]
"""Order of each event → (person, owner of its properties). Any values: only which are equal means something."""

UUID4 = re.compile(r"(\$device:)?[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")


def counting(log: list[Entry]) -> list[Entry]:
    """The log in order, with what events state written out, and without what was taken back later."""
    told: list[Entry] = []
    for entry in sorted(log, key=lambda one: one["order"]):
        if entry["what"] == "event" and entry["user"] and entry["device"]:
            kind = "together" if entry["sent"] else "stated"
            told.append({"what": kind, "actor": "$device:" + entry["device"], "person": entry["user"]})
        if entry["what"] == "unlink":
            gone = {entry["actor"], entry["person"]}
            told = [
                one
                for one in told
                if one["what"] == "event"
                or (
                    {one["actor"], one["person"]} != gone
                    and not (one["what"] == "alias" and one["actor"] == entry["actor"] and not entry["person"])
                )
            ]
        else:
            told.append(entry)
    return [one for one in told if one["what"] == "event" or one["actor"] != one["person"]]


def own_id(entry: Entry, mode: str) -> str:
    """The id that an event counts under."""
    if mode == "original" and entry["sent"]:
        return str(entry["sent"])
    if entry["user"]:
        return str(entry["user"])
    if entry["device"]:
        return "$device:" + entry["device"]
    return str(entry["sent"])


def follow(start: Any, leads: dict[Any, Any]) -> Any:
    """The end of a chain; for a circle the set of its members."""
    passed = [start]
    while passed[-1] in leads:
        following = leads[passed[-1]]
        if following in passed:
            return frozenset(passed[passed.index(following) :])
        passed.append(following)
    return passed[-1]


def simplified(log: list[Entry]) -> Answer:
    """A device is its first user's; an alias is whoever it was last said to be."""
    leads: dict[Any, Any] = {}
    aliases: dict[Any, Any] = {}
    for entry in counting(log):
        if entry["what"] in ("stated", "together") and entry["actor"] not in leads:
            leads[entry["actor"]] = entry["person"]
        if entry["what"] == "alias":
            aliases[entry["actor"]] = entry["person"]
    leads.update(aliases)
    events = {one["order"]: own_id(one, "simplified") for one in log if one["what"] == "event"}
    return {order: (follow(one, leads) if one else None,) * 2 for order, one in events.items()}


def original(log: list[Entry]) -> Answer:
    """Sets of ids that grow into each other."""
    story = counting(log)
    last_alias = {one["actor"]: one["person"] for one in story if one["what"] == "alias"}
    people: list[set[str]] = []
    identified: dict[str, str] = {}
    renamed: dict[str, str] = {}

    def set_of(member: str) -> set[str]:
        return next((one for one in people if member in one), {member})

    for entry in story:
        kind = entry["what"]
        if kind in ("event", "together") or (kind == "alias" and last_alias[entry["actor"]] != entry["person"]):
            continue
        actor, person = entry["actor"], entry["person"]
        if kind == "identified" and not UUID4.fullmatch(actor):
            continue
        if kind in ("identified", "stated") and identified.get(actor, person) != person:
            continue
        if kind == "renamed" and renamed.get(actor, person) != person:
            continue
        together = set_of(actor) | set_of(person)
        if len(together) > 500 and kind != "alias":
            continue
        if kind in ("identified", "stated"):
            identified[actor] = person
        if kind == "renamed":
            renamed[actor] = person
        people = [one for one in people if not one & together] + [together]
    events = {one["order"]: own_id(one, "original") for one in log if one["what"] == "event"}
    return {order: (frozenset(set_of(one)) if one else None,) * 2 for order, one in events.items()}


def amplitude(log: list[Entry]) -> Answer:
    """Numbers are given in order of receipt, and some are merged into others afterwards."""
    numbers = iter(range(1, 1_000_000))
    of_user: dict[str, int] = {}
    of_anonymous: dict[str, int] = {}
    last_user: dict[str, str] = {}
    merged: dict[Any, Any] = {}
    given: dict[int, int | None] = {}
    aliases: dict[str, str] = {}

    def anonymous(device: str) -> int:
        if device not in of_anonymous:
            of_anonymous[device] = next(numbers)
        return of_anonymous[device]

    def coupled(device: str, user: str) -> None:
        if device not in last_user:
            if user not in of_user:
                of_user[user] = anonymous(device)
            else:
                merged[anonymous(device)] = of_user[user]
        of_user.setdefault(user, next(numbers))
        last_user[device] = user

    for entry in counting(log):
        if entry["what"] in ("stated", "together"):
            coupled(entry["actor"], entry["person"])
        if entry["what"] == "alias":
            aliases[entry["actor"]] = entry["person"]
        if entry["what"] != "event":
            continue
        own = own_id(entry, "amplitude")
        if not own:
            given[entry["order"]] = None
        elif not own.startswith("$device:"):
            given[entry["order"]] = of_user.setdefault(own, next(numbers))
        elif own in last_user:
            given[entry["order"]] = of_user[last_user[own]]
        else:
            given[entry["order"]] = anonymous(own)
    for actor, person in aliases.items():
        is_device = person.startswith("$device:")
        target = anonymous(person) if is_device else of_user.setdefault(person, next(numbers))
        merged[of_user.setdefault(actor, next(numbers))] = target
    return {order: (number and follow(number, merged), number) for order, number in given.items()}


PEOPLE: dict[str, Callable[[list[Entry]], Answer]] = {
    "simplified": simplified,
    "original": original,
    "amplitude": amplitude,
}


def partition(values: dict[int, Any]) -> list[list[int]]:
    """Which events are of the same one; those of nobody come first."""
    groups: dict[Any, list[int]] = {}
    for order, value in sorted(values.items()):
        groups.setdefault(value, []).append(order)
    return [groups.pop(None, []), *sorted(groups.values())]
