"""The app API, as far as clients need it: who am I, workspaces, annotations. What its other modules share.

Source: the OpenAPI document of annotations; what headless and Sheets read.
"""

import json
from collections.abc import Awaitable, Callable
from datetime import date, datetime, timedelta
from functools import partial
from typing import Any, Literal
from zoneinfo import ZoneInfo

import msgspec
from litestar import Request, Response, route

from diptych.control.lexicon import Described, number_of
from diptych.control.saved import Draft, Kind, Saved
from diptych.model import Project, Role
from diptych.protocols.mixpanel import auth
from diptych.protocols.mixpanel.asking import BadParameter, Fields, Refused, answered, endpoint
from diptych.protocols.services import Services

Asked = Request[Any, Any, Any]
Method = Literal["GET", "POST", "PATCH", "DELETE"]
Managed = Callable[[Project, Fields, Services, Asked], Awaitable[Any]]
_TIME = "%Y-%m-%d %H:%M:%S"
_MOST_NAME = 255
_MOST_TAG = 100
ORGANIZATION = 1
_PREFIX = "/api/app/projects/{project_id:int}"


def managed(path: str, *methods: Method, editing: Role = Role.EDITOR) -> Callable[[Managed], Any]:
    """A handler of a project's own path; what is not read needs an editor, or the role that is said."""

    def made(answer: Managed) -> Any:
        async def handler(request: Asked, project_id: int, services: Services) -> Response[Any]:
            async def inner(project: Project, fields: Fields, services: Services) -> Any:
                return await answer(project, fields, services, request)

            needs = Role.VIEWER if request.method == "GET" else editing
            return await answered(request, services, inner, project_id=project_id, needs=needs)

        handler.__name__, handler.__doc__ = answer.__name__, answer.__doc__
        return route(f"{_PREFIX}/{path}", http_method=list(methods), status_code=200)(handler)

    return made


@endpoint("me", prefixes=("/api/app",))
async def me(project: Project, fields: Fields, services: Services) -> Any:
    """The project that the credentials open, in the shape that clients look for projects in."""
    workspace = _workspace(project)
    results = {
        "user_id": 1,
        "user_email": "",
        "organizations": {str(ORGANIZATION): {"id": ORGANIZATION, "name": "Diptych", "permissions": []}},
        "projects": {str(project.id): _project(project)},
        "workspaces": {str(workspace["id"]): workspace},
    }
    return ok(results)


@endpoint("projects/metadata/index", prefixes=("/api/app",))
async def projects(project: Project, fields: Fields, services: Services) -> Any:
    """The project that the credentials open, alone."""
    return ok({str(project.id): _project(project)})


@managed("workspaces/public", "GET")
async def workspaces(project: Project, fields: Fields, services: Services, request: Asked) -> Any:
    """The one workspace that a project has."""
    return ok([_workspace(project)])


@managed("annotations", "GET", "POST")
async def annotations(project: Project, fields: Fields, services: Services, request: Asked) -> Any:
    """Annotations between two days, or a new one."""
    if request.method == "POST":
        draft = await _draft(project, fields, services, None)
        work = partial(services.control.saved.create, project.id, Kind.ANNOTATION, draft, author_of(request))
        return Response(ok(_annotation(project, await services.control.run(work))), status_code=201)
    found = await _annotations(project, services, fields, "fromDate", "toDate")
    return ok([_annotation(project, one) for one in found])


@managed("annotations/{number:int}", "GET", "PATCH", "DELETE")
async def annotation(project: Project, fields: Fields, services: Services, request: Asked) -> Any:
    """One annotation: read, changed or deleted."""
    number, saved = int(request.path_params["number"]), services.control.saved
    found = await services.control.run(partial(saved.get, project.id, Kind.ANNOTATION, number))
    if found is None or found.deleted:
        raise Refused(404, f"there is no annotation {number} in this project")
    author = author_of(request)
    if request.method == "DELETE":
        await services.control.run(partial(saved.set_deleted, project.id, Kind.ANNOTATION, number, True, author))
        return ok({"id": number})
    if request.method == "PATCH":
        changes = msgspec.structs.asdict(await _draft(project, fields, services, found))
        work = partial(saved.change, project.id, Kind.ANNOTATION, number, found.version, changes, author)
        found = await services.control.run(work) or found
    return ok(_annotation(project, found))


@managed("annotations/tags", "GET", "POST")
async def annotation_tags(project: Project, fields: Fields, services: Services, request: Asked) -> Any:
    """Tags that were made or are in use; or a new one."""
    lexicon = services.control.lexicon
    if request.method == "POST":
        name = fields.required("name").strip()
        change: dict[Described, dict[str, dict[str, Any]]] = {Described.ANNOTATION_TAG: {_tag(name): {}}}
        await services.control.run(partial(lexicon.change, project.id, change, author_of(request)))
    found = await services.control.run(partial(services.control.saved.all, project.id, Kind.ANNOTATION))
    used = {tag for one in found for tag in _content(one).get("tags", [])}
    if request.method == "POST":
        return _described_tag(project, name, used)
    made = await services.control.run(partial(lexicon.entries, project.id, Described.ANNOTATION_TAG))
    return [_described_tag(project, name, used) for name in sorted(used | made.keys())]


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


HANDLERS = [
    me,
    workspaces,
    projects,
    annotations,
    annotation,
    annotation_tags,
    legacy_annotations,
]


def ok(results: Any) -> dict[str, Any]:
    """The envelope of answers."""
    return {"status": "ok", "results": results}


def _project(project: Project) -> dict[str, Any]:
    workspace = _workspace(project)
    return {
        "id": project.id,
        "name": project.name,
        "timezone": project.timezone,
        "organization_id": ORGANIZATION,
        "permissions": ["view_base_reports"],
        "workspaces": {str(workspace["id"]): workspace},
        "has_workspaces": True,
    }


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


def author_of(request: Asked) -> str:
    """Who changes something."""
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
        "tags": [{"id": number_of(name), "name": name} for name in _content(saved).get("tags", [])],
    }


def _tag(name: str) -> str:
    if not name or len(name) > _MOST_TAG or "\0" in name:
        raise BadParameter(f"tags: expected names of 1 to {_MOST_TAG} characters, or numbers of tags")
    return name


def _described_tag(project: Project, name: str, used: set[str]) -> dict[str, Any]:
    return {"id": number_of(name), "name": name, "project_id": project.id, "has_annotations": name in used}


async def _tags(project: Project, fields: Fields, services: Services) -> list[str]:
    """The names of the tags that were sent by number, or by name."""
    sent = fields.names("tags")
    made = await services.control.run(partial(services.control.lexicon.entries, project.id, Described.ANNOTATION_TAG))
    found = await services.control.run(partial(services.control.saved.all, project.id, Kind.ANNOTATION))
    names = {*made, *(tag for one in found for tag in _content(one).get("tags", []))}
    numbered = {str(number_of(name)): name for name in names}
    unknown = [one for one in sent if one.isdigit() and one not in numbered]
    if unknown:
        raise BadParameter(f"tags: there is no tag {unknown[0]} in this project")
    return [_tag(numbered.get(one, one)) for one in sent]


async def _draft(project: Project, fields: Fields, services: Services, before: Saved | None) -> Draft:
    """What is saved, with what was not sent as it was before."""
    text = fields.get("description", "") or (before.description or before.name if before else "")
    if not text.strip() or "\0" in text:
        raise BadParameter("description: expected a text")
    content = _content(before) if before else {}
    if fields.get("date") or not before:
        content["time"] = _instant(project, fields.get("date", ""))
    if "tags" in fields:
        content["tags"] = await _tags(project, fields, services)
    name = " ".join(text.split())[:_MOST_NAME]
    return Draft(name=name, description=text, content=json.dumps(content).encode())


def _instant(project: Project, text: str) -> int:
    try:
        local = datetime.strptime(text, _TIME).replace(tzinfo=ZoneInfo(project.timezone))
    except ValueError:
        raise BadParameter("date: expected a time such as 2026-01-31 12:00:00") from None
    return round(local.timestamp() * 1000)
