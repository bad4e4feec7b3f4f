"""Keeps the override table small: brings what it says into the columns of events, and takes it out of the table.

So the memory that identity takes follows what changed lately, and not how many ids there are.
"""

import threading
import time

import structlog

from diptych.control import ControlUnavailable
from diptych.people.applying import Identity
from diptych.store import identity as store
from diptych.store.engine import EngineRefused, EngineUnavailable
from diptych.store.sql import Sql

log = structlog.get_logger()

_CHECK_SECONDS = 60.0
_MANY = 50_000
_OLD_SECONDS = 3600.0
_PAUSE_SECONDS = 1.0  # a query reads events and override table within this time of each other


def fold_overrides(identity: Identity, pause: float = _PAUSE_SECONDS) -> None:
    """Bring all overrides into the columns of events. Queries see the same persons before, meanwhile and after."""
    with identity.changing():
        version = store.newest_version(identity.engine)
    store.bring_into_events(identity.engine)
    time.sleep(pause)
    with identity.changing():
        store.swap_overrides(identity.engine, version)


class OverrideFolder:
    """Folds in a thread of its own when there are many overrides, or some for long."""

    def __init__(self, identity: Identity) -> None:
        self._identity = identity
        self._end = threading.Event()
        self._folded = time.monotonic()
        self._thread = threading.Thread(target=self._run, name="override-folder", daemon=True)

    def start(self) -> None:
        """Start looking, once a minute."""
        self._thread.start()

    def stop(self) -> None:
        """Finish what it is at, and stop."""
        self._end.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._end.wait(_CHECK_SECONDS):
            try:
                self._fold_if_needed()
            except (EngineUnavailable, EngineRefused, ControlUnavailable) as error:
                log.warning("overrides_not_folded", error=str(error))

    def _fold_if_needed(self) -> None:
        ((count,),) = self._identity.engine.lookup(Sql("SELECT count() FROM person_overrides"))
        old = time.monotonic() - self._folded > _OLD_SECONDS
        if count > _MANY or (count and old):
            started = time.monotonic()
            fold_overrides(self._identity)
            self._folded = time.monotonic()
            log.info("overrides_folded", count=count, seconds=round(self._folded - started, 1))
