"""One installation, opened: the engine, the control database and the threads that insert."""

import fcntl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import structlog

from diptych.control import Control
from diptych.ingest.pipeline import Pipeline
from diptych.people.applying import Identity
from diptych.people.deriving import derive_persons
from diptych.people.folding import Folding
from diptych.people.linking import Linking
from diptych.people.rebuild import derive_profiles
from diptych.settings import Settings, StartupError
from diptych.store.engine import Engine, EngineRefused, EngineUnavailable, open_embedded, open_server
from diptych.store.migrate import migrate
from diptych.store.promotion import Promotions

log = structlog.get_logger()
_EVERY_SECONDS = 1
_AWAY = (
    "ClickHouse does not answer: check that it runs, and DIPTYCH_CLICKHOUSE_URL. Events are accepted and kept until "
    "it does; questions get status 503"
)


@dataclass(frozen=True)
class Instance:
    """What a server and the commands of its administrator work with."""

    engine: Engine
    control: Control
    identity: Identity
    linking: Linking
    profiles: Folding
    promotions: Promotions
    pipeline: Pipeline


@contextmanager
def opened(settings: Settings, *, wait: bool = False) -> Iterator[Instance]:
    """Open everything, with what was accepted going in; close it at the end. Hold `locked`. Raises StartupError.

    With `wait`, a ClickHouse server that is away is no error: events are spooled until it is there.
    """
    with opened_engine(settings, wait=wait) as engine:
        control = Control.open(settings)
        try:
            yield from _running(settings, engine, control)
        finally:
            control.close()


def _running(settings: Settings, engine: Engine, control: Control) -> Iterator[Instance]:
    profiles = Folding(engine, control.folding_profiles, control.projects.modes)
    identity = identity_of(engine, control, profiles)
    promotions = Promotions(engine)

    def derive() -> None:
        derive_persons(identity)
        derive_profiles(profiles)
        promotions.refresh()

    arrival = _Arrival(engine, derive)
    if not engine.awaited:
        derive()
    pipeline = Pipeline(
        engine,
        settings.data_dir / "spool",
        spool_bytes=settings.spool_mb << 20,
        exclusively=control.deciding_copies,
        identity=identity,
        profiles=profiles,
    )
    arrival.start()
    pipeline.start()
    try:
        yield Instance(engine, control, identity, Linking(engine), profiles, promotions, pipeline)
    finally:
        arrival.stop()
        pipeline.stop()


class _Arrival:
    """Waits in the background for an engine that was away at the start, and then brings its schema up to date."""

    def __init__(self, engine: Engine, derive: Callable[[], None]) -> None:
        self._engine = engine
        self._derive = derive
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._wait, name="engine arrival", daemon=True)

    def start(self) -> None:
        if self._engine.awaited:
            log.warning("engine_away", where=self._engine.where, hint=_AWAY)
            self._thread.start()

    def stop(self) -> None:
        self._stopped.set()
        if self._thread.is_alive():
            self._thread.join()

    def _wait(self) -> None:
        told = ""
        while not self._stopped.wait(_EVERY_SECONDS):
            try:
                self._engine.prepare(self._steps)
                log.info("engine_arrived")
                return
            except EngineUnavailable:
                continue
            except (StartupError, EngineRefused) as error:
                if str(error) != told:
                    told = str(error)
                    log.error("engine_unusable", error=told)

    def _steps(self) -> None:
        migrate(self._engine)
        self._derive()


def identity_of(engine: Engine, control: Control, profiles: Folding) -> Identity:
    """Who is who, by the modes and under the locks of the control database."""
    return Identity(
        engine,
        control.projects.modes,
        changing=control.changing_persons,
        placing=control.placing_events,
        writing=control.writing_columns,
        moved=profiles.move,
    )


@contextmanager
def opened_engine(settings: Settings, *, wait: bool = False) -> Iterator[Engine]:
    """The engine with the schema of this version, unless it is awaited. Raises StartupError."""
    url = settings.clickhouse_url
    engine = open_server(url, wait=wait) if url else open_embedded(settings.data_dir / "engine")
    try:
        if not engine.awaited:
            migrate(engine)
        yield engine
    finally:
        engine.close()


@contextmanager
def locked(directory: Path) -> Iterator[None]:
    """One process per data directory. Raises StartupError."""
    try:
        directory.mkdir(parents=True, exist_ok=True)
        file = (directory / "lock").open("w")
    except OSError as error:
        raise StartupError(
            f"The data directory {directory} cannot be written ({error.strerror}): name another with --data-dir."
        ) from error
    with file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise StartupError(
                f"The data directory {directory} is in use by another Diptych: "
                "stop that one, or name another directory with --data-dir."
            ) from None
        yield
