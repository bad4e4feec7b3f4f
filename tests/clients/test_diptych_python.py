"""Our own client for Python against a running server."""

import asyncio
import contextlib
import threading
import time
from typing import Any

import httpx
import pytest
from tests.harness import Project, Server

from diptych import AsyncClient, Client
from diptych.client import ApiError, InvalidRequest, NotAllowed, NotFound, QuestionStopped, Unreachable
from diptych.query.parts import Breakdown, EventSelector, Last, MeasureType, Metric, Property
from diptych.query.questions import Composition, Retention, Segmentation
from diptych.query.questions.examples import EXAMPLES

HOSTILE = "</td><script>alert('1')</script>'\";--\\"
BUYS = Segmentation(
    metrics=[Metric(EventSelector(["Buy"]), MeasureType.UNIQUE)],
    range=Last(3),
    breakdowns=[Breakdown(Property("plan"))],
)
SLOW = "SELECT count() FROM (SELECT arrayJoin(range(200000)) AS a) AS x, (SELECT arrayJoin(range(200000)) AS b) AS y"


@pytest.fixture(scope="module")
def shop(server: Server) -> Project:
    """25 people bought something, the first of them 45 times more, and one event has a hostile name."""
    project = server.add_project("Shop of the Python client")
    now = int(time.time())
    did = [("Buy", f"user-{number:02}", 100 + number, {"plan": ["pro", "free"][number % 2]}) for number in range(25)]
    did += [("Buy", "user-00", 1000 + number, {"plan": "pro"}) for number in range(45)]
    did += [(HOSTILE, "user-01", 50, {HOSTILE: HOSTILE, "number": 2**60, "list": [1, None, {"a": "b"}]})]
    events = [
        {"event": name, "properties": {"token": project.token, "distinct_id": who, "time": now - ago, **more}}
        for name, who, ago, more in did
    ]
    profiles = [
        {"$token": project.token, "$distinct_id": f"user-{number:02}", "$set": {"$name": f"Name {number}"}}
        for number in range(25)
    ]
    with server.client() as http:
        assert http.post("/track", json=events[:50]).text == http.post("/track", json=events[50:]).text == "1"
        assert http.post("/engage", json=profiles).text == "1"
    return project


def account(project: Project) -> dict[str, str]:
    return dict(zip(("username", "secret"), project.account, strict=True))


@pytest.fixture
def client(shop: Project) -> Any:
    with Client(shop.server.url + "/", shop.id, **account(shop)) as made:
        yield made


def test_a_question_as_a_value_as_a_dict_and_with_progress(client: Client) -> None:
    answer = client.ask(BUYS)
    assert {(tuple(one.breakdown), one.overall) for one in answer.data.series} == {(("pro",), 13), (("free",), 12)}
    asked = {
        "type": "segmentation",
        "metrics": [{"event": {"names": ["Buy"]}, "measure": "unique"}],
        "range": {"type": "last", "count": 3},
        "breakdowns": [{"property": {"key": "plan"}}],
    }
    assert client.ask(asked).data.series == answer.data.series
    assert client.ask(BUYS, progress=print).data.series == answer.data.series
    assert "“Buy”" in answer.sentence
    assert answer.explanation.sql


@pytest.mark.parametrize("name", EXAMPLES)
def test_every_example_of_a_question_is_answered_shown_and_made_a_table(client: Client, name: str) -> None:
    answer = client.ask(EXAMPLES[name])
    assert answer.to_arrow().num_rows == len(answer.to_pandas()) == answer.to_polars().height
    assert answer.sentence
    assert answer._repr_html_().startswith("<div><p>")


def test_people_behind_a_number_page_by_page(client: Client) -> None:
    selection = {"breakdown": ["pro"]}
    first = client.people_behind(BUYS, selection, limit=5)
    second = client.people_behind(BUYS, selection, limit=5, after=first.next or "")
    third = client.people_behind(BUYS, selection, limit=5, after=second.next or "")
    ids = [person.id for page in (first, second, third) for person in page.people]
    assert sorted(ids) == [f"user-{number:02}" for number in range(0, 25, 2)]
    assert (first.count, third.next) == (13, None)
    everybody = list(client.all_people_behind(BUYS, selection))
    assert [person.id for person in everybody] == ids
    assert everybody[0].properties["$name"].startswith("Name ")
    assert client.people_behind(BUYS, selection, after="9" * 20).people == []
    with pytest.raises(InvalidRequest) as told:
        client.people_behind(BUYS, {"nothing": 1})
    assert told.value.field == "selection"


def test_activity_in_both_directions(client: Client) -> None:
    everything = list(client.all_activity("user-00"))
    assert len(everything) == 46
    assert [event.time for event in everything] == sorted((event.time for event in everything), reverse=True)
    latest = client.activity("user-00", limit=20)
    middle = client.activity("user-00", limit=20, before=latest.older)
    assert [event.accept_id for event in latest.events + middle.events] == [
        event.accept_id for event in everything[:40]
    ]
    assert client.activity("user-00", limit=20, after=middle.newer).events == latest.events
    assert list(client.all_activity("user-00", names=["View"])) == []
    assert client.activity("nobody").events == []
    for edge in ("before", "after"):
        with pytest.raises(InvalidRequest) as told:
            client.activity("user-00", **{edge: "nonsense"})
        assert told.value.field == edge


def test_people_are_found(client: Client) -> None:
    assert [person.id for person in client.search_people("user-07").people] == ["user-07"]
    assert len(list(client.all_people())) == 25
    named: dict[str, Any] = {
        "type": "compare",
        "property": {"key": "$name", "scope": "user"},
        "operator": "ends_with",
        "values": ["4"],
    }
    found = {person.id for person in client.all_people(where=named)}
    assert found == {"user-04", "user-14", "user-24"}
    with pytest.raises(InvalidRequest) as told:
        client.search_people(where=named | {"property": {"key": "plan"}})
    assert told.value.field == "search.filter.property"
    page = client.search_people(limit=10)
    assert page.next is not None
    assert len(client.search_people(limit=1000, after=page.next).people) == 15
    person = client.person("user-03")
    assert (person.ids, person.events, person.properties["$name"]) == (["user-03"], 1, "Name 3")
    assert "Name 3" in [change.value for change in client.property_history("user-03")]


def test_what_was_sent_comes_back(client: Client) -> None:
    [event] = [one for one in client.events(limit=1000) if one.name == HOSTILE]
    assert event.properties[HOSTILE] == HOSTILE
    assert event.properties["number"] == 2**60
    assert event.properties["list"] == [1, None, {"a": "b"}]
    assert client.events(limit=10, after=client.events(limit=1)[0].accept_id) == []


def test_hostile_names_are_text_in_a_notebook(client: Client) -> None:
    question = Composition(breakdown=Breakdown(Property(HOSTILE)), event=EventSelector([HOSTILE]), range=Last(2))
    answer = client.ask(question)
    assert answer.data.values[0].value == HOSTILE
    assert "<script" not in answer._repr_html_()
    assert "&lt;script&gt;" in answer._repr_html_()
    assert "<script" not in client.sql("SELECT DISTINCT name FROM events")._repr_html_()
    assert client.sql(f"SELECT {_quoted(HOSTILE)} AS text").to_dicts() == [{"text": HOSTILE}]


def _quoted(text: str) -> str:
    return "'" + text.replace("\\", "\\\\").replace("'", "''") + "'"


def test_sql_in_every_form(client: Client) -> None:
    text = """SELECT text(properties['plan']) AS plan, uniqExact(person) AS people
    FROM events WHERE name = 'Buy' GROUP BY plan ORDER BY plan"""
    expected = [{"plan": "free", "people": 12}, {"plan": "pro", "people": 13}]
    rows = client.sql(text)
    assert rows.to_dicts() == rows.to_pandas().to_dict("records") == rows.to_polars().to_dicts() == expected
    assert client.sql_csv(text).splitlines() == ["plan,people", "free,12", "pro,13"]
    answer = client.sql_json(text)
    assert answer.rows == [["free", 12], ["pro", 13]]
    assert answer.explanation.rows_read >= 70
    for ask in (client.sql, client.sql_json, client.sql_csv):
        with pytest.raises(InvalidRequest) as told:
            ask("SELECT * FROM system.tables")
        assert told.value.field == "sql"
    with pytest.raises(InvalidRequest, match="more than 1 rows"):
        client.sql(text, limit=1)


def test_credentials(shop: Project) -> None:
    for username, secret in [(shop.account[0], "wrong"), (shop.token, ""), (shop.token, shop.secret)]:
        with Client(shop.server.url, shop.id, username=username, secret=secret) as wrong:
            with pytest.raises(NotAllowed, match="service account"):
                wrong.ask(BUYS)
            with pytest.raises(NotAllowed, match="service account"):
                wrong.ask(BUYS, progress=print)
    with Client(shop.server.url, shop.id + 1000, **account(shop)) as elsewhere, pytest.raises(NotAllowed):
        elsewhere.events()


def test_errors_name_the_field(client: Client) -> None:
    with pytest.raises(InvalidRequest) as told:
        client.ask(Retention(brackets=[(5, 2)]))
    assert told.value.field == "question.brackets"
    with pytest.raises(InvalidRequest) as late:
        client.ask(Retention(brackets=[(5, 2)]), progress=print)
    assert (late.value.field, late.value.message) == (told.value.field, told.value.message)
    with pytest.raises(InvalidRequest, match="count"):
        client.ask({"type": "sessions", "range": {"type": "last", "count": 0}})
    with pytest.raises(NotFound) as nobody:
        client.person("nobody")
    assert nobody.value.field == "id"
    with Client("http://127.0.0.1:9", 1, username="u", secret="s") as nowhere, pytest.raises(Unreachable):
        nowhere.events()


def test_cancelling_by_name_and_by_leaving(shop: Project) -> None:
    async def scenario() -> None:
        async with AsyncClient(shop.server.url, shop.id, **account(shop)) as client:
            slow = [asyncio.create_task(client.sql(SLOW)) for _ in range(2)]
            await asyncio.sleep(1)  # both places of the project are taken
            unknown = Segmentation(metrics=[Metric(EventSelector(["Nobody has asked for this"]))])
            waiting = asyncio.create_task(client.ask(unknown, question_id="mine"))
            streaming = asyncio.create_task(client.ask(unknown, progress=print, question_id="too"))
            await asyncio.sleep(0.5)
            assert not waiting.done()
            assert await client.cancel("mine")
            assert await client.cancel("too")
            for task in (waiting, streaming):
                with pytest.raises(QuestionStopped, match="the question was cancelled"):
                    await task
            assert not await client.cancel("mine")
            for task in slow:
                task.cancel()
            started = time.monotonic()
            fresh = {"type": "sessions", "range": {"type": "last", "count": 4}}
            assert (await client.ask(fresh)).data.series
            assert time.monotonic() - started < 15

    asyncio.run(scenario())


def test_leaving_when_progress_raises(client: Client) -> None:
    """The sentence of `progress` comes through, and the client can be used again."""

    class Enough(Exception):
        pass

    def told(progress: Any) -> None:
        raise Enough

    with contextlib.suppress(Enough):
        client.ask(BUYS, progress=told)
    assert client.ask(BUYS).data.series


def test_everything_in_asyncio(shop: Project) -> None:
    async def scenario() -> None:
        async with AsyncClient(shop.server.url, shop.id, **account(shop)) as client:
            answer, streamed, rows = await asyncio.gather(
                client.ask(BUYS), client.ask(BUYS, progress=print), client.sql("SELECT count() AS n FROM events")
            )
            assert answer.data.series == streamed.data.series
            assert rows.to_dicts() == [{"n": 71}]
            assert (await client.sql_json("SELECT 1")).rows == [[1]]
            assert (await client.sql_csv("SELECT 1 AS n")).split() == ["n", "1"]
            assert (await client.people_behind(BUYS, limit=1)).count == 25
            assert len([one async for one in client.all_people_behind(BUYS)]) == 25
            assert len([one async for one in client.all_activity("user-00")]) == 46
            assert (await client.activity("user-01", limit=1)).older
            assert (await client.search_people("user-01")).people[0].id == "user-01"
            assert len([one async for one in client.all_people()]) == 25
            assert (await client.person("user-01")).events == 2
            assert await client.property_history("user-01")
            assert len(await client.events(limit=7)) == 7
            with pytest.raises(ApiError):
                await client.sql("DROP TABLE events")

    asyncio.run(scenario())


def test_following(project: Project) -> None:
    def send(http: httpx.Client, *names: str) -> None:
        events = [
            {"event": name, "properties": {"token": project.token, "distinct_id": "u", "time": int(time.time())}}
            for name in names
        ]
        assert http.post("/track", json=events).text == "1"

    async def scenario() -> list[str]:
        async with AsyncClient(project.server.url, project.id, **account(project)) as client:
            with project.server.client() as http:
                send(http, "before")
                found: list[str] = []

                async def look() -> None:
                    async for event in client.follow(seconds=0.1):
                        found.append(event.name)
                        if len(found) == 4:
                            return

                looking = asyncio.create_task(look())
                await asyncio.sleep(1)
                await asyncio.to_thread(send, http, "one", "two")
                await asyncio.sleep(0.5)
                await asyncio.to_thread(send, http, "three", "four")
                await asyncio.wait_for(looking, 10)
                return found

    assert asyncio.run(scenario()) == ["one", "two", "three", "four"]

    with Client(project.server.url, project.id, **account(project)) as client, project.server.client() as http:
        # The first step looks what is there, and follows what comes after it.
        threading.Timer(1, send, (http, "five")).start()
        assert next(client.follow(seconds=0.1)).name == "five"
