"""Puts the story together, day by day."""

from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import accumulate
from random import Random

from diptych.demo.billing import Billing
from diptych.demo.calendar import DAYS, Calendar
from diptych.demo.clock import Clock
from diptych.demo.outbox import Outbox
from diptych.demo.people import Population
from diptych.demo.sessions import Sessions
from diptych.demo.visits import Visits
from diptych.demo.vocabulary import Vocabulary
from diptych.model import Accepted

DEFAULT_EVENTS = 1_050_000
DEFAULT_SEED = 7

_EVENTS_PER_SETTLED_MEMBER = 340
_FEWEST_SETTLED_MEMBERS = 40
_VISIT_SHARE = 0.25
_EVENTS_PER_SESSION = 16


def generate(
    project_id: int, *, until: datetime, events: int = DEFAULT_EVENTS, seed: int = DEFAULT_SEED
) -> Iterator[Accepted]:
    """The demo data of a project: the 90 days that end at `until`, about `events` events.

    Yields batches of about 20,000 rows in the order of receipt, accept ids left to whoever stores them.
    Equal arguments give equal batches. The project's identity mode is taken to be `simplified`.

    Raises ValueError when `until` has no time zone.
    """
    if until.tzinfo is None:
        raise ValueError("until: expected a datetime with a time zone")
    until_ms = int(until.astimezone(UTC).timestamp() * 1000)
    return _batches(project_id, until_ms, events, seed)


def _batches(project_id: int, until: int, events: int, seed: int) -> Iterator[Accepted]:
    rng = Random(seed)  # noqa: S311 (repeatable, not secret)
    calendar = Calendar(until)
    vocabulary, clock = Vocabulary(rng), Clock(rng, calendar)
    # Ids depend on the window too: one client never sends the same id at another time.
    outbox = Outbox(project_id, until, Random(f"{seed} {until}"))  # noqa: S311
    population = Population(rng, calendar, outbox)
    billing = Billing(rng, calendar, outbox, population)
    visits = Visits(rng, calendar, clock, vocabulary, outbox, population, billing)
    sessions = Sessions(rng, calendar, clock, vocabulary, outbox)
    population.settle(max(_FEWEST_SETTLED_MEMBERS, events // _EVENTS_PER_SETTLED_MEMBER))
    billing.settle()
    for day, target in enumerate(calendar.targets(events)):
        population.start_day(day)
        billing.run(calendar.day_start(day + 1))
        visits.run(day, round((target - outbox.events) * _VISIT_SHARE))
        _work(rng, population, sessions, outbox, day, target)
        if day < DAYS - 1:
            yield from outbox.batches(calendar.day_start(day + 1))
    yield from outbox.rest()


def _work(rng: Random, population: Population, sessions: Sessions, outbox: Outbox, day: int, target: int) -> None:
    """Sessions of members until the day has its events."""
    weights = list(accumulate(population.weights(day)))
    # Bounded, because at the end of the window a session may leave nothing that arrives in time.
    most = (target - outbox.events) // 2
    while weights and most > 0 and (missing := target - outbox.events) > 0:
        count = missing // _EVENTS_PER_SESSION + 1
        for member in rng.choices(population.active, cum_weights=weights, k=count):
            sessions.run(member, day)
        most -= count
