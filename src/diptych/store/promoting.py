"""Keeps the promoted properties those that reports use, in a thread of its own."""

import threading
import time
from datetime import UTC, datetime

import structlog

from diptych.store.engine import EngineRefused, EngineUnavailable
from diptych.store.promotion import Promotions, TooMany

log = structlog.get_logger()

_REFRESH_SECONDS = 15.0
_ADAPT_SECONDS = 3600.0


class Promoter:
    """Learns every few seconds what is promoted, also by others, and every hour promotes what was used often."""

    def __init__(self, promotions: Promotions) -> None:
        self._promotions = promotions
        self._end = threading.Event()
        self._adapted = time.monotonic()
        self._thread = threading.Thread(target=self._run, name="promoter", daemon=True)

    def start(self) -> None:
        """Start looking."""
        self._thread.start()

    def stop(self) -> None:
        """Finish what it is at, and stop."""
        self._end.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._end.wait(_REFRESH_SECONDS):
            try:
                self._look()
            except (EngineUnavailable, EngineRefused, TooMany) as error:
                log.warning("properties_not_promoted", error=str(error))

    def _look(self) -> None:
        now = datetime.now(UTC)
        self._promotions.sweep(now)
        if time.monotonic() - self._adapted < _ADAPT_SECONDS:
            self._promotions.refresh()
            return
        self._adapted = time.monotonic()
        self._promotions.adapt(now)
