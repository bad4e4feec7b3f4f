"""Sessions: how many, how long, by whom, and what is in them."""

from enum import StrEnum
from typing import Annotated

import msgspec

from diptych.model import SessionRule
from diptych.query.parts import DateRange, EventSelector, Interval, Last, Property

# Bounds of lengths in seconds: under 3 s, 10 s, 30 s, 1, 3, 10 and 30 minutes, an hour, a day.
_BINS = [0, 3, 10, 30, 60, 180, 600, 1800, 3600, 86_400]


class SessionsBy(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A session rule; what is None is the project's setting.

    excluded   names of events that are in no session, for the rules with a timeout
    """

    rule: SessionRule | None = None
    timeout_minutes: Annotated[int, msgspec.Meta(ge=1, le=1440)] | None = None
    excluded: list[str] | None = None


class SessionMeasure(StrEnum):
    """What is counted of sessions. Each one belongs to the interval in which it started.

    count            sessions
    people           people with at least one
    per_person       sessions per person with at least one
    average_length   seconds from the first event to the last one, on average
    average_events   events per session
    """

    COUNT = "count"
    PEOPLE = "people"
    PER_PERSON = "per_person"
    AVERAGE_LENGTH = "average_length"
    AVERAGE_EVENTS = "average_events"


class SessionPart(StrEnum):
    """What sessions are split by.

    entry, exit   the name of the first and the last event
    property      the value of the first event that has one
    """

    ENTRY = "entry"
    EXIT = "exit"
    PROPERTY = "property"


class SessionBreakdown(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Split by a part of the session; `property` names the property for that part."""

    part: SessionPart
    property: Property | None = None

    def __post_init__(self) -> None:
        if (self.part is SessionPart.PROPERTY) != (self.property is not None):
            raise ValueError("property: a property for the part property, and for no other")


class Sessions(
    msgspec.Struct,
    frozen=True,
    kw_only=True,
    tag="sessions",
    tag_field="type",
    forbid_unknown_fields=True,
):
    """Sessions over time.

    containing   only sessions that contain such an event
    bins         bounds of the distribution of lengths in seconds, rising: from each one to before the next
    breakdowns   one series per combination
    limit        the combinations kept: those with the most sessions
    """

    sessions_by: SessionsBy = SessionsBy()
    measure: SessionMeasure = SessionMeasure.COUNT
    containing: EventSelector | None = None
    range: DateRange = Last(30)
    interval: Interval = Interval.DAY
    bins: Annotated[list[int], msgspec.Meta(min_length=2, max_length=200)] = msgspec.field(
        default_factory=lambda: list(_BINS)
    )
    breakdowns: Annotated[list[SessionBreakdown], msgspec.Meta(max_length=3)] = []
    limit: Annotated[int, msgspec.Meta(ge=1, le=10_000)] = 100
