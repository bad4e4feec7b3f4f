"""Taxonomy API: what is said about events, their categories, and properties of all kinds. It is the project's lexicon.

Source: the Taxonomy API's reference, with the statuses that it gives for what is not found. Planned names are those
that are in the lexicon and were never received.
"""

from dataclasses import dataclass
from functools import partial
from typing import Any

import msgspec
from litestar import Response

from diptych.control.lexicon import Described, Entry, number_of
from diptych.model import Project
from diptych.protocols.amplitude.asking import Answered, Asked, BadParameter, Fields, Refused, endpoint
from diptych.protocols.services import Services

_BASE = "/api/2/taxonomy"
_MOST_PROPERTIES = 1_000


@dataclass(frozen=True)
class _Kind:
    """What one path describes.

    name      of the field, and key of the rows
    renamed   field that would give another name
    prefix    of names
    missing   status for what is not found
    """

    described: Described
    name: str
    renamed: str
    prefix: str = ""
    missing: int = 400


_KINDS = {
    "event": _Kind(Described.EVENT, "event_type", "new_event_type"),
    "event-property": _Kind(Described.EVENT_PROPERTY, "event_property", "new_event_property_value"),
    "user-property": _Kind(Described.USER_PROPERTY, "user_property", "new_user_property_value", "gp:", 404),
    "group-property": _Kind(Described.GROUP_PROPERTY, "group_property", "new_group_property_value", "grp:", 404),
}


def _words(status: int, message: str) -> Answered:
    printable = message.encode("utf-8", "replace").decode()
    return Response({"success": False, "errors": [{"message": printable}]}, status_code=status)


@endpoint(*(f"{_BASE}/{kind}" for kind in _KINDS), methods=("GET", "POST"), words=_words)
async def names(project: Project, fields: Fields, services: Services, request: Asked) -> Any:
    """All names of a kind, or a new one."""
    kind = _KINDS[request.url.path.rstrip("/").rpartition("/")[2]]
    entries, received = await _known(project, kind, services, fields)
    if request.method == "POST":
        name = _bare(kind, fields.required(kind.name))
        if name in entries or name in received:
            raise Refused(409, f"{kind.name}: {name!r} already exists")
        await _change(project, kind, name, _said(fields) | {"dropped": False}, services)
        return {"success": True}
    deleted = fields.flag("showDeleted")
    found = sorted({*entries, *received})
    rows = [_row(kind, name, entries.get(name, Entry()), fields) for name in found]
    shown = [row for row in rows if not row.get("is_hidden_from_dropdowns") and (deleted or not row["deleted"])]
    return {"success": True, "data": shown}


@endpoint(*(f"{_BASE}/{kind}/{{name:str}}" for kind in _KINDS), methods=("GET", "PUT", "DELETE"), words=_words)
async def name(project: Project, fields: Fields, services: Services, request: Asked) -> Any:
    """One name: read, described, or marked as deleted."""
    kind = _KINDS[request.url.path.removeprefix(f"{_BASE}/").partition("/")[0]]
    one = _bare(kind, str(request.path_params["name"]))
    entry = await _entry(project, kind, one, services, fields)
    if request.method == "GET":
        return {"success": True, "data": _row(kind, one, entry, fields)}
    if request.method == "DELETE":
        await _change(project, kind, one, {"dropped": True}, services)
        return {"success": True}
    if fields.text(kind.renamed):
        raise BadParameter(f"{kind.renamed}: names cannot be changed; give a display_name")
    await _change(project, kind, one, _said(fields), services)
    return {"success": True}


@endpoint(*(f"{_BASE}/{kind}/{{name:str}}/restore" for kind in _KINDS), methods=("POST",), words=_words)
async def restore(project: Project, fields: Fields, services: Services, request: Asked) -> Any:
    """A name that was marked as deleted is not any more."""
    kind = _KINDS[request.url.path.removeprefix(f"{_BASE}/").partition("/")[0]]
    one = _bare(kind, str(request.path_params["name"]))
    if not (await _entry(project, kind, one, services, fields)).dropped:
        raise Refused(409, f"{one!r} is not deleted")
    await _change(project, kind, one, {"dropped": False}, services)
    return Response({"success": True}, status_code=200 if kind.described is Described.EVENT else 201)


@endpoint(f"{_BASE}/category", methods=("GET", "POST"), words=_words)
async def categories(project: Project, fields: Fields, services: Services, request: Asked) -> Any:
    """All categories of events, or a new one."""
    known = await _categories(project, services)
    if request.method == "GET":
        return {"success": True, "data": [{"id": number_of(one), "name": one} for one in sorted(known)]}
    new = fields.required("category_name")
    if new in known:
        raise Refused(409, f"category_name: {new!r} already exists")
    await _say(project, {Described.EVENT_CATEGORY: {new: {}}}, services)
    return {"success": True}


@endpoint(f"{_BASE}/category/{{name:str}}", methods=("GET", "PUT", "DELETE"), words=_words)
async def category(project: Project, fields: Fields, services: Services, request: Asked) -> Any:
    """A category: read by its name; by its number called otherwise, with the events that are in it, or deleted."""
    known, sent = await _categories(project, services), str(request.path_params["name"])
    if request.method == "GET":
        if sent not in known:
            raise Refused(400, "Not found")
        return {"success": True, "data": {"id": number_of(sent), "name": sent}}
    found = [one for one in known if sent in (str(number_of(one)), one)]
    if not found:
        raise Refused(409, f"there is no category {sent}")
    new = fields.required("category_name") if request.method == "PUT" else ""
    if new in known:
        raise Refused(409, f"category_name: {new!r} already exists")
    lexicon = services.control.lexicon
    events = await services.control.run(partial(lexicon.entries, project.id, Described.EVENT))
    changes = {Described.EVENT: {name: {"category": new} for name, one in events.items() if one.category == found[0]}}
    if new:
        changes[Described.EVENT_CATEGORY] = {new: {}}
    await _say(project, changes, services)
    await services.control.run(partial(lexicon.remove, project.id, Described.EVENT_CATEGORY, found[0]))
    return {"success": True}


HANDLERS = [names, name, restore, categories, category]


async def _categories(project: Project, services: Services) -> set[str]:
    """Those that were made, and those that events are in."""
    run, entries = services.control.run, services.control.lexicon.entries
    made = await run(partial(entries, project.id, Described.EVENT_CATEGORY))
    events = await run(partial(entries, project.id, Described.EVENT))
    return {*made, *(one.category for one in events.values() if one.category)}


async def _known(
    project: Project, kind: _Kind, services: Services, fields: Fields
) -> tuple[dict[str, Entry], set[str]]:
    """What is said, and the names that were received."""
    entries = await services.control.run(partial(services.control.lexicon.entries, project.id, kind.described))
    if kind.described is Described.EVENT:
        return entries, {one.name for one in await services.stream.names(project) if not one.control}
    if kind.described is Described.EVENT_PROPERTY:
        return entries, {one.key for one in await services.stream.properties(project, None) if one.scope == "event"}
    group = fields.text("group_type")
    if kind.described is Described.GROUP_PROPERTY and not group:
        return entries, set()
    return entries, set(await services.profile_lists.kinds(project, group, _MOST_PROPERTIES))


async def _entry(project: Project, kind: _Kind, name: str, services: Services, fields: Fields) -> Entry:
    entries, received = await _known(project, kind, services, fields)
    if name not in entries and name not in received:
        raise Refused(kind.missing, "Not found")
    return entries.get(name, Entry())


async def _change(project: Project, kind: _Kind, name: str, fields: dict[str, Any], services: Services) -> None:
    await _say(project, {kind.described: {name: fields}}, services)


async def _say(project: Project, changes: dict[Described, dict[str, dict[str, Any]]], services: Services) -> None:
    try:
        await services.control.run(partial(services.control.lexicon.change, project.id, changes, "api"))
    except msgspec.ValidationError as error:
        raise BadParameter(str(error)) from None


def _bare(kind: _Kind, name: str) -> str:
    return name.removeprefix(kind.prefix)


def _said(fields: Fields) -> dict[str, Any]:
    """What the lexicon keeps of the fields that were sent."""
    found: dict[str, Any] = {key: fields.text(key) for key in ("description", "display_name", "owner") if key in fields}
    if "tags" in fields:
        found["tags"] = [
            one.strip() for text in fields.all("tags") for one in text.strip("[]").split(",") if one.strip()
        ]
    for key in ("is_hidden", "is_hidden_from_dropdowns"):
        if key in fields:
            found["hidden"] = fields.flag(key)
    if "category" in fields:
        found["category"] = fields.text("category")
    if "is_active" in fields:
        found["dropped"] = not fields.flag("is_active")
    return found


def _row(kind: _Kind, name: str, entry: Entry, fields: Fields) -> dict[str, Any]:
    common = {
        kind.name: kind.prefix + name,
        "description": entry.description or None,
        "display_name": entry.display_name or name,
        "tags": entry.tags,
        "owner": entry.owner or None,
        "deleted": entry.dropped,
    }
    if kind.described is Described.EVENT:
        hidden = ("dropdowns", "persona_results", "pathfinder", "timeline")
        own: dict[str, Any] = {f"is_hidden_from_{place}": entry.hidden for place in hidden}
        category = {"name": entry.category} if entry.category else None
        return common | own | {"category": category, "is_active": not entry.dropped}
    own = {"type": "any", "regex": None, "enum_values": None, "is_array_type": False, "is_required": False}
    own |= {"is_hidden": entry.hidden, "classifications": []}
    if kind.described is Described.EVENT_PROPERTY:
        own["event_type"] = fields.text("event_type") or None
    return common | own
