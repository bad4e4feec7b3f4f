"""The order of a person's events as one number, and the search for the next event of a list.

A funnel asks the same thing again and again: which event of this list comes first after that one? Every event has
a key, a number that rises with the order of events (time, event id, received, accept id). Keys are even. A bound to
search from is odd, so that bounds and keys are never equal. What is not found has a key that is later than all.
"""

from diptych.query.questions.funnel import Simultaneity
from diptych.store.sql import Bound, Sql, sql

# The event id as UInt64: its sign turned, so that it sorts; none is -1.
TIE = Sql("bitXor(reinterpretAsUInt64(ifNull(event_id, -1)), 9223372036854775808)")
# Bits: 64 of time in milliseconds, 64 of event id, 63 of receipt, 64 of accept id, and one that tells bounds from keys.
KEY = sql(
    """bitOr(
        bitOr(bitShiftLeft(toUInt256(toUnixTimestamp64Milli(time)), 192),
            bitShiftLeft(toUInt256({tie}), 128)),
        bitOr(bitShiftLeft(toUInt256(toUnixTimestamp64Milli(received)), 65),
            bitShiftLeft(toUInt256(accept_id), 1)))""",
    tie=TIE,
)
NEVER = Sql("bitShiftLeft(toUInt256(1), 255)")

_TIME = "toInt64(bitShiftRight({key}, 192))"
_SECOND = "(toInt64(bitShiftRight({key}, 192)) - toInt64(bitShiftRight({key}, 192)) % 1000)"
_BEFORE_ANY_AT = "toUInt256(bitShiftLeft(toUInt256({milliseconds}), 192) - 1)"

# One search: the least key beyond the bound.
_NEXT = "arrayMin(x -> if(x > {bound}, x, {never}), arrayPushBack({keys}, {never}))"

# Many searches with rising bounds, in one pass: sorted together, each bound takes over the next key.
_NEXT_OF_EACH = """arrayFilter((next, x) -> x % 2 = 1,
        arrayReverseFill(x -> x % 2 = 0, arraySort(arrayConcat({bounds}, {keys}, [{never}])) AS {merged}), {merged})"""


def time_of(key: Sql, simultaneity: Simultaneity) -> Sql:
    """Milliseconds of a key, as the rule for simultaneous events sees them."""
    return sql(_SECOND if simultaneity is Simultaneity.SAME_SECOND else _TIME, key=key)


def before_any_at(milliseconds: Sql) -> Sql:
    """The bound that all events at this time, or later, lie beyond."""
    return sql(_BEFORE_ANY_AT, milliseconds=milliseconds)


def before(key: Sql) -> Sql:
    """The bound that a key itself lies beyond."""
    return sql("toUInt256({key} - 1)", key=key)


def earliest_together(key: Sql, simultaneity: Simultaneity) -> Sql:
    """The bound beyond which events are together with an event, or after it."""
    if simultaneity is Simultaneity.EXACT:
        return before(key)
    early = {Simultaneity.TWO_SECONDS: Sql(" - 2000"), Simultaneity.SAME_SECOND: Sql("")}[simultaneity]
    return before_any_at(sql("{time}{early}", time=time_of(key, simultaneity), early=early))


def after_same(key: Sql, simultaneity: Simultaneity) -> Sql:
    """The bound beyond which events are after an event of the same name."""
    if simultaneity is Simultaneity.SAME_SECOND:
        return after_together(key, simultaneity)
    return sql("({key} + 1)", key=key)


def after_together(key: Sql, simultaneity: Simultaneity) -> Sql:
    """The bound beyond which events are no longer together with an event."""
    if simultaneity is Simultaneity.EXACT:
        return sql("({key} + 1)", key=key)
    late = {Simultaneity.TWO_SECONDS: Sql(" + 2001"), Simultaneity.SAME_SECOND: Sql(" + 1000")}[simultaneity]
    return before_any_at(sql("{time}{late}", time=time_of(key, simultaneity), late=late))


def next_of(keys: Sql, bound: Sql) -> Sql:
    """The first key beyond a bound, or NEVER."""
    return sql(_NEXT, keys=keys, bound=bound, never=NEVER)


def next_of_each(keys: Sql, bounds: Sql, merged: Sql) -> Sql:
    """The first key beyond each of the bounds, which rise: as `next_of` for each.

    `bounds` are below NEVER; `merged` is a name of its own.
    """
    return sql(_NEXT_OF_EACH, keys=keys, bounds=bounds, never=NEVER, merged=merged)


def deadline(entry: Sql, window: int, simultaneity: Simultaneity) -> Sql:
    """The bound that no event of an attempt lies beyond; `window` is in milliseconds."""
    template = "{entered} + {window}"
    if simultaneity is Simultaneity.SAME_SECOND:
        template += " + 999"
    end = sql(template + " + 1", entered=time_of(entry, simultaneity), window=Bound(window, "Int64"))
    return before_any_at(end)
