"""A funnel's events: which step or exclusion they satisfy, their keys and the values that attempts need."""

from collections.abc import Iterator
from dataclasses import dataclass

from diptych.query.parts import All, Any, Compare, EventSelector, Filter, Items, Not, Property
from diptych.query.questions.funnel import Attribution, Entry, Funnel, FunnelBreakdown, Order, groups
from diptych.query.sql import breakdowns
from diptych.query.sql.cohorts import label_list as labels
from diptych.query.sql.events import both, named, select
from diptych.query.sql.funnel_keys import Keys
from diptych.query.sql.rows import Rows
from diptych.store.sql import Sql, join, sql

ANY_EVENT = EventSelector()


def name(letter: str, *numbers: int) -> Sql:
    """A name inside a funnel's statement, such as `c2` or `v0_3`."""
    return Sql(letter + "_".join(map(str, numbers)))


def either(conditions: list[Sql]) -> Sql:
    """At least one of the conditions."""
    return sql("({parts})", parts=join(" OR ", conditions))


def listing(parts: list[Sql]) -> Sql:
    """The parts with commas between them."""
    return join(", ", parts)


@dataclass(frozen=True)
class Gap:
    """An exclusion: events for which `x<list>` holds end an attempt between two steps, numbered from 1."""

    list: int
    after: int
    before: int


def excluded(question: Funnel) -> list[EventSelector]:
    """The selectors of `x1`, `x2` ...: exclusions, and for strict order any event."""
    return [e.event for e in question.exclusions] + ([ANY_EVENT] if question.order is Order.STRICT else [])


def gaps(question: Funnel) -> list[Gap]:
    """Where events of these lists end an attempt."""
    last = len(question.steps)
    found = [Gap(n, e.after, e.before or last) for n, e in enumerate(question.exclusions, 1)]
    if question.order is Order.STRICT:
        found += [Gap(len(question.exclusions) + 1, step, step + 1) for step in range(1, last)]
    return found


def carried(question: Funnel) -> dict[Property, set[int]]:
    """The properties whose values are needed, each with the steps, from 1, whose values they are."""
    every = set(range(1, len(question.steps) + 1))
    found: dict[Property, set[int]] = {}
    for one in question.breakdowns:
        steps = {one.step} if one.attribution is Attribution.STEP else every
        if one.by.property is not None:
            found.setdefault(one.by.property, set()).update(steps)
    if question.filter is not None:
        steps = {question.filter.step} if question.filter.attribution is Attribution.STEP else every
        for reference in mentioned(question.filter.filter):
            found.setdefault(reference, set()).update(steps)
    return found


def mentioned(node: Filter) -> Iterator[Property]:
    """The properties that a filter compares."""
    match node:
        case All(filters=parts) | Any(filters=parts):
            for part in parts:
                yield from mentioned(part)
        case Not(filter=inner):
            yield from mentioned(inner)
        case Compare(property=reference) | Items(property=reference):
            yield reference


def units(question: Funnel) -> list[Sql]:
    """Names of what one attempt has one value of, besides its person: session and held values."""
    session = [Sql("session")] if question.entry is Entry.SESSION else []
    return session + [name("h", n) for n in range(len(question.held))]


def columns(question: Funnel, rows: Rows, in_range: Sql, keys: Keys) -> Sql:
    """Per event: its key, `s<n>` for each step, `entering`, `x<n>` for each exclusion, values and held values."""
    first = [name("s", position + 1) for position in groups(question)[0]]
    parts = [sql("{key} AS key", key=keys.key)]
    for n, step in enumerate(question.steps, 1):
        parts.append(_as(condition(rows, step.event), name("s", n)))
    parts.append(_as(both(in_range, either(first)), Sql("entering")))
    parts += [_as(condition(rows, event), name("x", n)) for n, event in enumerate(excluded(question), 1)]
    parts += [_as(rows.value(reference), name("v", n)) for n, reference in enumerate(carried(question))]
    parts += [_as(breakdowns.value(rows, held), name("h", n)) for n, held in enumerate(question.held)]
    parts += [_as(labels(rows, one.by.cohorts), name("g", n)) for n, one in by_cohorts(question)]
    return listing(parts)


def by_cohorts(question: Funnel) -> list[tuple[int, FunnelBreakdown]]:
    """The breakdowns by cohorts, with their positions. A person has one `g<position>`: a list of labels."""
    return [(n, one) for n, one in enumerate(question.breakdowns) if one.by.property is None]


def wanted(question: Funnel) -> Sql:
    """Which of these events the funnel needs at all."""
    some = [name("s", n) for n in range(1, len(question.steps) + 1)]
    some += [name("x", n) for n in range(1, len(excluded(question)) + 1)]
    held = [sql("{held} != ''", held=name("h", n)) for n in range(len(question.held))]
    session = [Sql("session != 0")] if question.entry is Entry.SESSION else []
    return both(either(some), *held, *session)


def scan(question: Funnel) -> Sql:
    """The condition on columns of `events` that all of them satisfy."""
    selectors = [step.event for step in question.steps] + excluded(question)
    return either([named(selector) for selector in selectors])


def condition(rows: Rows, event: EventSelector) -> Sql:
    """The condition on a row that it is one of the selected events."""
    chosen = select(rows, event)
    return sql("({both})", both=both(chosen.scan, chosen.matches))


def _as(value: Sql, alias: Sql) -> Sql:
    return sql("{value} AS {alias}", value=value, alias=alias)
