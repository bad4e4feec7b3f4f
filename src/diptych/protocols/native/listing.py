"""Cohorts that are lists of people: those behind a part of an answer, or those of uploaded ids."""

import asyncio
from typing import Annotated, Any

import msgspec
from litestar import Request, post

from diptych.control.saved import Kind, Saved
from diptych.protocols.native import saved
from diptych.protocols.native.access import project_for
from diptych.protocols.native.errors import ApiError
from diptych.protocols.native.questions import selection_of, while_connected
from diptych.protocols.native.reports import CohortContent
from diptych.protocols.native.saved import Description, Name
from diptych.protocols.services import Services
from diptych.query.parts import Cohort, OnList
from diptych.query.people import everybody_behind
from diptych.query.questions import Question

_MOST_IDS = 1_000_000
_MOST_UNKNOWN = 100
_MOST_BYTES = 64 * 1024 * 1024


class Listed(msgspec.Struct, forbid_unknown_fields=True):
    """Who is to be listed, as in `/query/people`, and what the cohort is called."""

    project_id: int
    question: Question
    name: Name
    description: Description = ""
    selection: dict[str, Any] = {}


_EXAMPLE = {
    "project_id": 1,
    "name": "Signed up in May",
    "question": {"type": "segmentation", "metrics": [{"event": {"names": ["Signed Up"]}}]},
    "selection": {"metric": 0},
}


@post("/query/cohort", status_code=201, opt={"example": _EXAMPLE})
async def keep_people(request: Request[Any, Any, Any], data: Listed, services: Services) -> Saved:
    """Save those who are behind a part of an answer now as a cohort: a list, which stays as it is."""
    project = await project_for(request, services, data.project_id)
    if getattr(data.question, "group_type", ""):
        raise ApiError(400, "expected a question that counts people: a list is of people", "question.group_type")
    selection = selection_of(data.question, data.selection)
    members = await while_connected(request, everybody_behind(services.queries, project, data.question, selection))
    name = await asyncio.to_thread(services.cohort_lists.create, project.id, members)
    content = CohortContent(Cohort(OnList(name)))
    return await saved.create(request, services, project.id, Kind.COHORT, data.name, data.description, content)


class Uploaded(msgspec.Struct, forbid_unknown_fields=True):
    """Ids of people, and what the cohort of them is called."""

    project_id: int
    name: Name
    ids: Annotated[list[str], msgspec.Meta(min_length=1, max_length=_MOST_IDS)]
    description: Description = ""


class UploadedCohort(msgspec.Struct):
    """The cohort, how many of the ids anything was ever received under, and the first of the others."""

    saved: Saved
    known: int
    unknown: list[str]


_IDS = {"project_id": 1, "name": "Interviewed in May", "ids": ["user-1", "ann@example.com"]}


@post("/cohorts/upload", status_code=201, opt={"example": _IDS}, request_max_body_size=_MOST_BYTES)
async def upload_cohort(request: Request[Any, Any, Any], data: Uploaded, services: Services) -> UploadedCohort:
    """Save people as a cohort by their ids. Ids that nothing was ever received under are left out, and told."""
    project = await project_for(request, services, data.project_id)
    ids = list(dict.fromkeys(one for one in data.ids if one))
    await services.queries.settled()
    members = await asyncio.to_thread(services.cohort_lists.known, project.id, ids)
    if not members:
        raise ApiError(400, "expected at least one id under which something was received", "ids")
    name = await asyncio.to_thread(services.cohort_lists.create, project.id, members)
    content = CohortContent(Cohort(OnList(name)))
    made = await saved.create(request, services, project.id, Kind.COHORT, data.name, data.description, content)
    known = set(members.values())
    return UploadedCohort(made, len(known), [one for one in ids if one not in known][:_MOST_UNKNOWN])


ENDPOINTS = [keep_people, upload_cohort]
