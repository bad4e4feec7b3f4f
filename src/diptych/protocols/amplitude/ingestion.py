"""/2/httpapi and /batch, and the form endpoints of the first version."""

from typing import Any

from litestar import Request, Response, post, route

from diptych.ingest.pipeline import Overloaded
from diptych.model import Accepted, Issue, Project
from diptych.model.clock import now_ms
from diptych.protocols import bodies
from diptych.protocols.amplitude import legacy, replies
from diptych.protocols.amplitude.events import PROTOCOL, Invalid, build, check, dump_object
from diptych.protocols.amplitude.requests import BadRequest, Fields, Upload, read_json
from diptych.protocols.services import Services

Asked = Request[Any, Any, Any]
BODY_LIMIT = 64 << 20


@post(["/2/httpapi", "/batch"])
async def httpapi(request: Asked, services: Services) -> Response[Any]:
    """Events as JSON, whatever the Content-Type says (a beacon says text/plain)."""
    received = now_ms()
    try:
        body = await bodies.read(request, BODY_LIMIT)
        upload = read_json(body)
    except bodies.TooLarge:
        return replies.failure(413, "Payload too large")
    except bodies.BadEncoding as error:
        return replies.failure(400, f"Invalid JSON request body: {error}")
    except BadRequest as error:
        return replies.failure(400, error.error, error.missing)
    project = await services.projects.by_token(upload.api_key)
    if project is None:
        return replies.failure(400, f"Invalid API key: {upload.api_key}")
    try:
        problems = await _store(upload, project, received, services)
    except Overloaded as error:
        return replies.failure(503, str(error), retry_after=error.retry_after)
    return replies.invalid(problems) if problems else replies.stored(len(upload.events), len(body), received)


@route(["/identify", "/groupidentify", "/httpapi"], http_method=["GET", "POST"], status_code=200)
async def forms(request: Asked, services: Services) -> Response[Any]:
    """Forms with one object or a list of them as JSON text."""
    path = request.scope["path"]
    return await _form(
        request,
        services,
        {"/identify": legacy.identify, "/groupidentify": legacy.group_identify}.get(path, legacy.events),
    )


@post("/")
async def old_sdks(request: Asked, services: Services) -> Response[Any]:
    """The form that JavaScript SDKs before version 9 and mobile SDKs of that time post."""
    return await _form(request, services, legacy.old_sdk)


async def _form(request: Asked, services: Services, read: legacy.Reader) -> Response[Any]:
    received = now_ms()
    try:
        body = await bodies.read(request, BODY_LIMIT)
        upload = read(legacy.fields(request.scope["query_string"], body))
    except bodies.TooLarge:
        return replies.text(413, "Payload too large")
    except (bodies.BadEncoding, BadRequest) as error:
        return replies.text(400, str(error))
    project = await services.projects.by_token(upload.api_key)
    if project is None:
        return replies.text(400, f"invalid_api_key: {upload.api_key}")
    try:
        problems = await _store(upload, project, received, services)
    except Overloaded as error:
        answer = replies.text(503, str(error))
        answer.headers["Retry-After"] = str(error.retry_after)
        return answer
    if problems:
        index, first = next(iter(problems.items()))
        wrong = ", ".join(first.values or first.missing or first.lengths)
        return replies.text(400, f"invalid_event: item {index}: {wrong}")
    return replies.text(200, "success")


async def _store(upload: Upload, project: Project, received: int, services: Services) -> dict[int, Invalid]:
    """Store all events, or none when one of them is wrong; what is wrong by position."""
    problems = {
        index: problem for index, sent in enumerate(upload.events) if (problem := check(sent, upload.min_id_length))
    }
    if problems:
        await services.pipeline.accept(Accepted(issues=_issues(problems, upload.events, project, received)))
        return problems
    batch = Accepted()
    for sent in upload.events:
        if sent is not None:
            built = build(sent, upload, project, received)
            batch.add(built.event, built.updates, built.links)
    await services.pipeline.accept(batch)
    return {}


def _issues(problems: dict[int, Invalid], events: list[Fields | None], project: Project, received: int) -> list[Issue]:
    """One issue per reason, with the first event that has it."""
    found: dict[tuple[str, str], Issue] = {}
    for index, problem in problems.items():
        reasons = [
            *((field, "has a value of the wrong kind") for field in problem.values),
            *((field, "is missing") for field in problem.missing),
            *((field, "is too short") for field in problem.lengths),
        ]
        for field, reason in reasons:
            if (field, reason) in found:
                found[field, reason].count += 1
                continue
            found[field, reason] = Issue(
                project=project.id,
                kind="rejected",
                reason=f"{field} {reason}",
                field=field,
                received=received,
                protocol=PROTOCOL,
                sample=dump_object(events[index] or {})[:2000],
            )
    return list(found.values())
