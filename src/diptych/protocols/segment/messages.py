"""One message → one stored event, with the profile updates and links that it makes. Rules: docs/segment.md."""

from collections.abc import Callable
from typing import Any

import msgspec

from diptych.model import Event, IdentityLink, LinkKind, Operation, ProfileUpdate, Project, canonical_object
from diptych.model.jsontext import dump
from diptych.people.identity import DEVICE_PREFIX, Ids, device_actor, read_ids, usable
from diptych.protocols.segment.builtins import OF_PAGES, builtins
from diptych.protocols.segment.times import Times, read_times
from diptych.protocols.segment.values import (
    Fields,
    Rejected,
    id_of,
    load,
    object_of,
    string,
    take_id,
    take_object,
)

PROTOCOL = "segment"
GROUP_TYPE = "group"
_DEVICE_LIBRARIES = (
    "analytics.js",
    "analytics-ios",
    "analytics-android",
    "analytics-swift",
    "analytics-kotlin",
    "analytics-flutter",
    "analytics_flutter",
    "@segment/analytics-react-native",
)


class Built(msgspec.Struct):
    """What one message stores. `corrected`: (field, reason) of what is stored in another form."""

    event: Event
    updates: list[ProfileUpdate] = []
    links: list[IdentityLink] = []
    corrected: list[tuple[str, str]] = []


class _Call(msgspec.Struct):
    """What is particular to one kind of message."""

    name: str
    properties: dict[str, str] = {}
    traits: dict[str, str] = {}
    group: str = ""
    group_traits: dict[str, str] = {}
    previous_id: str = ""
    control: bool = False


def build(kind: str, sent: Fields, project: Project, received: int) -> Built:
    """The event to store with the updates and links that it makes. Takes `sent` apart. Raises Rejected."""
    if kind not in _CALLS:
        known = ", ".join(_CALLS)
        raise Rejected("unknown_type", "type", f"'type' must be one of {known}")
    user_id, device_id = take_id(sent, "userId"), take_id(sent, "anonymousId")
    if not user_id and (kind == "alias" or not device_id):
        needed = "'userId' must be sent" if kind == "alias" else "'userId' or 'anonymousId' must be sent"
        raise Rejected("no_user_anon_id", "userId", needed)
    call = _CALLS[kind](sent)
    ids = read_ids(project.identity, user_id=user_id, device_id=device_id)
    times = read_times(sent, received)
    context = load(sent.get("context", "{}"))
    event = _event(call, sent, ids, times, context if isinstance(context, dict) else {}, project, received)
    event.user_id, event.device_id = user_id, device_id
    built = Built(event, _updates(event, call), _links(event, ids, call))
    built.corrected = [(field, f"'{field}' is no time that can be read") for field in times.unreadable]
    if not isinstance(context, dict) and sent.get("context") != "null":
        built.corrected.append(("context", "'context' is no object that can be read"))
    return built


def _event(
    call: _Call, sent: Fields, ids: Ids, times: Times, context: dict[str, Any], project: Project, received: int
) -> Event:
    message_id = _message_id(sent)
    group = call.group or _group_of(context)
    of_page = _of_page(call.properties) if call.name == _PAGE else {}
    return Event(
        project=project.id,
        name=call.name,
        time=times.time,
        received=received,
        client_time=times.client,
        upload_time=times.upload,
        distinct_id=ids.distinct_id,
        insert_id=message_id,
        copy_key=dump(["m", message_id]) if message_id else None,
        first_copy_wins=True,
        properties=call.properties,
        user_properties=call.traits or (_traits(sent["context"]) if "traits" in context else {}),
        context=of_page | builtins(context),
        envelope=sent,
        groups={GROUP_TYPE: [group]} if group else {},
        control=call.control,
        protocol=PROTOCOL,
        library=_library(context),
    )


def _track(sent: Fields) -> _Call:
    text = sent.get("event", "null")
    if text != "null" and not text.startswith('"'):
        raise Rejected("event_not_string", "event", "'event' must be a text")
    name = take_id(sent, "event")
    if not name:
        raise Rejected("event_not_defined", "event", "'event' must not be missing or empty")
    return _Call(name, take_object(sent, "properties"))


def _view(name: str) -> Callable[[Fields], _Call]:
    def read(sent: Fields) -> _Call:
        for field in ("name", "category"):
            text = sent.get(field, "null")
            if text != "null" and not text.startswith('"'):
                raise Rejected(f"{field}_not_string", field, f"'{field}' must be a text")
        properties = take_object(sent, "properties")
        beside = {field: sent[field] for field in ("name", "category") if sent.get(field, "null") not in ("null", '""')}
        return _Call(name, beside | properties)

    return read


def _identify(sent: Fields) -> _Call:
    return _Call("$identify", traits=take_object(sent, "traits"), control=True)


def _group(sent: Fields) -> _Call:
    group = take_id(sent, "groupId")
    if not group:
        raise Rejected("group_id_required", "groupId", "'groupId' must not be missing or empty")
    return _Call("$groupidentify", group=group, group_traits=object_of(sent, "traits"), control=True)


def _alias(sent: Fields) -> _Call:
    previous_id = id_of(sent.get("previousId", "null"), "previousId")
    if not previous_id:
        raise Rejected("previous_id_required", "previousId", "'previousId' must not be missing or empty")
    return _Call("$create_alias", previous_id=previous_id, control=True)


_PAGE = "Page Viewed"
_CALLS: dict[str, Callable[[Fields], _Call]] = {
    "track": _track,
    "page": _view(_PAGE),
    "screen": _view("Screen Viewed"),
    "identify": _identify,
    "group": _group,
    "alias": _alias,
}


def _updates(event: Event, call: _Call) -> list[ProfileUpdate]:
    of_person = (("", event.distinct_id, call.traits),)
    of_group = ((GROUP_TYPE, call.group, call.group_traits),)
    return [
        ProfileUpdate(
            project=event.project,
            group_type=group_type,
            profile_id=profile,
            operation=Operation.SET,
            values=values,
            time=min(event.time, event.received),
            received=event.received,
            protocol=PROTOCOL,
        )
        for group_type, profile, values in of_person + of_group
        if profile and values
    ]


def _links(event: Event, ids: Ids, call: _Call) -> list[IdentityLink]:
    found = {device_actor(ids.device_id): (LinkKind.STATED, "device and user on one event")} if ids.links else {}
    for actor, kind in _actors(call.previous_id, ids) if ids.user_id else []:
        found.setdefault(actor, (kind, "alias"))
    return [
        IdentityLink(
            project=event.project,
            actor=actor,
            person=ids.user_id,
            kind=kind,
            source=source,
            time=event.time,
            received=event.received,
        )
        for actor, (kind, source) in found.items()
    ]


def _actors(previous_id: str, ids: Ids) -> list[tuple[str, LinkKind]]:
    """What the previous id of an alias may be: a device's, a user's, or both."""
    if not usable(previous_id) or previous_id == ids.user_id:
        return []
    device = device_actor(previous_id), LinkKind.STATED
    if previous_id.startswith(DEVICE_PREFIX) or previous_id == ids.device_id:
        return [device]
    return [device, (previous_id, LinkKind.ALIAS)]


def _of_page(properties: dict[str, str]) -> dict[str, str]:
    found = {name: properties.get(key, "null") for key, name in OF_PAGES.items()}
    return {name: text for name, text in found.items() if text.startswith('"') and text != '""'}


def _message_id(sent: Fields) -> str:
    """The message id; one that is neither text nor a number stays in the envelope and means nothing."""
    try:
        return take_id(sent, "messageId")
    except Rejected:
        return ""


def _group_of(context: dict[str, Any]) -> str:
    group = context.get("groupId")
    return string(dump(group)) if isinstance(group, str) else dump(group) if _is_number(group) else ""


def _traits(context: str) -> dict[str, str]:
    traits = canonical_object(msgspec.Raw(context.encode()))["traits"]
    return canonical_object(msgspec.Raw(traits.encode())) if traits.startswith("{") else {}


def from_a_device(event: Event) -> bool:
    """Whether a library for browsers or phones sent it, so that the request has the person's own address."""
    return event.library.lower().startswith(_DEVICE_LIBRARIES)


def _library(context: dict[str, Any]) -> str:
    library = context.get("library")
    if not isinstance(library, dict):
        return ""
    parts = (library.get("name"), library.get("version"))
    return " ".join(string(dump(part)) for part in parts if isinstance(part, str) and part)


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)
