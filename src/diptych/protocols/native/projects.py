"""Projects: creating them, and how they are set up."""

import asyncio
from collections.abc import AsyncIterator
from functools import partial
from typing import Annotated, Any

import msgspec
from litestar import get, patch, post
from litestar.response import Stream

from diptych.control import Control, ControlUnavailable, CreatedProject
from diptych.model import IdentityMode, Project, Role
from diptych.people.deriving import change_mode
from diptych.people.rebuild import Told
from diptych.protocols.native.access import admin_of, project_for
from diptych.protocols.native.errors import ApiError
from diptych.protocols.native.lines import failure, line, streamed
from diptych.protocols.native.people import Asked, ProjectId
from diptych.protocols.services import Services
from diptych.store.engine import EngineRefused, EngineUnavailable
from diptych.web.access import access_of

_Text = Annotated[str, msgspec.Meta(max_length=300)]


class ProjectDetails(msgspec.Struct):
    """A project as it is set up."""

    project_id: int
    name: str
    timezone: str
    identity: IdentityMode
    week_start: int
    settings: dict[str, Any]


class NewProject(msgspec.Struct, forbid_unknown_fields=True):
    """A project to be made."""

    name: _Text
    timezone: _Text = "UTC"
    identity: _Text = "simplified"


class ProjectChange(msgspec.Struct, forbid_unknown_fields=True, omit_defaults=True):
    """What is to be different. `week_start` is an ISO weekday, 1 is Monday."""

    name: _Text | None = None
    timezone: _Text | None = None
    week_start: int | None = None


class ModeChange(msgspec.Struct, forbid_unknown_fields=True):
    """The identity mode to follow."""

    mode: IdentityMode


@post("/projects", status_code=200, opt={"example": {"name": "Shop", "timezone": "Europe/Berlin"}})
async def create_project(request: Asked, data: NewProject) -> CreatedProject:
    """Create a project; for those who run the installation. The secrets are shown only now."""
    await admin_of(request)
    control = access_of(request).control
    return await control.run(partial(control.projects.create, data.name, data.timezone, data.identity))


@get("/projects/{project_id:int}")
async def project(request: Asked, project_id: ProjectId, services: Services) -> ProjectDetails:
    """How a project is set up."""
    return _details(await project_for(request, services, project_id))


@patch("/projects/{project_id:int}", opt={"example": {"timezone": "America/New_York", "week_start": 7}})
async def change_project(
    request: Asked, project_id: ProjectId, services: Services, data: ProjectChange
) -> ProjectDetails:
    """Change name, time zone or first day of the week; what is left out stays as it is."""
    await project_for(request, services, project_id, Role.OWNER)
    control = access_of(request).control
    return _details(await control.run(partial(control.projects.arrange, project_id, msgspec.to_builtins(data))))


@patch("/projects/{project_id:int}/settings", opt={"example": {"store_ip": False}})
async def change_settings(
    request: Asked, project_id: ProjectId, services: Services, data: dict[str, Any]
) -> ProjectDetails:
    """Change settings by name; the others stay. `identity` is the identity mode, which takes a while."""
    await project_for(request, services, project_id, Role.OWNER)
    control = access_of(request).control
    mode = data.pop("identity", None)
    if mode is not None and mode not in list(IdentityMode):
        raise ApiError(400, f"expected one of {', '.join(IdentityMode)}", "identity")
    changed = await control.run(partial(control.projects.change, project_id, data))
    if mode is not None:
        changed = await _follow(services, control, project_id, IdentityMode(mode), lambda progress: None)
    return _details(changed)


@post("/projects/{project_id:int}/identity/mode", status_code=200, opt={"example": {"mode": "amplitude"}})
async def change_identity_mode(request: Asked, project_id: ProjectId, services: Services, data: ModeChange) -> Stream:
    """Let a project follow another identity mode, in lines of JSON: `{"progress": "…"}` with words on how far it is,
    then `{"answer": …}`, the project, or `{"error": …}`. It goes on when the connection is closed."""
    await project_for(request, services, project_id, Role.OWNER)
    control, loop = access_of(request).control, asyncio.get_running_loop()
    lines: asyncio.Queue[str | None] = asyncio.Queue()

    def told(progress: str) -> None:
        loop.call_soon_threadsafe(lines.put_nowait, progress)

    changing = asyncio.ensure_future(_follow(services, control, project_id, data.mode, told))
    _changing.add(changing)
    changing.add_done_callback(_changing.discard)
    changing.add_done_callback(lambda _: lines.put_nowait(None))

    async def answered() -> AsyncIterator[bytes]:
        while (progress := await lines.get()) is not None:
            yield line("progress", progress)
        try:
            yield line("answer", _details(changing.result()))
        except (EngineUnavailable, EngineRefused, ControlUnavailable) as error:
            yield failure(503, f"Not done to its end; ask for the mode again: {error}")

    return streamed(answered())


_changing: set["asyncio.Future[Project]"] = set()  # what nobody else holds may be forgotten while it runs


async def _follow(services: Services, control: Control, project_id: int, mode: IdentityMode, told: Told) -> Project:
    store_mode = control.projects.set_identity
    await asyncio.to_thread(change_mode, services.identity, services.folding, store_mode, project_id, mode, told)
    return await control.run(partial(control.projects.change, project_id, {}))


ENDPOINTS = [create_project, project, change_project, change_settings, change_identity_mode]


def _details(project: Project) -> ProjectDetails:
    settings = {name: getattr(project.settings, name) for name in project.settings.__struct_fields__}
    return ProjectDetails(project.id, project.name, project.timezone, project.identity, project.week_start, settings)
