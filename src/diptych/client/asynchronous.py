"""The client for asyncio: as `sync.py`, which has the words about each method."""

import asyncio
from collections.abc import AsyncIterator, Callable
from types import TracebackType
from typing import Any, Self, TypeVar, overload

import httpx

from diptych.client import calls
from diptych.client.answers import Answer
from diptych.client.calls import AnyQuestion, Call, Selection
from diptych.client.errors import refusal, unreachable
from diptych.client.models import (
    ActivityPage,
    Behind,
    BehindPage,
    Event,
    FoundPage,
    FoundPerson,
    Person,
    Progress,
    PropertyChange,
    SqlAnswer,
)
from diptych.client.sync import TIMEOUT, Told
from diptych.client.tables import Rows
from diptych.query import answers as a, questions as q
from diptych.query.parts import Filter

T = TypeVar("T")


class AsyncClient:
    """Asks one project of a Diptych server, with asyncio: the same methods and arguments as `Client`, awaited.

        async with AsyncClient("http://127.0.0.1:8000", 1, username="…", secret="…") as client:
            answer = await client.ask(Retention(start=EventSelector(["Signed Up"])))

    Cancelling the task that asks cancels the question on the server.
    """

    def __init__(
        self,
        url: str,
        project_id: int,
        *,
        username: str,
        secret: str,
        timeout: float = TIMEOUT,
        http: httpx.AsyncClient | None = None,
    ) -> None:
        self.url = url.rstrip("/")
        self.project_id = project_id
        self._auth = httpx.BasicAuth(username, secret)
        self._http = http or httpx.AsyncClient(timeout=timeout)
        self._close = http is None

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, where: TracebackType | None
    ) -> None:
        await self.close()

    async def close(self) -> None:
        """Close the connections."""
        if self._close:
            await self._http.aclose()

    @overload
    async def ask(
        self, question: q.Segmentation, *, progress: Told = None, question_id: str = ""
    ) -> Answer[a.SegmentationAnswer]: ...
    @overload
    async def ask(
        self, question: q.Funnel, *, progress: Told = None, question_id: str = ""
    ) -> Answer[a.FunnelAnswer]: ...
    @overload
    async def ask(
        self, question: q.Retention, *, progress: Told = None, question_id: str = ""
    ) -> Answer[a.RetentionAnswer]: ...
    @overload
    async def ask(
        self, question: q.Flows, *, progress: Told = None, question_id: str = ""
    ) -> Answer[a.FlowsAnswer]: ...
    @overload
    async def ask(
        self, question: q.CohortSizes, *, progress: Told = None, question_id: str = ""
    ) -> Answer[a.CohortSizesAnswer]: ...
    @overload
    async def ask(
        self, question: q.Lifecycle, *, progress: Told = None, question_id: str = ""
    ) -> Answer[a.LifecycleAnswer]: ...
    @overload
    async def ask(
        self, question: q.Frequency, *, progress: Told = None, question_id: str = ""
    ) -> Answer[a.FrequencyAnswer]: ...
    @overload
    async def ask(
        self, question: q.Sessions, *, progress: Told = None, question_id: str = ""
    ) -> Answer[a.SessionsAnswer]: ...
    @overload
    async def ask(
        self, question: q.Composition, *, progress: Told = None, question_id: str = ""
    ) -> Answer[a.CompositionAnswer]: ...
    @overload
    async def ask(
        self, question: q.Revenue, *, progress: Told = None, question_id: str = ""
    ) -> Answer[a.RevenueAnswer]: ...
    @overload
    async def ask(
        self, question: q.LifetimeValue, *, progress: Told = None, question_id: str = ""
    ) -> Answer[a.LifetimeValueAnswer]: ...
    @overload
    async def ask(
        self, question: q.Impact, *, progress: Told = None, question_id: str = ""
    ) -> Answer[a.ImpactAnswer]: ...
    @overload
    async def ask(self, question: dict[str, Any], *, progress: Told = None, question_id: str = "") -> Answer[Any]: ...
    async def ask(self, question: AnyQuestion, *, progress: Told = None, question_id: str = "") -> Answer[Any]:
        """Answer a question of any type: a value of `diptych.query.questions`, or a dict as in docs/queries.md."""
        if progress is None:
            return await self._send(calls.ask(self.project_id, question, question_id))
        return await self._stream(calls.ask_with_progress(self.project_id, question, question_id), question, progress)

    async def cancel(self, question_id: str) -> bool:
        """Cancel a running question by its `question_id`; whether there was one."""
        return (await self._send(calls.cancel(self.project_id, question_id))).cancelled

    async def people_behind(
        self, question: AnyQuestion, selection: Selection | None = None, *, limit: int = 100, after: str = ""
    ) -> BehindPage:
        """Who is behind a part of an answer: how many there are, and a page of up to 1,000 of them."""
        return await self._send(calls.people_behind(self.project_id, question, selection or {}, limit, after))

    async def all_people_behind(
        self, question: AnyQuestion, selection: Selection | None = None
    ) -> AsyncIterator[Behind]:
        """Everybody who is behind a part of an answer, page by page."""
        after: str | None = ""
        while after is not None:
            page = await self.people_behind(question, selection, limit=1000, after=after)
            for one in page.people:
                yield one
            after = page.next

    async def sql(self, statement: str, *, limit: int = 10_000) -> Rows:
        """Run a SELECT (docs/sql.md): a table for Arrow, pandas or polars. More rows than `limit` are an error."""
        return await self._send(calls.sql(self.project_id, statement, limit))

    async def sql_json(self, statement: str, *, limit: int = 10_000) -> SqlAnswer:
        """Run a SELECT: rows as JSON has them, and how they were made."""
        return await self._send(calls.sql_json(self.project_id, statement, limit))

    async def sql_csv(self, statement: str, *, limit: int = 10_000) -> str:
        """Run a SELECT: the text of a CSV file."""
        return await self._send(calls.sql_csv(self.project_id, statement, limit))

    async def search_people(
        self,
        text: str = "",
        *,
        where: Filter | dict[str, Any] | None = None,
        order: str = "updated",
        limit: int = 50,
        after: str = "",
    ) -> FoundPage:
        """A page of up to 1,000 people, by id, name, e-mail address, properties or cohorts."""
        return await self._send(calls.search(self.project_id, text, where, order, limit, after))

    async def all_people(
        self, text: str = "", *, where: Filter | dict[str, Any] | None = None
    ) -> AsyncIterator[FoundPerson]:
        """Everybody whom a search finds, page by page, whose profile changed last first."""
        after: str | None = ""
        while after is not None:
            page = await self.search_people(text, where=where, limit=1000, after=after)
            for one in page.people:
                yield one
            after = page.next

    async def person(self, person_id: str) -> Person:
        """Who an id is: ids, profile, when they were seen. Raises NotFound."""
        return await self._send(calls.person(self.project_id, person_id))

    async def property_history(self, person_id: str, *, limit: int = 1000) -> list[PropertyChange]:
        """How a person's properties changed, the latest first."""
        return (await self._send(calls.history(self.project_id, person_id, limit))).changes

    async def activity(
        self,
        person_id: str,
        *,
        limit: int = 100,
        before: str | None = None,
        after: str | None = None,
        names: list[str] | None = None,
    ) -> ActivityPage:
        """A page of what a person did, the latest first."""
        return await self._send(calls.activity(self.project_id, person_id, limit, before, after, names or []))

    async def all_activity(self, person_id: str, *, names: list[str] | None = None) -> AsyncIterator[Event]:
        """Everything that a person did, the latest first, page by page."""
        place: str | None = None
        while True:
            page = await self.activity(person_id, limit=1000, before=place, names=names)
            for one in page.events:
                yield one
            place = page.older
            if place is None:
                return

    async def events(self, *, limit: int = 50, after: str = "0") -> list[Event]:
        """Up to 1,000 of the events received last, the newest first; only those behind an accept id."""
        return (await self._send(calls.events(self.project_id, limit, after))).events

    async def follow(self, *, seconds: float = 1.0) -> AsyncIterator[Event]:
        """Events as they are received from now on, in order, without end; it looks every so many seconds.

        It is meant for looking on: of more than 1,000 events between two looks only the last ones come.
        """
        newest = next((event.accept_id for event in await self.events(limit=1)), "0")
        while True:
            await asyncio.sleep(seconds)
            found = await self.events(limit=1000, after=newest)
            newest = found[0].accept_id if found else newest
            for one in reversed(found):
                yield one

    async def _send(self, call: Call[T]) -> T:
        try:
            answer = await self._http.request(**call.arguments(self.url), auth=self._auth)
        except httpx.TransportError as error:
            raise unreachable(error) from error
        if not answer.is_success:
            raise refusal(answer)
        return call.read(answer)

    async def _stream(
        self, call: Call[Any], question: AnyQuestion, progress: Callable[[Progress], object]
    ) -> Answer[Any]:
        try:
            async with self._http.stream(**call.arguments(self.url), auth=self._auth) as answer:
                if not answer.is_success:
                    await answer.aread()
                    raise refusal(answer)
                async for text in answer.aiter_lines():
                    found = calls.line(text, question, progress)
                    if found is not None:
                        return found
        except httpx.TransportError as error:
            raise unreachable(error) from error
        raise calls.broken_off()
