"""Saved charts, chart annotations of both versions, and releases.

Source: the Dashboard REST API's reference, the Chart Annotations and Releases APIs; answers of charts as clients
read them. The category of an annotation is its first tag, and a release is an annotation with the tag `release`.
"""

import csv
import io
import json
import zlib
from datetime import UTC, date, datetime
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
from litestar import Response

from diptych.control.saved import Draft, Kind, Saved, StaleVersion
from diptych.model import Project
from diptych.protocols.amplitude.asking import Asked, BadParameter, Fields, Refused, endpoint
from diptych.protocols.amplitude.dashboard import Chart, shape
from diptych.protocols.amplitude.ways import funnel_data, retention_data, step_labels
from diptych.protocols.services import Services
from diptych.query.questions import Funnel, Retention, Segmentation

_MOST_NAME = 255
_NUMBER_LIMIT = 10
_RELEASE = "release"
_CATEGORY_BITS = 31
_TIME = "%Y-%m-%d %H:%M:%S"


@endpoint("/api/3/chart/{number:str}/query", methods=("GET",))
async def chart_query(project: Project, fields: Fields, services: Services, request: Asked) -> Any:
    """A saved report's answer."""
    return {"data": await _chart(project, services, request)}


@endpoint("/api/3/chart/{number:str}/csv", methods=("GET",))
async def chart_csv(project: Project, fields: Fields, services: Services, request: Asked) -> Any:
    """A saved report's answer as a table."""
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerows(_table(await _chart(project, services, request)))
    return Response(out.getvalue(), media_type="text/csv")


@endpoint("/api/2/annotations")
async def annotations_v2(project: Project, fields: Fields, services: Services, request: Asked) -> Any:
    """All annotations; or a new one, of a day."""
    if request.method == "GET":
        return {"data": [_v2(project, one) for one in await _annotations(project, services)]}
    if fields.text("app_id", str(project.id)) != str(project.id):
        raise BadParameter(f"app_id: expected {project.id}, the project of the keys")
    content = {"time": _instant(project, fields.required("date"), "date")}
    saved = await _create(project, services, fields.required("label"), fields.text("details"), content)
    return {"annotation": _v2(project, saved), "success": True}


@endpoint("/api/2/annotations/{number:str}", methods=("GET",))
async def annotation_v2(project: Project, fields: Fields, services: Services, request: Asked) -> Any:
    """One annotation."""
    return {"data": _v2(project, await _annotation(project, services, request))}


@endpoint("/api/3/annotations")
async def annotations_v3(project: Project, fields: Fields, services: Services, request: Asked) -> Any:
    """Annotations of a category and between two days; or a new one."""
    if request.method == "POST":
        content: dict[str, Any] = {"time": _instant(project, fields.required("start"), "start")}
        if fields.text("end"):
            content["until"] = _instant(project, fields.text("end"), "end")
        if fields.text("category"):
            content["tags"] = [fields.text("category")]
        saved = await _create(project, services, fields.required("label"), fields.text("details"), content)
        return {"data": _v3(project, saved)}
    found = await _annotations(project, services)
    if fields.text("category"):
        found = [one for one in found if fields.text("category") in (_category(one), str(_number(_category(one))))]
    if fields.text("start"):
        found = [one for one in found if _content(one)["time"] >= _instant(project, fields.text("start"), "start")]
    if fields.text("end"):
        last = _instant(project, fields.text("end"), "end", last=True)
        found = [one for one in found if _content(one)["time"] <= last]
    return {"data": [_v3(project, one) for one in found]}


@endpoint("/api/3/annotations/{number:str}", methods=("GET", "PUT", "DELETE"))
async def annotation_v3(project: Project, fields: Fields, services: Services, request: Asked) -> Any:
    """One annotation: read, changed in part, deleted."""
    saved = await _annotation(project, services, request)
    if request.method == "DELETE":
        delete = services.control.saved.set_deleted
        await services.control.run(partial(delete, project.id, Kind.ANNOTATION, saved.id, True, "api"))
        return {"success": True}
    if request.method == "GET":
        return {"data": _v3(project, saved)}
    changes = _changes(project, fields, saved)
    change = services.control.saved.change
    try:
        changed = await services.control.run(
            partial(change, project.id, Kind.ANNOTATION, saved.id, saved.version, changes, "api")
        )
        return {"data": _v3(project, changed or saved)}
    except StaleVersion as error:
        raise Refused(409, str(error)) from None


@endpoint("/api/3/annotation-categories", methods=("GET",))
async def categories(project: Project, fields: Fields, services: Services, request: Asked) -> Any:
    """The categories in use."""
    names = sorted({name for one in await _annotations(project, services) if (name := _category(one))})
    return {"data": [{"id": _number(name), "name": name} for name in names]}


@endpoint("/api/2/release", methods=("POST",))
async def release(project: Project, fields: Fields, services: Services, request: Asked) -> Any:
    """A release, as an annotation."""
    version, title = fields.required("version"), fields.required("title")
    start = _utc(fields.required("release_start"), "release_start")
    content: dict[str, Any] = {"time": start}
    if fields.text("release_end"):
        content["until"] = _utc(fields.text("release_end"), "release_end")
    platforms = [one.strip() for text in fields.all("platforms") for one in text.strip('[]"').split(",") if one.strip()]
    content["tags"] = [_RELEASE, *platforms]
    author = fields.text("created_by", "api")[:_MOST_NAME]
    saved = await _create(project, services, f"{version}: {title}", fields.text("description"), content, author)
    described = {
        "id": saved.id,
        "app_id": project.id,
        "org_id": 1,
        "version": version,
        "release_start": fields.text("release_start"),
        "release_end": fields.text("release_end") or None,
        "type": "integration",
        "title": title,
        "description": saved.description,
        "platforms": platforms,
        "chart_visibility": True,
        "params": {
            "created": saved.created,
            "created_by": author,
            "last_modified": saved.updated,
            "last_modified_by": author,
        },
    }
    return {"success": True, "release": described}


HANDLERS = [
    chart_query,
    chart_csv,
    annotations_v2,
    annotation_v2,
    annotations_v3,
    annotation_v3,
    categories,
    release,
]


async def _saved(project: Project, services: Services, kind: Kind, number: str) -> Saved:
    found = None
    if number.isascii() and number.isdigit() and len(number) < _NUMBER_LIMIT:
        found = await services.control.run(partial(services.control.saved.get, project.id, kind, int(number)))
    if found is None or found.deleted:
        raise Refused(404, f"there is no {kind.value} {number!r} in this project")
    return found


async def _chart(project: Project, services: Services, request: Asked) -> Any:
    """The data of a report in the shape of the chart's type."""
    saved = await _saved(project, services, Kind.REPORT, str(request.path_params["number"]))
    try:
        asked = msgspec.json.decode(saved.content)["question"]
        question = msgspec.convert(asked, Segmentation | Funnel | Retention)
    except (KeyError, TypeError, msgspec.ValidationError):
        raise BadParameter("chart: expected a saved report of segmentation, a funnel or retention") from None
    answer = await services.queries.ask(project, question)
    if isinstance(question, Funnel):
        return funnel_data(answer, step_labels(question), grouped=bool(question.breakdowns))
    if isinstance(question, Retention):
        return retention_data(answer, grouped=bool(question.breakdowns))
    data = shape(answer, Chart(question))
    data["series"] = [[{"setId": "", "value": value} for value in values] for values in data["series"]]
    return data


def _table(data: Any) -> list[list[Any]]:
    """Rows of a table: intervals of segmentation, steps of a funnel, windows of retention."""
    if isinstance(data, list):
        return [
            ["", *(data[0]["events"] if data else [])],
            *([one["groupValue"], *one["cumulativeRaw"]] for one in data),
        ]
    if "xValues" in data:
        rows = zip(data["seriesLabels"], data["series"], strict=True)
        return [["", *data["xValues"]], *([_cell(label), *(one["value"] for one in row)] for label, row in rows)]
    found: list[list[Any]] = []
    for label, series in zip(data["seriesLabels"], data["series"], strict=True):
        width = len(series["combined"]) - 1
        found += [[label, "users", *(f"{number}" for number in range(width))]] if not found else []
        for name in reversed(series["dates"]):
            found.append([label, name, *(cell["count"] for cell in series["values"][name])])
    return found


def _cell(label: Any) -> Any:
    return label[1] if isinstance(label, list) else label


async def _annotations(project: Project, services: Services) -> list[Saved]:
    found = await services.control.run(partial(services.control.saved.all, project.id, Kind.ANNOTATION))
    return sorted(found, key=lambda one: (_content(one)["time"], one.id))


async def _annotation(project: Project, services: Services, request: Asked) -> Saved:
    return await _saved(project, services, Kind.ANNOTATION, str(request.path_params["number"]))


async def _create(
    project: Project, services: Services, name: str, details: str, content: dict[str, Any], author: str = "api"
) -> Saved:
    draft = Draft(name=_name(name), description=_text(details), content=json.dumps(content).encode())
    return await services.control.run(
        partial(services.control.saved.create, project.id, Kind.ANNOTATION, draft, author)
    )


def _name(text: str) -> str:
    return " ".join(_text(text).split())[:_MOST_NAME]


def _text(text: str) -> str:
    return text.replace("\0", "").encode("utf-8", "replace").decode()


def _changes(project: Project, fields: Fields, saved: Saved) -> dict[str, Any]:
    """What a change says; null empties a field, and what is not said stays."""
    content, changes = _content(saved), {}
    if "label" in fields:
        changes["name"] = _name(fields.required("label"))
    if "details" in fields:
        changes["description"] = _text(fields.text("details"))
    if fields.text("start"):
        content["time"] = _instant(project, fields.text("start"), "start")
    if "end" in fields:
        content["until"] = _instant(project, fields.text("end"), "end") if fields.text("end") else None
    if "category" in fields:
        content["tags"] = [fields.text("category")] if fields.text("category") else []
    return changes | {"content": json.dumps(content).encode()}


def _content(saved: Saved) -> dict[str, Any]:
    found: dict[str, Any] = msgspec.json.decode(saved.content)
    return found


def _category(saved: Saved) -> str:
    tags = _content(saved).get("tags") or [""]
    return str(tags[0])


def _number(category: str) -> int:
    """Categories have the numbers of their names."""
    return zlib.crc32(category.encode()) >> (32 - _CATEGORY_BITS)


def _v2(project: Project, saved: Saved) -> dict[str, Any]:
    day = _local(project, _content(saved)["time"]).date().isoformat()
    return {"id": saved.id, "date": day, "label": saved.name, "details": saved.description}


def _v3(project: Project, saved: Saved) -> dict[str, Any]:
    content, category = _content(saved), _category(saved)
    until = content.get("until")
    return {
        "id": saved.id,
        "start": _local(project, content["time"]).isoformat(),
        "end": _local(project, until).isoformat() if until else None,
        "label": saved.name,
        "details": saved.description or None,
        "category": {"id": _number(category), "name": category} if category else None,
        "chart_id": None,
    }


def _local(project: Project, instant: int) -> datetime:
    return datetime.fromtimestamp(instant / 1000, ZoneInfo(project.timezone))


def _instant(project: Project, text: str, name: str, *, last: bool = False) -> int:
    """A day or a time, local where it names no zone; `last`: of a day its last moment."""
    try:
        moment = datetime.fromisoformat(text)
        whole = len(text) == len(date.min.isoformat())
    except ValueError:
        raise BadParameter(f"{name}: expected a day such as 2026-01-31, or a time in ISO 8601") from None
    if whole and last:
        moment = moment.replace(hour=23, minute=59, second=59, microsecond=999_000)
    local = moment if moment.tzinfo else moment.replace(tzinfo=ZoneInfo(project.timezone))
    return _within(round(local.timestamp() * 1000), name)


def _utc(text: str, name: str) -> int:
    try:
        moment = datetime.strptime(text, _TIME).replace(tzinfo=UTC)
    except ValueError:
        raise BadParameter(f"{name}: expected a time of UTC such as 2026-01-31 12:00:00") from None
    return _within(round(moment.timestamp() * 1000), name)


def _within(instant: int, name: str) -> int:
    if not 0 <= instant <= 4_102_444_800_000:
        raise BadParameter(f"{name}: expected a time from 1970 to 2100")
    return instant
