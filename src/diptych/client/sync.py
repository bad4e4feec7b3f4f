"""The client that waits for its answers."""

import time
from collections.abc import Callable, Iterator
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
from diptych.client.tables import Rows
from diptych.query import answers as a, questions as q
from diptych.query.parts import Filter

T = TypeVar("T")
Told = Callable[[Progress], object] | None
TIMEOUT = 120.0


class Client:
    """Asks one project of a Diptych server. Close it, or use it in a `with`; several threads may share it.

        with Client("http://127.0.0.1:8000", 1, username="…", secret="…") as client:
            answer = client.ask(Retention(start=EventSelector(["Signed Up"])))
            answer.to_pandas()

    Args:
        url: the address of the server.
        project_id: the number of the project.
        username, secret: those of a service account of the project.
        timeout: seconds to wait for an answer. Questions take 60 at most, and may wait for their turn.
        http: a client of httpx with your own proxies, certificates or timeouts; you close it.

    Methods raise `ApiError`, or a subclass that says more, when the server says no, and `Unreachable` when it says
    nothing.
    """

    def __init__(
        self,
        url: str,
        project_id: int,
        *,
        username: str,
        secret: str,
        timeout: float = TIMEOUT,
        http: httpx.Client | None = None,
    ) -> None:
        self.url = url.rstrip("/")
        self.project_id = project_id
        self._auth = httpx.BasicAuth(username, secret)
        self._http = http or httpx.Client(timeout=timeout)
        self._close = http is None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, where: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the connections."""
        if self._close:
            self._http.close()

    @overload
    def ask(
        self, question: q.Segmentation, *, progress: Told = None, question_id: str = ""
    ) -> Answer[a.SegmentationAnswer]: ...
    @overload
    def ask(self, question: q.Funnel, *, progress: Told = None, question_id: str = "") -> Answer[a.FunnelAnswer]: ...
    @overload
    def ask(
        self, question: q.Retention, *, progress: Told = None, question_id: str = ""
    ) -> Answer[a.RetentionAnswer]: ...
    @overload
    def ask(self, question: q.Flows, *, progress: Told = None, question_id: str = "") -> Answer[a.FlowsAnswer]: ...
    @overload
    def ask(
        self, question: q.CohortSizes, *, progress: Told = None, question_id: str = ""
    ) -> Answer[a.CohortSizesAnswer]: ...
    @overload
    def ask(
        self, question: q.Lifecycle, *, progress: Told = None, question_id: str = ""
    ) -> Answer[a.LifecycleAnswer]: ...
    @overload
    def ask(
        self, question: q.Frequency, *, progress: Told = None, question_id: str = ""
    ) -> Answer[a.FrequencyAnswer]: ...
    @overload
    def ask(
        self, question: q.Sessions, *, progress: Told = None, question_id: str = ""
    ) -> Answer[a.SessionsAnswer]: ...
    @overload
    def ask(
        self, question: q.Composition, *, progress: Told = None, question_id: str = ""
    ) -> Answer[a.CompositionAnswer]: ...
    @overload
    def ask(self, question: q.Revenue, *, progress: Told = None, question_id: str = "") -> Answer[a.RevenueAnswer]: ...
    @overload
    def ask(
        self, question: q.LifetimeValue, *, progress: Told = None, question_id: str = ""
    ) -> Answer[a.LifetimeValueAnswer]: ...
    @overload
    def ask(self, question: q.Impact, *, progress: Told = None, question_id: str = "") -> Answer[a.ImpactAnswer]: ...
    @overload
    def ask(self, question: dict[str, Any], *, progress: Told = None, question_id: str = "") -> Answer[Any]: ...
    def ask(self, question: AnyQuestion, *, progress: Told = None, question_id: str = "") -> Answer[Any]:
        """Answer a question of any type: a value of `diptych.query.questions`, or a dict as in docs/queries.md.

        Args:
            question: what is asked.
            progress: is called about twice a second while the question runs. When it raises, the question is cancelled.
            question_id: a name of your choice, by which another thread can `cancel` it.
        """
        if progress is None:
            return self._send(calls.ask(self.project_id, question, question_id))
        return self._stream(calls.ask_with_progress(self.project_id, question, question_id), question, progress)

    def cancel(self, question_id: str) -> bool:
        """Cancel a running question by its `question_id`; whether there was one."""
        return self._send(calls.cancel(self.project_id, question_id)).cancelled

    def people_behind(
        self, question: AnyQuestion, selection: Selection | None = None, *, limit: int = 100, after: str = ""
    ) -> BehindPage:
        """Who is behind a part of an answer: how many there are, and a page of up to 1,000 of them.

        Args:
            question: as it was asked.
            selection: the part, as the page of its report names it; for retention `{"cohort": 0, "window": 1}`.
            limit: people on the page.
            after: `next` of the page before.
        """
        return self._send(calls.people_behind(self.project_id, question, selection or {}, limit, after))

    def all_people_behind(self, question: AnyQuestion, selection: Selection | None = None) -> Iterator[Behind]:
        """Everybody who is behind a part of an answer, page by page."""
        after: str | None = ""
        while after is not None:
            page = self.people_behind(question, selection, limit=1000, after=after)
            yield from page.people
            after = page.next

    def sql(self, statement: str, *, limit: int = 10_000) -> Rows:
        """Run a SELECT (docs/sql.md): a table for Arrow, pandas or polars. More rows than `limit` are an error."""
        return self._send(calls.sql(self.project_id, statement, limit))

    def sql_json(self, statement: str, *, limit: int = 10_000) -> SqlAnswer:
        """Run a SELECT: rows as JSON has them, and how they were made."""
        return self._send(calls.sql_json(self.project_id, statement, limit))

    def sql_csv(self, statement: str, *, limit: int = 10_000) -> str:
        """Run a SELECT: the text of a CSV file."""
        return self._send(calls.sql_csv(self.project_id, statement, limit))

    def search_people(
        self,
        text: str = "",
        *,
        where: Filter | dict[str, Any] | None = None,
        order: str = "updated",
        limit: int = 50,
        after: str = "",
    ) -> FoundPage:
        """A page of up to 1,000 people, by id, name, e-mail address, properties or cohorts.

        Args:
            text: begins one of a person's ids, or is a part of their name or e-mail address.
            where: a filter over properties of people as they are now, and cohorts.
            order: `updated`, or `recent`, which has one page.
            limit: people on the page.
            after: `next` of the page before.
        """
        return self._send(calls.search(self.project_id, text, where, order, limit, after))

    def all_people(self, text: str = "", *, where: Filter | dict[str, Any] | None = None) -> Iterator[FoundPerson]:
        """Everybody whom a search finds, page by page, whose profile changed last first."""
        after: str | None = ""
        while after is not None:
            page = self.search_people(text, where=where, limit=1000, after=after)
            yield from page.people
            after = page.next

    def person(self, person_id: str) -> Person:
        """Who an id is: ids, profile, when they were seen. Raises NotFound."""
        return self._send(calls.person(self.project_id, person_id))

    def property_history(self, person_id: str, *, limit: int = 1000) -> list[PropertyChange]:
        """How a person's properties changed, the latest first."""
        return self._send(calls.history(self.project_id, person_id, limit)).changes

    def activity(
        self,
        person_id: str,
        *,
        limit: int = 100,
        before: str | None = None,
        after: str | None = None,
        names: list[str] | None = None,
    ) -> ActivityPage:
        """A page of what a person did, the latest first.

        Args:
            person_id: any id of the person.
            limit: events on the page, up to 1,000.
            before, after: `older` or `newer` of another page.
            names: only events of these names.
        """
        return self._send(calls.activity(self.project_id, person_id, limit, before, after, names or []))

    def all_activity(self, person_id: str, *, names: list[str] | None = None) -> Iterator[Event]:
        """Everything that a person did, the latest first, page by page."""
        place: str | None = None
        while True:
            page = self.activity(person_id, limit=1000, before=place, names=names)
            yield from page.events
            place = page.older
            if place is None:
                return

    def events(self, *, limit: int = 50, after: str = "0") -> list[Event]:
        """Up to 1,000 of the events received last, the newest first; only those behind an accept id."""
        return self._send(calls.events(self.project_id, limit, after)).events

    def follow(self, *, seconds: float = 1.0) -> Iterator[Event]:
        """Events as they are received from now on, in order, without end; it looks every so many seconds.

        It is meant for looking on: of more than 1,000 events between two looks only the last ones come.
        """
        newest = next((event.accept_id for event in self.events(limit=1)), "0")
        while True:
            time.sleep(seconds)
            found = self.events(limit=1000, after=newest)
            newest = found[0].accept_id if found else newest
            yield from reversed(found)

    def _send(self, call: Call[T]) -> T:
        try:
            answer = self._http.request(**call.arguments(self.url), auth=self._auth)
        except httpx.TransportError as error:
            raise unreachable(error) from error
        if not answer.is_success:
            raise refusal(answer)
        return call.read(answer)

    def _stream(self, call: Call[Any], question: AnyQuestion, progress: Callable[[Progress], object]) -> Answer[Any]:
        try:
            with self._http.stream(**call.arguments(self.url), auth=self._auth) as answer:
                if not answer.is_success:
                    answer.read()
                    raise refusal(answer)
                for text in answer.iter_lines():
                    found = calls.line(text, question, progress)
                    if found is not None:
                        return found
        except httpx.TransportError as error:
            raise unreachable(error) from error
        raise calls.broken_off()
