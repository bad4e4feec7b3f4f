"""What `events` says of persons, compared with and brought to what `persons` and the identity log say."""

from collections.abc import Iterator

from diptych.model import IdentityMode
from diptych.store.at_event import forgetting
from diptych.store.engine import Engine
from diptych.store.sql import Bound, Sql, sql
from diptych.store.tables import ACTOR

_SLICE_ROWS = 2_000_000

# The rules of `people.identity.id_under`, over a row of `events`.
_SENT = "if(sent_id = '', distinct_id, sent_id)"
_USER = "if(lower(trimBoth(user_id)) IN {none}, '', user_id)"
_DEVICE = "replaceRegexpOne(if(lower(trimBoth(device_id)) IN {none}, '', device_id), '^[$]device:([$]device:)?', '')"
_LONE = f"if(lower(trimBoth({_SENT})) IN {{none}}, '', replaceRegexpOne({_SENT}, '^[$]device:[$]device:', '$device:'))"

# Which columns an event should have: of the id that it counts under now, and of whom that id is.
_WANTED = """
SELECT accept_id, id_hash, has_actor, has_person, has_owner, wanted,
    if(known.person = 0, wanted, known.person) AS wants_person,
    if(known.owner = 0, wanted, known.owner) AS wants_owner
FROM (
    SELECT accept_id, id_hash, has_actor, has_person, has_owner, {wanted} AS wanted
    FROM (
        SELECT accept_id, id_hash, {actor} AS has_actor, {person} AS has_person, {owner} AS has_owner,
            if({id} = '', 0, cityHash64({project}, {id})) AS counts_under
        FROM events WHERE project = {project} AND accept_id % {slices} = {slice}
    ) AS event
    {users}
) AS event
LEFT ANY JOIN (
    SELECT actor, argMax(person, version) AS person, argMax(owner, version) AS owner
    FROM persons WHERE project = {project} GROUP BY actor
) AS known ON event.wanted = known.actor
WHERE has_actor != wanted OR has_person != wants_person OR has_owner != wants_owner
"""
# Amplitude's rule: an event of a device without a user belongs to the device's last user before.
_LAST_USERS = """
ASOF LEFT JOIN (
    SELECT actor_hash AS device, accept_id AS since, person_hash AS user
    FROM identity_links AS said
    LEFT ANY JOIN (
        SELECT actor_hash, person_hash, max(accept_id) AS voided FROM identity_links
        WHERE project = {project} AND kind = 'unlink' GROUP BY actor_hash, person_hash
    ) AS unlinked ON said.actor_hash = unlinked.actor_hash AND said.person_hash = unlinked.person_hash
    WHERE project = {project} AND kind IN ('stated', 'together') AND accept_id > voided
) AS users ON event.counts_under = users.device AND event.accept_id > users.since
"""
_IDS = """
INSERT INTO ids (project, id)
SELECT DISTINCT {project}, {id} AS counts_under FROM events WHERE project = {project} AND counts_under != distinct_id
"""
_FIRST_EVENTS = """
INSERT INTO first_events (project, hash, first)
SELECT {project}, cityHash64({project}, {id} AS counts_under), min(accept_id)
FROM events WHERE project = {project} AND counts_under != '' GROUP BY counts_under
"""
_MOVES = """
INSERT INTO moved_events
SELECT accept_id, if(wanted = id_hash, 0, wanted) AS actor,
    if(wants_person = wanted, 0, wants_person) AS person, if(wants_owner = wanted, 0, wants_owner) AS owner
FROM ({wanted})
"""
_MOVE = """
UPDATE events
SET actor = joinGet('moved_events', 'actor', accept_id),
    person = joinGet('moved_events', 'person', accept_id),
    property_owner = joinGet('moved_events', 'owner', accept_id){forgetting}
WHERE project = {project} AND accept_id IN (SELECT accept_id FROM moved_events)
"""


class Events:
    """The events of one project in one mode. `none`: ids that stand for no id."""

    def __init__(
        self, engine: Engine, project: int, mode: IdentityMode, *, person: Sql, owner: Sql, none: frozenset[str]
    ) -> None:
        self._engine = engine
        self._mode = mode
        self._person = person
        self._owner = owner
        self._none = Bound(sorted(none), "Array(String)")
        self._project = Bound(project, "UInt32")

    def note_ids(self) -> None:
        """Write anew which ids events count under, and since when."""
        known: dict[str, Sql | Bound] = {"project": self._project, "id": self._id()}
        self._engine.execute(sql(_IDS.strip(), **known))
        self._engine.execute(sql("DELETE FROM first_events WHERE project = {project}", project=self._project))
        if self._mode is IdentityMode.AMPLITUDE:
            self._engine.execute(sql(_FIRST_EVENTS.strip(), **known))

    def misplaced(self) -> int:
        """How many events have another person or owner than they should."""
        counts = (
            self._engine.query(sql("SELECT count() FROM ({wanted})", wanted=wanted), name="check").rows[0][0]
            for wanted in self._wanted()
        )
        return sum(map(int, counts))

    def place(self) -> Iterator[float]:
        """Give every event the columns that it should have; yields the share that has been looked at."""
        parts = list(self._wanted())
        for number, wanted in enumerate(parts, 1):
            self._engine.command("TRUNCATE TABLE moved_events")
            self._engine.execute(sql(_MOVES.strip(), wanted=wanted))
            if self._engine.query(Sql("SELECT count() FROM moved_events")).rows[0][0]:
                self._engine.execute(sql(_MOVE.strip(), project=self._project, forgetting=forgetting(self._engine)))
            yield number / len(parts)
        self._engine.command("TRUNCATE TABLE moved_events")

    def _wanted(self) -> Iterator[Sql]:
        amplitude = self._mode is IdentityMode.AMPLITUDE
        count = self._engine.query(sql("SELECT count() FROM events WHERE project = {p}", p=self._project)).rows[0][0]
        slices = count // _SLICE_ROWS + 1
        for number in range(slices):
            yield sql(
                _WANTED.strip(),
                wanted=Sql("if(users.user = 0, counts_under, users.user)" if amplitude else "counts_under"),
                users=sql(_LAST_USERS.strip(), project=self._project) if amplitude else Sql(""),
                actor=Sql(ACTOR),
                person=self._person,
                owner=self._owner,
                id=self._id(),
                project=self._project,
                slices=Bound(slices, "UInt32"),
                slice=Bound(number, "UInt32"),
            )

    def _id(self) -> Sql:
        """The id that an event counts under in the mode."""
        if self._mode is IdentityMode.ORIGINAL:
            return Sql(_SENT)
        user, device, lone = (sql(part, none=self._none) for part in (_USER, _DEVICE, _LONE))
        template = (
            "multiIf({user} != '', {user}, {device} != '', concat('$device:', {device}), "
            "{lone} != '', {lone}, distinct_id)"
        )
        return sql(template, user=user, device=device, lone=lone)
