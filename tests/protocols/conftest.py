"""Handlers of a protocol in an application of their own, with services that only record."""

from collections.abc import Callable, Sequence
from dataclasses import fields
from typing import Any

import pytest
from litestar import Litestar
from litestar.di import Provide
from litestar.testing import TestClient

from diptych.ingest.pipeline import Overloaded
from diptych.ingest.places import Places
from diptych.ingest.policy import Policy
from diptych.model import Accepted, Event, IdentityMode, ProfileUpdate, Project, Role
from diptych.protocols.cors import CrossOrigin
from diptych.protocols.paths import OneSpelling
from diptych.protocols.services import Services
from diptych.query.answer import Bucket, Explanation, SegmentationAnswer, Series
from diptych.store.lookups import LookupTable, Row


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

    async def by_service_account(
        self, username: str, secret: str, project_id: int | None, needs: Role = Role.VIEWER
    ) -> Project | None:
        return self.project if (username, secret) == ("account", "password") and project_id in (None, 7) else None


_BESIDE = frozenset({"$last_seen", "$country_code", "$region", "$city", "$timezone"})


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
        """The updates that were sent, without what is written beside them."""
        return [update for update in self.all_updates if not _BESIDE.issuperset(update.values) or not update.values]

    @property
    def beside(self) -> list[dict[str, str]]:
        """What is written into profiles with the updates that were sent: when they came, and where from."""
        return [u.values for u in self.all_updates if u.values and _BESIDE.issuperset(u.values)]

    @property
    def all_updates(self) -> list[ProfileUpdate]:
        return [update for batch in self.batches for update in batch.updates]

    @property
    def links(self) -> list[tuple[str, str]]:
        return [(link.actor, link.person) for batch in self.batches for link in batch.links]

    @property
    def kinds(self) -> list[str]:
        return [link.kind.value for batch in self.batches for link in batch.links]

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


class FakeLookups:
    """One table, named but without rows."""

    def __init__(self) -> None:
        self.tables = [LookupTable("t-1", "Accounts", [], 0)]
        self.rows: list[Row] = []

    def list(self, project: int) -> list[LookupTable]:
        return self.tables

    def get(self, project: int, table: str) -> LookupTable | None:
        return next((found for found in self.tables if found.id == table), None)

    def replace(self, project: int, table: LookupTable, columns: Sequence[str], rows: Sequence[Row]) -> None:
        self.tables = [LookupTable(table.id, table.name, [*columns], len(rows))]
        self.rows = [*rows]


class FakeServices:
    """What handlers get as `services`."""

    def __init__(self) -> None:
        self.projects = FakeProjects()
        self.pipeline = FakePipeline()
        self.queries = FakeQueries()
        self.lookups = FakeLookups()
        self.policy = Policy(Places())

    def identity(self, mode: IdentityMode) -> None:
        self.projects.project = Project(id=7, name="p", token="TOKEN", identity=mode)


@pytest.fixture
def services() -> FakeServices:
    return FakeServices()


@pytest.fixture
def serving(services: FakeServices) -> Callable[[list[Any]], TestClient]:
    given: Any = services

    def serve(handlers: list[Any]) -> TestClient:
        real = Services(**{field.name: getattr(given, field.name, given) for field in fields(Services)})
        app = Litestar(
            handlers,
            dependencies={"services": Provide(lambda: real, sync_to_thread=False)},
            openapi_config=None,
            request_max_body_size=None,
        )
        return TestClient(OneSpelling(CrossOrigin(app)), raise_server_exceptions=True)

    return serve
