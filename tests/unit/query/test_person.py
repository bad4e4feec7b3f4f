"""One person's activity page by page, who an id is, and searching for people, on the engine."""

import asyncio
from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import msgspec
import pytest

from diptych.model import Event, IdentityLink, Operation, ProfileUpdate, Project
from diptych.model.clock import now_ms
from diptych.people.applying import Identity
from diptych.people.folding import Folding
from diptych.query.activity import Activity
from diptych.query.parts import InvalidQuestion
from diptych.query.person import People
from diptych.query.run import Queries
from diptych.query.search import PeopleSearch, Search
from diptych.store.engine import Engine, open_embedded
from diptych.store.migrate import migrate

PROJECT = Project(id=1, name="p", token="t")
DAY = 86_400_000
NOW = now_ms() - DAY


def event(number: int, who: str, days_ago: float, name: str = "View", project: int = 1, **more: Any) -> Event:
    time = round(NOW - days_ago * DAY)
    return Event(project=project, name=name, time=time, received=time, distinct_id=who, accept_id=number, **more)


EVENTS = [
    *(event(100 + n, "ada", n * 3) for n in range(50)),
    *(event(200 + n, "$device:phone", n * 3 + 1, device_id="phone") for n in range(50)),
    event(300, "ada", 900, "Signed Up"),
    *(event(310 + n, "ada", 30, "Tied", event_id=n % 3) for n in range(6)),
    event(400, "bob", 2),
    event(401, "eve", 400),
    event(402, "$identify-er", 1, "$identify", control=True),
    event(500, "ada", 1, project=2),
]


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    engine = open_embedded(tmp_path_factory.mktemp("people") / "engine")
    migrate(engine)
    identity = Identity(engine)
    link = IdentityLink(
        project=1, actor="$device:phone", person="ada", source="s", time=NOW, received=NOW, accept_id=900
    )
    updates = [
        update(1, "ada", NOW - 9 * DAY, plan='"free"', email='"ada@example.com"'),
        update(2, "ada", NOW - 2 * DAY, plan='"pro"'),
        update(3, "bob", NOW - 3 * DAY, plan='"free"'),
        update(4, "carl", NOW - 4 * DAY, plan='"pro"', **{"$name": '"Carl Ádám"'}),
    ]
    identity.note(engine, [*EVENTS, link, *updates], "ids")
    identity.apply(engine, [link], "links")
    identity.insert(engine, EVENTS, "events")
    Folding(engine).insert(engine, updates, "updates")
    yield engine
    engine.close()


def update(number: int, who: str, time: int, **values: str) -> ProfileUpdate:
    return ProfileUpdate(
        project=1, profile_id=who, operation=Operation.SET, values=values, time=time, received=time, accept_id=number
    )


@pytest.fixture
def queries(engine: Engine) -> Iterator[Queries]:
    async def settled() -> bool:
        return True

    queries = Queries(engine, settled)
    yield queries
    queries.close()


@pytest.fixture
def page(engine: Engine, queries: Queries) -> Any:
    def read(who: str, **options: Any) -> Any:
        hashes = People(engine, queries).hashes(PROJECT, who)
        return asyncio.run(Activity(queries).page(PROJECT, hashes[0], hashes, **options))

    return read


def order(event: Any) -> tuple[int, int, int, int]:
    return (event.time, -1 if event.event_id is None else event.event_id, event.received, int(event.accept_id))


@pytest.mark.parametrize("who", ["$device:phone"])
@pytest.mark.parametrize("limit", [13, 53, 1000])
def test_every_page_back_to_the_first_event_and_forth_again(page, who: str, limit: int) -> None:
    expected = sorted((e for e in EVENTS if e.project == 1 and e.distinct_id in ("ada", "$device:phone")), key=order)
    expected_ids = [str(e.accept_id) for e in reversed(expected)]
    seen, current = [], page(who, limit=limit)
    assert current.newer is None
    seen += current.events
    while current.older is not None:
        current = page(who, limit=limit, before=current.older)
        seen += current.events
    assert [e.accept_id for e in seen] == expected_ids
    assert all(order(a) > order(b) for a, b in pairwise(seen))

    forth = list(reversed(current.events))
    while current.newer is not None:
        current = page(who, limit=limit, after=current.newer)
        forth += reversed(current.events)
    assert [e.accept_id for e in forth] == list(reversed(expected_ids))


def test_only_some_events(page) -> None:
    found = page("ada", names=["Signed Up", "Tied"])
    assert [e.name for e in found.events] == ["Tied"] * 6 + ["Signed Up"]
    assert found.older is None


def test_an_edge_that_no_page_gave(page) -> None:
    with pytest.raises(InvalidQuestion):
        page("ada", before="tomorrow")


def test_nobody(page) -> None:
    assert page("nobody").events == []


def test_who_an_id_is(engine: Engine, queries: Queries) -> None:
    people = People(engine, queries)
    found = asyncio.run(people.person(PROJECT, "$device:phone"))
    assert (found.id, found.ids, found.events) == ("ada", ["$device:phone", "ada"], 107)
    assert msgspec.json.decode(found.properties["plan"]) == "pro"
    assert (found.first_seen, found.last_seen) == (NOW - 900 * DAY, NOW)
    assert asyncio.run(people.person(PROJECT, "nobody")) is None
    changes = asyncio.run(people.history(PROJECT, "$device:phone", 10))
    assert [(c.time - NOW, c.key, bytes(c.value)) for c in changes] == [
        (-2 * DAY, "plan", b'"pro"'),
        (-9 * DAY, "email", b'"ada@example.com"'),
        (-9 * DAY, "plan", b'"free"'),
    ]


def plan(operator: str, *values: str, at: str = "now") -> dict[str, Any]:
    reference = {"key": "plan", "scope": "user", "at": at}
    return {"type": "compare", "property": reference, "operator": operator, "values": list(values)}


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ({}, ["ada", "bob", "carl", "eve", "$identify-er"]),
        ({"text": "ada"}, ["ada"]),
        ({"text": "$device:ph"}, ["ada"]),
        ({"text": "EXAMPLE.com"}, ["ada"]),
        ({"text": "ádám"}, ["carl"]),
        ({"text": "x"}, ["ada"]),  # a part of the address
        ({"text": "zz"}, []),
        ({"filter": plan("equals", "pro")}, ["ada", "carl"]),
        ({"filter": plan("not_set")}, ["eve", "$identify-er"]),
        ({"filter": {"type": "not", "filter": plan("equals", "pro")}}, ["bob", "eve", "$identify-er"]),
        ({"order": "recent"}, ["ada", "bob"]),
        ({"order": "recent", "filter": plan("equals", "free")}, ["bob"]),
        ({"order": "recent", "limit": 1}, ["ada"]),
    ],
)
def test_people_are_found(engine: Engine, queries: Queries, asked: dict[str, Any], expected: list[str]) -> None:
    search = Search(engine, queries)
    found = asyncio.run(search.people(PROJECT, msgspec.convert(asked, PeopleSearch)))
    without_profile = {"eve", "$identify-er"}
    assert [p.id for p in found.people if p.id not in without_profile] == [
        i for i in expected if i not in without_profile
    ]
    assert sorted(p.id for p in found.people) == sorted(expected)


def test_pages_of_people(engine: Engine, queries: Queries) -> None:
    search, seen, after = Search(engine, queries), [], ""
    while after is not None:
        found = asyncio.run(search.people(PROJECT, PeopleSearch(limit=2, after=after)))
        seen += [p.id for p in found.people]
        after = found.next
    assert len(seen) == len(set(seen)) == 5


@pytest.mark.parametrize("at", ["event"])
def test_a_search_has_no_events(engine: Engine, queries: Queries, at: str) -> None:
    asked = msgspec.convert({"filter": plan("equals", "pro", at=at)}, PeopleSearch)
    with pytest.raises(InvalidQuestion):
        asyncio.run(Search(engine, queries).people(PROJECT, asked))
