"""The paths of the tracking API."""

import base64
import binascii
from collections.abc import Callable
from typing import Any

from litestar import Request, Response, post

from diptych.ingest.pipeline import Overloaded
from diptych.model import Accepted, Issue, Project
from diptych.model.clock import now_ms
from diptych.model.jsontext import dump
from diptych.protocols import bodies
from diptych.protocols.segment import replies
from diptych.protocols.segment.messages import PROTOCOL, build, from_a_device
from diptych.protocols.segment.policy import VENDOR
from diptych.protocols.segment.requests import MESSAGE_LIMIT, BadRequest, Upload, read_batch, read_message
from diptych.protocols.segment.values import Fields, Rejected
from diptych.protocols.sender import sender_of
from diptych.protocols.services import Services

Asked = Request[Any, Any, Any]
BODY_LIMIT = 64 << 20
_SAMPLE = 2_000
_KINDS = {
    "track": "track",
    "t": "track",
    "page": "page",
    "p": "page",
    "screen": "screen",
    "s": "screen",
    "identify": "identify",
    "i": "identify",
    "group": "group",
    "g": "group",
    "alias": "alias",
    "a": "alias",
}
"""Last part of the path → kind of message."""


@post([f"/v1/{name}" for name in _KINDS])
async def messages(request: Asked, services: Services) -> Response[Any]:
    """One message, whose kind the path says."""
    return await _take(request, services, read_message, MESSAGE_LIMIT, _KINDS[request.scope["path"].rpartition("/")[2]])


@post(["/v1/batch", "/v1/b", "/v1/import"])
async def batches(request: Asked, services: Services) -> Response[Any]:
    """A list of messages, each with its kind."""
    return await _take(request, services, read_batch, BODY_LIMIT)


async def _take(
    request: Asked, services: Services, read: Callable[[bytes], Upload], limit: int, kind: str | None = None
) -> Response[Any]:
    received = now_ms()
    try:
        upload = read(await bodies.read(request, limit))
    except bodies.TooLarge as error:
        return replies.failure(400, "payload_too_large", str(error))
    except bodies.BadEncoding as error:
        return replies.failure(400, "invalid_encoding", str(error))
    except BadRequest as error:
        return replies.failure(400, "invalid_json", str(error))
    write_key = _basic_user(request) or upload.write_key
    project = await services.projects.by_token(write_key) if write_key else None
    if project is None:
        return replies.failure(401, "invalid_write_key", _wrong_key(write_key))
    batch = Batch(project, received)
    for message, sample in zip(upload.messages, upload.samples, strict=True):
        batch.add(message, sample, kind)
    try:
        if services.policy.too_many(project, len(upload.messages), received):
            return replies.failure(429, "rate_limited", "the project takes no more events in this minute", 60)
        sender = sender_of(request)
        if sender.address:
            batch.use_address(sender.address)
        await services.pipeline.accept(services.policy.apply(batch.accepted, project, sender, VENDOR))
    except Overloaded as error:
        return replies.failure(429, "overloaded", str(error), error.retry_after)
    return replies.stored(batch.rejected)


class Batch:
    """What one request stores."""

    def __init__(self, project: Project, received: int) -> None:
        self.accepted = Accepted()
        self.rejected: list[tuple[int, Rejected]] = []
        self._project = project
        self._received = received
        self._position = 0
        self._issues: dict[tuple[str, str], Issue] = {}

    def add(self, message: Fields | Rejected, sample: bytes, kind: str | None) -> None:
        """Add one message; `kind` None means that the message says it."""
        index, self._position = self._position, self._position + 1
        try:
            if isinstance(message, Rejected):
                raise message
            built = build(kind or message.get("type", "").strip('"'), message, self._project, self._received)
        except Rejected as rejected:
            self.rejected.append((index, rejected))
            self._note("rejected", rejected.field, rejected.message, sample)
            return
        self.accepted.add(built.event, built.updates, built.links)
        for field, reason in built.corrected:
            self._note("corrected", field, reason, sample)

    def use_address(self, address: str) -> None:
        """Let messages that come from people's own devices, and name no address, have that of the request."""
        for event in self.accepted.events:
            if "ip" not in event.context and from_a_device(event):
                event.context["ip"] = dump(address)

    def _note(self, kind: str, field: str, reason: str, sample: bytes) -> None:
        if (kind, reason) in self._issues:
            self._issues[kind, reason].count += 1
            return
        self._issues[kind, reason] = issue = Issue(
            project=self._project.id,
            kind=kind,
            reason=reason,
            field=field,
            received=self._received,
            protocol=PROTOCOL,
            sample=sample[: _SAMPLE * 4].decode("utf-8", "replace")[:_SAMPLE],
        )
        self.accepted.issues.append(issue)


def _basic_user(request: Asked) -> str:
    """The user name of Basic authorization, with or without a colon behind it; empty without any."""
    scheme, _, value = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "basic":
        return ""
    try:
        text = base64.b64decode(value.strip(), validate=True).decode()
    except (binascii.Error, UnicodeDecodeError):
        return ""
    return text.partition(":")[0]


def _wrong_key(write_key: str) -> str:
    if write_key:
        return f"no project has the write key {write_key[:100]}: use the project's token"
    return "a write key is needed: the project's token as the user name of Basic authorization, or as 'writeKey'"
