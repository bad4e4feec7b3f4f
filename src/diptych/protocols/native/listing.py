"""Keeping the people behind a part of an answer as a cohort that is a list."""

import asyncio
from typing import Any

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


ENDPOINTS = [keep_people]
