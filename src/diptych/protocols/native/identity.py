"""Who an id is and why; linking ids and taking links back."""

import asyncio
from typing import Annotated, Any

import msgspec
from litestar import Request, get, post
from litestar.params import Parameter

from diptych.model import Accepted, LinkKind, Project
from diptych.people import linking
from diptych.people.linking import WhoIs
from diptych.protocols.native.access import project_for
from diptych.protocols.native.errors import ApiError
from diptych.protocols.native.people import ProjectId
from diptych.protocols.services import Services

Asked = Request[Any, Any, Any]
_Id = Annotated[str, msgspec.Meta(min_length=1, max_length=1024)]


class Link(msgspec.Struct, forbid_unknown_fields=True):
    """`actor` is whoever `person` is."""

    actor: _Id
    person: _Id


class Unlink(msgspec.Struct, forbid_unknown_fields=True):
    """Two ids are not one person by what was said until now; without `person`: `actor` and any other."""

    actor: _Id
    person: _Id | None = None


@get("/projects/{project_id:int}/identity")
async def who_is(
    request: Asked, project_id: ProjectId, services: Services, identifier: Annotated[str, Parameter(query="id")]
) -> WhoIs:
    """Who an id is: the person, all their ids, and everything that was said of them."""
    project = await project_for(request, services, project_id)
    return await _who_is(services, project, identifier)


@post(
    "/projects/{project_id:int}/identity/links",
    status_code=200,
    opt={"example": {"actor": "old@example.com", "person": "user-1"}},
)
async def link(request: Asked, project_id: ProjectId, services: Services, data: Link) -> WhoIs:
    """Say that an id is whoever another id is. Reports follow at once."""
    project = await project_for(request, services, project_id)
    if data.actor == data.person:
        raise ApiError(400, "expected an id other than the actor", "person")
    said = linking.statement(project.id, LinkKind.ALIAS, data.actor, data.person)
    await services.pipeline.accept(Accepted(links=[said]))
    return await _who_is(services, project, data.actor)


@post(
    "/projects/{project_id:int}/identity/unlinks",
    status_code=200,
    opt={"example": {"actor": "$device:8f3a", "person": "user-1"}},
)
async def unlink(request: Asked, project_id: ProjectId, services: Services, data: Unlink) -> WhoIs:
    """Take back what was said until now of two ids being one person. No event is lost, and the log keeps it."""
    project = await project_for(request, services, project_id)
    await services.pipeline.settled()
    said = await linking.unlinks(services.linking, project.id, data.actor, data.person)
    if not said:
        raise ApiError(404, linking.not_linked(data.actor, data.person), "actor")
    await services.pipeline.accept(Accepted(links=said))
    return await _who_is(services, project, data.actor)


async def _who_is(services: Services, project: Project, identifier: str) -> WhoIs:
    await services.pipeline.settled()
    return await asyncio.to_thread(services.linking.who_is, project.id, project.identity, identifier)


ENDPOINTS = [who_is, link, unlink]
