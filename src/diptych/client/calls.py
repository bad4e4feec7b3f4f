"""What the client asks of the server, and how it reads what comes back: no input or output here.

`Client` and `AsyncClient` send a `Call` and hand the answer to its `read`.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar
from urllib.parse import quote

import httpx
import msgspec

from diptych.client.answers import Answer
from diptych.client.errors import Unreachable, told_late
from diptych.client.models import (
    ActivityPage,
    BehindPage,
    Cancelled,
    Events,
    FoundPage,
    Person,
    Progress,
    PropertyChanges,
    SqlAnswer,
)
from diptych.client.tables import Rows
from diptych.query import answers
from diptych.query.parts import Filter
from diptych.query.questions import Question

T = TypeVar("T")
AnyQuestion = Question | dict[str, Any]
Selection = Mapping[str, Any]


@dataclass(frozen=True)
class Call(Generic[T]):
    """A request, and what makes a value of its answer."""

    method: str
    path: str
    read: Callable[[httpx.Response], T]
    body: dict[str, Any] | None = None
    params: dict[str, str | int | list[str]] = field(default_factory=dict)

    def arguments(self, url: str) -> dict[str, Any]:
        """The arguments of a request with httpx, to a server at `url`."""
        sent: dict[str, Any] = {"method": self.method, "url": url + self.path, "params": self.params}
        if self.body is not None:
            sent["content"] = msgspec.json.encode(self.body)
            sent["headers"] = {"Content-Type": "application/json"}
        return sent


def ask(project: int, question: AnyQuestion, name: str, path: str = "/api/v1/query") -> Call[Answer[Any]]:
    """Answer a question; `name` is by what it can be cancelled."""
    body = {"project_id": project, "question": question, "id": name}

    def read(answer: httpx.Response) -> Answer[Any]:
        return Answer(msgspec.json.decode(answer.content, type=answers.Answer), question)

    return Call("POST", path, read, body)


def ask_with_progress(project: int, question: AnyQuestion, name: str) -> Call[Answer[Any]]:
    """As `ask`; the answer comes in lines, for `line`."""
    return ask(project, question, name, "/api/v1/query/stream")


def line(text: str, question: AnyQuestion, told: Callable[[Progress], object]) -> Answer[Any] | None:
    """Read a line of an answer with progress: the answer, if it is the last one. Raises ApiError."""
    said = msgspec.json.decode(text)
    if "error" in said:
        raise told_late(said["error"])
    if "answer" in said:
        return Answer(msgspec.convert(said["answer"], answers.Answer), question)
    told(msgspec.convert(said["progress"], Progress))
    return None


def broken_off() -> Unreachable:
    """What to raise when the lines end without an answer."""
    return Unreachable("the connection ended before the answer came")


def cancel(project: int, name: str) -> Call[Cancelled]:
    """Cancel the question of that name."""
    params: dict[str, str | int | list[str]] = {"project_id": project}
    return Call("DELETE", f"/api/v1/query/{quote(name, safe='')}", _as(Cancelled), params=params)


def people_behind(
    project: int, question: AnyQuestion, selection: Selection, limit: int, after: str
) -> Call[BehindPage]:
    """Who is behind a part of an answer."""
    body = {"project_id": project, "question": question, "selection": selection, "limit": limit, "after": after}
    return Call("POST", "/api/v1/query/people", _as(BehindPage), body)


def sql(project: int, statement: str, limit: int) -> Call[Rows]:
    """Run a SELECT; the rows as Arrow."""

    def read(answer: httpx.Response) -> Rows:
        import pyarrow as pa

        return Rows(pa.ipc.open_stream(answer.content).read_all())

    return Call("POST", "/api/v1/sql", read, _statement(project, statement, limit, "arrow"))


def sql_json(project: int, statement: str, limit: int) -> Call[SqlAnswer]:
    """Run a SELECT; rows as JSON has them, with the explanation."""
    return Call("POST", "/api/v1/sql", _as(SqlAnswer), _statement(project, statement, limit, "json"))


def sql_csv(project: int, statement: str, limit: int) -> Call[str]:
    """Run a SELECT; the text of a CSV file."""
    return Call(
        "POST", "/api/v1/sql", lambda answer: answer.content.decode(), _statement(project, statement, limit, "csv")
    )


def search(
    project: int, text: str, condition: Filter | dict[str, Any] | None, order: str, limit: int, after: str
) -> Call[FoundPage]:
    """Look for people."""
    wanted = {"text": text, "filter": condition, "order": order, "limit": limit, "after": after}
    return Call("POST", "/api/v1/people/search", _as(FoundPage), {"project_id": project, "search": wanted})


def person(project: int, one: str) -> Call[Person]:
    """Who an id is."""
    return Call("GET", f"/api/v1/projects/{project}/people/person", _as(Person), params={"id": one})


def history(project: int, one: str, limit: int) -> Call[PropertyChanges]:
    """How a person's properties changed."""
    path = f"/api/v1/projects/{project}/people/history"
    return Call("GET", path, _as(PropertyChanges), params={"id": one, "limit": limit})


def activity(
    project: int, one: str, limit: int, before: str | None, after: str | None, names: list[str]
) -> Call[ActivityPage]:
    """What a person did."""
    params: dict[str, str | int | list[str]] = {"id": one, "limit": limit, "name": names}
    params |= {name: place for name, place in (("before", before), ("after", after)) if place is not None}
    return Call("GET", f"/api/v1/projects/{project}/people/activity", _as(ActivityPage), params=params)


def events(project: int, limit: int, after: str) -> Call[Events]:
    """The events received last, the newest first."""
    params: dict[str, str | int | list[str]] = {"limit": limit, "after": after}
    return Call("GET", f"/api/v1/projects/{project}/events", _as(Events), params=params)


def _statement(project: int, statement: str, limit: int, form: str) -> dict[str, Any]:
    return {"project_id": project, "sql": statement, "limit": limit, "format": form}


def _as(kind: type[T]) -> Callable[[httpx.Response], T]:
    def read(answer: httpx.Response) -> T:
        return msgspec.json.decode(answer.content, type=kind)

    return read
