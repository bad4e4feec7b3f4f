"""Lexicon schemas: what is said about events and profiles, and about the properties that they should have.

Source: the OpenAPI document of lexicon schemas. It is the project's lexicon: a property of events is described
once, for all events that have it.
"""

from functools import partial
from typing import Any, Literal

import msgspec
from litestar import Response

from diptych.control.lexicon import DICTIONARY, Described, Entry
from diptych.model import Project
from diptych.protocols.mixpanel.asking import BadParameter, Fields, Refused
from diptych.protocols.mixpanel.management import Asked, author_of, managed, ok
from diptych.protocols.services import Services

_USER = "$user"
_VENDOR = "com.mixpanel"
_TYPES = ("array", "boolean", "integer", "null", "number", "object", "string")
_MOST = 4_000
_SAID = {"displayName": "display_name", "tags": "tags", "hidden": "hidden", "dropped": "dropped"}
_NOTHING: dict[str, Any] = {"display_name": "", "tags": [], "hidden": False, "dropped": False, "owner": ""}
_Type = Literal["event", "profile"]
_Changes = dict[Described, dict[str, dict[str, Any]]]


class _Schema(msgspec.Struct):
    """What is said; null takes back what was said before, and what is left out stays."""

    description: str | msgspec.UnsetType | None = msgspec.UNSET
    properties: dict[str, dict[str, Any]] | None = None
    metadata: dict[str, Any] | None = None


class _SchemaEntry(msgspec.Struct, rename="camel"):
    entity_type: _Type
    name: str
    schema_json: _Schema


@managed("schemas", "GET", "POST", "DELETE")
async def schemas(project: Project, fields: Fields, services: Services, request: Asked) -> Any:
    """All schemas: read, added to, or forgotten."""
    if request.method == "GET":
        return ok(await _listed(project, services))
    if request.method == "DELETE":
        return ok({"delete_count": await _emptied(project, services)})
    entries = fields.json("entries", list[_SchemaEntry])
    if entries is None or len(entries) > _MOST:
        raise BadParameter(f"entries: expected a list of at most {_MOST} schemas")
    changes = _changes(entries)
    deleted = await _emptied(project, services) if fields.flag("truncate") else 0
    await _change(project, changes, services, request)
    return ok({"added": len(entries), "deleted": deleted})


@managed("schemas/{kind:str}", "GET", "DELETE")
async def schemas_of(project: Project, fields: Fields, services: Services, request: Asked) -> Any:
    """The schemas of events, or of profiles; with `entity_name` that of one name alone, as clients read it."""
    kind, name = _kind(request), fields.get("entity_name", "")
    found = [one for one in await _listed(project, services) if one["entityType"] == kind]
    chosen = [one for one in found if not name or one["name"] == name]
    if request.method == "GET" and name:
        if not chosen:
            raise Refused(404, f"nothing is said about the {kind} {name!r}")
        return ok(chosen[0]["schemaJson"])
    if request.method == "GET":
        return ok(chosen)
    for one in chosen:
        await _forget(project, kind, one["name"], services)
    return ok({"delete_count": len(chosen)})


@managed("schemas/{kind:str}/{name:path}", "GET", "POST", "PATCH", "DELETE")
async def schema(project: Project, fields: Fields, services: Services, request: Asked) -> Any:
    """One schema: read (without an envelope), said or forgotten."""
    kind, name = _kind(request), str(request.path_params["name"]).removeprefix("/")
    if request.method in ("POST", "PATCH"):
        sent = {key: json_of(fields[key]) for key in ("properties", "metadata") if key in fields}
        if "description" in fields:
            sent["description"] = fields["description"]
        entry = _converted({"entityType": kind, "name": name, "schemaJson": sent})
        await _change(project, _changes([entry]), services, request)
        return Response({"status": "ok"})
    found = [one for one in await _listed(project, services) if (one["entityType"], one["name"]) == (kind, name)]
    if request.method == "GET":
        if not found:
            raise Refused(404, f"nothing is said about the {kind} {name!r}")
        return found[0]["schemaJson"]
    if found:
        await _forget(project, kind, name, services)
    return ok({"delete_count": len(found)})


HANDLERS = [schemas, schemas_of, schema]


def json_of(text: str) -> Any:
    """A value that came as JSON."""
    try:
        return msgspec.json.decode(text)
    except msgspec.DecodeError:
        return text


def _converted(value: Any) -> _SchemaEntry:
    try:
        return msgspec.convert(value, _SchemaEntry)
    except msgspec.ValidationError as error:
        raise BadParameter(f"schema: {error}") from None


def _kind(request: Asked) -> str:
    kind = str(request.path_params["kind"])
    if kind not in ("event", "profile"):
        raise Refused(404, f"entityType: expected event or profile, not {kind!r}")
    return kind


async def _listed(project: Project, services: Services) -> list[dict[str, Any]]:
    """Entries as they are sent: events by name, and the profile when something is said about it."""
    run, entries = services.control.run, services.control.lexicon.entries
    events = await run(partial(entries, project.id, Described.EVENT))
    of_events = await run(partial(entries, project.id, Described.EVENT_PROPERTY))
    of_users = await run(partial(entries, project.id, Described.USER_PROPERTY))
    found = [
        {"entityType": "event", "name": name, "schemaJson": _schema(entry, _named(entry.properties, of_events))}
        for name, entry in sorted(events.items())
    ]
    if of_users:
        found.append({"entityType": "profile", "name": _USER, "schemaJson": _schema(Entry(), of_users)})
    return found


def _named(names: list[str], described: dict[str, Entry]) -> dict[str, Entry]:
    return {name: described.get(name, Entry()) for name in names}


def _schema(entry: Entry, properties: dict[str, Entry]) -> dict[str, Any]:
    own = {"displayName": entry.display_name, "hidden": entry.hidden, "dropped": entry.dropped}
    contacts = {"tags": entry.tags, "contacts": [entry.owner] if entry.owner else []}
    return {
        "description": entry.description,
        "properties": {name: _property(one) for name, one in sorted(properties.items())},
        "metadata": {_VENDOR: own | contacts},
    }


def _property(entry: Entry) -> dict[str, Any]:
    own = {"displayName": entry.display_name, "hidden": entry.hidden, "dropped": entry.dropped}
    return {"type": entry.type or "string", "description": entry.description, "metadata": {_VENDOR: own}}


def _changes(entries: list[_SchemaEntry]) -> _Changes:
    """Kind → name → fields of the lexicon."""
    found: _Changes = {}
    for entry in entries:
        if not entry.name or "\0" in entry.name:
            raise BadParameter("entries.name: expected a name")
        if entry.entity_type == "profile" and entry.name != _USER:
            raise BadParameter(f"entries.name: expected {_USER} for profiles; groups have no schemas here")
        properties = entry.schema_json.properties or {}
        for name, one in properties.items():
            kind = Described.EVENT_PROPERTY if entry.entity_type == "event" else Described.USER_PROPERTY
            fields = _fields(_described(one)) | _type(name, one)
            found.setdefault(kind, {}).setdefault(name, {}).update(fields)
        if entry.entity_type == "event":
            fields = _fields(entry.schema_json)
            if entry.schema_json.properties is not None:
                fields["properties"] = sorted(properties)
            found.setdefault(Described.EVENT, {}).setdefault(entry.name, {}).update(fields)
    return found


def _described(sent: dict[str, Any]) -> _Schema:
    try:
        return msgspec.convert({key: sent[key] for key in ("description", "metadata") if key in sent}, _Schema)
    except msgspec.ValidationError as error:
        raise BadParameter(f"entries.schemaJson.properties: {error}") from None


def _type(name: str, sent: dict[str, Any]) -> dict[str, Any]:
    if "type" not in sent:
        return {}
    if sent["type"] not in _TYPES:
        raise BadParameter(f"entries.schemaJson.properties.{name}.type: expected one of {', '.join(_TYPES)}")
    return {"type": sent["type"]}


def _fields(schema: _Schema) -> dict[str, Any]:
    """Fields of the lexicon that a schema says."""
    own = (schema.metadata or {}).get(_VENDOR) or {}
    found = {ours: _or_nothing(own[theirs], ours) for theirs, ours in _SAID.items() if theirs in own}
    if "contacts" in own:
        found["owner"] = (own["contacts"] or [""])[0]
    if schema.description is not msgspec.UNSET:
        found["description"] = schema.description or ""
    return found


def _or_nothing(value: Any, field: str) -> Any:
    return _NOTHING[field] if value is None else value


async def _change(project: Project, changes: _Changes, services: Services, request: Asked) -> None:
    try:
        work = partial(services.control.lexicon.change, project.id, changes, author_of(request))
        await services.control.run(work)
    except msgspec.ValidationError as error:
        raise BadParameter(f"entries: {error}") from None


async def _emptied(project: Project, services: Services) -> int:
    count = len(await _listed(project, services))
    for kind in DICTIONARY:
        await services.control.run(partial(services.control.lexicon.remove, project.id, kind))
    return count


async def _forget(project: Project, kind: str, name: str, services: Services) -> None:
    remove = services.control.lexicon.remove
    if kind == "event":
        await services.control.run(partial(remove, project.id, Described.EVENT, name))
    else:
        await services.control.run(partial(remove, project.id, Described.USER_PROPERTY))
