"""Users' SQL on the engine: right answers, another project's rows out of reach, bounds in words."""

import asyncio
import re
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from diptych.model import Event, IdentityLink, Project
from diptych.people.applying import Identity
from diptych.query.run import Queries
from diptych.query.usersql.functions import NAMES
from diptych.query.usersql.rebuild import InvalidSql
from diptych.query.usersql.run import UserSql
from diptych.query.usersql.views import AT_EVENT, NOW, VIEWS
from diptych.store import tables
from diptych.store.engine import Engine, open_embedded
from diptych.store.migrate import migrate
from diptych.store.sql import Sql

START = 1_770_000_000_000
OURS, THEIRS = Project(id=1, name="ours", token="a"), Project(id=2, name="theirs", token="b")


def event(number: int, name: str, who: str, project: Project = OURS, **properties: str) -> Event:
    return Event(
        project=project.id,
        name=name,
        time=START + number * 1000,
        received=START + number * 1000,
        distinct_id=who,
        accept_id=number,
        properties=properties,
    )


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    engine = open_embedded(tmp_path_factory.mktemp("sql") / "engine")
    migrate(engine)
    rows = [
        event(1, "Buy", "u1", plan='"pro"', price="9.5"),
        event(2, "Buy", "u1", plan='"pro"', price="0.5"),
        event(3, "Buy", "u2", plan='"free"', price='"none"'),
        event(4, "View", "", plan="null"),
        event(5, "Secret", "spy", THEIRS, plan='"secret"'),
    ]
    tables.insert_events(engine, rows, "events")
    links = [
        IdentityLink(project=p.id, actor=f"$device:{p.name}", person="u1", source="s", time=START, received=START)
        for p in (OURS, THEIRS)
    ]
    Identity(engine).apply(engine, links, "links")
    for project, group_type, who, value in (
        (1, "", "u1", "pro"),
        (1, "company", "acme", "big"),
        (2, "", "u1", "secret"),
    ):
        parts = f"'{group_type}', '{who}'" if group_type else f"'{who}'"
        owner = f"cityHash64(toUInt32({project}), {parts})"
        engine.execute(
            Sql(
                f"INSERT INTO profiles SELECT {project}, '{group_type}', {owner}, '{who}', "
                f"map('plan', '\"{value}\"'), now64(3), 1, 1, 0"
            )
        )
        engine.execute(
            Sql(
                f"INSERT INTO profile_history SELECT {project}, '{group_type}', 'plan', {owner}, "
                f"fromUnixTimestamp64Milli({START + 2000}), '\"{value}\"', 1, 0"
            )
        )
    yield engine
    engine.close()


@pytest.fixture
def ask(engine: Engine) -> Iterator[Any]:
    async def settled() -> bool:
        return True

    queries = Queries(engine, settled)

    def rows(text: str, project: Project = OURS, **options: int) -> list[tuple[Any, ...]]:
        table, _ = asyncio.run(UserSql(queries).ask(project, text, **options))
        return [tuple(row.values()) for row in table.to_pylist()]

    yield rows
    queries.close()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("SELECT name, count() AS n FROM events GROUP BY name ORDER BY n DESC", [("Buy", 3), ("View", 1)]),
        ("SELECT uniqExactIf(person, person != 0) AS n FROM events", [(2,)]),
        ("SELECT text(properties['plan']) AS p, count() FROM events GROUP BY p ORDER BY p",
         [("", 1), ("free", 1), ("pro", 2)]),
        ("SELECT sum(number(properties['price'])) FROM events", [(10.0,)]),
        ("SELECT user_now['plan'] AS p, count() FROM events WHERE name = 'Buy' GROUP BY p ORDER BY p",
         [("", 1), ('"pro"', 2)]),
        ("SELECT user_at_event['plan'] AS p, count() FROM events WHERE name = 'Buy' GROUP BY p ORDER BY p",
         [("", 2), ('"pro"', 1)]),
        ("SELECT p.id, count() FROM events AS e JOIN people AS p ON e.person = p.person GROUP BY p.id", [("u1", 2)]),
        ("WITH first AS (SELECT person, min(time) AS t FROM events WHERE name = 'Buy' GROUP BY person) "
         "SELECT toUnixTimestamp64Milli(max(t)) FROM first", [(START + 3000,)]),
        ("SELECT group_type, group_id, text(properties['plan']) FROM groups", [("company", "acme", "big")]),
        ("SELECT id, linked_to FROM identity_links", [("$device:ours", "u1")]),
        ("SELECT count() FROM property_history", [(2,)]),
        ("SELECT count() FROM events WHERE time > toDateTime('2026-02-02 02:40:03', 'UTC') - INTERVAL 1 DAY", [(4,)]),
        ("SELECT name FROM events WHERE person IN (SELECT person FROM people) QUALIFY row_number() OVER "
         "(PARTITION BY person ORDER BY time) = 1", [("Buy",)]),
        ("SELECT windowFunnel(60)(toUnixTimestamp(time), properties['price'] = '9.5', properties['price'] = '0.5') "
         "AS n FROM events WHERE person != 0 GROUP BY person ORDER BY n", [(0,), (2,)]),
        ("SELECT CAST(1 AS Nullable(UInt8)), CASE WHEN 1 THEN 'a' ELSE 'b' END, [1, 2][1], 'x' LIKE '%x%'",
         [(1, "a", 1, 1)]),
    ],
)  # fmt: skip
def test_a_question_in_sql_is_answered(ask, text: str, expected: list[tuple[Any, ...]]) -> None:
    assert ask(text) == expected


@pytest.mark.parametrize("view", VIEWS)
def test_a_view_has_the_documented_columns_and_no_other_project(ask, engine: Engine, view: str) -> None:
    by_key = {name: f"{name}['plan']" for name in (NOW, AT_EVENT)}
    columns = {by_key.get(c.name, c.name): "String" if c.name in by_key else c.type for c in VIEWS[view]}
    [types] = ask(f"SELECT {', '.join(f'toTypeName({name})' for name in columns)} FROM {view} LIMIT 1")
    plain = [re.sub(r"LowCardinality\((\w+)\)", r"\1", kind) for kind in types]
    assert plain == list(columns.values())
    assert "secret" not in str(ask(f"SELECT * FROM {view}")).lower()


def test_another_project_sees_its_own_rows(ask) -> None:
    assert ask("SELECT name FROM events", THEIRS) == [("Secret",)]


def test_every_listed_function_exists(engine: Engine) -> None:
    known = {name for (name,) in engine.query(Sql("SELECT name FROM system.functions")).rows}
    known |= {name.lower() for name in known}
    assert [name for name in NAMES if name not in known and name.lower() not in known] == []


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("SELECT arrayJoin(range(20))", "more than 10 rows; add a LIMIT"),
        ("SELECT nope FROM events", "Unknown expression identifier `nope`"),
        ("SELECT length(groupArray(a)) FROM (SELECT arrayJoin(range(90000000)) AS a)", "too much memory"),
    ],
)
def test_bounds_are_told_in_words(ask, text: str, problem: str) -> None:
    with pytest.raises(InvalidSql, match=re.escape(problem)) as raised:
        ask(text, limit=10)
    assert "FROM (SELECT name, time" not in str(raised.value)


def test_an_answer_says_what_it_read(engine: Engine) -> None:
    async def settled() -> bool:
        return True

    queries = Queries(engine, settled)
    text = "SELECT count() FROM events"
    _, said = asyncio.run(UserSql(queries).ask(OURS, text))
    assert 4 <= said.rows_read < 100
    assert said.bytes_read > 0
    queries.close()


def test_a_statement_that_nobody_waits_for_is_stopped(engine: Engine) -> None:
    async def settled() -> bool:
        return True

    async def scenario() -> float:
        many = "(SELECT arrayJoin(range(100000)) AS n)"
        slow = f"SELECT count() FROM events, {many} AS one, {many} AS two"
        queries = Queries(engine, settled)
        asking = asyncio.ensure_future(UserSql(queries).ask(OURS, slow))
        await asyncio.sleep(0.5)
        assert not asking.done()
        started = time.monotonic()
        asking.cancel()
        running = Sql("SELECT count() FROM system.processes WHERE Settings['log_comment'] LIKE 'project 1 sql %'")
        while engine.query(running).rows[0][0] and time.monotonic() < started + 20:
            await asyncio.sleep(0.05)
        queries.close()
        return time.monotonic() - started

    assert asyncio.run(scenario()) < 10


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("toStartOfHour(min(time))", datetime(2026, 2, 2, 2, tzinfo=UTC)),
        ("toNullable(toStartOfHour(min(time)))", datetime(2026, 2, 2, 2, tzinfo=UTC)),
        ("[toDateTime(min(time))]", [datetime(2026, 2, 2, 2, 40, 1, tzinfo=UTC)]),
        ("toStartOfDay(min(time), 'Europe/Berlin')", datetime(2026, 2, 1, 23, tzinfo=UTC)),
        ("toUInt32(count())", 4),
        ("(toUInt32(1), 'a')", {"1": 1, "2": "a"}),
        ("unhex('ff61')", "\ufffda"),
        ("substring('é', 1, 1)", "\ufffd"),
        ("[unhex('ff'), 'b']", ["\ufffd", "b"]),
        ("map('k', unhex('ff'))", [("k", "\ufffd")]),
        ("(unhex('ff'), [1])", {"1": "\ufffd", "2": [1]}),
        ("toNullable(unhex('ff'))", "\ufffd"),
    ],
)
def test_moments_and_texts_come_as_such(ask: Any, text: str, expected: Any) -> None:
    assert ask(f"SELECT {text} AS value FROM events LIMIT 1") == [(expected,)]


def test_bytes_are_mended_in_every_row(ask: Any) -> None:
    found = ask(
        "SELECT if(name = 'Buy', unhex('ff'), name) AS value, count() FROM events GROUP BY value ORDER BY value"
    )
    assert found == [("View", 1), ("\ufffd", 3)]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("SELECT", "expected what to select"),
        ("SELECT 1 UNION ALL SELECT", "expected what to select"),
        ("SELECT * FROM system.one", "have no database before their name"),
        ("KILL QUERY WHERE 1", "cannot be read as a SELECT"),
    ],
)
def test_refusals_say_what_would_be_right(ask: Any, text: str, words: str) -> None:
    with pytest.raises(InvalidSql, match=words):
        ask(text)


def test_the_first_rows_of_each_value(ask) -> None:
    assert ask("SELECT name, number(properties['price']) AS price FROM events ORDER BY time LIMIT 1 BY name") == [
        ("Buy", 9.5),
        ("View", None),
    ]
