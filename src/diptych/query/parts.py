"""The parts that questions are made of. Declaring a value is validating it.

Field names are the JSON names of our own API.
"""

from datetime import date
from enum import StrEnum
from typing import Annotated

import msgspec

Scalar = str | int | float | bool | None


class InvalidQuestion(ValueError):
    """The question cannot be asked; the message names the field and what was expected."""

    def __init__(self, field: str, expected: str) -> None:
        super().__init__(f"{field}: {expected}")
        self.field = field
        self.expected = expected


class Scope(StrEnum):
    """Where a property is looked up."""

    EVENT = "event"  # the sender's event property, by its raw name
    BUILTIN = "builtin"  # a built-in property under its canonical name (docs/properties.md)
    FIELD = "field"  # what every event has: its name, ids, time
    USER = "user"  # the profile of the event's person
    GROUP = "group"  # the profile of the event's group, or groups, of one type


class At(StrEnum):
    """Which value of a profile's property: today's, or the one that it had when the event happened."""

    NOW = "now"
    EVENT = "event"


class Field(StrEnum):
    """The keys that scope `field` knows."""

    NAME = "name"
    TIME = "time"
    DISTINCT_ID = "distinct_id"
    USER_ID = "user_id"
    DEVICE_ID = "device_id"
    INSERT_ID = "insert_id"
    SESSION_ID = "session_id"
    PROTOCOL = "protocol"
    LIBRARY = "library"


class Property(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A reference to a property. Scope `field` takes the names of `Field` as keys.

    at           for the scopes user and group
    group_type   for the scope group. The property of an event with several groups of the type is the list of theirs
    """

    key: Annotated[str, msgspec.Meta(max_length=1024)]
    scope: Scope = Scope.EVENT
    at: At = At.NOW
    group_type: Annotated[str, msgspec.Meta(max_length=1024)] = ""

    def __post_init__(self) -> None:
        if (self.scope is Scope.GROUP) != bool(self.group_type):
            raise ValueError("group_type: a type of group for the scope group, and for no other")


class Operator(StrEnum):
    """How a property is compared. Absent and null are both "not set"."""

    EQUALS = "equals"  # equals one of the values
    NOT_EQUALS = "not_equals"  # equals none of the values; true when not set
    LESS = "less"
    LESS_OR_EQUAL = "less_or_equal"
    GREATER = "greater"
    GREATER_OR_EQUAL = "greater_or_equal"
    CONTAINS = "contains"  # the string contains one of the values, whatever the case
    NOT_CONTAINS = "not_contains"  # contains none of them; true when not set
    IS_SET = "is_set"
    NOT_SET = "not_set"


class Compare(msgspec.Struct, frozen=True, tag="compare", tag_field="type", forbid_unknown_fields=True):
    """One comparison.

    `as_text` compares string forms, for protocols that only know strings: the number 49, the text
    "49" and 49.0 are then one value. Otherwise types count: 49 and 49.0 are one, "49" is another.
    The four orderings compare numbers with a number and strings with a string.
    """

    property: Property
    operator: Operator
    values: list[Scalar] = []
    as_text: bool = False


class All(msgspec.Struct, frozen=True, tag="all", tag_field="type", forbid_unknown_fields=True):
    """Every filter holds; an empty list holds."""

    filters: list["Filter"]


class Any(msgspec.Struct, frozen=True, tag="any", tag_field="type", forbid_unknown_fields=True):
    """At least one filter holds; an empty list never holds."""

    filters: list["Filter"]


class Not(msgspec.Struct, frozen=True, tag="not", tag_field="type", forbid_unknown_fields=True):
    """The filter does not hold."""

    filter: "Filter"


Filter = Compare | All | Any | Not


class EventSelector(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Which events. `names` are alternatives; none means any event but control events.

    `first_time` keeps a person's first matching event ever (all that tie in time).
    """

    names: list[str] = []
    filter: Filter | None = None
    first_time: bool = False


class MeasureType(StrEnum):
    """What is counted of the events."""

    TOTAL = "total"  # events
    UNIQUE = "unique"  # people with at least one
    AVERAGE = "average"  # events per person with at least one


class Metric(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A measure of selected events."""

    event: EventSelector = EventSelector()
    measure: MeasureType = MeasureType.TOTAL


class Breakdown(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Split by a property. `each_item` counts an event once for each different item of a list."""

    property: Property
    as_text: bool = False
    each_item: bool = True


class Interval(StrEnum):
    """The width of a bucket, in the project's time zone."""

    MINUTE = "minute"
    FIVE_MINUTES = "five_minutes"
    HOUR = "hour"
    DAY = "day"
    WEEK = "week"
    MONTH = "month"
    QUARTER = "quarter"


class Between(msgspec.Struct, frozen=True, tag="between", tag_field="type", rename={"first": "from", "last": "to"}):
    """Whole local days, both included."""

    first: date
    last: date


class Last(msgspec.Struct, frozen=True, tag="last", tag_field="type", forbid_unknown_fields=True):
    """The last N units, the current unfinished one included."""

    count: Annotated[int, msgspec.Meta(ge=1, le=3660)]
    unit: Interval = Interval.DAY


DateRange = Between | Last
