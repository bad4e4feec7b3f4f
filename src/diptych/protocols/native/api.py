"""Our own API under `/api/v1/`."""

import asyncio
from typing import Annotated, Any

import msgspec
from litestar import Request, Router, get, post
from litestar.params import Parameter

from diptych.protocols.native import (
    identity,
    keys,
    lexicon,
    listing,
    people,
    persons,
    projects,
    questions,
    reports,
    saved,
)
from diptych.protocols.native.access import project_for
from diptych.protocols.native.errors import HANDLERS, ApiError
from diptych.protocols.native.openapi import document
from diptych.protocols.native.people import ProjectId
from diptych.protocols.native.sql import run_sql
from diptych.protocols.services import Services
from diptych.query.stream import MOST_SAMPLES, IssueSummary, Status, StreamEvent
from diptych.store.lookups import LookupTable

Asked = Request[Any, Any, Any]


class Events(msgspec.Struct):
    """Events, newest first."""

    events: list[StreamEvent]


class Issues(msgspec.Struct):
    """Reasons, latest first."""

    issues: list[IssueSummary]


class Profile(msgspec.Struct):
    """A profile as it is now."""

    id: str
    properties: dict[str, Any]


class LookupTableDetails(msgspec.Struct):
    """A lookup table. The first of its columns is the key."""

    id: str
    name: str
    columns: list[str]
    row_count: int


class NewLookupTable(msgspec.Struct, forbid_unknown_fields=True):
    """A lookup table to be made."""

    name: Annotated[str, msgspec.Meta(min_length=1, max_length=255)]


class LookupTableList(msgspec.Struct):
    """Lookup tables, by name."""

    tables: list[LookupTableDetails]


def _details(table: LookupTable) -> LookupTableDetails:
    return LookupTableDetails(table.id, table.name, table.columns, table.row_count)


@get("/projects/{project_id:int}/lookup-tables")
async def lookup_tables(request: Asked, project_id: ProjectId, services: Services) -> LookupTableList:
    """The lookup tables of a project."""
    found = await project_for(request, services, project_id)
    tables = await asyncio.to_thread(services.lookups.list, found.id)
    return LookupTableList([_details(table) for table in tables])


@post("/projects/{project_id:int}/lookup-tables", status_code=200, opt={"example": {"name": "Accounts"}})
async def create_lookup_table(
    request: Asked, project_id: ProjectId, services: Services, data: NewLookupTable
) -> LookupTableDetails:
    """Name a lookup table. Its rows are put to `/lookup-tables/{id}` as CSV."""
    found = await project_for(request, services, project_id)
    table = await asyncio.to_thread(services.lookups.create, found.id, data.name)
    return _details(table)


@get("/projects/{project_id:int}/status")
async def status(request: Asked, project_id: ProjectId, services: Services) -> Status:
    """Whether a project has events yet."""
    return await services.stream.status(await project_for(request, services, project_id))


@get("/projects/{project_id:int}/events")
async def events(
    request: Asked,
    project_id: ProjectId,
    services: Services,
    limit: Annotated[int, Parameter(ge=1, le=1000)] = 50,
    after: Annotated[int, Parameter(ge=0, le=2**63 - 1)] = 0,
) -> Events:
    """The events received last, newest first; with `after`, only those accepted behind that accept id."""
    project = await project_for(request, services, project_id)
    return Events(await services.stream.newest(project, limit=limit, after=after))


@get("/ingestion/issues")
async def issues(
    request: Asked,
    project_id: ProjectId,
    services: Services,
    since: Annotated[int, Parameter(ge=0, le=2**63 - 1)] = 0,
    samples: Annotated[int, Parameter(ge=0, le=MOST_SAMPLES)] = MOST_SAMPLES,
) -> Issues:
    """Records that were rejected or corrected, by reason, with the latest of each; of 30 days, or `since` a time."""
    project = await project_for(request, services, project_id)
    return Issues(await services.stream.issues(project, since=since, samples=samples))


@get("/projects/{project_id:int}/profiles")
async def profile(
    request: Asked,
    project_id: ProjectId,
    services: Services,
    profile_id: Annotated[str, Parameter(query="id")],
    group_type: str = "",
) -> Profile:
    """The profile of a person, or with `group_type` of a group."""
    project = await project_for(request, services, project_id)
    await services.queries.settled()
    properties = await services.profiles.get(project, profile_id, group_type)
    if properties is None:
        raise ApiError(404, f"there is no profile {profile_id!r}", "id")
    return Profile(profile_id, properties)


ENDPOINTS = [
    *questions.HANDLERS,
    lookup_tables,
    create_lookup_table,
    status,
    events,
    issues,
    profile,
    *projects.ENDPOINTS,
    *people.ENDPOINTS,
    *keys.ENDPOINTS,
    *saved.ENDPOINTS,
    *reports.ENDPOINTS,
    *listing.ENDPOINTS,
    *lexicon.ENDPOINTS,
    *persons.ENDPOINTS,
    *identity.ENDPOINTS,
    run_sql,
]
router = Router(path="/api/v1", route_handlers=ENDPOINTS, exception_handlers=HANDLERS)


@get("/openapi.json")
async def openapi() -> dict[str, Any]:
    """What this API takes and answers."""
    return document("/api/v1", ENDPOINTS)
