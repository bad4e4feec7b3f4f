"""What an expression's selectors refer to, and of what type a part of an expression can be."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum, auto

from diptych.protocols.mixpanel.grammar import COMPARISONS, Call, ExpressionError, Literal, Node, Selector, Undefined
from diptych.query.parts import At, DateRange, EventSelector, Field, Property, Scope

TIMES = ("time", "$time")
_FIELDS = {
    "distinct_id": Field.DISTINCT_ID,
    "$distinct_id": Field.DISTINCT_ID,
    "$insert_id": Field.INSERT_ID,
}


@dataclass(frozen=True)
class Context:
    """Where an expression is asked.

    zone          of dates that do not say theirs
    now           what NOW is, in UTC milliseconds
    of_profiles   `properties["…"]` are the profile's, as in profile queries
    behaviors     what `behaviors["…"]` counts, by its name: which events, and when
    """

    zone: str
    now: int
    of_profiles: bool = False
    behaviors: Mapping[str, tuple[EventSelector, DateRange]] = field(default_factory=dict)


class Kind(Enum):
    """What a part of an expression yields where it is defined."""

    ANY = auto()
    NUMBER = auto()
    TEXT = auto()
    TRUTH = auto()
    DATE = auto()
    LIST = auto()
    NULL = auto()
    NOTHING = auto()  # never defined


_KINDS = {
    **dict.fromkeys([*COMPARISONS, "in", "and", "or", "not", "boolean", "defined"], Kind.TRUTH),
    **dict.fromkeys(["has_prefix", "has_suffix"], Kind.TRUTH),
    **dict.fromkeys(["-", "*", "/", "%", "floor", "round", "ceil", "number", "NOW"], Kind.NUMBER),
    "string": Kind.TEXT,
    "list": Kind.LIST,
    "datetime": Kind.DATE,
}


def kind_of(node: Node, context: Context) -> Kind:
    """The type that can be told without an event."""
    match node:
        case Literal(value):
            return _kind_of_value(value)
        case Selector():
            return Kind.NUMBER if is_time(node, context) or node.source == "behaviors" else Kind.ANY
        case Call("+", operands):
            kinds = {kind_of(operand, context) for operand in operands}
            return Kind.NUMBER if Kind.NUMBER in kinds else Kind.TEXT if Kind.TEXT in kinds else Kind.ANY
        case Call(name):
            return _KINDS[name]


def _kind_of_value(value: object) -> Kind:
    match value:
        case bool():
            return Kind.TRUTH
        case int() | float():
            return Kind.NUMBER
        case str():
            return Kind.TEXT
        case list():
            return Kind.LIST
        case Undefined():
            return Kind.NOTHING
    return Kind.NULL


def is_time(selector: Selector, context: Context) -> bool:
    """Whether it is the time of the event: in seconds, as the export writes it."""
    return selector.key in TIMES and selector.source in ("properties", "event") and not context.of_profiles


def property_of_selector(selector: Selector, context: Context) -> Property:
    """The property. Raises ExpressionError for a selector that has no meaning here."""
    if selector.source == "behaviors":
        raise ExpressionError(
            f'behaviors["{selector.key}"] at position {selector.place}: only in engage, compared with a number'
        )
    if context.of_profiles:
        return _of_profile(selector)
    match selector.source:
        case "user" if selector.key != "$distinct_id":
            return Property(selector.key, Scope.USER, At.NOW)
        case "user_at_event":
            return Property(selector.key, Scope.USER, At.EVENT)
        case "event" if selector.key in ("name", "$event", "$name"):
            return Property(Field.NAME, Scope.FIELD)
    if selector.key in TIMES:
        return Property(Field.TIME, Scope.FIELD)
    if selector.key in _FIELDS:
        return Property(_FIELDS[selector.key], Scope.FIELD)
    return Property(selector.key)


def _of_profile(selector: Selector) -> Property:
    if selector.source not in ("properties", "user"):
        raise ExpressionError(f"{selector.source} at position {selector.place}: a profile query has profiles only")
    if selector.key in ("$distinct_id", "distinct_id"):
        return Property(Field.DISTINCT_ID, Scope.FIELD)
    return Property(selector.key, Scope.USER, At.NOW)
