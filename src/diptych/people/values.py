"""Keeps the columns right that hold user properties as they were at each event, and proves that they are."""

import time
from collections.abc import Callable, Iterator

from diptych.people.applying import Identity
from diptych.people.folding import Folding
from diptych.people.persons import OWNER
from diptych.store import at_event, profiles as history
from diptych.store.engine import Engine
from diptych.store.promotion import Promotions, columns_of_users
from diptych.store.sql import Sql

PAUSE_SECONDS = 1.0  # a query reads events, and which changes are folded in, within this time of each other


def fold_values(
    identity: Identity,
    profiles: Folding,
    promotions: Promotions | None = None,
    pause: float = PAUSE_SECONDS,
    stopped: Callable[[], bool] = lambda: False,
) -> int:
    """Bring the values of new events, and what changed since, into the columns; returns how many were written.

    Queries see the same values before, meanwhile and after. `promotions` is told which columns are filled now. When it
    is stopped, what is written stays, and the rest is for the next time.
    """
    engine = identity.engine
    with identity.writing_columns():
        columns = _columns(identity)
        if not columns:
            return 0
        filled = promotions.unfilled() if promotions else []
        with profiles.alone():
            version = history.newest_version(engine)
        count = 0
        for column, key in columns:
            for written in at_event.fold(engine, column, key):
                count += written
                if stopped():
                    return count
        time.sleep(pause)
        at_event.note_fold(engine, version)
        if promotions:
            promotions.fill(filled)
    return count


def rebuild_values(identity: Identity, project: int) -> int:
    """Look all values of a project up anew; returns how many were wrong or not known."""
    with identity.writing_columns():
        within = at_event.of_project(project)
        return sum(
            sum(at_event.fold(identity.engine, column, key, within, everything=True))
            for column, key in _columns(identity)
        )


def wrong_values(engine: Engine, project: int) -> Iterator[tuple[str, int]]:
    """User properties, and how many events have another value in the column than by the history."""
    for column, key in columns_of_users(engine):
        if count := at_event.wrong(engine, column, key, at_event.of_project(project), OWNER):
            yield key, count


def _columns(identity: Identity) -> list[tuple[Sql, str]]:
    """Those that everybody knows who changes whose events are: who did not has ended before."""
    with identity.changing():
        return columns_of_users(identity.engine)
