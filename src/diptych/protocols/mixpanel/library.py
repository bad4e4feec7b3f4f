"""What people saved, as the app API lists it: reports, dashboards, cohorts.

Source: what headless and Sheets read of these lists; there is no public document of them.
"""

from datetime import UTC, datetime
from functools import partial
from typing import Any

from diptych.control.saved import Kind, Saved
from diptych.model import Project
from diptych.protocols.mixpanel.asking import BadParameter, Fields, Refused
from diptych.protocols.mixpanel.management import Asked, managed, ok
from diptych.protocols.mixpanel.saved import cohort_sizes, question_of
from diptych.protocols.services import Services
from diptych.query.questions import Flows, Funnel, Retention, Segmentation

_REPORTS: dict[Any, str] = {Segmentation: "insights", Funnel: "funnels", Retention: "retention", Flows: "flows"}


@managed("bookmarks", "GET")
async def bookmarks(project: Project, fields: Fields, services: Services, request: Asked) -> Any:
    """Saved reports of the kinds that are answered here, of all of them or of one."""
    wanted = fields.choice("type", {"": None, **{kind: kind for kind in _REPORTS.values()}})
    found = [_bookmark(project, one) for one in await _saved(project, fields, services, Kind.REPORT)]
    return ok({"results": [one for one in found if one["type"] and wanted in (None, one["type"])]})


@managed("bookmarks/{number:int}", "GET")
async def bookmark(project: Project, fields: Fields, services: Services, request: Asked) -> Any:
    """One saved report."""
    return ok(_bookmark(project, await _one(project, services, Kind.REPORT, request)))


@managed("dashboards", "GET")
async def dashboards(project: Project, fields: Fields, services: Services, request: Asked) -> Any:
    """Dashboards."""
    found = await _saved(project, fields, services, Kind.DASHBOARD)
    return ok([_dashboard(project, one) for one in found])


@managed("dashboards/{number:int}", "GET")
async def dashboard(project: Project, fields: Fields, services: Services, request: Asked) -> Any:
    """One dashboard."""
    return ok(_dashboard(project, await _one(project, services, Kind.DASHBOARD, request)))


@managed("cohorts", "GET")
async def cohorts(project: Project, fields: Fields, services: Services, request: Asked) -> Any:
    """Saved cohorts, with how many are in each now."""
    found = await _saved(project, fields, services, Kind.COHORT)
    return ok([_cohort(project, one, size) for one, size in await cohort_sizes(project, services, found)])


@managed("cohorts/{number:int}", "GET")
async def cohort(project: Project, fields: Fields, services: Services, request: Asked) -> Any:
    """One saved cohort."""
    found = await _one(project, services, Kind.COHORT, request)
    [(one, size)] = await cohort_sizes(project, services, [found])
    return ok(_cohort(project, one, size))


HANDLERS = [bookmarks, bookmark, dashboards, dashboard, cohorts, cohort]


async def _saved(project: Project, fields: Fields, services: Services, kind: Kind) -> list[Saved]:
    """What is saved of a kind; with `ids` only those."""
    found = await services.control.run(partial(services.control.saved.all, project.id, kind))
    sent = fields.get("ids", "")
    chosen = {one.strip() for one in sent.strip("[]").split(",") if one.strip()}
    if not all(one.isdigit() for one in chosen):
        raise BadParameter("ids: expected numbers with commas between them")
    return sorted((one for one in found if not sent or str(one.id) in chosen), key=lambda one: one.id)


async def _one(project: Project, services: Services, kind: Kind, request: Asked) -> Saved:
    number = int(request.path_params["number"])
    found = await services.control.run(partial(services.control.saved.get, project.id, kind, number))
    if found is None or found.deleted:
        raise Refused(404, f"there is no {kind.value} {number} in this project")
    return found


def _bookmark(project: Project, one: Saved) -> dict[str, Any]:
    """`params` is empty: the report is in the words of our own API, at `/api/v1/reports`."""
    common = _common(project, one) | {"name": one.name, "type": _REPORTS.get(type(question_of(one)), "")}
    return common | {"params": {}}


def _dashboard(project: Project, one: Saved) -> dict[str, Any]:
    return _common(project, one) | {"title": one.name, "is_private": False, "is_restricted": False}


def _cohort(project: Project, one: Saved, size: int) -> dict[str, Any]:
    return _common(project, one) | {"name": one.name, "count": size, "is_visible": True, "is_locked": False}


def _common(project: Project, one: Saved) -> dict[str, Any]:
    return {
        "id": one.id,
        "project_id": project.id,
        "description": one.description,
        "created": datetime.fromtimestamp(one.created / 1000, UTC).isoformat(),
        "modified": datetime.fromtimestamp(one.updated / 1000, UTC).isoformat(),
        "creator_name": one.created_by,
        "last_modified_by_name": one.updated_by,
    }
