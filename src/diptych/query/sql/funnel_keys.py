"""The order of a person's events as one number, and the search for the next event of a list.

A funnel asks the same thing again and again: which event of this list comes first after that one? Every event has
a key, a number that rises with the order of events: time, event id, accept id, which rises with receipt. Keys are
even. A bound to search from is odd, so that bounds and keys are never equal. What is not found has a key that is later
than all.

`NARROW` keys take half the memory and two thirds of the time of `WIDE` ones, and hold the event ids of ordinary
clients; `not_narrow` finds events that have others.
"""

from dataclasses import dataclass

from diptych.query.questions.funnel import Simultaneity
from diptych.store.sql import Bound, Sql, sql

# The event id as UInt64: its sign turned, so that it sorts; none is -1.
TIE = Sql("bitXor(reinterpretAsUInt64(ifNull(event_id, -1)), 9223372036854775808)")

_KEY = """bitOr(bitShiftLeft({type}(toUnixTimestamp64Milli(time)), {time_bit}),
        bitOr(bitShiftLeft({type}({event_id}), 64), {type}(bitShiftLeft(accept_id, 1))))"""
_NOT_NARROW = """
SELECT 1 FROM events
WHERE project = {project} AND {scan} AND ifNull(event_id, -1) NOT BETWEEN -1 AND 1048574
LIMIT 1
"""

_TIME = "toInt64(bitShiftRight({key}, {time_bit}))"
_SECOND = "(toInt64(bitShiftRight({key}, {time_bit})) - toInt64(bitShiftRight({key}, {time_bit})) % 1000)"
_BEFORE_ANY_AT = "{type}(bitShiftLeft({type}({milliseconds}), {time_bit}) - 1)"

# One search: the least key beyond the bound.
_NEXT = "arrayMin(x -> if(x > {bound}, x, {never}), arrayPushBack({keys}, {never}))"

# Many searches with rising bounds, in one pass: sorted together, each bound takes over the next key.
_NEXT_OF_EACH = """arrayFilter((next, x) -> x % 2 = 1,
        arrayReverseFill(x -> x % 2 = 0, arraySort(arrayConcat({bounds}, {keys}, [{never}])) AS {merged}), {merged})"""


@dataclass(frozen=True)
class Keys:
    """A form of keys.

    type       what makes a number of the type that they are
    time_bit   where the time begins; from bit 64 to there is the event id
    event_id   it as a number that is not negative
    """

    type: str
    time_bit: int
    event_id: Sql
    never_bit: int

    @property
    def key(self) -> Sql:
        """The key of a row of `events`."""
        return sql(_KEY, type=Sql(self.type), time_bit=self._time_bit, event_id=self.event_id)

    @property
    def never(self) -> Sql:
        """The key of what is not found."""
        return Sql(f"bitShiftLeft({self.type}(1), {self.never_bit})")

    @property
    def _time_bit(self) -> Sql:
        return Sql(str(self.time_bit))

    def time_of(self, key: Sql, simultaneity: Simultaneity) -> Sql:
        """Milliseconds of a key, as the rule for simultaneous events sees them."""
        template = _SECOND if simultaneity is Simultaneity.SAME_SECOND else _TIME
        return sql(template, key=key, time_bit=self._time_bit)

    def before_any_at(self, milliseconds: Sql) -> Sql:
        """The bound that all events at this time, or later, lie beyond."""
        return sql(_BEFORE_ANY_AT, type=Sql(self.type), milliseconds=milliseconds, time_bit=self._time_bit)

    def before(self, key: Sql) -> Sql:
        """The bound that a key itself lies beyond."""
        return sql("{type}({key} - 1)", type=Sql(self.type), key=key)

    def earliest_together(self, key: Sql, simultaneity: Simultaneity) -> Sql:
        """The bound beyond which events are together with an event, or after it."""
        if simultaneity is Simultaneity.EXACT:
            return self.before(key)
        early = {Simultaneity.TWO_SECONDS: Sql(" - 2000"), Simultaneity.SAME_SECOND: Sql("")}[simultaneity]
        return self.before_any_at(sql("{time}{early}", time=self.time_of(key, simultaneity), early=early))

    def after_same(self, key: Sql, simultaneity: Simultaneity) -> Sql:
        """The bound beyond which events are after an event of the same name."""
        if simultaneity is Simultaneity.SAME_SECOND:
            return self.after_together(key, simultaneity)
        return sql("({key} + 1)", key=key)

    def after_together(self, key: Sql, simultaneity: Simultaneity) -> Sql:
        """The bound beyond which events are no longer together with an event."""
        if simultaneity is Simultaneity.EXACT:
            return sql("({key} + 1)", key=key)
        late = {Simultaneity.TWO_SECONDS: Sql(" + 2001"), Simultaneity.SAME_SECOND: Sql(" + 1000")}[simultaneity]
        return self.before_any_at(sql("{time}{late}", time=self.time_of(key, simultaneity), late=late))

    def next_of(self, keys: Sql, bound: Sql) -> Sql:
        """The first key beyond a bound, or NEVER."""
        return sql(_NEXT, keys=keys, bound=bound, never=self.never)

    def next_of_each(self, keys: Sql, bounds: Sql, merged: Sql) -> Sql:
        """The first key beyond each of the bounds, which rise: as `next_of` for each.

        `bounds` are below NEVER; `merged` is a name of its own.
        """
        return sql(_NEXT_OF_EACH, keys=keys, bounds=bounds, never=self.never, merged=merged)

    def deadline(self, entry: Sql, window: int, simultaneity: Simultaneity) -> Sql:
        """The bound that no event of an attempt lies beyond; `window` is in milliseconds."""
        template = "{entered} + {window}"
        if simultaneity is Simultaneity.SAME_SECOND:
            template += " + 999"
        end = sql(template + " + 1", entered=self.time_of(entry, simultaneity), window=Bound(window, "Int64"))
        return self.before_any_at(end)


WIDE = Keys("toUInt256", 192, TIE, 255)
NARROW = Keys("toUInt128", 84, Sql("ifNull(event_id, -1) + 1"), 127)
"""20 bits of event id and 43 of time: the years that `model.clock.storable` allows, and any window after them."""


def not_narrow(project: Bound, scan: Sql) -> Sql:
    """A row if there are events whose key is not to be narrow. `scan`: a condition on columns of `events`."""
    return sql(_NOT_NARROW.strip(), project=project, scan=scan)
