"""Which id an event counts under, and what it says about who is who.

The rules are those of the project's identity mode. One namespace holds all ids: a device's id is written
`$device:<id>`, a user's id as it is, so that a device and a user of the same text stay two.
Source of the rules: Mixpanel's guides to its Simplified and Original ID Merge, Amplitude's guide to
tracking unique users.
"""

from typing import NamedTuple

from diptych.model import Event, IdentityMode

DEVICE_PREFIX = "$device:"

# Ids that clients send when they have none. Both vendors refuse them; compared in lower case.
PLACEHOLDER_IDS = frozenset(
    [
        "00000000-0000-0000-0000-000000000000",
        "anon",
        "anonymous",
        "nil",
        "none",
        "null",
        "n/a",
        "na",
        "undefined",
        "unknown",
        "<nil>",
        "0",
        "-1",
        "true",
        "false",
        "[]",
        "{}",
        "lmy47d",
    ]
)


class Ids(NamedTuple):
    """The ids of one event after the mode's rules.

    distinct_id is what the event counts under, empty for no one. `links` tells that the event itself
    links its device to its user, as `device_actor(device_id)` → user_id.
    """

    distinct_id: str
    user_id: str
    device_id: str
    links: bool


def device_actor(device_id: str) -> str:
    """The id under which a device's own events count. One leading prefix is not repeated."""
    return DEVICE_PREFIX + device_id.removeprefix(DEVICE_PREFIX)


def usable(identifier: str) -> str:
    """The id, or empty for one that stands for "no id"."""
    return "" if identifier.strip().lower() in PLACEHOLDER_IDS else identifier


def read_ids(mode: IdentityMode, *, distinct_id: str = "", user_id: str = "", device_id: str = "") -> Ids:
    """Apply the mode's rules to the ids as sent (empty: not sent).

    simplified  user id, else device id; a lone distinct id is read as one of the two
    original    the distinct id as sent; without one, user id, else device id. Only control events link
                ids that came as a distinct id
    amplitude   user id, else device id; a lone distinct id is read as in simplified
    """
    user, device = usable(user_id), usable(device_id).removeprefix(DEVICE_PREFIX)
    if mode is IdentityMode.ORIGINAL and distinct_id:
        return Ids(distinct_id, user, device, links=False)
    if not user and not device and (lone := usable(distinct_id)):
        if lone.startswith(DEVICE_PREFIX):
            device = lone.removeprefix(DEVICE_PREFIX)
        else:
            user = lone
    if user:
        return Ids(user, user, device, links=bool(device))
    return Ids(device_actor(device) if device else "", "", device, links=False)


def id_under(mode: IdentityMode, event: Event) -> str:
    """The id under which a stored event counts in a mode, whatever the mode was when it came.

    An id that counted when it came goes on doing so, also where the mode takes it for none.
    """
    sent = event.sent_id or event.distinct_id
    read = read_ids(mode, distinct_id=sent, user_id=event.user_id, device_id=event.device_id)
    return read.distinct_id or event.distinct_id
