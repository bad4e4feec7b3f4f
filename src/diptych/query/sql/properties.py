"""A property's value as SQL: its canonical JSON text, its text form, its number.

Absent is the empty text, which is no JSON value. Properties of people and groups are joined by `query/sql/rows.py`.
"""

import re
from collections.abc import Callable, Sequence
from contextvars import ContextVar

from diptych.query.parts import Field, InvalidQuestion, Property, Scope
from diptych.store.sql import Bound, Sql, sql

# Numbers that can be spelled in several ways (a fraction, an exponent, minus zero) get one spelling, so
# that 49, 49.0 and 4.9e1 are one value. Plain integers keep all their digits.
_ONE_NUMBER = "if(match({v}, '^-?[0-9]') AND match({v}, '[.eE]|^-0$'), toString(toFloat64OrZero({v}) + 0), {v})"
_UNQUOTED = "if(position({v}, '\\\\') = 0, substring({v}, 2, length({v}) - 2), JSONExtractString({v}))"

_DATE_TEXT = "if(match({v}, '^DDDD-DD-DD([T ]DD:DD(:DD([.]D+)?)?(Z|[+-]DD:?DD)?)?$'), {v}, '')".replace("D", "[0-9]")
_EPOCH = "multiIf({n} > 0 AND {n} <= 4294967295, toInt64({n} * 1000), {n} > 0 AND {n} < 1e13, toInt64({n}), NULL)"
_INSTANT = "multiIf(startsWith({v}, '\"'), {text}, match({v}, '^[0-9]'), {number}, NULL)"
_ELEMENTS = "arrayFilter(x -> x NOT IN ('', 'null'), if(startsWith({v}, '['), JSONExtractArrayRaw({v}), [{v}]))"

_COLUMN = re.compile(r"p_\d+")

_FIELDS = {
    Field.NAME: Sql("name"),
    Field.DISTINCT_ID: Sql("distinct_id"),
    Field.USER_ID: Sql("user_id"),
    Field.DEVICE_ID: Sql("device_id"),
    Field.INSERT_ID: Sql("insert_id"),
    Field.PROTOCOL: Sql("protocol"),
    Field.LIBRARY: Sql("library"),
}
_NUMBERS = {
    Field.TIME: Sql("toString(toUnixTimestamp64Milli(time))"),
    Field.SESSION_ID: Sql("ifNull(toString(session_id), '')"),
}


ColumnOf = Callable[[str, str], str | None]
COLUMN_OF: ContextVar[ColumnOf] = ContextVar("COLUMN_OF", default=lambda scope, key: None)
"""Scope and key → the column of `events` that holds a promoted property, while a question is answered."""


def of_event(reference: Property) -> Sql:
    """Canonical JSON text of a property that the event itself carries, as stored; empty when absent."""
    if reference.scope is Scope.FIELD:
        return _field(reference.key)
    if (promoted := column_of(reference)) is not None:
        return promoted
    column = Sql("context" if reference.scope is Scope.BUILTIN else "properties")
    return sql("{column}[{key}]", column=column, key=Bound(reference.key, "String"))


def column_of(reference: Property) -> Sql | None:
    """The column that a promoted property has."""
    promoted = COLUMN_OF.get()(reference.scope.value, reference.key)
    if promoted is None:
        return None
    if not _COLUMN.fullmatch(promoted):
        raise ValueError(f"not a column of a promoted property: {promoted!r}")
    return Sql(promoted)


def normal(value: Sql) -> Sql:
    """One spelling for equal values; null and absent both become the empty text."""
    return sql("if({v} = 'null', '', {n})", v=value, n=sql(_ONE_NUMBER, v=value))


def text_form(value: Sql) -> Sql:
    """The value as plain text: strings without quotes, everything else as JSON. Empty when not set."""
    return sql("if(startsWith({v}, '\"'), {s}, {n})", v=value, s=sql(_UNQUOTED, v=value), n=normal(value))


def number(value: Sql) -> Sql:
    """The value as a Nullable(Float64); null for everything that is not a number."""
    return sql("toFloat64OrNull({v})", v=value)


def at_path(value: Sql, path: Sequence[str]) -> Sql:
    """What stands at some keys inside an object; not set when there is no such thing."""
    for key in path:
        value = sql("JSONExtractRaw({v}, {key})", v=value, key=Bound(key, "String"))
    return value


def instant(value: Sql, zone: str) -> Sql:
    """The value as a date: Nullable(Int64) of UTC milliseconds; null for everything that is none.

    Dates are ISO 8601 texts (local where they name no zone) and epoch numbers, as in `query/dates.py`.
    """
    text = sql(
        "toUnixTimestamp64Milli(parseDateTime64BestEffortOrNull({text}, 3, {zone}))",
        text=sql(_DATE_TEXT, v=text_form(value)),
        zone=Bound(zone, "String"),
    )
    return sql(_INSTANT, v=value, number=sql(_EPOCH, n=number(value)), text=text)


def elements(value: Sql) -> Sql:
    """Array of the items of a list as they are stored, or of the one value; empty when nothing is set."""
    return sql(_ELEMENTS, v=value)


def is_set(value: Sql) -> Sql:
    """Whether there is a value; absent and null are both "not set"."""
    return sql("{v} NOT IN ('', 'null')", v=value)


def quoted(value: Sql) -> Sql:
    """A normal value as a JSON string of its text form, so that 49 and "49" become one."""
    template = """multiIf({v} = '' OR startsWith({v}, '"'), {v}, match({v}, '^[{[]'), toJSONString({v}),
        concat('"', {v}, '"'))"""
    return sql(template.replace("^[{[]", "^[\\\\{\\\\[]"), v=value)


def as_json(text: Sql) -> Sql:
    """A text as a JSON string."""
    # The function escapes slashes, which canonical text does not.
    return sql("replaceAll(toJSONString({t}), '\\\\/', '/')", t=text)


def items(value: Sql, *, as_text: bool = False) -> Sql:
    """Array of the different items of a list, or of the value itself; an empty list is not set."""
    each = normal(Sql("x"))
    one = quoted(each) if as_text else each
    listed = sql("arrayDistinct(arrayMap(x -> {one}, JSONExtractArrayRaw({v})))", one=one, v=value)
    single = sql("arrayMap(x -> {one}, [{v}])", one=one, v=value)
    return sql("multiIf({v} = '[]', [''], startsWith({v}, '['), {l}, {s})", v=value, l=listed, s=single)


def _field(key: str) -> Sql:
    try:
        name = Field(key)
    except ValueError:
        known = ", ".join(sorted(Field))
        raise InvalidQuestion("property.key", f"one of {known} for scope field, not {key!r}") from None
    if name in _NUMBERS:
        return _NUMBERS[name]
    return sql("if(empty({c}), '', {quoted})", c=_FIELDS[name], quoted=as_json(_FIELDS[name]))
