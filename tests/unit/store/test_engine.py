import socket
import threading
import time
from pathlib import Path

import pyarrow as pa
import pytest
from clickhouse_connect.driver.exceptions import DatabaseError

from diptych.model import Event
from diptych.settings import StartupError
from diptych.store import migrate as migrate_module, tables
from diptych.store.engine import Engine, EngineRefused, EngineUnavailable, open_embedded, open_server, require_version
from diptych.store.migrate import migrate
from diptych.store.sql import Bound, Sql, sql


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory):
    engine = open_embedded(tmp_path_factory.mktemp("store") / "engine")
    yield engine
    engine.close()


def test_values_come_back_as_they_were_bound(engine: Engine) -> None:
    hostile = "x' OR 1=1 -- \\ \n \0 ü 😀 {p1:String}"
    statement = sql("SELECT {text}, {numbers}", text=Bound(hostile, "String"), numbers=Bound([1, 2], "Array(UInt8)"))
    assert engine.query(statement).rows == [(hostile, [1, 2])]


def test_threads_work_at_the_same_time(engine: Engine) -> None:
    """Two sleeps of one second take about one second, not two."""
    done: list[float] = []
    barrier = threading.Barrier(3)

    def work() -> None:
        barrier.wait()
        engine.query(Sql("SELECT sleep(1)"))
        done.append(1)

    threads = [threading.Thread(target=work) for _ in range(2)]
    for thread in threads:
        thread.start()
    barrier.wait()
    for thread in threads:
        thread.join(1.9)
    assert len(done) == 2


def test_a_statement_that_is_refused_says_why(engine: Engine) -> None:
    with pytest.raises(EngineRefused) as refused:
        engine.query(Sql("SELECT nothing"))
    assert refused.value.code == 47


def test_a_query_beyond_its_memory_is_stopped(engine: Engine) -> None:
    with pytest.raises((EngineRefused, EngineUnavailable)):
        engine.query(Sql("SELECT groupArray(number) FROM numbers(10000000)"), settings={"max_memory_usage": 1_000_000})


def test_a_migration_may_be_applied_twice(engine: Engine) -> None:
    migrate(engine)
    engine.command("TRUNCATE TABLE schema_migrations")
    migrate(engine)
    assert engine.query(Sql("SELECT max(number) > 0 FROM schema_migrations FINAL")).rows == [(True,)]


def test_a_table_with_rows_is_not_made_anew(engine: Engine) -> None:
    migrate(engine)
    event = Event(project=1, name="A", time=1, received=1, distinct_id="a", accept_id=1)
    tables.insert_events(engine, [event], "kept")
    engine.command("TRUNCATE TABLE schema_migrations")
    migrate(engine)
    assert engine.query(Sql("SELECT name FROM events")).rows == [("A",)]
    assert engine.query(Sql("SELECT count() FROM system.tables WHERE name = 'events_finer'")).rows == [(0,)]


def test_data_of_a_newer_version_is_not_touched(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    migrate(engine)
    monkeypatch.setattr(migrate_module, "_files", lambda: {0: ("0000.sql", "")})
    with pytest.raises(StartupError, match="newer Diptych"):
        migrate(engine)


def test_a_server_that_does_not_answer() -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port = unused.getsockname()[1]
    with pytest.raises(StartupError, match=f"127.0.0.1:{port} did not answer"):
        open_server(f"http://user:secret@127.0.0.1:{port}/db")


def test_the_password_is_not_shown() -> None:
    with pytest.raises(StartupError) as error:
        open_server("http://user:hunter2@127.0.0.1:1/db")
    assert "hunter2" not in str(error.value)


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("http:///db", "must look like"),
        ("http://h/data-base", "letters, digits"),
        ("http://h/db?cluster=c", "cluster"),
    ],
)
def test_an_address_that_cannot_be_used(url: str, expected: str) -> None:
    with pytest.raises(StartupError, match=expected):
        open_server(url)


def test_a_server_that_is_too_old() -> None:
    with pytest.raises(StartupError, match=r"24\.8\.1\.1.*26\.7 or newer"):
        require_version("24.8.1.1", "host:8123")
    require_version("26.7.2.1", "host:8123")
    require_version("27.1.1.1", "host:8123")


def test_an_embedded_directory_that_cannot_be_opened(tmp_path: Path) -> None:
    (tmp_path / "engine").write_text("a file")
    with pytest.raises((StartupError, FileExistsError)):
        open_embedded(tmp_path / "engine")


@pytest.mark.parametrize(
    ("code", "error"),
    [(60, EngineUnavailable), (75, EngineUnavailable), (243, EngineUnavailable), (497, EngineUnavailable),
     (53, EngineRefused), (321, EngineRefused)],
)  # fmt: skip
def test_an_insert_tells_faults_of_rows_from_those_of_the_engine(code: int, error: type[Exception]) -> None:
    class Client:
        def insert_arrow(self, *arguments: object, **options: object) -> None:
            problem = DatabaseError("refused")
            problem.code = code
            raise problem

        def close(self) -> None:
            pass

    engine = Engine({}, embedded=True)
    engine._idle.put(Client())
    with pytest.raises(error):
        engine.insert("events", pa.table({}), "token")


def test_what_a_stopped_statement_leaves_is_in_no_other_result(engine: Engine) -> None:
    few = "FROM numbers(3000000) WHERE sipHash64(number) % 1000 < 2"
    whole = len(engine.query(Sql(f"SELECT number {few}")).rows)
    ended: list[Exception] = []

    def run(name: str) -> None:
        try:
            engine.query(Sql(f"SELECT number, '{name}' {few}"), name=name)
        except EngineRefused as error:
            ended.append(error)

    for number in range(40):
        stopped = threading.Thread(target=run, args=(f"stopped {number}",))
        stopped.start()
        time.sleep(0.004 * (number % 10))
        engine.stop(f"stopped {number}")
        stopped.join()
        other = engine.query(Sql(f"SELECT number, number + 1, 'other {number}' {few}")).rows
        assert len(other) == whole
        assert all(b == a + 1 and text == f"other {number}" for a, b, text in other)
    assert ended
