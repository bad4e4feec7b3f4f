"""Saving reports, cohorts, dashboards, annotations and custom events: what each of them consists of."""

from functools import partial
from typing import Annotated, Any

import msgspec
from litestar import patch, post

from diptych.control.saved import Kind, Saved
from diptych.protocols.native import saved
from diptych.protocols.native.access import project_for
from diptych.protocols.native.errors import ApiError
from diptych.protocols.native.saved import Asked, Description, Name, Number
from diptych.protocols.services import Services
from diptych.query.parts import Alternative, Cohort, DateRange, Filter
from diptych.query.questions import Question
from diptych.web.access import access_of

_Column = Annotated[int, msgspec.Meta(ge=0, le=11)]
_Place = Annotated[int, msgspec.Meta(ge=0, le=10_000)]
_Size = Annotated[int, msgspec.Meta(ge=1, le=100)]
_Time = Annotated[int, msgspec.Meta(ge=0, le=4_102_444_800_000)]


class Report(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A question, and how its answer is shown, which only the web app knows more about."""

    question: Question
    display: dict[str, Any] = {}


class CohortContent(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Who is in it."""

    cohort: Cohort


class Tile(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A place on a dashboard's grid of 12 columns: with a report, or with a text."""

    report: int | None = None
    text: Annotated[str, msgspec.Meta(max_length=10_000)] = ""
    x: _Column
    y: _Place
    width: Annotated[int, msgspec.Meta(ge=1, le=12)]
    height: _Size


class Dashboard(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Tiles. `range` and `filter` hold for all of them in place of, and besides, the reports' own."""

    tiles: Annotated[list[Tile], msgspec.Meta(max_length=200)] = []
    range: DateRange | None = None
    filter: Filter | None = None


class Annotation(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What happened at a time (UTC milliseconds), or from then until `until`."""

    time: _Time
    until: _Time | None = None
    tags: Annotated[list[str], msgspec.Meta(max_length=50)] = []


class CustomEventContent(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Events that are one under its name, each with a filter of its own."""

    events: Annotated[list[Alternative], msgspec.Meta(min_length=1, max_length=100)]


class _New(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    project_id: int
    name: Name
    description: Description = ""


class _Change(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    version: int
    name: Name | None = None
    description: Description | None = None


class NewReport(_New):
    """A report to be saved."""

    content: Report


class ReportChange(_Change):
    """What is to be different from the version that was read."""

    content: Report | None = None


class NewCohort(_New):
    """A cohort to be saved."""

    content: CohortContent


class CohortChange(_Change):
    """What is to be different from the version that was read."""

    content: CohortContent | None = None


class NewDashboard(_New):
    """A dashboard to be saved."""

    content: Dashboard = Dashboard()


class DashboardChange(_Change):
    """What is to be different from the version that was read."""

    content: Dashboard | None = None


class NewAnnotation(_New):
    """An annotation to be saved; its name is the text next to the line."""

    content: Annotation


class AnnotationChange(_Change):
    """What is to be different from the version that was read."""

    content: Annotation | None = None


class NewCustomEvent(_New):
    """A custom event to be saved. Its name is no event's name, so that both can be asked for."""

    content: CustomEventContent


class CustomEventChange(_Change):
    """What is to be different from the version that was read."""

    content: CustomEventContent | None = None


_QUESTION = {"type": "segmentation", "metrics": [{"event": {"names": ["Signed Up"]}, "measure": "unique"}]}
_COHORT = {"condition": {"type": "did", "event": {"names": ["Signed Up"]}}}
_TILES = [{"text": "# Growth", "x": 0, "y": 0, "width": 6, "height": 4}]
_EVENTS = [
    {"name": "Signed Up"},
    {
        "name": "Invited",
        "filter": {"type": "compare", "property": {"key": "accepted"}, "operator": "equals", "values": [True]},
    },
]
_RENAMED = {"version": 1, "name": "Weekly sign-ups"}


def _example(name: str, content: Any) -> dict[str, Any]:
    return {"example": {"project_id": 1, "name": name, "content": content}}


@post("/reports", status_code=200, opt=_example("Sign-ups", {"question": _QUESTION}))
async def create_report(request: Asked, data: NewReport, services: Services) -> Saved:
    """Save a question as a report."""
    return await _create(request, services, Kind.REPORT, data, data.content)


@patch("/reports/{number:int}", opt={"example": _RENAMED})
async def change_report(
    request: Asked, number: Number, project_id: saved.ProjectId, data: ReportChange, services: Services
) -> Saved:
    """Rename a report or save another version of it. 409 if somebody else did since `version`."""
    return await _change(request, services, (number, Kind.REPORT, project_id), data, data.content)


@post("/cohorts", status_code=200, opt=_example("Signed up", {"cohort": _COHORT}))
async def create_cohort(request: Asked, data: NewCohort, services: Services) -> Saved:
    """Save a cohort. Questions name it by its number, as text."""
    return await _create(request, services, Kind.COHORT, data, data.content)


@patch("/cohorts/{number:int}", opt={"example": _RENAMED})
async def change_cohort(
    request: Asked, number: Number, project_id: saved.ProjectId, data: CohortChange, services: Services
) -> Saved:
    """Rename a cohort or save another version of it. 409 if somebody else did since `version`."""
    return await _change(request, services, (number, Kind.COHORT, project_id), data, data.content)


@post("/dashboards", status_code=200, opt=_example("Growth", {"tiles": _TILES}))
async def create_dashboard(request: Asked, data: NewDashboard, services: Services) -> Saved:
    """Save a dashboard. Its tiles name reports of the project."""
    await _require_reports(request, services, data.project_id, data.content)
    return await _create(request, services, Kind.DASHBOARD, data, data.content)


@patch("/dashboards/{number:int}", opt={"example": _RENAMED})
async def change_dashboard(
    request: Asked, number: Number, project_id: saved.ProjectId, data: DashboardChange, services: Services
) -> Saved:
    """Rename a dashboard or save another version of it. 409 if somebody else did since `version`."""
    await _require_reports(request, services, project_id, data.content)
    return await _change(request, services, (number, Kind.DASHBOARD, project_id), data, data.content)


@post("/annotations", status_code=200, opt=_example("Version 2 is out", {"time": 1_764_028_800_000}))
async def create_annotation(request: Asked, data: NewAnnotation, services: Services) -> Saved:
    """Annotate a time, for all charts of the project."""
    return await _create(request, services, Kind.ANNOTATION, data, data.content)


@patch("/annotations/{number:int}", opt={"example": _RENAMED})
async def change_annotation(
    request: Asked, number: Number, project_id: saved.ProjectId, data: AnnotationChange, services: Services
) -> Saved:
    """Change an annotation. 409 if somebody else did since `version`."""
    return await _change(request, services, (number, Kind.ANNOTATION, project_id), data, data.content)


@post("/custom-events", status_code=200, opt=_example("Joined", {"events": _EVENTS}))
async def create_custom_event(request: Asked, data: NewCustomEvent, services: Services) -> Saved:
    """Save a custom event. Questions name it in `custom`, by its number or its name."""
    return await _create(request, services, Kind.CUSTOM_EVENT, data, data.content)


@patch("/custom-events/{number:int}", opt={"example": _RENAMED})
async def change_custom_event(
    request: Asked, number: Number, project_id: saved.ProjectId, data: CustomEventChange, services: Services
) -> Saved:
    """Rename a custom event or save another version of it. 409 if somebody else did since `version`."""
    return await _change(request, services, (number, Kind.CUSTOM_EVENT, project_id), data, data.content)


ENDPOINTS = [
    create_report,
    change_report,
    create_cohort,
    change_cohort,
    create_dashboard,
    change_dashboard,
    create_annotation,
    change_annotation,
    create_custom_event,
    change_custom_event,
]


async def _create(request: Asked, services: Services, kind: Kind, data: _New, content: Any) -> Saved:
    return await saved.create(request, services, data.project_id, kind, data.name, data.description, content)


async def _change(
    request: Asked, services: Services, which: tuple[int, Kind, int], data: _Change, content: Any
) -> Saved:
    changes = {
        "name": data.name,
        "description": data.description,
        "content": None if content is None else saved.encoded(content),
    }
    return await saved.change(request, services, *which, data.version, changes)


async def _require_reports(request: Asked, services: Services, project_id: int, dashboard: Dashboard | None) -> None:
    """Raises ApiError when a tile names a report that the project does not have."""
    await project_for(request, services, project_id)
    control = access_of(request).control
    wanted = {place: tile.report for place, tile in enumerate(dashboard.tiles if dashboard else []) if tile.report}
    if not wanted:
        return
    there = {one.id for one in await control.run(partial(control.saved.all, project_id, Kind.REPORT))}
    for place, number in wanted.items():
        if number not in there:
            raise ApiError(400, f"there is no report {number} in this project", f"content.tiles[{place}].report")
