"""Handlers of a protocol in an application of their own, with services that only record."""

from collections.abc import Callable
from typing import Any

import pytest
from litestar import Litestar
from litestar.di import Provide
from litestar.testing import TestClient

from diptych.ingest.pipeline import Overloaded
from diptych.model import Accepted, Event, IdentityMode, ProfileUpdate, Project
from diptych.protocols.cors import CrossOrigin
from diptych.protocols.paths import OneSpelling
from diptych.protocols.services import Services
from diptych.query.answer import Bucket, Explanation, SegmentationAnswer, Series


class FakeProjects:
    """One project: token TOKEN, secret SECRET, service account account:password."""

    def __init__(self) -> None:
        self.project = Project(id=7, name="p", token="TOKEN", timezone="UTC")

    async def by_token(self, token: str) -> Project | None:
        return self.project if token == "TOKEN" else None

    async def by_secret(self, secret: str) -> Project | None:
        return self.project if secret == "SECRET" else None

    async def by_token_and_secret(self, token: str, secret: str) -> Project | None:
        return self.project if (token, secret) == ("TOKEN", "SECRET") else None

    async def by_service_account(self, username: str, secret: str, project_id: int | None) -> Project | None:
        return self.project if (username, secret) == ("account", "password") and project_id in (None, 7) else None


class FakePipeline:
    """Keeps what it accepts."""

    def __init__(self) -> None:
        self.batches: list[Accepted] = []
        self.full = False

    async def accept(self, batch: Accepted) -> None:
        if self.full:
            raise Overloaded("the spool is full", 10)
        self.batches.append(batch)

    @property
    def events(self) -> list[Event]:
        return [event for batch in self.batches for event in batch.events]

    @property
    def updates(self) -> list[ProfileUpdate]:
        return [update for batch in self.batches for update in batch.updates]

    @property
    def links(self) -> list[tuple[str, str]]:
        return [(link.actor, link.person) for batch in self.batches for link in batch.links]

    @property
    def issues(self) -> list[tuple[str, int]]:
        return [(issue.reason, issue.count) for batch in self.batches for issue in batch.issues]


class FakeQueries:
    """Keeps the last question and answers what it was given."""

    def __init__(self) -> None:
        self.question: Any = None
        self.series: list[Series] = [Series(0, [], [1, 2], 3)]

    async def ask(self, project: Project, question: Any) -> SegmentationAnswer:
        self.question = question
        buckets = [Bucket(0, 1, "2026-01-01", True), Bucket(1, 2, "2026-01-02", True)]
        return SegmentationAnswer(buckets, self.series, "UTC", Explanation("", [], [], 0, 0, 0, False))


class FakeServices:
    """What handlers get as `services`."""

    def __init__(self) -> None:
        self.projects = FakeProjects()
        self.pipeline = FakePipeline()
        self.queries = FakeQueries()

    def identity(self, mode: IdentityMode) -> None:
        self.projects.project = Project(id=7, name="p", token="TOKEN", identity=mode)


@pytest.fixture
def services() -> FakeServices:
    return FakeServices()


@pytest.fixture
def serving(services: FakeServices) -> Callable[[list[Any]], TestClient]:
    given: Any = services
    real = Services(given.projects, given.pipeline, given.queries, stream=given, profiles=given)

    def serve(handlers: list[Any]) -> TestClient:
        app = Litestar(
            handlers,
            dependencies={"services": Provide(lambda: real, sync_to_thread=False)},
            openapi_config=None,
            request_max_body_size=None,
        )
        return TestClient(OneSpelling(CrossOrigin(app)), raise_server_exceptions=True)

    return serve
