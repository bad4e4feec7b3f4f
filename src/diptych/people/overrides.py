"""Brings into the columns of events what queries would have to look up: who is who, and user properties at the event.

So the override table stays small, and the memory that identity takes follows what changed lately, not how many ids
there are; and a property at the event costs little more than one of the event itself.
"""

import threading
import time

import structlog

from diptych.control import ControlUnavailable
from diptych.people.applying import Identity
from diptych.people.folding import Folding
from diptych.people.values import PAUSE_SECONDS, fold_values
from diptych.store import identity as store
from diptych.store.engine import EngineRefused, EngineUnavailable
from diptych.store.promotion import Promotions
from diptych.store.sql import Sql

log = structlog.get_logger()

_CHECK_SECONDS = 60.0
_MANY = 50_000
_OLD_SECONDS = 3600.0
_MANY_EVENTS = 1_000_000
_EVENTS = "SELECT total_rows FROM system.tables WHERE database = currentDatabase() AND name = 'events'"


def fold_overrides(identity: Identity, pause: float = PAUSE_SECONDS) -> None:
    """Bring all overrides into the columns of events. Queries see the same persons before, meanwhile and after."""
    with identity.writing_columns():
        with identity.changing():
            version = store.newest_version(identity.engine)
        store.bring_into_events(identity.engine)
        time.sleep(pause)
        with identity.changing():
            store.swap_overrides(identity.engine, version)


class ColumnFolder:
    """Folds in a thread of its own: overrides when there are many, or some for long; values when many events came,
    a column is new, or it was long ago."""

    def __init__(self, identity: Identity, profiles: Folding, promotions: Promotions) -> None:
        self._identity = identity
        self._profiles = profiles
        self._promotions = promotions
        self._end = threading.Event()
        self._folded = self._looked_up = time.monotonic()
        self._events = 0
        self._thread = threading.Thread(target=self._run, name="column-folder", daemon=True)

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
                self._look_up_if_needed()
            except (EngineUnavailable, EngineRefused, ControlUnavailable) as error:
                log.warning("columns_not_folded", error=str(error))

    def _fold_if_needed(self) -> None:
        ((count,),) = self._identity.engine.lookup(Sql("SELECT count() FROM person_overrides"))
        old = time.monotonic() - self._folded > _OLD_SECONDS
        if count > _MANY or (count and old):
            started = time.monotonic()
            fold_overrides(self._identity)
            self._folded = time.monotonic()
            log.info("overrides_folded", count=count, seconds=round(self._folded - started, 1))

    def _look_up_if_needed(self) -> None:
        ((events,),) = self._identity.engine.lookup(Sql(_EVENTS))
        old = time.monotonic() - self._looked_up > _OLD_SECONDS
        if old or abs(events - self._events) > _MANY_EVENTS or self._promotions.unfilled():
            started = time.monotonic()
            count = fold_values(self._identity, self._profiles, self._promotions, stopped=self._end.is_set)
            self._looked_up, self._events = time.monotonic(), events
            if count:
                log.info("values_folded", count=count, seconds=round(self._looked_up - started, 1))
