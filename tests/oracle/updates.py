"""Whose profile each update is about, in plain Python over the raw log: told as a story, entry by entry.

Besides the entries of `tests/oracle/identity.py` there are updates. One is an event of nobody that has "of": the id
that it names. Nothing is imported from the engine.
"""

from collections.abc import Callable
from typing import Any

from tests.oracle.identity import UUID4, Entry, counting, follow, own_id

Owners = dict[int, Any]
"""Order of each update → whose profile it is about. Any values: only which are equal means something."""


def simplified(log: list[Entry]) -> Owners:
    """What is said of a device stays with the device; what is said of an alias is about whom it stands for by then."""
    story = counting(log)
    last = {one["actor"]: one["person"] for one in story if one["what"] == "alias"}
    aliases: dict[str, str] = {}
    owners: Owners = {}
    for place, entry in enumerate(story):
        if entry["what"] == "alias":
            rest = (one for one in story[place:] if one["what"] == "alias" and one["actor"] == entry["actor"])
            if {one["person"] for one in rest} == {last[entry["actor"]]}:
                aliases[entry["actor"]] = entry["person"]
        if "of" in entry:
            owners[entry["order"]] = _user_of(follow(entry["of"], aliases))
    return owners


def _user_of(end: Any) -> Any:
    """Of a circle of aliases the profile is that of one of its members: a user rather than a device."""
    if not isinstance(end, frozenset):
        return end
    return min(end, key=lambda member: (member.startswith("$device:"), member))


def original(log: list[Entry]) -> Owners:
    """Everybody in a set is known by the name that the set had which was there before."""
    story = counting(log)
    last_alias = {one["actor"]: one["person"] for one in story if one["what"] == "alias"}
    name: dict[str, str] = {}
    identified: dict[str, str] = {}
    renamed: dict[str, str] = {}
    owners: Owners = {}
    for entry in story:
        kind = entry["what"]
        if "of" in entry:
            owners[entry["order"]] = name.get(entry["of"], entry["of"])
        if kind in ("event", "together") or (kind == "alias" and last_alias[entry["actor"]] != entry["person"]):
            continue
        actor, person = entry["actor"], entry["person"]
        if kind == "identified" and not UUID4.fullmatch(actor):
            continue
        if kind in ("identified", "stated") and identified.setdefault(actor, person) != person:
            continue
        if kind == "renamed" and renamed.setdefault(actor, person) != person:
            continue
        joining, joined = name.get(actor, actor), name.get(person, person)
        members = [one for one, called in name.items() if called == joining]
        name |= dict.fromkeys([*members, actor, joining], joined)
        name[person] = joined
    return owners


def amplitude(log: list[Entry]) -> Owners:
    """A device's table of properties becomes that of a user who was not known; later it is its last user's."""
    last_user: dict[str, str] = {}
    known: set[str] = set()
    taken: dict[str, str] = {}
    owners: Owners = {}
    for entry in counting(log):
        if entry["what"] in ("stated", "together"):
            device, user = entry["actor"], entry["person"]
            if device not in last_user and user not in known:
                taken[device] = user
            known.add(user)
            last_user[device] = user
        if entry["what"] == "event":
            own = own_id(entry, "amplitude")
            known |= set() if own.startswith("$device:") else {own}
        if "of" in entry:
            owners[entry["order"]] = last_user.get(entry["of"], entry["of"])
    return {order: taken.get(owner, owner) for order, owner in owners.items()}


OWNERS: dict[str, Callable[[list[Entry]], Owners]] = {
    "simplified": simplified,
    "original": original,
    "amplitude": amplitude,
}
