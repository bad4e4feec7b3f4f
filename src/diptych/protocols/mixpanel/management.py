"""The app API, as far as clients need it: who am I, workspaces, service accounts, annotations, the lexicon.

Source: the OpenAPI documents of annotations, lexicon schemas and service accounts; what headless and Sheets read.
"""

import json
from collections.abc import Awaitable, Callable
from datetime import UTC, date, datetime, timedelta
from functools import partial
from typing import Any, Literal
from zoneinfo import ZoneInfo

import msgspec
from litestar import Request, Response, route

from diptych.control.lexicon import Described, Entry
from diptych.control.saved import Draft, Kind, Saved
from diptych.model import Project, Role
from diptych.protocols.mixpanel import auth
from diptych.protocols.mixpanel.asking import BadParameter, Fields, Refused, answered, endpoint
from diptych.protocols.mixpanel.saved import question_of
from diptych.protocols.services import Services
from diptych.query.questions import Flows, Funnel, Retention, Segmentation

Asked = Request[Any, Any, Any]
Managed = Callable[[Project, Fields, Services, Asked], Awaitable[Any]]
_TIME = "%Y-%m-%d %H:%M:%S"
_MOST_NAME = 255
_PREFIX = "/api/app/projects/{project_id:int}"
_KINDS = {"event": Described.EVENT, "profile": Described.USER_PROPERTY}
_USER = "$user"
_REPORTS: dict[Any, str] = {Segmentation: "insights", Funnel: "funnels", Retention: "retention", Flows: "flows"}
_VENDOR = "com.mixpanel"


def managed(path: str, *methods: Literal["GET", "POST", "PATCH", "DELETE"]) -> Callable[[Managed], Any]:
    """A handler of a project's own path; what is not read needs an editor."""

    def made(answer: Managed) -> Any:
        async def handler(request: Asked, project_id: int, services: Services) -> Response[Any]:
            async def inner(project: Project, fields: Fields, services: Services) -> Any:
                return await answer(project, fields, services, request)

            needs = Role.VIEWER if request.method == "GET" else Role.EDITOR
            return await answered(request, services, inner, project_id=project_id, needs=needs)

        handler.__name__, handler.__doc__ = answer.__name__, answer.__doc__
        return route(f"{_PREFIX}/{path}", http_method=list(methods), status_code=200)(handler)

    return made


@endpoint("me", prefixes=("/api/app",))
async def me(project: Project, fields: Fields, services: Services) -> Any:
    """The project that the credentials open, in the shape that clients look for projects in."""
    workspace = _workspace(project)
    described = {
        "id": project.id,
        "name": project.name,
        "timezone": project.timezone,
        "organization_id": 1,
        "permissions": ["view_base_reports"],
        "workspaces": {str(workspace["id"]): workspace},
        "has_workspaces": True,
    }
    results = {
        "user_id": 1,
        "user_email": "",
        "organizations": {"1": {"id": 1, "name": "Diptych", "permissions": []}},
        "projects": {str(project.id): described},
        "workspaces": {str(workspace["id"]): workspace},
    }
    return _ok(results)


@managed("workspaces/public", "GET")
async def workspaces(project: Project, fields: Fields, services: Services, request: Asked) -> Any:
    """The one workspace that a project has."""
    return _ok([_workspace(project)])


@managed("service-accounts", "GET")
async def service_accounts(project: Project, fields: Fields, services: Services, request: Asked) -> Any:
    """The service accounts of a project."""
    found = await services.control.run(partial(services.control.accounts.list, project.id))
    accounts = [
        {
            "id": number,
            "username": one.username,
            "role": one.role.value,
            "created": datetime.fromtimestamp(one.created / 1000, UTC).isoformat(),
            "expires": None,
            "last_used": None,
        }
        for number, one in enumerate(found, 1)
    ]
    return _ok(accounts)


@managed("bookmarks", "GET")
async def bookmarks(project: Project, fields: Fields, services: Services, request: Asked) -> Any:
    """Saved reports of the kinds that are answered here, of all of them or of one."""
    kinds = {"": None, **{kind: kind for kind in _REPORTS.values()}}
    wanted = fields.choice("type", kinds)
    found = await services.control.run(partial(services.control.saved.all, project.id, Kind.REPORT))
    reports = [
        {
            "id": one.id,
            "name": one.name,
            "description": one.description,
            "type": _REPORTS[kind],
            "project_id": project.id,
            "created": datetime.fromtimestamp(one.created / 1000, UTC).isoformat(),
            "modified": datetime.fromtimestamp(one.updated / 1000, UTC).isoformat(),
        }
        for one in sorted(found, key=lambda one: one.id)
        if (kind := type(question_of(one))) in _REPORTS and wanted in (None, _REPORTS[kind])
    ]
    return _ok({"results": reports})


@managed("annotations", "GET", "POST")
async def annotations(project: Project, fields: Fields, services: Services, request: Asked) -> Any:
    """Annotations between two days, or a new one."""
    if request.method == "POST":
        draft = _draft(project, fields, None)
        work = partial(services.control.saved.create, project.id, Kind.ANNOTATION, draft, _author(request))
        return Response(_ok(_annotation(project, await services.control.run(work))), status_code=201)
    found = await _annotations(project, services, fields, "fromDate", "toDate")
    return _ok([_annotation(project, one) for one in found])


@managed("annotations/{number:int}", "GET", "PATCH", "DELETE")
async def annotation(project: Project, fields: Fields, services: Services, request: Asked) -> Any:
    """One annotation: read, changed or deleted."""
    number, saved = int(request.path_params["number"]), services.control.saved
    found = await services.control.run(partial(saved.get, project.id, Kind.ANNOTATION, number))
    if found is None or found.deleted:
        raise Refused(404, f"there is no annotation {number} in this project")
    author = _author(request)
    if request.method == "DELETE":
        await services.control.run(partial(saved.set_deleted, project.id, Kind.ANNOTATION, number, True, author))
        return _ok({"id": number})
    if request.method == "PATCH":
        changes = msgspec.structs.asdict(_draft(project, fields, found))
        work = partial(saved.change, project.id, Kind.ANNOTATION, number, found.version, changes, author)
        found = await services.control.run(work) or found
    return _ok(_annotation(project, found))


@managed("annotations/tags", "GET")
async def annotation_tags(project: Project, fields: Fields, services: Services, request: Asked) -> Any:
    """Tags in use; they are numbered by their names' order."""
    found = await services.control.run(partial(services.control.saved.all, project.id, Kind.ANNOTATION))
    names = sorted({name for one in found for name in _content(one).get("tags", [])})
    return [
        {"id": number, "name": name, "project_id": project.id, "has_annotations": True}
        for number, name in enumerate(names, 1)
    ]


@endpoint("annotations")
async def legacy_annotations(project: Project, fields: Fields, services: Services) -> Any:
    """Annotations in the older dialect."""
    found = await _annotations(project, services, fields, "from_date", "to_date")
    dialect = [
        {
            "id": one.id,
            "date": _date(project, one),
            "project_id": project.id,
            "description": one.description or one.name,
        }
        for one in found
    ]
    return {"annotations": dialect}


@managed("schemas", "GET", "POST")
async def schemas(project: Project, fields: Fields, services: Services, request: Asked) -> Any:
    """What is said about events and profiles; or more of it."""
    lexicon = services.control.lexicon
    if request.method == "GET":
        events = await services.control.run(partial(lexicon.entries, project.id, Described.EVENT))
        return _ok(
            [_schema("event", name, entry) for name, entry in sorted(events.items())]
            + await _profile(project, services)
        )
    entries = fields.json("entries", list[_SchemaEntry]) or []
    changes: dict[Described, dict[str, dict[str, Any]]] = {}
    for entry in entries:
        for kind, name, change in _changes(entry):
            changes.setdefault(kind, {})[name] = change
    try:
        await services.control.run(partial(lexicon.change, project.id, changes, _author(request)))
    except msgspec.ValidationError as error:
        raise BadParameter(f"entries: {error}") from None
    return _ok({"added": len(entries), "deleted": 0})


HANDLERS = [
    me,
    workspaces,
    service_accounts,
    bookmarks,
    annotations,
    annotation,
    annotation_tags,
    legacy_annotations,
    schemas,
]


class _SchemaEntry(msgspec.Struct, rename="camel"):
    entity_type: str
    name: str
    schema_json: dict[str, Any]


def _ok(results: Any) -> dict[str, Any]:
    return {"status": "ok", "results": results}


def _workspace(project: Project) -> dict[str, Any]:
    return {
        "id": project.id,
        "name": "All project data",
        "project_id": project.id,
        "is_global": True,
        "is_default": True,
        "is_visible": True,
        "is_restricted": False,
    }


def _author(request: Asked) -> str:
    return auth.basic(request)[0][:_MOST_NAME] or "api"


async def _annotations(project: Project, services: Services, fields: Fields, first: str, last: str) -> list[Saved]:
    start, end = fields.day(first, date(1971, 1, 1)), fields.day(last, date(2104, 12, 31)) + timedelta(days=1)
    found = await services.control.run(partial(services.control.saved.all, project.id, Kind.ANNOTATION))
    chosen = [one for one in found if f"{start}" <= _date(project, one) < f"{end}"]
    return sorted(chosen, key=lambda one: (_date(project, one), one.id))


def _content(saved: Saved) -> dict[str, Any]:
    found: dict[str, Any] = msgspec.json.decode(saved.content)
    return found


def _date(project: Project, saved: Saved) -> str:
    return datetime.fromtimestamp(_content(saved)["time"] / 1000, ZoneInfo(project.timezone)).strftime(_TIME)


def _annotation(project: Project, saved: Saved) -> dict[str, Any]:
    return {
        "id": saved.id,
        "project_id": project.id,
        "date": _date(project, saved),
        "description": saved.description or saved.name,
        "user": {"id": 1, "first_name": saved.created_by, "last_name": ""},
        "tags": [{"id": number, "name": name} for number, name in enumerate(_content(saved).get("tags", []), 1)],
    }


def _draft(project: Project, fields: Fields, before: Saved | None) -> Draft:
    """What is saved, with what was not sent as it was before."""
    text = fields.get("description", "") or (before.description or before.name if before else "")
    if not text.strip() or "\0" in text:
        raise BadParameter("description: expected a text")
    content = _content(before) if before else {}
    if fields.get("date") or not before:
        content["time"] = _instant(project, fields.get("date", ""))
    if "tags" in fields:
        content["tags"] = fields.names("tags")
    name = " ".join(text.split())[:_MOST_NAME]
    return Draft(name=name, description=text, content=json.dumps(content).encode())


def _instant(project: Project, text: str) -> int:
    try:
        local = datetime.strptime(text, _TIME).replace(tzinfo=ZoneInfo(project.timezone))
    except ValueError:
        raise BadParameter("date: expected a time such as 2026-01-31 12:00:00") from None
    return round(local.timestamp() * 1000)


def _schema(kind: str, name: str, entry: Entry) -> dict[str, Any]:
    own = {"displayName": entry.display_name, "tags": entry.tags, "hidden": entry.hidden, "dropped": entry.dropped}
    schema = {"description": entry.description, "properties": {}, "metadata": {_VENDOR: own}}
    return {"entityType": kind, "name": name, "schemaJson": schema}


async def _profile(project: Project, services: Services) -> list[dict[str, Any]]:
    lexicon = services.control.lexicon
    entries = await services.control.run(partial(lexicon.entries, project.id, Described.USER_PROPERTY))
    if not entries:
        return []
    schema = _schema("profile", _USER, Entry())
    schema["schemaJson"]["properties"] = {
        name: {"metadata": _schema("", "", entry)["schemaJson"]["metadata"], "description": entry.description}
        for name, entry in sorted(entries.items())
    }
    return [schema]


def _changes(entry: _SchemaEntry) -> list[tuple[Described, str, dict[str, Any]]]:
    """(kind, name, fields of the lexicon) that one entry says."""
    if entry.entity_type not in _KINDS:
        raise BadParameter("entries.entityType: expected event or profile")
    schema = entry.schema_json
    inner = Described.EVENT_PROPERTY if entry.entity_type == "event" else Described.USER_PROPERTY
    found = [(inner, name, _fields(one)) for name, one in (schema.get("properties") or {}).items()]
    if entry.entity_type == "event":
        found.append((Described.EVENT, entry.name, _fields(schema)))
    return found


def _fields(schema: dict[str, Any]) -> dict[str, Any]:
    own = (schema.get("metadata") or {}).get(_VENDOR) or {}
    names = {"displayName": "display_name", "tags": "tags", "hidden": "hidden", "dropped": "dropped"}
    found = {ours: own[theirs] for theirs, ours in names.items() if own.get(theirs) is not None}
    return found | ({"description": schema["description"]} if schema.get("description") is not None else {})
