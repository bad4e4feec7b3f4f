"""One installation, opened: the engine, the control database and the threads that insert."""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from diptych.control import Control
from diptych.ingest.pipeline import Pipeline
from diptych.people.applying import Identity
from diptych.people.deriving import derive_persons
from diptych.people.folding import Folding
from diptych.people.linking import Linking
from diptych.people.rebuild import derive_profiles
from diptych.settings import Settings, StartupError
from diptych.store.engine import Engine, open_embedded, open_server
from diptych.store.migrate import migrate
from diptych.store.promotion import Promotions


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
def opened(settings: Settings) -> Iterator[Instance]:
    """Open everything, with what was accepted going in; close it at the end. Hold `locked`. Raises StartupError."""
    with opened_engine(settings) as engine:
        control = Control.open(settings)
        try:
            yield from _running(settings, engine, control)
        finally:
            control.close()


def _running(settings: Settings, engine: Engine, control: Control) -> Iterator[Instance]:
    profiles = Folding(engine, control.folding_profiles, control.projects.modes)
    identity = identity_of(engine, control, profiles)
    derive_persons(identity)
    derive_profiles(profiles)
    promotions = Promotions(engine)
    promotions.refresh()
    pipeline = Pipeline(
        engine,
        settings.data_dir / "spool",
        spool_bytes=settings.spool_mb << 20,
        exclusively=control.deciding_copies,
        identity=identity,
        profiles=profiles,
    )
    pipeline.start()
    try:
        yield Instance(engine, control, identity, Linking(engine), profiles, promotions, pipeline)
    finally:
        pipeline.stop()


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
def opened_engine(settings: Settings) -> Iterator[Engine]:
    """The engine with the schema of this version. Raises StartupError."""
    url = settings.clickhouse_url
    engine = open_server(url) if url else open_embedded(settings.data_dir / "engine")
    try:
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
