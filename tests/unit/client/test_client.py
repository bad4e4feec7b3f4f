"""The clients without a server: what is imported, what is sent, how refusals are told."""

import asyncio
import inspect
import subprocess
import sys
import typing
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from diptych import AsyncClient, Client, client as package
from diptych.client import errors, models
from diptych.protocols.native import persons, questions, sql
from diptych.query import activity, answers, person, search, stream
from diptych.query.questions import Question
from diptych.store import engine

HEAVY = (
    "litestar chdb clickhouse_connect pyarrow numpy pandas polars sqlalchemy alembic uvicorn sqlglot structlog".split()
)


def test_the_client_imports_nothing_of_the_server() -> None:
    script = (
        "import sys, diptych; assert 'httpx' not in sys.modules; diptych.Client; diptych.AsyncClient;"
        f"print([name for name in {HEAVY} if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_what_the_package_does_not_have_is_said() -> None:
    import diptych

    with pytest.raises(AttributeError, match="no attribute 'Klient'"):
        diptych.Klient  # noqa: B018


def public(kind: type) -> dict[str, inspect.Signature]:
    return {
        name: inspect.signature(member)
        for name, member in inspect.getmembers(kind, inspect.isfunction)
        if not name.startswith("_")
    }


def test_both_clients_have_the_same_methods_with_the_same_arguments() -> None:
    ours, theirs = public(Client), public(AsyncClient)
    assert {name: list(one.parameters.values()) for name, one in ours.items()} == {
        name: list(one.parameters.values()) for name, one in theirs.items()
    }
    for name in ours:
        assert getattr(AsyncClient, name).__doc__.startswith(getattr(Client, name).__doc__.partition("\n")[0])


@pytest.mark.parametrize("kind", [Client, AsyncClient])
def test_every_type_of_question_has_its_type_of_answer(kind: type) -> None:
    told = {}
    for overload in typing.get_overloads(kind.ask):  # type: ignore[attr-defined]
        hints = typing.get_type_hints(overload)
        told[hints["question"]] = typing.get_args(hints["return"])[0]
    asked = set(Question.__args__)  # type: ignore[attr-defined]
    assert asked == {one for one in told if isinstance(one, type) and hasattr(one, "__struct_fields__")}
    assert {told[one] for one in asked} == set(answers.Answer.__args__)  # type: ignore[attr-defined]
    assert all(told[one].__struct_config__.tag == one.__struct_config__.tag for one in asked)


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        (models.Event, stream.StreamEvent),
        (models.Person, person.PersonDetails),
        (models.PropertyChange, person.PropertyChange),
        (models.PropertyChanges, persons.PropertyChanges),
        (models.FoundPerson, search.FoundPerson),
        (models.FoundPage, search.FoundPeople),
        (models.ActivityPage, activity.ActivityPage),
        (models.BehindPage, questions.People),
        (models.SqlAnswer, sql.SqlAnswer),
        (models.SqlColumn, sql.SqlColumn),
    ],
)
def test_what_the_server_answers_is_what_the_client_reads(ours: Any, theirs: Any) -> None:
    assert ours.__struct_fields__ == theirs.__struct_fields__


def test_progress_is_the_engine_s() -> None:
    assert set(models.Progress.__struct_fields__) == set(engine.Progress.__dataclass_fields__)


Handler = Callable[[httpx.Request], httpx.Response]


def client(handler: Handler) -> Client:
    http = httpx.Client(transport=httpx.MockTransport(handler))
    return Client("http://here/prefix/", 7, username="bot", secret="s:ä", http=http)


def answering(*contents: Any, **more: Any) -> Handler:
    return lambda request: httpx.Response(*contents, **more)


def test_requests_carry_the_project_and_the_account() -> None:
    sent: list[httpx.Request] = []

    def answered(request: httpx.Request) -> httpx.Response:
        sent.append(request)
        return httpx.Response(200, json={"cancelled": True})

    assert client(answered).cancel("a/b?c")
    assert str(sent[0].url) == "http://here/prefix/api/v1/query/a%2Fb%3Fc?project_id=7"
    assert sent[0].headers["Authorization"].startswith("Basic ")


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (400, errors.InvalidRequest),
        (401, errors.NotAllowed),
        (403, errors.NotAllowed),
        (404, errors.NotFound),
        (422, errors.QuestionStopped),
        (503, errors.Unavailable),
        (500, errors.ApiError),
    ],
)
@pytest.mark.parametrize("progress", [None, print])
def test_refusals_carry_the_sentence_and_the_field(status: int, kind: type, progress: Any) -> None:
    said = {"error": {"field": "question.range", "message": "expected something"}}
    asking = client(answering(status, json=said, headers={"Retry-After": "5"}))
    with pytest.raises(errors.ApiError) as told:
        asking.ask({"type": "sessions"}, progress=progress)
    assert type(told.value) is kind
    assert (told.value.field, told.value.message, told.value.status) == ("question.range", "expected something", status)
    assert told.value.retry_after == 5
    assert str(told.value) == "question.range: expected something"


@pytest.mark.parametrize(
    ("status", "kind"),
    [(400, errors.InvalidRequest), (422, errors.QuestionStopped), (503, errors.Unavailable), (500, errors.ApiError)],
)
def test_errors_behind_progress_are_the_same(status: int, kind: type) -> None:
    lines = b'{"progress": {"rows_read": 1, "rows_expected": 2, "bytes_read": 3}}\n'
    lines += b'{"error": {"field": null, "message": "no", "status": %d}}\n' % status
    heard: list[models.Progress] = []
    with pytest.raises(errors.ApiError, match=r"^no$") as told:
        client(answering(200, content=lines)).ask({"type": "sessions"}, progress=heard.append)
    assert type(told.value) is kind
    assert heard == [models.Progress(1, 2, 3)]


def test_lines_that_end_early_are_no_answer() -> None:
    with pytest.raises(errors.Unreachable, match="before the answer"):
        client(answering(200, content=b"")).ask({"type": "sessions"}, progress=print)


@pytest.mark.parametrize("content", [b"<h1>Bad gateway</h1>", b"", b'{"error": "no"}', b"[]"])
def test_answers_of_something_else_are_named(content: bytes) -> None:
    with pytest.raises(errors.ApiError, match="HTTP 502 without an explanation; is http://here"):
        client(answering(502, content=content)).person("ann")


@pytest.mark.parametrize(
    ("error", "words"),
    [(httpx.ConnectError("refused"), "cannot be reached: refused"), (httpx.ReadTimeout("slow"), "took too long")],
)
def test_no_answer_at_all(error: httpx.TransportError, words: str) -> None:
    def fails(request: httpx.Request) -> httpx.Response:
        raise error

    with pytest.raises(errors.Unreachable, match=words):
        client(fails).person("ann")
    with pytest.raises(errors.Unreachable, match=words):
        client(fails).ask({"type": "sessions"}, progress=print)


def test_a_client_of_one_s_own_is_left_open() -> None:
    http = httpx.Client()
    with Client("http://here", 1, username="u", secret="s", http=http):
        pass
    assert not http.is_closed
    http.close()

    async def asynchronous() -> None:
        own = httpx.AsyncClient()
        async with AsyncClient("http://here", 1, username="u", secret="s", http=own):
            pass
        assert not own.is_closed
        await own.aclose()

    asyncio.run(asynchronous())


def test_everything_public_is_described() -> None:
    for name in package.__all__:
        assert getattr(package, name).__doc__, name
