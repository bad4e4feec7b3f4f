"""What all saved objects have in common: listing, reading, versions, deleting and restoring.

A project is named in every request, so that nothing of another project can be reached by its number.
"""

from functools import partial
from typing import Annotated, Any, TypeVar

import msgspec
from litestar import Request, delete, get, post
from litestar.params import Parameter

from diptych.control import Control
from diptych.control.saved import Draft, Kind, Saved, SavedVersion
from diptych.protocols.native.access import open_project, project_for
from diptych.protocols.native.errors import ApiError
from diptych.protocols.services import Services
from diptych.web.access import access_of

Asked = Request[Any, Any, Any]
ProjectId = Annotated[int, Parameter(ge=1, le=2**31 - 1)]
Number = Annotated[int, Parameter(ge=1, le=2**31 - 1)]
Name = Annotated[str, msgspec.Meta(min_length=1, max_length=255)]
Description = Annotated[str, msgspec.Meta(max_length=10_000)]
KINDS = {
    "reports": Kind.REPORT,
    "cohorts": Kind.COHORT,
    "dashboards": Kind.DASHBOARD,
    "annotations": Kind.ANNOTATION,
    "custom-events": Kind.CUSTOM_EVENT,
}
_MOST_BYTES = 1 << 18
_Value = TypeVar("_Value")


class SavedList(msgspec.Struct):
    """Saved objects of one kind, the one changed last first."""

    saved: list[Saved]


class VersionList(msgspec.Struct):
    """Versions, the newest first."""

    versions: list[SavedVersion]


@get([f"/{kind}" for kind in KINDS])
async def list_saved(request: Asked, project_id: ProjectId, services: Services, deleted: bool = False) -> SavedList:
    """What is saved in a project; with `deleted`, what can be restored."""
    await project_for(request, services, project_id)
    control = _control(request)
    return SavedList(await control.run(partial(control.saved.all, project_id, _kind(request), deleted=deleted)))


@get([f"/{kind}/{{number:int}}" for kind in KINDS])
async def read_saved(request: Asked, project_id: ProjectId, number: Number, services: Services) -> Saved:
    """One saved object, also a deleted one."""
    await project_for(request, services, project_id)
    control, kind = _control(request), _kind(request)
    return _found(await control.run(partial(control.saved.get, project_id, kind, number)), kind, number)


@get([f"/{kind}/{{number:int}}/versions" for kind in KINDS])
async def list_versions(request: Asked, project_id: ProjectId, number: Number, services: Services) -> VersionList:
    """All versions of a saved object. To go back, save the content of an old one again."""
    await project_for(request, services, project_id)
    control, kind = _control(request), _kind(request)
    return VersionList(
        _found(await control.run(partial(control.saved.versions, project_id, kind, number)), kind, number)
    )


@delete([f"/{kind}/{{number:int}}" for kind in KINDS], status_code=200)
async def delete_saved(request: Asked, project_id: ProjectId, number: Number, services: Services) -> Saved:
    """Delete a saved object. It can be restored."""
    return await _set_deleted(request, services, project_id, number, True)


@post([f"/{kind}/{{number:int}}/restore" for kind in KINDS], status_code=200)
async def restore_saved(request: Asked, project_id: ProjectId, number: Number, services: Services) -> Saved:
    """Take a deleted object back."""
    return await _set_deleted(request, services, project_id, number, False)


ENDPOINTS = [list_saved, read_saved, list_versions, delete_saved, restore_saved]


async def create(
    request: Asked, services: Services, project_id: int, kind: Kind, name: str, description: str, content: Any
) -> Saved:
    """Save something new."""
    found, control = await open_project(request, services, project_id), _control(request)
    _require_text(description)
    draft = Draft(name=_name(name), description=description, content=encoded(content))
    return await control.run(partial(control.saved.create, project_id, kind, draft, found.author))


async def change(
    request: Asked, services: Services, number: int, kind: Kind, project_id: int, version: int, changes: dict[str, Any]
) -> Saved:
    """Save another version; `changes` has the fields of `Draft` that are not None."""
    found, control = await open_project(request, services, project_id), _control(request)
    given = {name: value for name, value in changes.items() if value is not None}
    if "name" in given:
        given["name"] = _name(given["name"])
    _require_text(given.get("description", ""))
    work = partial(control.saved.change, project_id, kind, number, version, given, found.author)
    return _found(await control.run(work), kind, number)


def encoded(content: Any) -> bytes:
    """A content as it is kept: with all defaults, so that later ones do not change what was meant."""
    packed = msgspec.json.encode(content)
    if len(packed) > _MOST_BYTES:
        raise ApiError(400, f"must be at most {_MOST_BYTES:,} bytes of JSON, not {len(packed):,}", "content")
    return packed


async def _set_deleted(request: Asked, services: Services, project_id: int, number: int, deleted: bool) -> Saved:
    found, control, kind = await open_project(request, services, project_id), _control(request), _kind(request)
    work = partial(control.saved.set_deleted, project_id, kind, number, deleted, found.author)
    return _found(await control.run(work), kind, number)


def _name(name: str) -> str:
    name = name.strip()
    if not name or not name.isprintable():
        raise ApiError(400, "must be 1 to 255 printable characters", "name")
    return name


def _require_text(description: str) -> None:
    if "\0" in description:
        raise ApiError(400, "must not contain the character U+0000", "description")


def _found(value: _Value | None, kind: Kind, number: int) -> _Value:
    if not value:
        raise ApiError(404, f"there is no {kind} {number} in this project", "number")
    return value


def _kind(request: Asked) -> Kind:
    return KINDS[request.url.path.strip("/").split("/")[2]]


def _control(request: Asked) -> Control:
    return access_of(request).control
