"""One sent event → one stored event and its profile updates, by Amplitude's rules.

Sources: HTTP V2 API, Batch Event Upload, Identify and Group Identify APIs; the clock rule from the schema of the
raw export; which errors SDKs look at from the SDKs.
"""

import json
from collections.abc import Callable
from typing import Any

import msgspec

from diptych.ingest.standard_names import country_code, language_name
from diptych.ingest.user_agents import context_of
from diptych.model import EVENT_BYTES, Event, IdentityLink, LinkKind, ProfileUpdate, Project, size_of
from diptych.model.clock import storable
from diptych.model.jsontext import dump
from diptych.people.identity import PLACEHOLDER_IDS, device_actor, read_ids
from diptych.protocols.amplitude.builtins import FROM_EVENT
from diptych.protocols.amplitude.ids import advertising_actors
from diptych.protocols.amplitude.operations import updates
from diptych.protocols.amplitude.requests import Fields, Upload
from diptych.protocols.amplitude.revenue import revenue
from diptych.protocols.amplitude.texts import dump_object, object_of, text_of

PROTOCOL = "amplitude"
CONTROL_EVENTS = frozenset({"$identify", "$groupidentify"})
_COPY_DAYS = 7
_CLOCK_TOLERANCE = 60_000
_PLAIN_LIBRARY = "http/1.0"


class Invalid(msgspec.Struct):
    """What is wrong with an event, by kind: field → nothing but the fact."""

    values: list[str] = []
    missing: list[str] = []
    lengths: list[str] = []

    def __bool__(self) -> bool:
        return bool(self.values or self.missing or self.lengths)


class Built(msgspec.Struct):
    """What one event stores."""

    event: Event
    updates: list[ProfileUpdate] = []
    links: list[IdentityLink] = []


def _is_object(text: str) -> bool:
    return text.startswith("{")


def _is_string(text: str) -> bool:
    return text.startswith('"')


def _is_whole(text: str) -> bool:
    return text.lstrip("-").isdigit() and len(text) < 20


def _is_number(text: str) -> bool:
    try:
        return float(text) == float(text)
    except ValueError:
        return False


_SHAPES: dict[str, Callable[[str], bool]] = {
    "event_type": _is_string,
    "time": _is_whole,
    "event_properties": _is_object,
    "user_properties": _is_object,
    "groups": _is_object,
    "group_properties": _is_object,
    "session_id": _is_whole,
    "event_id": _is_whole,
    "price": _is_number,
    "quantity": _is_number,
    "revenue": _is_number,
    "insert_id": lambda text: _is_string(text) or _is_number(text),
    "user_id": lambda text: _is_string(text) or _is_number(text),
    "device_id": lambda text: _is_string(text) or _is_number(text),
}


def check(sent: Fields | None, upload: Upload) -> Invalid:
    """What is wrong with an event. JSON null counts as absent."""
    wrong = Invalid()
    if sent is None:
        wrong.values.append("event")
        return wrong
    if size_of(sent) > EVENT_BYTES:
        wrong.values.append(max(sent, key=lambda field: len(sent[field])))
        return wrong
    for field, text in sent.items():
        if field in _SHAPES and text != "null" and not _SHAPES[field](text):
            wrong.values.append(field)
    if not wrong.values and not text_of(sent.get("event_type")).strip():
        wrong.missing.append("event_type")
    time = sent.get("time", "null")
    if _is_whole(time) and not storable(int(time)):
        wrong.values.append("time")
    if not wrong.values and text_of(sent.get("event_type")) != "$groupidentify":
        _check_ids(sent, upload, wrong)
    return wrong


def _check_ids(sent: Fields, upload: Upload, wrong: Invalid) -> None:
    given = {field: identifier for field in ("user_id", "device_id") if (identifier := text_of(sent.get(field)))}
    if not given and upload.attribution:
        return
    if not given:
        wrong.missing += ["user_id", "device_id"]
        return
    wrong.values += [field for field, identifier in given.items() if identifier.lower() in PLACEHOLDER_IDS]
    short = [field for field, identifier in given.items() if len(identifier) < upload.min_id_length]
    if len(short) == len(given):
        wrong.lengths += short


def build(sent: Fields, upload: Upload, project: Project, received: int) -> Built:
    """The event to store with the updates and links that it makes. `check` has passed it."""
    name = text_of(sent.pop("event_type"))
    user_id, device_id = (_long_enough(sent.pop(field, None), upload) for field in ("user_id", "device_id"))
    ids = read_ids(project.identity, user_id=user_id, device_id=device_id)
    client_time = int(sent["time"]) if _is_whole(sent.get("time", "")) else None
    time = _corrected(client_time, upload.upload_time, received)
    insert_id = text_of(sent.pop("insert_id", None))
    event_id, session_id = (_whole(sent.pop(field, None)) for field in ("event_id", "session_id"))
    own = object_of(sent.pop("event_properties", None))
    of_user = object_of(sent.pop("user_properties", None))
    of_group = object_of(sent.pop("group_properties", None))
    groups = _groups(sent.pop("groups", None))
    library = text_of(sent.pop("library", None)) or _PLAIN_LIBRARY
    if of_group:
        sent["group_properties"] = dump_object(of_group)
    event = Event(
        project=project.id,
        name=name,
        time=time,
        received=received,
        client_time=client_time,
        upload_time=upload.upload_time,
        distinct_id=ids.distinct_id,
        user_id=user_id,
        device_id=device_id,
        insert_id=insert_id,
        copy_key=_copy_key(insert_id, device_id, event_id, client_time),
        first_copy_wins=True,
        copy_days=_COPY_DAYS,
        own_properties_only=sent.get("$skip_user_properties_sync") == "true",
        session_id=None if session_id == -1 else session_id,
        event_id=event_id,
        properties=own,
        user_properties=of_user,
        context=_context(sent, own, upload.address),
        envelope=sent,
        groups=groups,
        control=name in CONTROL_EVENTS,
        protocol=PROTOCOL,
        library=library,
    )
    built = Built(event)
    if ids.links:
        built.links = [_link(event, project)]
    built.links += _advertised(event, sent)
    built.updates = _updates(event, of_group)
    return built


def _updates(event: Event, of_group: dict[str, str]) -> list[ProfileUpdate]:
    common: dict[str, Any] = {
        "project": event.project,
        "time": event.time,
        "received": event.received,
        "protocol": PROTOCOL,
    }
    if event.name == "$groupidentify":
        return [
            update
            for group_type, names in event.groups.items()
            for name in names
            for update in updates(of_group, profile=name, group_type=group_type, **common)
        ]
    if not event.distinct_id or event.own_properties_only:
        return []
    return updates(event.user_properties, profile=event.distinct_id, group_type="", **common)


def _advertised(event: Event, sent: Fields) -> list[IdentityLink]:
    """An attribution event counts under its advertising id; any other event says whose that id is."""
    actors = advertising_actors(sent)
    if actors and not event.distinct_id:
        event.distinct_id = actors[0]
        actors = actors[1:]
    owner = device_actor(event.device_id) if event.device_id else event.distinct_id
    return [
        IdentityLink(
            project=event.project,
            actor=actor,
            person=owner,
            kind=LinkKind.ALIAS,
            source="advertising id",
            time=event.time,
            received=event.received,
        )
        for actor in actors
    ]


def _link(event: Event, project: Project) -> IdentityLink:
    return IdentityLink(
        project=project.id,
        actor=device_actor(event.device_id),
        person=event.user_id,
        source="device and user on one event",
        time=event.time,
        received=event.received,
    )


def _corrected(client_time: int | None, upload_time: int | None, received: int) -> int:
    """Take out the error of the client's clock, if it is a minute or more."""
    if client_time is None:
        return received
    error = received - upload_time if upload_time is not None else 0
    corrected = client_time + error if abs(error) >= _CLOCK_TOLERANCE else client_time
    return corrected if storable(corrected) else client_time


def _copy_key(insert_id: str, device_id: str, event_id: int | None, client_time: int | None) -> str | None:
    if insert_id:
        return dump(["i", insert_id, device_id])
    if event_id is not None and client_time is not None and device_id:
        return dump(["e", event_id, client_time, device_id])
    return None


def _context(sent: Fields, own: Fields, address: str) -> dict[str, str]:
    found = {
        canonical: sent[key] for key, canonical in FROM_EVENT.items() if sent.get(key, "null") not in ("null", '""')
    }
    for name, standard in (("country", country_code), ("language", language_name)):
        if found.get(name, "").startswith('"'):
            found[name] = dump(standard(text_of(found[name])))
    if sent.get("ip") == '"$remote"':
        sent["ip"] = dump(address) if address else "null"
    if sent.get("ip", "").startswith('"'):
        found["ip"] = sent["ip"]
    found |= revenue(sent, own)
    # What the client says of its device comes before what its user agent gives away.
    user_agent = text_of(sent.get("user_agent"))
    return context_of(user_agent) | found if user_agent else found


def _groups(text: str | None) -> dict[str, list[str]]:
    return {
        group_type: list(dict.fromkeys(_names(names)))
        for group_type, names in object_of(text).items()
        if names not in ("null", "[]")
    }


def _names(text: str) -> list[str]:
    if not text.startswith("["):
        return [text_of(text)]
    return [item if isinstance(item, str) else dump(item) for item in json.loads(text)]


def _long_enough(text: str | None, upload: Upload) -> str:
    identifier = text_of(text)
    return identifier if len(identifier) >= upload.min_id_length else ""


def _whole(text: str | None) -> int | None:
    return None if text is None or text == "null" else int(text)
