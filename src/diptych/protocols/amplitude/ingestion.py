"""/2/httpapi and /batch, and the form endpoints of the first version."""

from typing import Any

from litestar import Request, Response, post, route

from diptych.ingest.pipeline import Overloaded
from diptych.ingest.policy import Sender
from diptych.model import Accepted, IdentityLink, Issue, LinkKind, Project
from diptych.model.clock import now_ms
from diptych.protocols import bodies
from diptych.protocols.amplitude import legacy, limits, replies
from diptych.protocols.amplitude.events import PROTOCOL, Invalid, build, check
from diptych.protocols.amplitude.policy import VENDOR
from diptych.protocols.amplitude.requests import BadRequest, Fields, Upload, read_json
from diptych.protocols.amplitude.texts import dump_object
from diptych.protocols.sender import sender_of
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
        problems = await _store(upload, project, sender_of(request), received, services)
    except Refused as refused:
        return replies.refused(refused.body)
    except Overloaded as error:
        return replies.failure(503, str(error), retry_after=error.retry_after)
    return replies.invalid(problems) if problems else replies.stored(len(upload.events), len(body), received)


@route("/usermap", http_method=["GET", "POST"], status_code=200)
async def usermap(request: Asked, services: Services) -> Response[Any]:
    """Users that are one person under another id."""
    received = now_ms()
    try:
        body = await bodies.read(request, BODY_LIMIT)
        api_key, entries = legacy.usermap(legacy.fields(request.scope["query_string"], body))
    except bodies.TooLarge:
        return replies.text(413, "Payload too large")
    except (bodies.BadEncoding, BadRequest) as error:
        return replies.text(400, str(error))
    project = await services.projects.by_token(api_key)
    if project is None:
        return replies.text(400, f"invalid_api_key: {api_key}")
    links = [
        IdentityLink(
            project=project.id,
            actor=entry.user_id,
            person="" if entry.unmap else entry.global_user_id,
            kind=LinkKind.UNLINK if entry.unmap else LinkKind.ALIAS,
            source="usermap",
            time=received,
            received=received,
        )
        for entry in entries
    ]
    try:
        await services.pipeline.accept(Accepted(links=links))
    except Overloaded as error:
        return _away(error)
    return replies.text(200, "success")


@route(["/identify", "/groupidentify", "/attribution", "/httpapi"], http_method=["GET", "POST"], status_code=200)
async def forms(request: Asked, services: Services) -> Response[Any]:
    """Forms with one object or a list of them as JSON text."""
    path = request.scope["path"]
    return await _form(request, services, _FORMS.get(path, legacy.events))


_FORMS: dict[str, legacy.Reader] = {
    "/identify": legacy.identify,
    "/groupidentify": legacy.group_identify,
    "/attribution": legacy.attribution,
}


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
        problems = await _store(upload, project, sender_of(request), received, services)
    except Refused as refused:
        return replies.text(refused.body["code"], refused.body["error"])
    except Overloaded as error:
        return _away(error)
    if problems:
        index, first = next(iter(problems.items()))
        wrong = ", ".join(first.values or first.missing or first.lengths)
        return replies.text(400, f"invalid_event: item {index}: {wrong}")
    return replies.text(200, "success")


def _away(error: Overloaded) -> Response[Any]:
    answer = replies.text(503, str(error))
    answer.headers["Retry-After"] = str(error.retry_after)
    return answer


class Refused(Exception):
    """A bound of the project is reached; `body` is the answer."""

    def __init__(self, body: dict[str, Any]) -> None:
        super().__init__(body["error"])
        self.body = body


async def _store(
    upload: Upload, project: Project, sender: Sender, received: int, services: Services
) -> dict[int, Invalid]:
    """Store all events, or none when one of them is wrong; what is wrong by position. Raises Refused."""
    problems = {index: problem for index, sent in enumerate(upload.events) if (problem := check(sent, upload))}
    if problems:
        await services.pipeline.accept(Accepted(issues=_issues(problems, upload.events, project, received)))
        return problems
    if body := limits.refusal(upload, project, services.policy, received):
        raise Refused(body)
    upload.address = sender.address
    batch = Accepted()
    for sent in upload.events:
        if sent is not None:
            built = build(sent, upload, project, received)
            batch.add(built.event, built.updates, built.links)
    await services.pipeline.accept(services.policy.apply(batch, project, sender, VENDOR))
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
