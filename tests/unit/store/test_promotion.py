"""Promoted properties: the column holds what the map holds, at every moment, and goes again."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

import pytest

from diptych.model import Event
from diptych.store import promotion, tables
from diptych.store.engine import Engine, open_embedded
from diptych.store.migrate import migrate
from diptych.store.promotion import Promotions, TooMany
from diptych.store.sql import Sql, sql

KEY = "pl'an \\ {x} ü"
VALUES = ['"pro"', "49.0", "null", '["a","b"]', '{"k":1}', '""', None]
_ids = count(1)


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    engine = open_embedded(tmp_path_factory.mktemp("promotion") / "engine")
    migrate(engine)
    yield engine
    engine.close()


@pytest.fixture
def promotions(engine: Engine) -> Iterator[Promotions]:
    yield Promotions(engine)
    for one in Promotions(engine).refresh():
        Promotions(engine).demote(one.scope, one.key)
    Promotions(engine).sweep(datetime.now(UTC) + timedelta(days=1))


def insert(engine: Engine) -> None:
    rows: list[Event] = []
    for value in VALUES:
        held: dict[str, Any] = {} if value is None else {KEY: value}
        number = next(_ids)
        rows.append(
            Event(project=1, name="A", time=number, received=0, properties=held, context=held, accept_id=number)
        )
    tables.insert_events(engine, rows, str(next(_ids)))


def held(engine: Engine, value: Sql) -> list[tuple[int, str]]:
    return engine.query(sql("SELECT accept_id, {v} FROM events FINAL ORDER BY accept_id", v=value)).rows


@pytest.mark.parametrize(("scope", "source"), [("event", "properties"), ("builtin", "context")])
def test_the_column_holds_what_the_map_holds(engine: Engine, promotions: Promotions, scope: str, source: str) -> None:
    insert(engine)
    assert promotions.column_of(scope, KEY) is None
    promotions.promote(scope, KEY)
    insert(engine)
    column = promotions.column_of(scope, KEY)
    assert column is not None
    in_map = Sql(f"{source}['pl\\'an \\\\ {{x}} ü']")
    assert held(engine, Sql(column)) == held(engine, in_map)
    assert {value for _, value in held(engine, Sql(column))} == {value or "" for value in VALUES}
    engine.command("OPTIMIZE TABLE events FINAL")
    assert held(engine, Sql(column)) == held(engine, in_map)


def test_another_process_learns_of_it(engine: Engine, promotions: Promotions) -> None:
    promotions.promote("event", KEY)
    other = Promotions(engine)
    other.refresh()
    assert other.column_of("event", KEY) == promotions.column_of("event", KEY)


def test_a_column_goes_when_nobody_can_ask_for_it_any_more(engine: Engine, promotions: Promotions) -> None:
    promotions.promote("event", KEY)
    column = promotions.column_of("event", KEY)
    assert promotions.demote("event", KEY)
    assert promotions.column_of("event", KEY) is None
    assert not promotions.demote("event", KEY)
    promotions.sweep(datetime.now(UTC))
    held(engine, Sql(str(column)))  # a question that was on its way is still answered
    promotions.sweep(datetime.now(UTC) + timedelta(minutes=3))
    columns = engine.query(Sql("SELECT name FROM system.columns WHERE table = 'events'")).rows
    assert (column,) not in columns
    promotions.promote("event", KEY)
    assert promotions.column_of("event", KEY) not in (None, column), "a name is never used for another column"


def test_there_is_a_bound(promotions: Promotions, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(promotion, "MOST", 2)
    promotions.promote("event", "a")
    promotions.promote("event", "b")
    promotions.promote("event", "b")
    with pytest.raises(TooMany):
        promotions.promote("event", "c")


def test_use_wins_a_column_and_disuse_loses_it(promotions: Promotions) -> None:
    now = datetime.now(UTC)
    promotions.promote("event", "asked for")
    for _ in range(25):
        promotions.column_of("event", "often")
    promotions.column_of("event", "once")
    promotions.adapt(now)
    assert [one.key for one in promotions.refresh()] == ["asked for", "often"]
    promotions.adapt(now + timedelta(days=29))
    assert [one.key for one in promotions.refresh()] == ["asked for", "often"]
    promotions.adapt(now + timedelta(days=32))
    assert [one.key for one in promotions.refresh()] == ["asked for"]
