"""Writes model values into the tables, as columns."""

import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import accumulate, chain
from operator import attrgetter
from typing import Any, NamedTuple

import pyarrow as pa

from diptych.model import Event, IdentityLink, Issue, ProfileUpdate
from diptych.store.engine import Engine

_MILLISECONDS = pa.timestamp("ms", "UTC")
_LAST_VERSION = 2**64 - 1

ACTOR = "if(actor = 0, id_hash, actor)"
"""The hash of the id that an event counts under, as SQL over a row of `events`."""


class Place(NamedTuple):
    """Whose an event is, as hashes of ids: see the columns of `events`. 0: the id that it is stored under."""

    actor: int = 0
    person: int = 0
    property_owner: int = 0


_OWN = Place()


def insert_events(
    engine: Engine, events: Sequence[Event], token: str, places: Mapping[int, Place] | None = None
) -> None:
    """Insert one block of events; with a token seen before nothing happens.

    `places`: accept id → whose the event is, for those that are not simply of the id they are stored under.
    """
    if events:
        engine.insert("events", event_block(events, places), token)


def insert_updates(engine: Engine, updates: Sequence[ProfileUpdate], token: str) -> None:
    """Insert one block of profile updates."""
    if updates:
        engine.insert("profile_updates", _block(updates, _UPDATE_COLUMNS), token)


def insert_links(engine: Engine, links: Sequence[IdentityLink], token: str) -> None:
    """Insert one block of the identity log. What follows from it is written by `people.applying`."""
    if links:
        engine.insert("identity_links", _block(links, _LINK_COLUMNS), token)


def insert_issues(engine: Engine, issues: Sequence[Issue], token: str) -> None:
    """Insert one block of ingestion issues."""
    if issues:
        engine.insert("ingestion_issues", _block(issues, _ISSUE_COLUMNS), token)


def event_block(events: Sequence[Event], places: Mapping[int, Place] | None = None) -> pa.Table:
    """The events as columns of the table `events`."""
    block = _block(events, _EVENT_COLUMNS)
    places = places or {}
    given = [places.get(event.accept_id, _OWN) for event in events] if places else [_OWN] * len(events)
    for number, name in enumerate(Place._fields):
        block = block.append_column(name, pa.array([place[number] for place in given], pa.uint64()))
    return block


def hash_of(copy_key: str) -> bytes:
    """16 bytes, equal for copies of one event of one project."""
    return hashlib.blake2b(copy_key.encode("utf-8", "surrogatepass"), digest_size=16).digest()


def _copy_hash(event: Event) -> bytes:
    """Equal for copies of one event that arrive here; otherwise an event equals only its own replay.

    Where the first copy wins, the others are dropped before (see `first_copies`).
    """
    if event.copy_key is None or event.first_copy_wins:
        return event.accept_id.to_bytes(16, "little")
    return hash_of(event.copy_key)


def _version(event: Event) -> int:
    """Of several copies the engine keeps the one with the highest version."""
    return _LAST_VERSION - event.accept_id if event.first_copy_wins else event.accept_id


Column = tuple[str, Callable[[Any], Any], pa.DataType]

_EVENT_COLUMNS: list[Column] = [
    ("project", attrgetter("project"), pa.uint32()),
    ("name", attrgetter("name"), pa.string()),
    ("time", attrgetter("time"), _MILLISECONDS),
    ("distinct_id", attrgetter("distinct_id"), pa.string()),
    ("copy_hash", _copy_hash, pa.binary(16)),
    ("version", _version, pa.uint64()),
    ("user_id", attrgetter("user_id"), pa.string()),
    ("device_id", attrgetter("device_id"), pa.string()),
    ("insert_id", attrgetter("insert_id"), pa.string()),
    ("session_id", attrgetter("session_id"), pa.int64()),
    ("event_id", attrgetter("event_id"), pa.int64()),
    ("control", attrgetter("control"), pa.bool_()),
    ("received", attrgetter("received"), _MILLISECONDS),
    ("client_time", attrgetter("client_time"), _MILLISECONDS),
    ("upload_time", attrgetter("upload_time"), _MILLISECONDS),
    ("accept_id", attrgetter("accept_id"), pa.uint64()),
    ("protocol", attrgetter("protocol"), pa.string()),
    ("library", attrgetter("library"), pa.string()),
    ("properties", attrgetter("properties"), pa.map_(pa.string(), pa.string())),
    ("user_properties", attrgetter("user_properties"), pa.map_(pa.string(), pa.string())),
    ("context", attrgetter("context"), pa.map_(pa.string(), pa.string())),
    ("envelope", attrgetter("envelope"), pa.map_(pa.string(), pa.string())),
    ("groups", attrgetter("groups"), pa.map_(pa.string(), pa.list_(pa.string()))),
    ("own_properties_only", attrgetter("own_properties_only"), pa.bool_()),
    ("sent_id", attrgetter("sent_id"), pa.string()),
]

_UPDATE_COLUMNS: list[Column] = [
    ("project", attrgetter("project"), pa.uint32()),
    ("group_type", attrgetter("group_type"), pa.string()),
    ("profile_id", attrgetter("profile_id"), pa.string()),
    ("time", attrgetter("time"), _MILLISECONDS),
    ("accept_id", attrgetter("accept_id"), pa.uint64()),
    ("position", attrgetter("position"), pa.uint32()),
    ("operation", attrgetter("operation.value"), pa.string()),
    ("values", attrgetter("values"), pa.map_(pa.string(), pa.string())),
    ("received", attrgetter("received"), _MILLISECONDS),
    ("protocol", attrgetter("protocol"), pa.string()),
]

_LINK_COLUMNS: list[Column] = [
    ("project", attrgetter("project"), pa.uint32()),
    ("actor", attrgetter("actor"), pa.string()),
    ("person", attrgetter("person"), pa.string()),
    ("accept_id", attrgetter("accept_id"), pa.uint64()),
    ("kind", attrgetter("kind.value"), pa.string()),
    ("source", attrgetter("source"), pa.string()),
    ("time", attrgetter("time"), _MILLISECONDS),
    ("received", attrgetter("received"), _MILLISECONDS),
]

_ISSUE_COLUMNS: list[Column] = [
    ("project", attrgetter("project"), pa.uint32()),
    ("kind", attrgetter("kind"), pa.string()),
    ("reason", attrgetter("reason"), pa.string()),
    ("received", attrgetter("received"), _MILLISECONDS),
    ("accept_id", attrgetter("accept_id"), pa.uint64()),
    ("protocol", attrgetter("protocol"), pa.string()),
    ("field", attrgetter("field"), pa.string()),
    ("count", attrgetter("count"), pa.uint32()),
    ("sample", attrgetter("sample"), pa.string()),
]


def _block(rows: Sequence[Any], columns: Iterable[Column]) -> pa.Table:
    return pa.table({name: _column(list(map(read, rows)), kind) for name, read, kind in columns})


def _column(values: list[Any], kind: pa.DataType) -> pa.Array:
    return map_column(values, kind) if pa.types.is_map(kind) else pa.array(values, kind)


def map_column(maps: Sequence[Mapping[str, Any]], kind: pa.MapType) -> pa.Array:
    """A column of maps."""
    # Flat keys and values with offsets: several times faster than handing over a list of pairs.
    offsets = pa.array([0, *accumulate(map(len, maps))], pa.int32())
    keys = pa.array(list(chain.from_iterable(maps)), pa.string())
    items = pa.array(list(chain.from_iterable(m.values() for m in maps)), kind.item_type)
    return pa.MapArray.from_arrays(offsets, keys, items)
