"""The parts that questions are made of. Declaring a value is validating it.

Field names are the JSON names of our own API.
"""

import itertools
from datetime import date, datetime
from enum import StrEnum
from typing import Annotated, Literal as TypingLiteral

import msgspec

from diptych.query.references import (
    At as At,
    Call as Call,
    Expression as Expression,
    Field as Field,
    Function as Function,
    InvalidQuestion as InvalidQuestion,
    Literal as Literal,
    Lookup as Lookup,
    Name as Name,
    Property as Property,
    PropertyValue as PropertyValue,
    Scalar as Scalar,
    Scope as Scope,
)


class Operator(StrEnum):
    """How a property is compared. Absent and null are both "not set".

    An operator that begins with `not_` is true exactly where the other is false, so also when nothing is set.
    """

    EQUALS = "equals"  # equals one of the values
    NOT_EQUALS = "not_equals"
    LESS = "less"
    LESS_OR_EQUAL = "less_or_equal"
    GREATER = "greater"
    GREATER_OR_EQUAL = "greater_or_equal"
    BETWEEN = "between"  # from the first value to the second, both included
    NOT_BETWEEN = "not_between"
    CONTAINS = "contains"  # the text contains one of the values
    NOT_CONTAINS = "not_contains"
    STARTS_WITH = "starts_with"
    NOT_STARTS_WITH = "not_starts_with"
    ENDS_WITH = "ends_with"
    NOT_ENDS_WITH = "not_ends_with"
    GLOB = "glob"  # the whole text: `*` is anything but `/`, `**` anything, `?` one character but `/`
    NOT_GLOB = "not_glob"
    MATCHES = "matches"  # a regular expression (RE2) is found in the text
    NOT_MATCHES = "not_matches"
    IS_SET = "is_set"
    NOT_SET = "not_set"
    EMPTY = "empty"  # not set, "", [] or {}
    NOT_EMPTY = "not_empty"
    IS_NUMBER = "is_number"
    IS_STRING = "is_string"
    IS_BOOLEAN = "is_boolean"
    IS_LIST = "is_list"
    IS_OBJECT = "is_object"
    IS_DATE = "is_date"
    # Of the set of a list's items; a value that is no list is a set of one, what is not set the empty set.
    SET_IS = "set_is"
    NOT_SET_IS = "not_set_is"
    SET_CONTAINS = "set_contains"  # all of the values
    NOT_SET_CONTAINS = "not_set_contains"
    # Of dates: ISO 8601 texts or epoch numbers. A value without a clock time is a local day, without a zone local.
    BEFORE = "before"  # before the instant, or before the day begins
    AFTER = "after"  # after the instant, or after the day has ended
    SINCE = "since"  # from the instant or day on
    ON = "on"  # on one of the local days
    NOT_ON = "not_on"
    DURING = "during"  # from one instant or day to another, both included
    NOT_DURING = "not_during"
    IN_LAST = "in_last"  # [N, unit]: not earlier than N units before now, and not later than now
    NOT_IN_LAST = "not_in_last"
    IN_NEXT = "in_next"  # [N, unit]: after now, and not later than N units from now
    NOT_IN_NEXT = "not_in_next"


class Compare(msgspec.Struct, frozen=True, tag="compare", tag_field="type", forbid_unknown_fields=True):
    """One comparison.

    `as_text` compares string forms, for protocols that only know strings: the number 49, the text
    "49" and 49.0 are then one value. Otherwise types count: 49 and 49.0 are one, "49" is another.
    Orderings and `between` compare numbers with numbers and strings with strings.
    `ignore_case` when it is not said: yes for contains, starts_with and ends_with, no for all others.
    """

    property: Property
    operator: Operator
    values: Annotated[list[Scalar], msgspec.Meta(max_length=10_000)] = []
    as_text: bool = False
    ignore_case: bool | None = None


class Quantifier(StrEnum):
    """How many items of a list have to do."""

    ANY = "any"
    ALL = "all"


class Items(msgspec.Struct, frozen=True, tag="items", tag_field="type", forbid_unknown_fields=True):
    """The filter holds for any or all items of a list; a value that is no list is a list of one.

    Inside `filter`, properties of the scope `item` are the item's: one and the same item has to satisfy all of it.
    `when_empty`: the answer when nothing is set or the list has no items.
    """

    property: Property
    filter: "Filter"
    match: Quantifier = Quantifier.ANY
    when_empty: bool = False


class All(msgspec.Struct, frozen=True, tag="all", tag_field="type", forbid_unknown_fields=True):
    """Every filter holds; an empty list holds."""

    filters: list["Filter"]


class Any(msgspec.Struct, frozen=True, tag="any", tag_field="type", forbid_unknown_fields=True):
    """At least one filter holds; an empty list never holds."""

    filters: list["Filter"]


class Not(msgspec.Struct, frozen=True, tag="not", tag_field="type", forbid_unknown_fields=True):
    """The filter does not hold."""

    filter: "Filter"


class InCohort(msgspec.Struct, frozen=True, tag="in_cohort", tag_field="type", forbid_unknown_fields=True):
    """The event's person (or group, for a cohort of groups) is in a cohort.

    cohort   the definition; or `id`, a saved one's
    as_of    as it was at the end of that local day; None: as it is now
    name     how answers call it
    """

    cohort: "Cohort | None" = None
    id: str = ""
    as_of: date | None = None
    name: Annotated[str, msgspec.Meta(max_length=255)] = ""

    def __post_init__(self) -> None:
        if (self.cohort is None) == (not self.id):
            raise ValueError("cohort: a definition, or the id of a saved cohort as `id`")


Filter = Compare | Items | All | Any | Not | InCohort


class Alternative(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One of the events of a selector, with a filter of its own."""

    name: str
    filter: Filter | None = None


class EventSelector(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Which events. `names` and `alternatives` are alternatives; none of both means any event but control events.

    label        what a custom event, which is alternatives under one name, is called in sentences
    custom       the number or the name of a saved custom event: its alternatives are meant, and no others
    filter       applies to every alternative
    first_time   keeps a person's first matching event ever (all that tie in time)
    nth          keeps a person's first, second … matching event ever, in the order of events
    nth_of       whether the events are numbered before or after the filters
    """

    names: Annotated[list[str], msgspec.Meta(max_length=1000)] = []
    filter: Filter | None = None
    first_time: bool = False
    alternatives: Annotated[list[Alternative], msgspec.Meta(max_length=100)] = []
    label: str = ""
    nth: Annotated[int, msgspec.Meta(ge=1, le=5)] | None = None
    nth_of: "NthOf" = "matching"
    custom: Annotated[str, msgspec.Meta(max_length=255)] = ""

    def __post_init__(self) -> None:
        if self.custom and (self.names or self.alternatives):
            raise ValueError("custom: not together with names or alternatives")
        if self.first_time and self.nth:
            raise ValueError("nth: not together with first_time")


NthOf = TypingLiteral["matching", "named"]


class MeasureType(StrEnum):
    """What is counted of the events. With `per_person` it aggregates one number per person instead."""

    TOTAL = "total"  # events
    UNIQUE = "unique"  # people with at least one
    AVERAGE = "average"  # events per person with at least one
    SESSIONS = "sessions"  # sessions with at least one
    SUM = "sum"  # of a property's numbers; what is no number does not count
    MEAN = "mean"
    MIN = "min"
    MAX = "max"
    MEDIAN = "median"
    PERCENTILE = "percentile"  # exact, between two values in proportion
    DISTINCT = "distinct"  # different values of the property
    FREQUENCY = "frequency"  # people by how often: one series per number of times, the last value of its breakdown
    ACTIVE_SHARE = "active_share"  # people with at least one, of those with any event: 0 to 1


class PersonAggregate(StrEnum):
    """The number of one person, of the person's events."""

    TOTAL = "total"
    SUM = "sum"
    MEAN = "mean"
    MIN = "min"
    MAX = "max"
    DISTINCT = "distinct"


_Intervals = Annotated[int, msgspec.Meta(ge=1, le=366)]


class RollingDays(msgspec.Struct, frozen=True, tag="days", tag_field="type", forbid_unknown_fields=True):
    """The last days before each interval's end: 1 is daily active people, 7 weekly, 30 monthly."""

    count: _Intervals


class RollingIntervals(msgspec.Struct, frozen=True, tag="intervals", tag_field="type", forbid_unknown_fields=True):
    """Each interval and those before it, `count` in all; also such as lie before the range."""

    count: _Intervals


class Cumulative(msgspec.Struct, frozen=True, tag="cumulative", tag_field="type", forbid_unknown_fields=True):
    """From the start of the range to each interval's end."""


Window = RollingDays | RollingIntervals | Cumulative


class Timeout(msgspec.Struct, frozen=True, tag="timeout", tag_field="type", forbid_unknown_fields=True):
    """A session ends when a person does nothing for so long."""

    minutes: Annotated[int, msgspec.Meta(ge=1, le=1440)] = 30


class SentSession(msgspec.Struct, frozen=True, tag="session_id", tag_field="type", forbid_unknown_fields=True):
    """A session is a person's events with one session id; without one, or with -1, there is none."""


SessionRule = Timeout | SentSession
_OF_NUMERIC = {
    MeasureType.SUM,
    MeasureType.MEAN,
    MeasureType.MIN,
    MeasureType.MAX,
    MeasureType.MEDIAN,
    MeasureType.PERCENTILE,
    MeasureType.DISTINCT,
}


class Metric(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A measure of selected events.

    property          what sum, mean, min, max, median, percentile and distinct are of
    percentile        0 to 100, for the measure percentile
    per_person        first one number per person, then the measure over these
    window            count over more than the interval
    rolling_average   the mean of the last so many intervals' values
    sessions          what a session is, for the measure sessions
    name              what the metric is called
    """

    event: EventSelector = EventSelector()
    measure: MeasureType = MeasureType.TOTAL
    property: Property | None = None
    percentile: Annotated[float, msgspec.Meta(ge=0, le=100)] | None = None
    per_person: PersonAggregate | None = None
    window: Window | None = None
    rolling_average: _Intervals | None = None
    sessions: SessionRule = Timeout()
    name: str = ""

    def __post_init__(self) -> None:
        if (self.measure is MeasureType.PERCENTILE) != (self.percentile is not None):
            raise ValueError("percentile: a number from 0 to 100 for the measure percentile, and for no other")
        if self.per_person and (self.measure not in _OF_NUMERIC or self.measure is MeasureType.DISTINCT):
            raise ValueError("per_person: only with the measures sum, mean, min, max, median and percentile")
        wants = self.measure in _OF_NUMERIC if self.per_person is None else self.per_person is not PersonAggregate.TOTAL
        if wants != (self.property is not None):
            raise ValueError(f"property: {'one' if wants else 'none'} for this measure")


class Automatic(msgspec.Struct, frozen=True, tag="automatic", tag_field="type", forbid_unknown_fields=True):
    """About so many ranges of one width, which is 1, 2 or 5 times a power of ten."""

    count: Annotated[int, msgspec.Meta(ge=1, le=100)] = 10


class Custom(msgspec.Struct, frozen=True, tag="custom", tag_field="type", forbid_unknown_fields=True):
    """Ranges between rising numbers; a number belongs to the range that begins with it."""

    bounds: Annotated[list[float], msgspec.Meta(min_length=1, max_length=200)]

    def __post_init__(self) -> None:
        if any(a >= b for a, b in itertools.pairwise(self.bounds)):
            raise ValueError("bounds: rising numbers")


NumericBuckets = Automatic | Custom


class TimePart(StrEnum):
    """A part of a date, in the project's zone."""

    HOUR_OF_DAY = "hour_of_day"  # 0 to 23
    DAY_OF_WEEK = "day_of_week"  # 1 is Monday
    DAY_OF_MONTH = "day_of_month"
    MONTH_OF_YEAR = "month_of_year"
    DAY = "day"  # the day itself, as 2026-01-31
    MONTH = "month"  # its first day
    YEAR = "year"  # 2026


class Breakdown(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Split by a property, or by cohorts.

    as_text     one value for the number 49 and the text "49"
    each_item   counts an event once for each different item of a list
    cohorts     instead of a property; each stands for itself: an event counts as in or not in every one of them
    buckets     ranges of numbers instead of the numbers; what is no number is not set
    part        a part of a date instead of the date; what is no date is not set
    """

    property: Property | None = None
    as_text: bool = False
    each_item: bool = True
    cohorts: Annotated[list[InCohort], msgspec.Meta(max_length=20)] = []
    buckets: NumericBuckets | None = None
    part: TimePart | None = None

    def __post_init__(self) -> None:
        if (self.property is None) != bool(self.cohorts):
            raise ValueError("property: a property, or cohorts instead")
        if (self.buckets and self.part) or (self.cohorts and (self.buckets or self.part)):
            raise ValueError("part: not together with buckets, and neither of them with cohorts")


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


class Instants(msgspec.Struct, frozen=True, tag="instants", tag_field="type", rename={"start": "from", "end": "to"}):
    """From one instant to before another, in whole seconds; local where no zone is named."""

    start: datetime
    end: datetime


class Last(msgspec.Struct, frozen=True, tag="last", tag_field="type", forbid_unknown_fields=True):
    """The last N units, the current unfinished one included, or with `complete` the N before it."""

    count: Annotated[int, msgspec.Meta(ge=1, le=3660)]
    unit: Interval = Interval.DAY
    complete: bool = False


class Calendar(StrEnum):
    """A unit of the calendar."""

    WEEK = "week"
    MONTH = "month"
    QUARTER = "quarter"
    YEAR = "year"


class ToDate(msgspec.Struct, frozen=True, tag="to_date", tag_field="type", forbid_unknown_fields=True):
    """From the beginning of the current week, month, quarter or year to today."""

    unit: Calendar


class Since(msgspec.Struct, frozen=True, tag="since", tag_field="type", rename={"first": "from"}):
    """From a local day to today."""

    first: date


DateRange = Between | Instants | Last | ToDate | Since


class TimeUnit(StrEnum):
    """A length of time that no calendar changes."""

    SECOND = "second"
    MINUTE = "minute"
    HOUR = "hour"
    DAY = "day"  # 24 hours
    WEEK = "week"  # 7 days of 24 hours


class Duration(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A length of time."""

    count: Annotated[int, msgspec.Meta(ge=1, le=1_000_000)]
    unit: TimeUnit = TimeUnit.DAY

    @property
    def milliseconds(self) -> int:
        """The same in milliseconds."""
        return self.count * _MILLISECONDS[self.unit]


_MILLISECONDS = {
    TimeUnit.SECOND: 1000,
    TimeUnit.MINUTE: 60_000,
    TimeUnit.HOUR: 3_600_000,
    TimeUnit.DAY: 86_400_000,
    TimeUnit.WEEK: 604_800_000,
}


class FirstUse(msgspec.Struct, frozen=True, tag="first_use", tag_field="type", forbid_unknown_fields=True):
    """Up to so long after the person's own first event ever, control events aside."""

    within: Duration


When = DateRange | FirstUse | None


class Tally(StrEnum):
    """What is counted of a person's own events, to compare it with a number."""

    COUNT = "count"
    DAYS = "days"  # different local days with such an event
    WEEKS = "weeks"
    MONTHS = "months"
    DISTINCT_VALUES = "distinct_values"  # of a property; each item of a list is a value
    SUM = "sum"  # of the numbers of a property
    AVERAGE = "average"  # per event whose property is a number; of none there is none
    MINIMUM = "minimum"
    MAXIMUM = "maximum"


_OF_PROPERTY = (Tally.DISTINCT_VALUES, Tally.SUM, Tally.AVERAGE, Tally.MINIMUM, Tally.MAXIMUM)
_OF_NUMBERS = (
    Operator.EQUALS,
    Operator.NOT_EQUALS,
    Operator.LESS,
    Operator.LESS_OR_EQUAL,
    Operator.GREATER,
    Operator.GREATER_OR_EQUAL,
)


def _needs_numeric(operator: Operator) -> None:
    if operator not in _OF_NUMBERS:
        raise ValueError(f"operator: one of {', '.join(_OF_NUMBERS)}")


class Did(msgspec.Struct, frozen=True, tag="did", tag_field="type", forbid_unknown_fields=True):
    """Did something so often, or so much of it. Who did nothing of it has a count, days and a sum of 0."""

    event: EventSelector = EventSelector()
    tally: Tally = Tally.COUNT
    property: Property | None = None
    operator: Operator = Operator.GREATER_OR_EQUAL
    value: float = 1
    when: When = None

    def __post_init__(self) -> None:
        _needs_numeric(self.operator)
        if (self.tally in _OF_PROPERTY) != (self.property is not None):
            raise ValueError(f"property: one for {', '.join(_OF_PROPERTY)}, and for no other tally")


class DidMore(msgspec.Struct, frozen=True, tag="did_more", tag_field="type", forbid_unknown_fields=True):
    """Did one thing more often than another, or as the operator says."""

    event: EventSelector
    than: EventSelector
    operator: Operator = Operator.GREATER
    when: When = None

    def __post_init__(self) -> None:
        _needs_numeric(self.operator)


class InOrder(msgspec.Struct, frozen=True, tag="in_order", tag_field="type", forbid_unknown_fields=True):
    """Did one thing, later another, and so on; all of them within a time of the first. Anything may lie between."""

    steps: Annotated[list[EventSelector], msgspec.Meta(min_length=2, max_length=20)]
    within: Duration | None = None
    when: When = None


class Latest(msgspec.Struct, frozen=True, tag="latest", tag_field="type", forbid_unknown_fields=True):
    """The filter holds of the last of the person's events, or of those selected."""

    filter: Filter
    event: EventSelector = EventSelector()
    when: When = None


class HasProfile(msgspec.Struct, frozen=True, tag="profile", tag_field="type", forbid_unknown_fields=True):
    """The filter holds of the profile, now or as it was at the end of a local day."""

    filter: Filter
    at: date | None = None


class OnList(msgspec.Struct, frozen=True, tag="on_list", tag_field="type", forbid_unknown_fields=True):
    """Is on a list that was uploaded. A list has no past: its people of today count on every day."""

    list: str


class AllOf(msgspec.Struct, frozen=True, tag="all", tag_field="type", forbid_unknown_fields=True):
    """Every condition holds; an empty list holds."""

    conditions: list["Condition"]


class AnyOf(msgspec.Struct, frozen=True, tag="any", tag_field="type", forbid_unknown_fields=True):
    """At least one condition holds; an empty list never holds."""

    conditions: list["Condition"]


class NotSo(msgspec.Struct, frozen=True, tag="not", tag_field="type", forbid_unknown_fields=True):
    """The condition does not hold."""

    condition: "Condition"


Condition = Did | DidMore | InOrder | Latest | HasProfile | OnList | InCohort | AllOf | AnyOf | NotSo


class Cohort(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """People, or groups of one type, of whom a condition holds."""

    condition: Condition
    group_type: Annotated[str, msgspec.Meta(max_length=1024)] = ""
