"""Questions over our own API: answers, at once or with progress, and who is behind a part of one."""

import asyncio
from collections.abc import AsyncIterator, Awaitable
from typing import Annotated, Any, TypeVar

import msgspec
from litestar import Request, delete, post
from litestar.params import Parameter
from litestar.response import Stream

from diptych.protocols.native.access import project_for
from diptych.protocols.native.errors import ApiError, refused_status
from diptych.protocols.native.lines import failure, line, streamed
from diptych.protocols.services import Services
from diptych.query.answers import Answer
from diptych.query.parts import InvalidQuestion
from diptych.query.people import Person, people_behind
from diptych.query.questions import Question
from diptych.query.reports import REPORTS
from diptych.query.run import QuestionStopped
from diptych.store.engine import EngineRefused, EngineUnavailable, Progress

Asked = Request[Any, Any, Any]
T = TypeVar("T")
QuestionId = Annotated[str, msgspec.Meta(max_length=64, pattern=r"^[A-Za-z0-9_-]*$")]


class Query(msgspec.Struct, forbid_unknown_fields=True):
    """A question about one project. `id`: a name of your choice, by which it can be cancelled."""

    project_id: int
    question: Question
    id: QuestionId = ""


class PeopleQuery(msgspec.Struct, forbid_unknown_fields=True):
    """Who is behind a part of an answer.

    selection   the part, as the question's report names parts (docs/queries.md)
    limit       how many people to list
    after       `next` of the page before
    """

    project_id: int
    question: Question
    selection: dict[str, Any] = {}
    limit: Annotated[int, msgspec.Meta(ge=0, le=1000)] = 100
    after: Annotated[str, msgspec.Meta(pattern=r"^\d{0,20}$")] = ""


class People(msgspec.Struct):
    """People in a fixed order. `count` is of all of them; `next` is null on the last page."""

    count: int
    people: list[Person]
    next: str | None


@post("/query", status_code=200, opt={"reads": True})
async def ask(request: Asked, data: Query, services: Services) -> Answer:
    """Answer a question. Closing the connection cancels it."""
    project = await project_for(request, services, data.project_id)
    answer: Answer = await while_connected(request, services.queries.ask(project, data.question, question_id=data.id))
    return answer


@post("/query/stream", status_code=200, opt={"reads": True})
async def ask_with_progress(request: Asked, data: Query, services: Services) -> Stream:
    """Answer a question in lines of JSON: `{"progress": …}` twice a second, then `{"answer": …}` or `{"error": …}`."""
    project = await project_for(request, services, data.project_id)
    lines: asyncio.Queue[Progress | None] = asyncio.Queue()

    async def answered() -> AsyncIterator[bytes]:
        asking = asyncio.ensure_future(
            services.queries.ask(project, data.question, question_id=data.id, told=lines.put_nowait)
        )
        asking.add_done_callback(lambda _: lines.put_nowait(None))
        try:
            while (progress := await lines.get()) is not None:
                yield line("progress", progress)
            yield _outcome(asking)
        finally:
            asking.cancel()

    return streamed(answered())


@delete("/query/{question_id:str}", status_code=200, opt={"reads": True})
async def cancel(
    request: Asked, services: Services, question_id: str, project_id: Annotated[int, Parameter(ge=1, le=2**32 - 1)]
) -> dict[str, bool]:
    """Cancel a running question by its id; `cancelled` is false when none of that id runs."""
    project = await project_for(request, services, project_id)
    return {"cancelled": services.queries.cancel(project, question_id)}


@post("/query/people", status_code=200, opt={"reads": True})
async def people(request: Asked, data: PeopleQuery, services: Services) -> People:
    """Who is behind a cell, bar or step: how many, and a page of them with their profiles."""
    project = await project_for(request, services, data.project_id)
    selection = selection_of(data.question, data.selection)
    after = min(int(data.after), 2**64 - 1) if data.after else 0
    found = people_behind(services.queries, project, data.question, selection, limit=data.limit, after=after)
    count, page = await while_connected(request, found)
    last = str(page[-1].who) if data.limit and len(page) == data.limit else None
    return People(count, page, last)


def selection_of(question: Question, selection: dict[str, Any]) -> Any:
    """The part of the question's answer that is meant. Raises ApiError for one that its report does not have."""
    try:
        return msgspec.convert(selection, REPORTS[type(question)].selection)
    except msgspec.ValidationError as error:
        raise ApiError(400, str(error), "selection") from None


async def while_connected(request: Asked, work: Awaitable[T]) -> T:
    """Do the work unless the client goes away; then it is cancelled."""
    task = asyncio.ensure_future(work)
    gone = asyncio.ensure_future(_disconnected(request))
    try:
        await asyncio.wait({task, gone}, return_when=asyncio.FIRST_COMPLETED)
        if not task.done():
            raise QuestionStopped("the client closed the connection")
        return task.result()
    finally:
        gone.cancel()
        task.cancel()


async def _disconnected(request: Asked) -> None:
    while (await request.receive())["type"] != "http.disconnect":
        pass


def _outcome(asking: "asyncio.Future[Any]") -> bytes:
    try:
        return line("answer", asking.result())
    except InvalidQuestion as error:
        return failure(400, f"expected {error.expected}", f"question.{error.field}")
    except QuestionStopped as error:
        return failure(422, str(error))
    except EngineUnavailable as error:
        return failure(503, f"The engine is not available: {error}")
    except EngineRefused as error:
        return failure(refused_status(error), str(error)[:500])
    except asyncio.CancelledError:
        return failure(422, "the question was cancelled")


HANDLERS = [ask, ask_with_progress, cancel, people]
