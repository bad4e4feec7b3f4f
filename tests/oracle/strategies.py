"""Random raw logs: what any vendor's clients may send, and every awkward case that we know of."""

import json
from dataclasses import replace
from datetime import datetime
from typing import Any

from hypothesis import strategies as st
from tests.oracle.log import Log

ZONES = ["UTC", "Europe/Berlin", "America/New_York", "Asia/Kathmandu"]
# Around the ends of a range in every zone, and around changes of the clock in two of them.
TIMES = [
    int(datetime.fromisoformat(text).timestamp() * 1000)
    for text in (
        "2026-03-06T23:59:59.999+00:00",
        "2026-03-07T00:00:00+00:00",
        "2026-03-08T06:59:59+00:00",
        "2026-03-08T07:30:00+00:00",
        "2026-03-28T23:00:00+00:00",
        "2026-03-29T00:30:00+00:00",
        "2026-03-29T01:00:00.001+00:00",
        "2026-03-30T22:15:00+00:00",
        "2026-04-01T00:00:00+00:00",
    )
]
NAMES = ["A", "B", "$identify"]
PEOPLE = ["a", "b", "c"]
DEVICES = ["$device:x", "$device:y"]
IDS = ["", *PEOPLE, *DEVICES]
COMPANIES = ["g1", "g2", "g3"]
VALUES: list[Any] = [
    None, True, False, 0, 1, -1, 49, 49.0, 2.5, 1e20, 9007199254740993, "", "1", "49", "true", "null", "pro",
    "Pro plan", 'quo"te', "back\\slash", "München", [], ["pro", "pro", 1], [1, "1", None], {"k": "v"}, ["a/b"],
]  # fmt: skip
NUMBERS = [0, 1, -1, 2.5, 49, 49.0, 10, 250]
KEYS = ["p", "q"]

times = st.sampled_from(TIMES) | st.integers(TIMES[0], TIMES[-1])
values = st.sampled_from(VALUES)


def events(names: list[str] = NAMES) -> st.SearchStrategy[dict[str, Any]]:
    """One event: ties in time, copies, nobody's, lists and mixed types, several groups."""
    return st.fixed_dictionaries(
        {
            "name": st.sampled_from(names),
            "time": times,
            "id": st.sampled_from(IDS),
            "copy": st.none() | st.integers(0, 3),
            "properties": st.dictionaries(st.sampled_from(KEYS), values)
            | st.fixed_dictionaries({"n": st.sampled_from(NUMBERS)}),
            "context": st.dictionaries(st.just("country"), st.sampled_from(["DE", "US"])),
            "groups": st.dictionaries(
                st.just("company"), st.lists(st.sampled_from(COMPANIES), min_size=1, max_size=2, unique=True)
            ),
            "session": st.none() | st.sampled_from([-1, 1, 2]),
        }
    )


def updates() -> st.SearchStrategy[dict[str, Any]]:
    """One change of a profile, of a person or of a company."""
    owner = st.tuples(st.just(""), st.sampled_from(PEOPLE)) | st.tuples(st.just("company"), st.sampled_from(COMPANIES))
    return st.builds(
        lambda whose, key, time, value: {
            "group_type": whose[0],
            "id": whose[1],
            "key": key,
            "time": time,
            "value": value,
        },
        owner,
        st.just("plan"),
        times,
        st.sampled_from([None, "free", "pro", 49, 49.0, True, ["x", "y"]]),
    )


def logs(most: int = 25, names: list[str] = NAMES) -> st.SearchStrategy[Log]:
    """A log, in some order of receipt, so that events come late; several ids of a person through links.

    Lists are short when nothing asks for more: two in three logs have enough events for an answer with several rows.
    """
    several = st.sampled_from([0, most // 3, most // 2])
    return st.builds(
        Log,
        several.flatmap(lambda least: st.lists(events(names), min_size=least, max_size=most)),
        st.lists(st.tuples(st.sampled_from(DEVICES), st.sampled_from(PEOPLE)), max_size=3),
        st.lists(updates(), max_size=6),
        st.sampled_from(ZONES),
    ).flatmap(with_copies)


def with_copies(log: Log) -> st.SearchStrategy[Log]:
    """Some events are received again, with the properties of another: who is asked for a copy finds one."""
    if not log.events:
        return st.just(complete(log))
    places = st.integers(0, len(log.events) - 1)
    return st.lists(st.tuples(places, places), max_size=3).map(lambda again: complete(_received_again(log, again)))


def _received_again(log: Log, again: list[tuple[int, int]]) -> Log:
    copies = [
        log.events[place] | {"copy": log.events[place]["copy"] or 0, "properties": log.events[other]["properties"]}
        for place, other in again
    ]
    for place, _ in again:
        log.events[place]["copy"] = log.events[place]["copy"] or 0
    return replace(log, events=[*log.events, *copies])


def complete(log: Log) -> Log:
    """Make copies what they are for a vendor: equal in what their key is made of."""
    for event in log.events:
        event["control"] = event["name"] == "$identify"
        event["first_wins"] = event["copy"] in (0, 1)
        if event["copy"] is not None:
            event["copy"] = json.dumps([event["name"], event["id"], event["time"], event["copy"]])
    return log
