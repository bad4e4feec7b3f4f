"""Profile updates of /engage and /groups.

Source: Mixpanel's reference of profile and group operations; forms as the SDKs send them.
"""

from datetime import UTC, datetime
from typing import NamedTuple

import msgspec

from diptych.ingest.places import Places
from diptych.model import (
    EVENT_BYTES,
    InvalidJSON,
    Operation,
    ProfileUpdate,
    Project,
    canonical,
    canonical_object,
    size_of,
)
from diptych.model.jsontext import dump
from diptych.people.identity import read_ids
from diptych.protocols.mixpanel.events import PROTOCOL, text_of
from diptych.protocols.mixpanel.records import Rejected

_OPERATIONS = {
    "$set": Operation.SET,
    "$set_once": Operation.SET_ONCE,
    "$add": Operation.ADD,
    "$append": Operation.PUSH,
    "$union": Operation.UNION,
    "$remove": Operation.REMOVE,
    "$unset": Operation.UNSET,
    "$delete": Operation.DELETE,
}
_PLACES = {"country": "$country_code", "region": "$region", "city": "$city"}
_MILLISECONDS_FROM = 1e11


def token_of(sent: dict[str, msgspec.Raw]) -> str:
    """The project token of an update; empty when there is none."""
    return _plain(sent, "$token")


class Arrival(NamedTuple):
    """When and from where a request came. `address`: empty when profiles must not be given it."""

    received: int
    address: str
    places: Places


def person_updates(sent: dict[str, msgspec.Raw], project: Project, arrival: Arrival) -> list[ProfileUpdate]:
    """Updates of a person's profile, in the order in which they were written. Raises Rejected."""
    profile = _plain(sent, "$distinct_id")
    if not profile:
        raise Rejected("$distinct_id", "'$distinct_id' is invalid: must not be missing")
    if _plain_value(sent, "$ignore_alias") != "true":
        profile = read_ids(project.identity, distinct_id=profile).distinct_id or profile
    found = _updates(sent, project, arrival.received, "", profile)
    if all(update.operation is Operation.DELETE for update in found):
        return found
    return found + _beside(sent, found[0], arrival, len(found))


def _beside(
    sent: dict[str, msgspec.Raw], update: ProfileUpdate, arrival: Arrival, position: int
) -> list[ProfileUpdate]:
    """What an update says without words: that the person was seen, and where."""
    address = _plain(sent, "$ip") or arrival.address
    values = {_PLACES[name]: text for name, text in arrival.places.context_of(address).items()}
    if zone := arrival.places.time_zone_of(address):
        values["$timezone"] = dump(zone)
    if _plain_value(sent, "$ignore_time") != "true":
        values["$last_seen"] = dump(f"{datetime.fromtimestamp(update.time // 1000, UTC):%Y-%m-%dT%H:%M:%S}")
    if not values:
        return []
    return [msgspec.structs.replace(update, operation=Operation.SET, values=values, position=position)]


def group_updates(sent: dict[str, msgspec.Raw], project: Project, arrival: Arrival) -> list[ProfileUpdate]:
    """Updates of a group's profile. Raises Rejected."""
    group_type, group = _plain(sent, "$group_key"), _plain(sent, "$group_id")
    for field, value in (("$group_key", group_type), ("$group_id", group)):
        if not value:
            raise Rejected(field, f"'{field}' is invalid: must not be missing")
    return _updates(sent, project, arrival.received, group_type, group)


def _updates(
    sent: dict[str, msgspec.Raw], project: Project, received: int, group_type: str, profile: str
) -> list[ProfileUpdate]:
    found = [(key, value) for key, value in sent.items() if key in _OPERATIONS]
    if not found:
        known = ", ".join(_OPERATIONS)
        raise Rejected("", f"an update needs one of {known}")
    time = _time(sent, received)
    return [
        ProfileUpdate(
            project=project.id,
            group_type=group_type,
            profile_id=profile,
            operation=_OPERATIONS[key],
            values=_values(key, value),
            time=time,
            received=received,
            position=position,
            protocol=PROTOCOL,
        )
        for position, (key, value) in enumerate(found)
    ]


def _values(key: str, value: msgspec.Raw) -> dict[str, str]:
    if key == "$delete":
        return {}
    try:
        if key == "$unset":
            return dict.fromkeys(_names(canonical(value)), "null")
        values = canonical_object(value)
    except InvalidJSON:
        raise Rejected(key, f"'{key}' is invalid: must be an object") from None
    if size_of(values) > EVENT_BYTES:
        raise Rejected(key, f"'{key}' is invalid: an update must be smaller than 1 MB")
    if key == "$add":
        return {name: text for name, text in values.items() if text[:1] in "-0123456789"}
    if key == "$remove":
        # One value is taken out, a list as one item: what $append has put in.
        return {name: f"[{text}]" if text.startswith("[") else text for name, text in values.items()}
    return values


def _names(text: str) -> list[str]:
    try:
        names = msgspec.json.decode(text, type=list[str] | str)
    except msgspec.DecodeError:
        raise Rejected("$unset", "'$unset' is invalid: must be a list of property names") from None
    return [names] if isinstance(names, str) else names


def _time(sent: dict[str, msgspec.Raw], received: int) -> int:
    """The update's own time, in seconds or milliseconds; never later than its receipt."""
    try:
        value = float(_plain(sent, "$time"))
    except ValueError:
        return received
    time = value if abs(value) >= _MILLISECONDS_FROM else value * 1000
    return min(round(time), received) if 0 <= time < 1e15 else received


def _plain(sent: dict[str, msgspec.Raw], key: str) -> str:
    return text_of(_plain_value(sent, key))


def _plain_value(sent: dict[str, msgspec.Raw], key: str) -> str | None:
    try:
        return canonical(sent[key]) if key in sent else None
    except InvalidJSON:
        return None
