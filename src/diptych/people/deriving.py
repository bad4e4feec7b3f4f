"""Derives who is who anew from the identity log, and proves that what is stored is what the log says."""

from collections.abc import Callable, Iterator
from typing import NamedTuple

import structlog

from diptych.model import IdentityMode
from diptych.people.applying import Identity, complete
from diptych.people.folding import Folding
from diptych.people.identity import PLACEHOLDER_IDS
from diptych.people.persons import OWNER, PERSON
from diptych.people.rebuild import Told, rebuild_profiles
from diptych.people.resolution import Whose
from diptych.store import identity as store
from diptych.store.persons import Events
from diptych.store.sql import Bound, Sql, sql

log = structlog.get_logger()

# Rises when the same log comes to mean other persons: data directories are then derived anew at the next start.
_RULES = 1


class Difference(NamedTuple):
    """An id that is stored as somebody else than the log says."""

    id: str
    stored: Whose
    wanted: Whose


def rebuild_persons(identity: Identity, project: int, mode: IdentityMode, told: Told = lambda progress: None) -> None:
    """Make persons and the columns of events anew. Changes nothing where they are as they should be.

    `told` is called with words on how far it is.
    """
    done, events = 0, _events(identity, project, mode)
    with identity.changing():
        events.note_ids()
        for ids in store.every_id(identity.engine, project):
            identity.write(project, identity.resolve(project, mode, ids))
            told(f"project {project}: {(done := done + len(ids)):,} ids")
        for share in events.place():
            told(f"project {project}: {share:.0%} of the events")


def change_mode(
    identity: Identity,
    profiles: Folding,
    store_mode: Callable[[int, IdentityMode], object],
    project: int,
    mode: IdentityMode,
    told: Told = lambda progress: None,
) -> None:
    """Let a project follow other rules, for all that it ever received. Events that come meanwhile wait."""
    with identity.changing():
        store_mode(project, mode)
        rebuild_persons(identity, project, mode, told)
        rebuild_profiles(profiles, project, told)


def differences(identity: Identity, project: int, mode: IdentityMode) -> Iterator[Difference]:
    """Ids that are stored as somebody else than the log says."""
    for ids in store.every_id(identity.engine, project):
        wanted = identity.resolve(project, mode, ids)
        asked = {one for actor, pair in wanted.items() for one in (actor, *pair)}
        known = store.known(identity.engine, project, asked)
        for actor in ids:
            person, owner = wanted[actor]
            stored = complete(known[actor])
            if stored[1:] != (known[person].hash, known[owner].hash):
                texts = store.texts(identity.engine, project, stored[1:])
                yield Difference(actor, Whose(*(texts.get(one, str(one)) for one in stored[1:])), wanted[actor])


def misplaced_events(identity: Identity, project: int, mode: IdentityMode) -> int:
    """How many events count for somebody else than they should."""
    return _events(identity, project, mode).misplaced()


def derive_persons(identity: Identity) -> None:
    """Make ready what queries consult, and derive what older versions logged. Called before anything runs."""
    engine = identity.engine
    made = engine.query(Sql("SELECT max(rules) FROM derivations WHERE name = 'persons'")).rows[0][0]
    with identity.changing():
        if engine.embedded:
            engine.command("TRUNCATE TABLE person_overrides")
        store.refill_overrides(engine, "person_overrides")
        if made >= _RULES:
            return
        for (project,) in engine.query(Sql("SELECT DISTINCT project FROM identity_links ORDER BY project")).rows:
            log.info("deriving_persons", project=project)
            rebuild_persons(identity, project, identity.mode_of(project))
        engine.execute(
            sql("INSERT INTO derivations (name, rules) SELECT 'persons', {rules}", rules=Bound(_RULES, "UInt32"))
        )


def _events(identity: Identity, project: int, mode: IdentityMode) -> Events:
    return Events(identity.engine, project, mode, person=PERSON, owner=OWNER, none=PLACEHOLDER_IDS)
