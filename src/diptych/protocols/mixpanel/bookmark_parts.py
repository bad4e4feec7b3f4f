"""Parts of a bookmark, which is a report that a client describes in its request: events, properties, filters, dates.

Source: how Mixpanel's own clients write bookmarks. What is not known here is refused by name, so that no filter
is left out in silence.
"""

from collections.abc import Sequence
from typing import Any, Literal

import msgspec

from diptych.protocols.mixpanel.asking import BadParameter, selector
from diptych.protocols.mixpanel.grammar import Selector
from diptych.protocols.mixpanel.selectors import Context, property_of_selector
from diptych.query import parts
from diptych.query.parts import (
    Between,
    Breakdown,
    Compare,
    Custom,
    DateRange,
    EventSelector,
    Filter,
    InCohort,
    Interval,
    Items,
    Last,
    Operator,
    Property,
    Quantifier,
    Scope,
    Since,
)

_ITEM = Property("", Scope.ITEM)
_ANY_EVENT = ("$all_events", "$any_event")
_MOST_BUCKETS = 200
_COHORTS = "cohorts"
_SOURCES = {
    **dict.fromkeys(["events", "event", ""], "properties"),
    **dict.fromkeys(["people", "user", "profiles"], "user"),
}
_SIGNS = {
    "equals": Operator.EQUALS,
    "does not equal": Operator.NOT_EQUALS,
    "contains": Operator.CONTAINS,
    "does not contain": Operator.NOT_CONTAINS,
    "starts with": Operator.STARTS_WITH,
    "ends with": Operator.ENDS_WITH,
    "is set": Operator.IS_SET,
    "is not set": Operator.NOT_SET,
    "is greater than": Operator.GREATER,
    "is less than": Operator.LESS,
    "is at least": Operator.GREATER_OR_EQUAL,
    "is at most": Operator.LESS_OR_EQUAL,
    "is equal to": Operator.EQUALS,
    "is not equal to": Operator.NOT_EQUALS,
    "is between": Operator.BETWEEN,
    "between": Operator.BETWEEN,
    "not between": Operator.NOT_BETWEEN,
    "was on": Operator.ON,
    "was not on": Operator.NOT_ON,
    "was before": Operator.BEFORE,
    "was since": Operator.SINCE,
    "was between": Operator.DURING,
    "was not between": Operator.NOT_DURING,
    "was in the": Operator.IN_LAST,
    "was not in the": Operator.NOT_IN_LAST,
    "was in the next": Operator.IN_NEXT,
}
_TRUTHS = {"true": True, "false": False}
_WITH_UNIT = (Operator.IN_LAST, Operator.NOT_IN_LAST, Operator.IN_NEXT)
_OPPOSITES = {Operator.NOT_EQUALS: Operator.EQUALS, Operator.NOT_CONTAINS: Operator.CONTAINS}
INTERVALS = {
    one.value: one
    for one in (Interval.MINUTE, Interval.HOUR, Interval.DAY, Interval.WEEK, Interval.MONTH, Interval.QUARTER)
}


class Part(msgspec.Struct, rename="camel", frozen=True):
    """What bookmarks say in camel case. Fields that only concern how a report looks are left aside.

    A field of the type None would change numbers in a way that is not known here: it is refused when it is said.
    """


class FilterEntry(Part, frozen=True):
    """One filter."""

    filter_operator: str
    value: Any = ""
    property_name: str = ""
    resource_type: str = "events"
    filter_type: str = "string"
    filter_value: Any = None
    filter_date_unit: str = "day"
    list_item_filters: list["FilterEntry"] = []
    list_quantifier: Quantifier = Quantifier.ANY
    behavior: None = None
    behavior_type: None = None
    custom_property: None = None
    custom_property_id: None = None
    data_group_id: None = None


class CustomBucket(Part, frozen=True):
    """Ranges of one width."""

    bucket_size: float
    min: float
    max: float


class GroupEntry(Part, frozen=True):
    """One property to break down by."""

    value: Any = ""
    property_name: str = ""
    resource_type: str = "events"
    custom_bucket: CustomBucket | None = None
    behavior: None = None
    cohorts: None = None
    custom_property: None = None
    custom_property_id: None = None
    data_group_id: None = None
    list_item_group: None = None
    type_cast: None = None
    unit: None = None


class TimeWindow(Part, frozen=True):
    """So many units."""

    value: int
    unit: str = "day"


class TimeEntry(Part, frozen=True):
    """The days, and the interval."""

    date_range_type: str = "in the last"
    unit: str = "day"
    value: Any = None
    window: TimeWindow = TimeWindow(30)


class EventEntry(Part, frozen=True):
    """Which events. `renamed`: what a step is called instead."""

    name: str = ""
    renamed: str = ""
    type: str = "event"
    filters: list[FilterEntry] = []
    filters_determiner: Literal["all", "any"] = "all"
    funnel_order: str = ""
    data_group_id: None = None


def selector_of(entry: EventEntry, context: Context, path: str) -> EventSelector:
    """The events of an entry."""
    if entry.type not in ("event", "simple"):
        raise BadParameter(f"{path}.type: expected event, not {entry.type!r}")
    found = filter_of_entries(entry.filters, entry.filters_determiner, context, f"{path}.filters")
    return selector([] if entry.name in _ANY_EVENT else [entry.name], found, entry.renamed)


def filter_of_entries(entries: Sequence[FilterEntry], determiner: str, context: Context, path: str) -> Filter | None:
    """All or any of some filters; None when there are none."""
    found = [_filter(entry, context, f"{path}[{place}]") for place, entry in enumerate(entries)]
    if len(found) < 2:
        return found[0] if found else None
    return parts.Any(found) if determiner == "any" else parts.All(found)


def property_of_entry(name: Any, resource_type: str, context: Context, path: str) -> Property:
    """A property by its name, of events or of profiles."""
    source = _SOURCES.get(resource_type)
    if source is None:
        raise BadParameter(f"{path}.resourceType: expected events or people, not {resource_type!r}")
    if not isinstance(name, str) or not name:
        raise BadParameter(f"{path}.value: expected the name of a property")
    return property_of_selector(Selector(source, name), context)


def breakdown_of(entry: GroupEntry, context: Context, path: str) -> Breakdown:
    """A breakdown, by ranges where the entry has some."""
    of = property_of_entry(entry.property_name or entry.value, entry.resource_type, context, path)
    bucket = entry.custom_bucket
    if bucket is None:
        return Breakdown(of, as_text=True)
    count = int((bucket.max - bucket.min) // bucket.bucket_size) if bucket.bucket_size > 0 else 0
    if not 1 <= count <= _MOST_BUCKETS - 1:
        raise BadParameter(f"{path}.customBucket: expected at most {_MOST_BUCKETS} ranges between min and max")
    return Breakdown(of, buckets=Custom([bucket.min + bucket.bucket_size * place for place in range(count + 1)]))


def range_of(entry: TimeEntry) -> DateRange:
    """The days."""
    path = "sections.time[0]"
    match entry.date_range_type, entry.value:
        case "between", [first, last]:
            return _converted({"type": "between", "from": first, "to": last}, Between, path)
        case "on", str(day) | [str(day)]:
            return _converted({"type": "between", "from": day, "to": day}, Between, path)
        case "since", str(day) | [str(day)]:
            return _converted({"type": "since", "from": day}, Since, path)
        case "in the last", _:
            if entry.window.unit not in INTERVALS:
                raise BadParameter(f"{path}.window.unit: expected one of {', '.join(INTERVALS)}")
            return _converted({"type": "last", "count": entry.window.value, "unit": entry.window.unit}, Last, path)
    raise BadParameter(f"{path}.dateRangeType: expected between, on, since or in the last, with its value")


def interval_of(entry: TimeEntry) -> Interval:
    """The width of a bucket."""
    if entry.unit not in INTERVALS:
        raise BadParameter(f"sections.time[0].unit: expected one of {', '.join(INTERVALS)}, not {entry.unit!r}")
    return INTERVALS[entry.unit]


def _converted(value: dict[str, Any], kind: Any, path: str) -> DateRange:
    try:
        found: DateRange = msgspec.convert(value, kind)
    except msgspec.ValidationError as error:
        raise BadParameter(f"{path}: {error}") from None
    if isinstance(found, Between) and found.last < found.first:
        raise BadParameter(f"{path}.value: expected a last day that is not before the first")
    return found


def _filter(entry: FilterEntry, context: Context, path: str) -> Filter:
    if entry.resource_type == _COHORTS or entry.value == "$cohorts":
        return _in_cohort(entry, path)
    of = property_of_entry(entry.property_name or entry.value, entry.resource_type, context, path)
    if entry.list_item_filters:
        return _of_items(entry, of, path)
    return _compare(entry, of, path)


def _of_items(entry: FilterEntry, of: Property, path: str) -> Filter:
    """One and the same item, or every item, of a list of objects satisfies all filters."""
    if entry.filter_operator != "true":
        raise BadParameter(f"{path}.filterOperator: expected true with listItemFilters")
    inner = [
        _compare(one, _item_key(one, f"{path}.listItemFilters[{place}]"), f"{path}.listItemFilters[{place}]")
        for place, one in enumerate(entry.list_item_filters)
    ]
    return Items(of, parts.All(inner), entry.list_quantifier)


def _item_key(entry: FilterEntry, path: str) -> Property:
    name = entry.property_name or entry.value
    if not isinstance(name, str) or not name or entry.list_item_filters:
        raise BadParameter(f"{path}.value: expected the name of a key of the items")
    return Property(name, Scope.ITEM)


def _compare(entry: FilterEntry, of: Property, path: str) -> Filter:
    if entry.filter_operator in _TRUTHS:
        return Compare(of, Operator.EQUALS, [_TRUTHS[entry.filter_operator]])
    sign = _SIGNS.get(entry.filter_operator)
    if sign is None:
        known = ", ".join([*_SIGNS, *_TRUTHS])
        raise BadParameter(f"{path}.filterOperator: expected one of {known}, not {entry.filter_operator!r}")
    values = _values(entry, sign)
    if entry.filter_type == "list" and values:
        inner = Items(of, Compare(_ITEM, _OPPOSITES.get(sign, sign), values, as_text=True), Quantifier.ANY)
        return parts.Not(inner) if sign in _OPPOSITES else inner
    try:
        return Compare(of, sign, values, as_text=entry.filter_type == "string" and sign in _TEXTUAL)
    except ValueError as error:
        raise BadParameter(f"{path}.filterValue: {error}") from None


_TEXTUAL = (Operator.EQUALS, Operator.NOT_EQUALS)


def _values(entry: FilterEntry, sign: Operator) -> list[Any]:
    if sign in (Operator.IS_SET, Operator.NOT_SET):
        return []
    sent = entry.filter_value if isinstance(entry.filter_value, list) else [entry.filter_value]
    return [*sent, entry.filter_date_unit] if sign in _WITH_UNIT else sent


def _in_cohort(entry: FilterEntry, path: str) -> Filter:
    """In one of the cohorts, or in none of them."""
    sent = entry.filter_value if isinstance(entry.filter_value, list) else [entry.filter_value]
    numbers = [one.get("cohort", one).get("id") if isinstance(one, dict) else one for one in sent]
    if not numbers or any(not isinstance(number, int | str) for number in numbers):
        raise BadParameter(f"{path}.filterValue: expected saved cohorts with their id")
    found = parts.Any([InCohort(id=str(number)) for number in numbers])
    return parts.Not(found) if "not" in entry.filter_operator else found
