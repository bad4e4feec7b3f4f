"""/track, /engage, /groups and /import."""

from collections import Counter
from collections.abc import Callable
from typing import Any

import msgspec
from litestar import Request, Response, route

from diptych.ingest.pipeline import Overloaded
from diptych.ingest.policy import Sender
from diptych.model import Accepted, IdentityMode, InvalidJSON, Issue, ProfileUpdate, Project
from diptych.model.clock import now_ms
from diptych.protocols import bodies
from diptych.protocols.mixpanel import auth, decode, events, profiles, records, replies
from diptych.protocols.mixpanel.events import PROTOCOL, Rules
from diptych.protocols.mixpanel.policy import VENDOR
from diptych.protocols.mixpanel.records import Rejected, SentEvent
from diptych.protocols.sender import sender_of
from diptych.protocols.services import Services

Asked = Request[Any, Any, Any]
_EMPTY = "data, missing or empty"
_SAMPLE = 2_000


@route("/track", http_method=["GET", "POST"], status_code=200)
async def track(request: Asked, services: Services) -> Response[Any]:
    """Events of SDKs. Unknown tokens are accepted and dropped, so that nobody can try tokens out."""
    sent = await _read(request)
    if isinstance(sent, Response):
        return sent
    try:
        found = records.events(sent.data) if sent.data else []
    except InvalidJSON as error:
        return replies.stored(sent.fields, good=0, error=f"data, {error}")
    batches = Batches(services, sender_of(request), located=sent.fields.get("ip", "0") == "1")
    for record in found:
        await batches.add_event(record, sent.fields)
    return await _stored(batches, sent.fields)


@route("/engage", http_method=["GET", "POST"], status_code=200)
async def engage(request: Asked, services: Services) -> Response[Any]:
    """Updates of people's profiles."""
    return await _profiles(request, services, profiles.person_updates)


@route("/groups", http_method=["GET", "POST"], status_code=200)
async def groups(request: Asked, services: Services) -> Response[Any]:
    """Updates of groups' profiles."""
    return await _profiles(request, services, profiles.group_updates)


@route("/import", http_method=["GET", "POST"], status_code=200)
async def import_events(request: Asked, services: Services) -> Response[Any]:
    """Events of any age, with credentials."""
    sent = await _read(request)
    if isinstance(sent, Response):
        return sent
    project = await auth.importing_project(request, sent.fields, services)
    if project is None:
        return replies.failure(401, "Invalid credentials")
    lines = "ndjson" in request.headers.get("content-type", "")
    try:
        found = records.events(sent.data, lines=lines) if sent.data else []
    except InvalidJSON as error:
        return replies.failure(400, str(error))
    strict = sent.fields.get("strict") == "1"
    if strict and project.identity is IdentityMode.SIMPLIFIED:
        verbs = sum(isinstance(r, SentEvent) and r.event in events.IDENTITY_EVENTS for r in found)
        if verbs:
            return replies.identity_events_refused(verbs)
    sender = sender_of(request)
    address = sender.address if sent.fields.get("ip", "1") != "0" else ""
    batch = Batch(project, now_ms(), Rules(imported=True, strict=strict, address=address))
    failed = [(index, problem) for index, record in enumerate(found) if (problem := batch.add_event(record))]
    if services.policy.too_many(project, len(found), batch.received):
        return replies.throttled()
    try:
        await services.pipeline.accept(services.policy.apply(batch.accepted(), project, sender, VENDOR))
    except Overloaded as error:
        return replies.failure(503, str(error), error.retry_after)
    return replies.imported(sent.fields, good=len(found) - len(failed), failed=failed)


class TooMany(Exception):
    """A project does not take that much in a minute."""


class Batch:
    """What one request stores in one project."""

    def __init__(self, project: Project, received: int, rules: Rules) -> None:
        self.project = project
        self.received = received
        self._rules = rules
        self._accepted = Accepted()
        self._problems: Counter[tuple[str, str]] = Counter()
        self._samples: dict[tuple[str, str], str] = {}

    def add_event(self, record: SentEvent | Rejected) -> Rejected | None:
        """Add one event; the reason when it is refused."""
        if isinstance(record, Rejected):
            return self._refused(record, None)
        try:
            event, links = events.build(record, self.project, self.received, self._rules)
        except Rejected as rejected:
            return self._refused(rejected, record)
        if event is not None:
            self._accepted.add(event, [], links)
        return None

    @property
    def size(self) -> int:
        """Records added so far."""
        return len(self._accepted.events) + len(self._accepted.updates)

    def add_updates(
        self, record: dict[str, msgspec.Raw], build: "BuildUpdates", arrival: profiles.Arrival
    ) -> Rejected | None:
        """Add the updates of one record; the reason when it is refused."""
        try:
            updates = build(record, self.project, arrival)
        except Rejected as rejected:
            return self._refused(rejected, record)
        position = len(self._accepted.updates)
        for update in updates:
            update.position += position
        self._accepted.updates += updates
        return None

    def accepted(self) -> Accepted:
        """Everything that was added, and what was refused by reason."""
        self._accepted.issues = [
            Issue(
                project=self.project.id,
                kind="rejected",
                reason=reason,
                field=field,
                count=count,
                received=self.received,
                protocol=PROTOCOL,
                sample=self._samples[reason, field],
            )
            for (reason, field), count in self._problems.items()
        ]
        return self._accepted

    def _refused(self, rejected: Rejected, record: Any) -> Rejected:
        key = (rejected.message, rejected.field)
        self._problems[key] += 1
        self._samples.setdefault(key, _sample(record))
        return rejected


BuildUpdates = Callable[[dict[str, msgspec.Raw], Project, profiles.Arrival], list[ProfileUpdate]]


class Batches:
    """What one request stores: events name their project themselves, so there may be several."""

    def __init__(self, services: Services, sender: Sender, *, located: bool) -> None:
        """`located`: records may be given the address that the request came from."""
        self._services = services
        self._sender = sender
        address = sender.address if located else ""
        self._arrival = profiles.Arrival(now_ms(), address, services.policy.places)
        self._rules = Rules(address=address)
        self._by_token: dict[str, Batch | None] = {}
        self.good = 0
        self.error = _EMPTY

    async def add_event(self, record: SentEvent | Rejected, fields: dict[str, str]) -> None:
        """Add one event to the project of its token."""
        if isinstance(record, Rejected):
            self.error = record.message
            return
        token = events.text_of(_text(record.properties.get("token"))) or fields.get("token", "")
        if not token:
            self.error = "'properties.token' is invalid: must not be missing"
            return
        batch = await self._batch(token)
        self._count(batch.add_event(record) if batch else None)

    async def add_updates(self, record: dict[str, msgspec.Raw] | Rejected, build: BuildUpdates) -> None:
        """Add one profile record to the project of its token."""
        if isinstance(record, Rejected):
            self.error = record.message
            return
        token = profiles.token_of(record)
        if not token:
            self.error = "'$token' is invalid: must not be missing"
            return
        batch = await self._batch(token)
        self._count(batch.add_updates(record, build, self._arrival) if batch else None)

    async def store(self) -> None:
        """Store all durably. Raises Overloaded and TooMany, then with nothing stored."""
        batches = [batch for batch in self._by_token.values() if batch is not None]
        policy = self._services.policy
        if any(policy.too_many(batch.project, batch.size, batch.received) for batch in batches):
            raise TooMany
        together = Accepted()
        for batch in batches:
            together.extend(policy.apply(batch.accepted(), batch.project, self._sender, VENDOR))
        await self._services.pipeline.accept(together)

    def _count(self, problem: Rejected | None) -> None:
        if problem is None:
            self.good += 1
        else:
            self.error = problem.message

    async def _batch(self, token: str) -> Batch | None:
        if token not in self._by_token:
            project = await self._services.projects.by_token(token)
            self._by_token[token] = Batch(project, self._arrival.received, self._rules) if project else None
        return self._by_token[token]


async def _profiles(request: Asked, services: Services, build: BuildUpdates) -> Response[Any]:
    sent = await _read(request)
    if isinstance(sent, Response):
        return sent
    try:
        found = records.objects(sent.data) if sent.data else []
    except InvalidJSON as error:
        return replies.stored(sent.fields, good=0, error=f"data, {error}")
    batches = Batches(services, sender_of(request), located=sent.fields.get("ip", "1") != "0")
    for record in found:
        await batches.add_updates(record, build)
    return await _stored(batches, sent.fields)


async def _read(request: Asked) -> decode.Sent | Response[Any]:
    try:
        return await decode.read(request)
    except bodies.TooLarge as error:
        return replies.failure(413, f"request exceeds max limit of {error.limit} bytes")
    except (decode.Undecodable, bodies.BadEncoding) as error:
        return replies.stored(decode.query_fields(request), good=0, error=str(error))


async def _stored(batches: Batches, fields: dict[str, str]) -> Response[Any]:
    try:
        await batches.store()
    except TooMany:
        return replies.throttled()
    except Overloaded as error:
        return replies.failure(503, str(error), error.retry_after)
    return replies.stored(fields, good=batches.good, error=batches.error)


def _text(raw: msgspec.Raw | None) -> str | None:
    return None if raw is None else bytes(raw).decode("utf-8", "replace").strip()


def _sample(record: Any) -> str:
    try:
        return "" if record is None else msgspec.json.encode(record).decode("utf-8", "replace")[:_SAMPLE]
    except (msgspec.EncodeError, ValueError):
        return ""
