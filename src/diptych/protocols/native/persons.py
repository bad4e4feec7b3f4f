"""People: one person's profile, ids, history and activity; searching for people."""

import asyncio
from datetime import date
from typing import Annotated, Any

import msgspec
from litestar import Request, get, post
from litestar.params import Parameter

from diptych.model import Project
from diptych.protocols.native.access import project_for
from diptych.protocols.native.errors import ApiError
from diptych.protocols.services import Services
from diptych.query.activity import ActivityPage, place_before
from diptych.query.dates import moment
from diptych.query.parts import InvalidQuestion
from diptych.query.person import PersonDetails, PropertyChange
from diptych.query.search import FoundPeople, PeopleSearch

Asked = Request[Any, Any, Any]
Id = Annotated[str, Parameter(query="id")]


class PeopleQuestion(msgspec.Struct, forbid_unknown_fields=True):
    """People who are looked for in one project."""

    project_id: int
    search: PeopleSearch = PeopleSearch()


class PropertyChanges(msgspec.Struct):
    """Changes of a person's properties, the latest first."""

    changes: list[PropertyChange]


_EXAMPLE = {"project_id": 1, "search": {"text": "ann", "limit": 20}}


@post("/people/search", status_code=200, opt={"reads": True, "example": _EXAMPLE})
async def search_people(request: Asked, data: PeopleQuestion, services: Services) -> FoundPeople:
    """Find people by id, name, e-mail address, properties and cohorts, or who was here last."""
    project = await project_for(request, services, data.project_id)
    try:
        return await services.search.people(project, data.search)
    except InvalidQuestion as error:
        raise ApiError(400, f"expected {error.expected}", f"search.{error.field}") from None


@get("/projects/{project_id:int}/people/person")
async def person(request: Asked, project_id: int, services: Services, person_id: Id) -> PersonDetails:
    """Who an id is: all ids of the person, the profile, when they were first and last seen."""
    project = await project_for(request, services, project_id)
    found = await services.people.person(project, person_id)
    if found is None:
        raise ApiError(404, f"nobody is known as {person_id!r}", "id")
    return found


@get("/projects/{project_id:int}/people/history")
async def property_history(
    request: Asked,
    project_id: int,
    services: Services,
    person_id: Id,
    limit: Annotated[int, Parameter(ge=1, le=10_000)] = 1_000,
) -> PropertyChanges:
    """How a person's properties changed over time."""
    project = await project_for(request, services, project_id)
    return PropertyChanges(await services.people.history(project, person_id, limit))


@get("/projects/{project_id:int}/people/activity")
async def activity(
    request: Asked,
    project_id: int,
    services: Services,
    person_id: Id,
    limit: Annotated[int, Parameter(ge=1, le=1_000)] = 100,
    before: str | None = None,
    after: str | None = None,
    until: date | None = None,
    name: list[str] | None = None,
) -> ActivityPage:
    """What a person did, the latest first; the pages `before` and `after` a place; or `until` the end of a day in the
    project's zone. `name` may repeat."""
    project = await project_for(request, services, project_id)
    if sum(one is not None for one in (before, after, until)) > 1:
        raise ApiError(400, "expected one of before, after and until", "before")
    if until is not None and (day := moment(until.isoformat(), project.timezone)):
        before = place_before(day.end)
    who = await _known(project, person_id, services)
    page = services.activity.page(project, who[0], who, limit=limit, before=before, after=after, names=name or [])
    try:
        return await page
    except InvalidQuestion as error:
        raise ApiError(400, f"expected {error.expected}", error.field) from None


async def _known(project: Project, person_id: str, services: Services) -> list[int]:
    """Hashes: of the person first, then of all their ids."""
    await services.queries.settled()
    return await asyncio.to_thread(services.people.hashes, project, person_id)


ENDPOINTS = [search_people, person, property_history, activity]
