"""Flows: what people do before and after an event, or between two."""

from enum import StrEnum
from typing import Annotated

import msgspec

from diptych.query.parts import DateRange, Duration, EventSelector, Filter, Last, Property, TimeUnit


class FlowCount(StrEnum):
    """What a path is counted for."""

    PEOPLE = "people"  # one path per person: from its first anchor in the range
    SESSIONS = "sessions"  # one path per session: from its first anchor in the range
    TOTAL = "total"  # one path per anchor


class SessionRule(StrEnum):
    """What a session is, when sessions are counted."""

    TIMEOUT = "timeout"  # ends with the first pause that is longer than the timeout
    SDK = "sdk"  # the sender's session id; events without one, or with -1, are in none


class Expand(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Tell the events of a name apart by a property."""

    event: str
    property: Property


class Flows(
    msgspec.Struct,
    frozen=True,
    kw_only=True,
    tag="flows",
    tag_field="type",
    forbid_unknown_fields=True,
):
    """Paths through an anchor event. docs/flows.md has the meaning of every option.

    to                where paths lead; then `before` is 0 and `after` is how many events between are shown
    before, after     how many steps are shown on either side
    filter            applies to every event of a path
    window            how far from the anchor a step may be
    hidden, only      names of events that are left out, or the only ones that are steps
    collapse_repeats  events that look the same and follow each other are one
    top               events shown per step; the others become one
    paths             how many of the most frequent paths are listed
    group_type        count groups of this type instead of people
    """

    anchor: EventSelector
    to: EventSelector | None = None
    before: Annotated[int, msgspec.Meta(ge=0, le=10)] = 0
    after: Annotated[int, msgspec.Meta(ge=0, le=10)] = 3
    range: DateRange = Last(30)
    filter: Filter | None = None
    count: FlowCount = FlowCount.PEOPLE
    session_rule: SessionRule = SessionRule.TIMEOUT
    session_timeout: Duration = Duration(30, TimeUnit.MINUTE)
    window: Duration = Duration(30)
    hidden: Annotated[list[str], msgspec.Meta(max_length=1000)] = []
    only: Annotated[list[str], msgspec.Meta(max_length=1000)] = []
    collapse_repeats: bool = False
    expand: Annotated[list[Expand], msgspec.Meta(max_length=20)] = []
    top: Annotated[int, msgspec.Meta(ge=1, le=100)] = 3
    paths: Annotated[int, msgspec.Meta(ge=1, le=1000)] = 50
    group_type: Annotated[str, msgspec.Meta(max_length=1024)] = ""

    def __post_init__(self) -> None:
        if self.to is not None and self.before:
            raise ValueError("before: 0 for paths that lead to an event")
        if self.window.milliseconds > 366 * 86_400_000:
            raise ValueError("window: at most 366 days")
