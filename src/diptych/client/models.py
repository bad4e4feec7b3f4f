"""What the server answers besides answers to questions. Times are UTC milliseconds."""

from typing import Any

import msgspec

from diptych.query.answer import Explanation


class Progress(msgspec.Struct, frozen=True):
    """How far a running question is. `rows_expected` is a guess, and 0 while there is none."""

    rows_read: int
    rows_expected: int
    bytes_read: int


class Event(msgspec.Struct, frozen=True):
    """One event as it was received; property values are JSON values."""

    accept_id: str
    name: str
    time: int
    received: int
    distinct_id: str
    user_id: str
    device_id: str
    insert_id: str
    session_id: int | None
    event_id: int | None
    protocol: str
    library: str
    control: bool
    properties: dict[str, Any]
    user_properties: dict[str, Any]
    context: dict[str, Any]
    envelope: dict[str, Any]
    groups: dict[str, list[str]]


class Events(msgspec.Struct, frozen=True):
    """Events, the newest first."""

    events: list[Event]


class Behind(msgspec.Struct, frozen=True):
    """A person (or group) behind a part of an answer: the hash that is counted, the id, the profile now."""

    who: str
    id: str
    properties: dict[str, Any]


class BehindPage(msgspec.Struct, frozen=True):
    """A page of people. `count` is of all; `next` is where the next page begins, None on the last one."""

    count: int
    people: list[Behind]
    next: str | None


class FoundPerson(msgspec.Struct, frozen=True):
    """A person who was looked for; `updated` is None without a profile, `last_seen` unless ordered by it."""

    id: str
    person: str
    properties: dict[str, Any]
    updated: int | None
    last_seen: int | None = None


class FoundPage(msgspec.Struct, frozen=True):
    """A page of people. `next` is where the next page begins, None on the last one."""

    people: list[FoundPerson]
    next: str | None


class Person(msgspec.Struct, frozen=True):
    """Who an id is: the id under which they are known, all their ids, the profile, and when they were seen."""

    id: str
    person: str
    ids: list[str]
    properties: dict[str, Any]
    updated: int | None
    events: int
    first_seen: int | None
    last_seen: int | None


class PropertyChange(msgspec.Struct, frozen=True):
    """From `time` on a property had this value; None: it was not set."""

    time: int
    key: str
    value: Any


class PropertyChanges(msgspec.Struct, frozen=True):
    """Changes, the latest first."""

    changes: list[PropertyChange]


class ActivityPage(msgspec.Struct, frozen=True):
    """Events of one person, the latest first; `older` and `newer` are where the neighbouring pages begin."""

    events: list[Event]
    older: str | None
    newer: str | None


class SqlColumn(msgspec.Struct, frozen=True):
    """A column: its name and its Arrow type."""

    name: str
    type: str


class SqlAnswer(msgspec.Struct, frozen=True):
    """Rows as lists in the order of the columns, times as ISO texts, and how they were made."""

    columns: list[SqlColumn]
    rows: list[list[Any]]
    explanation: Explanation


class Cancelled(msgspec.Struct, frozen=True):
    """Whether there was a question to cancel."""

    cancelled: bool
