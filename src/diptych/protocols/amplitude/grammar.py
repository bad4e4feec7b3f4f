"""Events, segments and properties as the Dashboard REST API writes them, as parts of questions.

Source: the Dashboard REST API's reference; what operators mean of lists from the reference of array operators.
docs/amplitude.md has the tables.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import msgspec

from diptych.ingest.standard_names import country_code, language_name
from diptych.protocols.amplitude.asking import BadParameter, Fields, decoded
from diptych.protocols.amplitude.builtins import IN_QUERIES
from diptych.query.parts import (
    All,
    Any as AnyOf,
    At,
    Between,
    Breakdown,
    Call,
    Cohort,
    Compare,
    Did,
    EventSelector,
    Field,
    Filter,
    Function,
    InCohort,
    Interval,
    Items,
    Last,
    Literal,
    Not,
    Operator,
    Property,
    PropertyValue,
    Scalar,
    Scope,
    When,
)

NONE = "(none)"
_Value = str | int | float | bool
# Operator → of one element of the list; and whether a list without elements satisfies it.
_OF_ELEMENTS = {
    "is": (Operator.EQUALS, False),
    "is not": (Operator.NOT_EQUALS, True),
    "contains": (Operator.CONTAINS, False),
    "does not contain": (Operator.NOT_CONTAINS, True),
    "starts with": (Operator.STARTS_WITH, False),
    "does not start with": (Operator.NOT_STARTS_WITH, True),
    "glob match": (Operator.GLOB, False),
    "glob does not match": (Operator.NOT_GLOB, True),
    "less": (Operator.LESS, False),
    "less or equal": (Operator.LESS_OR_EQUAL, False),
    "greater": (Operator.GREATER, False),
    "greater or equal": (Operator.GREATER_OR_EQUAL, False),
}
_OF_SETS = {
    "set is": Operator.SET_IS,
    "set is not": Operator.NOT_SET_IS,
    "set contains": Operator.SET_CONTAINS,
    "set does not contain": Operator.NOT_SET_CONTAINS,
}
_OF_COUNTS = {
    ">=": Operator.GREATER_OR_EQUAL,
    ">": Operator.GREATER,
    "<=": Operator.LESS_OR_EQUAL,
    "<": Operator.LESS,
    "=": Operator.EQUALS,
    "==": Operator.EQUALS,
    "!=": Operator.NOT_EQUALS,
}
_EQUALITY = ("is", "is not")
_ORDERINGS = ("less", "less or equal", "greater", "greater or equal")
_FIELDS = {"user_id": Field.USER_ID, "device_id": Field.DEVICE_ID, "library": Field.LIBRARY}
_STANDARD = {"country": country_code, "language": language_name}
REVENUE_EVENTS = ("revenue_amount", "unverified_revenue")
REVENUE = Property("revenue", Scope.BUILTIN)
_ITEM = Property("", Scope.ITEM)
_COHORT = "userdata_cohort"


class _PropertyFilter(msgspec.Struct):
    """A filter of an event. Values are alternatives."""

    subprop_key: str
    subprop_op: str
    subprop_value: list[_Value] = []
    subprop_type: str = "event"
    group_type: str = ""


class GroupBy(msgspec.Struct, frozen=True):
    """A property to group by."""

    value: str
    type: str = "event"
    group_type: str = ""


class EventObject(msgspec.Struct):
    """An event with filters and groups."""

    event_type: str
    filters: list[_PropertyFilter] = []
    group_by: list[GroupBy] = []


class _Condition(msgspec.Struct):
    """A condition of a segment: of a property, of a cohort, or of what people did."""

    prop: str = ""
    op: str = ""
    values: list[_Value] = []
    type: str = "property"
    group_type: str = ""
    event_type: str = ""
    value: float = 1
    filters: list[_PropertyFilter] = []
    time_type: str = "allTime"
    time_value: int = 30


@dataclass(frozen=True)
class _Said:
    """A comparison as it was sent: `name` is the field that errors speak of."""

    of: Property
    operator: str
    values: list[_Value]
    name: str


class Grammar:
    """Reads the events and segments of one request. Every method raises BadParameter.

    `user_properties=now` in the request compares and groups by what profiles hold today instead of at the event.
    """

    def __init__(self, fields: Fields) -> None:
        self._fields = fields
        self._at = fields.choice("user_properties", {"event": At.EVENT, "now": At.NOW}, "event")

    def event(self, text: str, name: str) -> EventObject:
        """An event object."""
        example = f'{name}: expected an event object such as {{"event_type":"Buy"}}'
        try:
            event = decoded(text, EventObject, name)
        except BadParameter as error:
            raise BadParameter(f"{example} ({str(error).partition(': ')[2]})") from None
        if not event.event_type or len(event.group_by) > 2:
            raise BadParameter(f"{name}: expected an event_type and at most two properties in group_by")
        return event

    def selector(self, event: EventObject, also: Filter | None = None) -> EventSelector:
        """The events that an event object names, and for which a further filter holds."""
        where = joined([*self.filters(event.filters), *([] if also is None else [also])])
        if event.event_type in ("_active", "_all"):
            return EventSelector([], where)
        if event.event_type == "_new":
            return first_events(where, filtered=where is not None or bool(self._fields.all("s")))
        if event.event_type in REVENUE_EVENTS:
            return EventSelector([], joined([_with_revenue(), *([] if where is None else [where])]))
        if event.event_type == "verified_revenue":
            raise BadParameter("event_type: receipts are not verified here; expected revenue_amount")
        if event.event_type.startswith("ce:"):
            return EventSelector(custom=event.event_type[3:], filter=where)
        return EventSelector([event.event_type], where)

    def filters(self, sent: Sequence[_PropertyFilter]) -> list[Filter]:
        """The filters of an event object, all of which have to hold."""
        return _all_of(
            [
                _Said(
                    self.property(one.subprop_type, one.subprop_key, "subprop_key", one.group_type),
                    one.subprop_op,
                    one.subprop_value,
                    "subprop",
                )
                for one in sent
            ]
        )

    def segments(self) -> list[Filter | None]:
        """One filter per segment; of a request without segments the one segment of all events."""
        found: list[Filter | None] = [self._segment(text) for text in self._fields.all("s")]
        if len(found) > 10:
            raise BadParameter("s: expected at most 10 segments")
        return found or [None]

    def groups(self, *names: str, most: int) -> list[Breakdown]:
        """The properties of users that `g` groups by; only with one segment."""
        keys = [key for name in names for key in self._fields.all(name)]
        if len(keys) > most:
            raise BadParameter(f"g: expected at most {most} properties to group by")
        if keys and len(self._fields.all("s")) > 1:
            raise BadParameter("g: expected only together with one segment")
        return [Breakdown(self.property("user", key, "g"), as_text=True) for key in keys]

    def breakdown(self, group: GroupBy) -> Breakdown:
        """An event's group as a breakdown."""
        return Breakdown(self.property(group.type, group.value, "group_by", group.group_type), as_text=True)

    def property(self, kind: str, key: str, name: str, group_type: str = "") -> Property:
        """A property of the event, of its user (built-in, or with `gp:`) or of its group (with `grp:`)."""
        if kind == "event":
            return Property(key)
        if kind == "group" or key.startswith("grp:"):
            if not group_type:
                raise BadParameter(f"{name}: expected a group_type beside a property of groups")
            return Property(key.removeprefix("grp:"), Scope.GROUP, self._at, group_type)
        if kind != "user":
            raise BadParameter(f"{name}: expected the type event, user or group, not {kind!r}")
        if key.startswith("gp:"):
            return Property(key[3:], Scope.USER, self._at)
        if key == "os":
            return _operating_system()
        if key in IN_QUERIES:
            return Property(IN_QUERIES[key], Scope.BUILTIN)
        if key in _FIELDS:
            return Property(_FIELDS[key], Scope.FIELD)
        known = ", ".join([*IN_QUERIES, *_FIELDS])
        raise BadParameter(f"{name}: {key!r} is no built-in property ({known}); expected gp:{key} for one of yours")

    def _segment(self, text: str) -> Filter:
        example = 's: expected a list of conditions such as [{"prop":"country","op":"is","values":["Austria"]}]'
        try:
            conditions = decoded(text, list[_Condition], "s")
        except BadParameter as error:
            raise BadParameter(f"{example} ({str(error).partition(': ')[2]})") from None
        parts: list[Filter] = [self._performed(one) for one in conditions if one.type == "event"]
        parts += [_in_cohort(one) for one in conditions if one.type != "event" and one.prop == _COHORT]
        said = [
            _Said(
                self.property("group" if one.group_type else "user", one.prop, "prop", one.group_type),
                one.op,
                one.values,
                "s",
            )
            for one in conditions
            if one.type != "event" and one.prop != _COHORT
        ]
        return All([*parts, *_all_of(said)])

    def _performed(self, one: _Condition) -> Filter:
        if one.op not in _OF_COUNTS:
            raise BadParameter(f"op: expected one of {', '.join(_OF_COUNTS)}, not {one.op!r}")
        event = self.selector(EventObject(one.event_type or "_all", one.filters))
        did = Did(event=event, operator=_OF_COUNTS[one.op], value=one.value, when=self._when(one))
        return InCohort(cohort=Cohort(did), name=one.event_type)

    def _when(self, one: _Condition) -> When:
        match one.time_type:
            case "allTime":
                return None
            case "rolling":
                if not 1 <= one.time_value <= 3660:
                    raise BadParameter("time_value: expected a number of days from 1 to 3660")
                return Last(one.time_value, Interval.DAY)
            case "currentInterval":
                return self._fields.range()
            case "forEachInterval":
                return self._only_interval()
        raise BadParameter("time_type: expected one of forEachInterval, currentInterval, allTime, rolling")

    def _only_interval(self) -> Between:
        """The interval of a range that has only one: who did something is a set for the whole question."""
        whole = self._fields.range()
        if whole.first != whole.last or self._fields.text("i", "1") not in ("1", "7", "30"):
            raise BadParameter("time_type: expected forEachInterval only for a range of one day, else currentInterval")
        return whole


def first_events(where: Filter | None = None, *, filtered: bool) -> EventSelector:
    """People's first events ever, those of them for which the filter holds, and any other of the question."""
    if not filtered:
        return EventSelector(first_time=True)
    return EventSelector(filter=where, nth=1, nth_of="named")


def joined(filters: list[Filter]) -> Filter | None:
    """All of the filters; None where there are none."""
    return All(filters) if filters else None


def shown(value: Scalar) -> str:
    """A value as labels write it."""
    if value is None:
        return NONE
    return str(value).lower() if isinstance(value, bool) else str(value)


def _all_of(said: list[_Said]) -> list[Filter]:
    """The comparisons as filters.

    One and the same element of a list has to satisfy all negated comparisons of the property: a list of A and B
    is not A, and is not B, but does not satisfy both comparisons together.
    """
    found: list[Filter] = []
    negated: dict[Property, list[Filter]] = {}
    for one in said:
        compared = _compared(one)
        if isinstance(compared, Items) and compared.when_empty:
            negated.setdefault(one.of, []).append(compared.filter)
        else:
            found.append(compared)
    return found + [Items(of, All(parts), when_empty=True) for of, parts in negated.items()]


def _compared(said: _Said) -> Filter:
    if said.operator not in _OF_ELEMENTS and said.operator not in _OF_SETS:
        choices = ", ".join([*_OF_ELEMENTS, *_OF_SETS])
        raise BadParameter(f"{_field(said, 'op')}: expected one of {choices}, not {said.operator!r}")
    if not said.values:
        raise BadParameter(f"{_field(said, 'value')}: expected a list with at least one value")
    values = [value for value in said.values if value != NONE]
    if said.operator in _OF_SETS:
        return Compare(said.of, _OF_SETS[said.operator], [*values], as_text=True)
    operator, empty = _OF_ELEMENTS[said.operator]
    if said.operator in _EQUALITY and len(values) < len(said.values):
        empty = not empty
    if said.operator not in _EQUALITY and len(values) < len(said.values):
        values = [*said.values]
    if said.of.scope in (Scope.BUILTIN, Scope.FIELD, Scope.DERIVED):
        return _plain(said, operator, values)
    if not values:
        return Compare(said.of, Operator.EMPTY if empty else Operator.NOT_EMPTY)
    return Items(said.of, _comparison(_ITEM, said.operator, operator, values), when_empty=empty)


def _plain(said: _Said, operator: Operator, values: list[_Value]) -> Filter:
    """Of a property that never is a list."""
    standard = _STANDARD.get(said.of.key) if said.of.scope is Scope.BUILTIN else None
    if standard is not None and said.operator in _EQUALITY:
        values = [standard(str(value)) for value in values]
    if len(values) < len(said.values):
        return Compare(said.of, operator, [*values, None], as_text=True)
    return _comparison(said.of, said.operator, operator, values)


def _comparison(of: Property, word: str, operator: Operator, values: list[_Value]) -> Compare:
    if word in _EQUALITY:
        return Compare(of, operator, [*values], as_text=True)
    if word in _ORDERINGS:
        return Compare(of, operator, [values[0]], as_text=True)
    return Compare(of, operator, [str(value) for value in values], as_text=True)


def _field(said: _Said, part: str) -> str:
    return f"subprop_{part}" if said.name == "subprop" else f"s.{'values' if part == 'value' else part}"


def _with_revenue() -> Filter:
    """Any event with an amount."""
    return Compare(REVENUE, Operator.NOT_EMPTY)


def _in_cohort(one: _Condition) -> Filter:
    if one.op not in _EQUALITY:
        raise BadParameter(f"s.op: expected is or is not for a cohort, not {one.op!r}")
    if not one.values:
        raise BadParameter("s.values: expected the ids of cohorts")
    inside = AnyOf([InCohort(id=str(value)) for value in one.values])
    return Not(inside) if one.op == "is not" else inside


def _operating_system() -> Property:
    """The system's name and version: `ios 8.2`."""

    def text(key: str) -> Any:
        return Call(Function.COALESCE, (PropertyValue(Property(key, Scope.BUILTIN)), Literal("")))

    known = Call(Function.DEFINED, (PropertyValue(Property("os", Scope.BUILTIN)),))
    both = Call(Function.CONCAT, (text("os"), Literal(" "), text("os_version")))
    system = Call(Function.LOWER, (Call(Function.TRIM, (both,)),))
    return Property("os", Scope.DERIVED, formula=Call(Function.IF, (known, system, Literal(None))))
