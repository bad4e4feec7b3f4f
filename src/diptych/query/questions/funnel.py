"""Funnel: how many go through steps, how far, and how fast."""

from enum import StrEnum
from typing import Annotated

import msgspec

from diptych.query.parts import (
    Breakdown,
    DateRange,
    EventSelector,
    Filter,
    Interval,
    InvalidQuestion,
    Last,
    SentSession,
    SessionRule,
)

Number = Annotated[int, msgspec.Meta(ge=1, le=50)]


class Entry(StrEnum):
    """Which events of the first step begin an attempt."""

    FIRST = "first"  # a person's first one in the range
    EVERY = "every"  # the first one, and again the first one after an attempt was converted, timed out or excluded
    SESSION = "session"  # the first one in each session; all steps are in that session
    LONGEST = "longest"  # the one from which a person comes furthest; of several, the earliest


class Order(StrEnum):
    """What may lie between steps, and in which order they come."""

    LOOSE = "loose"  # in order; other events may lie between
    STRICT = "strict"  # in order; no other event lies between
    ANY = "any"  # in any order, but anchored steps keep their place


class Simultaneity(StrEnum):
    """What holds for events that are close in time."""

    EXACT = "exact"  # milliseconds count; ties are ordered by event id, receipt and acceptance
    TWO_SECONDS = "two_seconds"  # different steps at most two seconds apart satisfy either order
    SAME_SECOND = "same_second"  # different steps in one second satisfy either order, equal events there are one


class WindowUnit(StrEnum):
    """Units of the time that an attempt may take. A month is 30 days."""

    SECOND = "second"
    MINUTE = "minute"
    HOUR = "hour"
    DAY = "day"
    WEEK = "week"
    MONTH = "month"


class Attribution(StrEnum):
    """Whose value of a property an attempt has."""

    FIRST = "first"  # the first step's that has a value
    LAST = "last"  # the last reached step's that has a value
    STEP = "step"  # one step's, even where it is not set


class OverTime(StrEnum):
    """What a point of the line over time is."""

    ENTRY = "entry"  # the funnel's attempts, split by when they began
    INDEPENDENT = "independent"  # a funnel of its own: a person may begin once in each interval


class FunnelStep(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A step.

    anchored   with order `any`: the step keeps its place
    optional   the funnel is also answered without the step
    """

    event: EventSelector
    anchored: bool = False
    optional: bool = False


class Exclusion(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An event that ends an attempt between two steps, which are numbered from 1. `before` 0: the last step."""

    event: EventSelector
    after: Number = 1
    before: Annotated[int, msgspec.Meta(ge=0, le=50)] = 0


class Window(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The most time from an attempt's first step to any later one."""

    count: Annotated[int, msgspec.Meta(ge=1, le=31_622_400)] = 7
    unit: WindowUnit = WindowUnit.DAY


class FunnelBreakdown(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Split attempts by a property of their steps. `step`, from 1, is for the attribution `step`."""

    by: Breakdown
    attribution: Attribution = Attribution.FIRST
    step: Number = 1


class AttemptFilter(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Attempts are matched first; those whose attributed values do not satisfy the filter are then left out."""

    filter: Filter
    attribution: Attribution = Attribution.FIRST
    step: Number = 1


class Funnel(
    msgspec.Struct,
    frozen=True,
    kw_only=True,
    tag="funnel",
    tag_field="type",
    forbid_unknown_fields=True,
):
    """Steps, and what an attempt to go through them is. docs/funnels.md has the meaning of every option.

    held              properties with one value in all steps of an attempt
    each_held_value   every value is a funnel of its own; else a person's first attempt decides on the value
    sessions          what a session is, for the entry `session`
    population        no other events exist for the funnel: those of people in a cohort, say
    interval          also counts over time, by when attempts began
    limit             the combinations of values that are kept: those with the most attempts
    times             also tells how long the steps took
    """

    steps: Annotated[list[FunnelStep], msgspec.Meta(min_length=2, max_length=50)]
    range: DateRange = Last(30)
    window: Window = Window()
    entry: Entry = Entry.FIRST
    order: Order = Order.LOOSE
    simultaneity: Simultaneity = Simultaneity.EXACT
    exclusions: Annotated[list[Exclusion], msgspec.Meta(max_length=20)] = []
    sessions: SessionRule = SentSession()
    population: Filter | None = None
    held: Annotated[list[Breakdown], msgspec.Meta(max_length=3)] = []
    each_held_value: bool = False
    filter: AttemptFilter | None = None
    breakdowns: Annotated[list[FunnelBreakdown], msgspec.Meta(max_length=4)] = []
    limit: Annotated[int, msgspec.Meta(ge=1, le=10_000)] = 100
    interval: Interval | None = None
    over_time: OverTime = OverTime.ENTRY
    times: bool = False
    group_type: Annotated[str, msgspec.Meta(max_length=1024)] = ""


def validate(question: Funnel) -> None:
    """Raises InvalidQuestion for what cannot be counted (docs/funnels.md lists it)."""
    count = len(question.steps)
    for number, exclusion in enumerate(question.exclusions):
        before = exclusion.before or count
        if not exclusion.after < before <= count:
            raise InvalidQuestion(f"exclusions[{number}]", f"after and before as two steps in order, of {count}")
        if question.order is Order.ANY and exclusion.after > 1 and not question.steps[exclusion.after - 1].anchored:
            raise InvalidQuestion(f"exclusions[{number}].after", "1 or an anchored step, when steps have any order")
    for name, attributed in (("filter", [question.filter]), ("breakdowns", question.breakdowns)):
        if any(one is not None and one.attribution is Attribution.STEP and one.step > count for one in attributed):
            raise InvalidQuestion(f"{name}.step", f"a step from 1 to {count}")
    if any(held.property is None for held in question.held):
        raise InvalidQuestion("held.property", "a property")
    for group in groups(question):
        _without_shared_events(question, group)
    _over_time(question)
    if question.steps[0].optional or question.steps[-1].optional:
        raise InvalidQuestion("steps.optional", "false for the first and the last step")


def groups(question: Funnel) -> list[list[int]]:
    """Positions of steps in the order in which they have to come; those inside one group come in any order."""
    found: list[list[int]] = []
    free = False
    for position, step in enumerate(question.steps):
        loose = question.order is Order.ANY and not step.anchored
        if loose and free:
            found[-1].append(position)
        else:
            found.append([position])
        free = loose
    return found


def share_events(one: FunnelStep, other: FunnelStep) -> bool:
    """Whether an event's name can satisfy both steps."""
    names, others = _names(one.event), _names(other.event)
    return not names or not others or not names.isdisjoint(others)


def _names(event: EventSelector) -> set[str]:
    return {*event.names, *(alternative.name for alternative in event.alternatives)}


def _without_shared_events(question: Funnel, group: list[int]) -> None:
    for number, position in enumerate(group):
        for other in group[:number]:
            if share_events(question.steps[position], question.steps[other]):
                raise InvalidQuestion(
                    f"steps[{position}]", f"an event that step {other + 1} does not have, when steps have any order"
                )


def _over_time(question: Funnel) -> None:
    if question.over_time is OverTime.INDEPENDENT and question.entry not in (Entry.FIRST, Entry.LONGEST):
        raise InvalidQuestion("over_time", "entry, where a person may begin more than once")
