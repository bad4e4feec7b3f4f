"""References to properties, and formulas over them: parts of questions that all others are made with.

Field names are the JSON names of our own API. Import them from `query/parts.py`.
"""

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
    SESSION = "session"  # of the session in which the event happened: its keys are those of `SessionFact`
    GROUP = "group"  # the profile of the event's group, or groups, of one type
    ITEM = "item"  # inside a filter of type `items`: the item itself (empty key), or a key of it
    DERIVED = "derived"  # computed from other properties by `formula`; the key is its name


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


class SessionFact(StrEnum):
    """The keys that scope `session` knows."""

    DURATION = "duration"  # seconds from its first event to its last one
    EVENTS = "events"  # how many
    ENTRY = "entry"  # the name of the first event
    EXIT = "exit"  # the name of the last event


Name = Annotated[str, msgspec.Meta(max_length=1024)]


class Lookup(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A column of a lookup table, found by the property's text form. `table` is its id."""

    table: Annotated[str, msgspec.Meta(max_length=64)]
    column: Name


class Property(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A reference to a property. Scope `field` takes the names of `Field` as keys, `session` those of `SessionFact`.

    at           for the scopes user and group
    group_type   for the scope group. The property of an event with several groups of the type is the list of theirs
    path         keys inside an object that is the property's value: its value is what stands there
    lookup       take what a lookup table says about the value instead of the value
    formula      for the scope derived
    """

    key: Name
    scope: Scope = Scope.EVENT
    at: At = At.NOW
    group_type: Name = ""
    path: Annotated[tuple[Name, ...], msgspec.Meta(max_length=20)] = ()
    lookup: Lookup | None = None
    formula: "Expression | None" = None

    def __post_init__(self) -> None:
        if (self.scope is Scope.GROUP) != bool(self.group_type):
            raise ValueError("group_type: a type of group for the scope group, and for no other")
        if self.scope is Scope.SESSION and self.key not in list(SessionFact):
            raise ValueError(f"key: one of {', '.join(SessionFact)} for the scope session")
        if (self.scope is Scope.DERIVED) != (self.formula is not None):
            raise ValueError("formula: an expression for the scope derived, and for no other")


class Function(StrEnum):
    """What a formula of a derived property can do (docs/queries.md has the meaning of each)."""

    ADD = "add"
    SUBTRACT = "subtract"
    MULTIPLY = "multiply"
    DIVIDE = "divide"
    MODULO = "modulo"
    NEGATE = "negate"
    FLOOR = "floor"
    CEIL = "ceil"
    ROUND = "round"
    ABS = "abs"
    MIN = "min"
    MAX = "max"
    EQUAL = "equal"
    NOT_EQUAL = "not_equal"
    LESS = "less"
    LESS_OR_EQUAL = "less_or_equal"
    GREATER = "greater"
    GREATER_OR_EQUAL = "greater_or_equal"
    AND = "and"
    OR = "or"
    NOT = "not"
    DEFINED = "defined"
    IF = "if"
    COALESCE = "coalesce"
    CONCAT = "concat"
    UPPER = "upper"
    LOWER = "lower"
    TRIM = "trim"
    LENGTH = "length"
    LEFT = "left"
    RIGHT = "right"
    MID = "mid"
    SPLIT = "split"
    REPLACE = "replace"
    CONTAINS = "contains"
    STARTS_WITH = "starts_with"
    ENDS_WITH = "ends_with"
    REGEX_MATCH = "regex_match"
    REGEX_EXTRACT = "regex_extract"
    NUMBER = "number"
    STRING = "string"
    BOOLEAN = "boolean"
    DATE_DIFFERENCE = "date_difference"
    DATE_PART = "date_part"
    INSTANT = "instant"  # of a date, as epoch milliseconds
    TYPE = "type"  # undefined, null, boolean, number, string, list or object
    HAS_ITEM = "has_item"  # whether a list has a value; a value that is no list is a list of one


class Literal(msgspec.Struct, frozen=True, tag="literal", tag_field="type", forbid_unknown_fields=True):
    """A value of a formula."""

    value: Scalar


class PropertyValue(msgspec.Struct, frozen=True, tag="property", tag_field="type", forbid_unknown_fields=True):
    """A property's value in a formula."""

    property: Property


class Call(msgspec.Struct, frozen=True, tag="call", tag_field="type", forbid_unknown_fields=True):
    """A function of a formula, and what it is given."""

    function: Function
    arguments: Annotated[tuple["Expression", ...], msgspec.Meta(max_length=50)]


Expression = Literal | PropertyValue | Call
