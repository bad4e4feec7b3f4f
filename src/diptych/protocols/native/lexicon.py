"""The lexicon: the names in use, with what people say about them."""

from functools import partial
from typing import Annotated, Any

import msgspec
from litestar import Request, get, patch

from diptych.control.lexicon import Described, Entry
from diptych.protocols.native.access import open_project, project_for
from diptych.protocols.native.errors import ApiError
from diptych.protocols.native.people import ProjectId
from diptych.protocols.services import Services
from diptych.query.stream import EventName, PropertyKey
from diptych.web.access import access_of

Asked = Request[Any, Any, Any]
_Name = Annotated[str, msgspec.Meta(max_length=1024)]
_Text = Annotated[str, msgspec.Meta(max_length=255)]
_Tag = Annotated[str, msgspec.Meta(min_length=1, max_length=100)]
_KINDS = {
    "event": Described.EVENT_PROPERTY,
    "builtin": Described.BUILTIN_PROPERTY,
    "user": Described.USER_PROPERTY,
    "group": Described.GROUP_PROPERTY,
}


class LexiconEvent(msgspec.Struct, frozen=True, kw_only=True):
    """An event name with its volume, when it was seen, and what people say about it."""

    name: str
    count: int
    first_seen: int
    last_seen: int
    control: bool
    display_name: str
    description: str
    tags: list[str]
    hidden: bool
    dropped: bool
    owner: str


class LexiconProperty(msgspec.Struct, frozen=True, kw_only=True):
    """A property with how often a sample of events carries it, frequent values, and what people say about it."""

    scope: str
    key: str
    count: int
    examples: list[msgspec.Raw]
    display_name: str
    description: str
    tags: list[str]
    hidden: bool
    dropped: bool
    owner: str


class EventNames(msgspec.Struct):
    """Event names by falling volume; last those that are described and were not seen."""

    events: list[LexiconEvent]


class PropertyKeys(msgspec.Struct):
    """Properties by falling frequency; without `event`, last those that are described and were not seen."""

    properties: list[LexiconProperty]


class _Changed(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    display_name: _Text | None = None
    description: Annotated[str, msgspec.Meta(max_length=10_000)] | None = None
    tags: Annotated[list[_Tag], msgspec.Meta(max_length=50)] | None = None
    hidden: bool | None = None
    dropped: bool | None = None
    owner: _Text | None = None


class EventChange(_Changed, kw_only=True):
    """What is to be said about an event; what is left out stays as it is."""

    name: _Name


class PropertyChange(_Changed, kw_only=True):
    """What is to be said about a property; what is left out stays as it is. Scopes: event, builtin, user, group."""

    key: _Name
    scope: str = "event"


class EventChanges(msgspec.Struct, forbid_unknown_fields=True):
    """Changes of events, all of them or none."""

    events: Annotated[list[EventChange], msgspec.Meta(min_length=1, max_length=5_000)]


class PropertyChanges(msgspec.Struct, forbid_unknown_fields=True):
    """Changes of properties."""

    properties: Annotated[list[PropertyChange], msgspec.Meta(min_length=1, max_length=5_000)]


class Changed(msgspec.Struct):
    """How many entries were changed."""

    changed: int


@get("/projects/{project_id:int}/lexicon/events")
async def event_names(request: Asked, project_id: ProjectId, services: Services) -> EventNames:
    """Event names in use, and what is said about them."""
    project = await project_for(request, services, project_id)
    said = await _entries(request, project_id, Described.EVENT)
    seen = [_event(one, said.pop(one.name, Entry())) for one in await services.stream.names(project)]
    unseen = [_event(EventName(name, 0, 0, 0, False), entry) for name, entry in sorted(said.items())]
    return EventNames(seen + unseen)


@get("/projects/{project_id:int}/lexicon/properties")
async def property_keys(
    request: Asked, project_id: ProjectId, services: Services, event: str | None = None
) -> PropertyKeys:
    """Properties in use, of one event or of all, and what is said about them."""
    project = await project_for(request, services, project_id)
    said = {scope: await _entries(request, project_id, kind) for scope, kind in _KINDS.items()}
    found = await services.stream.properties(project, event)
    seen = [_property(one, said.get(one.scope, {}).pop(one.key, Entry())) for one in found]
    unseen = [
        _property(PropertyKey(scope, key, 0, []), entry)
        for scope, entries in said.items()
        for key, entry in sorted(entries.items())
    ]
    return PropertyKeys(seen if event else seen + unseen)


@patch(
    "/projects/{project_id:int}/lexicon/events",
    opt={
        "example": {"events": [{"name": "Signed Up", "description": "Somebody made an account.", "tags": ["growth"]}]}
    },
)
async def describe_events(request: Asked, project_id: ProjectId, services: Services, data: EventChanges) -> Changed:
    """Say something about events, also about ones that were not seen yet."""
    changes = {one.name: _fields(one) for one in data.events}
    return Changed(await _change(request, services, project_id, {Described.EVENT: changes}))


@patch(
    "/projects/{project_id:int}/lexicon/properties",
    opt={"example": {"properties": [{"key": "plan", "scope": "user", "display_name": "Plan"}]}},
)
async def describe_properties(
    request: Asked, project_id: ProjectId, services: Services, data: PropertyChanges
) -> Changed:
    """Say something about properties, also about ones that were not seen yet."""
    changes: dict[Described, dict[str, dict[str, Any]]] = {}
    for place, one in enumerate(data.properties):
        if one.scope not in _KINDS:
            raise ApiError(400, f"must be one of {', '.join(_KINDS)}", f"properties[{place}].scope")
        changes.setdefault(_KINDS[one.scope], {})[one.key] = _fields(one)
    return Changed(await _change(request, services, project_id, changes))


ENDPOINTS = [event_names, property_keys, describe_events, describe_properties]


async def _entries(request: Asked, project_id: int, kind: Described) -> dict[str, Entry]:
    control = access_of(request).control
    return await control.run(partial(control.lexicon.entries, project_id, kind))


async def _change(
    request: Asked, services: Services, project_id: int, changes: dict[Described, dict[str, dict[str, Any]]]
) -> int:
    found, control = await open_project(request, services, project_id), access_of(request).control
    if any("\0" in name for names in changes.values() for name in names):
        raise ApiError(400, "must not contain the character U+0000", "name")
    return await control.run(partial(control.lexicon.change, project_id, changes, found.author))


def _fields(change: _Changed) -> dict[str, Any]:
    named = {name: getattr(change, name) for name in _Changed.__struct_fields__}
    return {name: value for name, value in named.items() if value is not None}


def _event(seen: EventName, said: Entry) -> LexiconEvent:
    return LexiconEvent(**msgspec.structs.asdict(seen), **_shown(said))


def _property(seen: PropertyKey, said: Entry) -> LexiconProperty:
    return LexiconProperty(**msgspec.structs.asdict(seen), **_shown(said))


def _shown(said: Entry) -> dict[str, Any]:
    return {name: getattr(said, name) for name in _Changed.__struct_fields__}
