"""Who the person of an event is, as SQL over a row of `events`."""

from diptych.store.sql import Sql, sql

# The stored person, unless the identity log says otherwise since. 0: the event is tied to no one.
PERSON = Sql("if(joinGet('person_overrides', 'person', id_hash) AS moved = 0, person, moved)")

# The same of an actor alone, where there is no event: `{actor}` is its hash.
_OF_ACTOR = "if(joinGet('person_overrides', 'person', {actor}) AS moved = 0, {actor}, moved)"


def person_of(actor: Sql) -> Sql:
    """The person of an actor, whose hash is given."""
    return sql(_OF_ACTOR, actor=actor)


REBUILD = (
    "TRUNCATE TABLE person_overrides",
    "INSERT INTO person_overrides SELECT actor_hash, argMin(person_hash, accept_id) "
    "FROM identity_links GROUP BY actor_hash",
)
"""Statements that derive the overrides anew from the identity log: an actor's first link wins."""
