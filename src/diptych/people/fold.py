"""The meaning of profile updates: what a profile holds after them, and when what changed.

Sources: Mixpanel's reference of profile operations, with the documentation of its mobile SDKs for what happens to
values of the wrong kind; Amplitude's identify operations, with the documentation of its SDKs. docs/profiles.md has
the table. A property that is null counts as one that is not set.
"""

import re
from collections.abc import Iterable, Sequence
from decimal import Context, Decimal
from itertools import groupby
from operator import attrgetter
from typing import NamedTuple

import msgspec

from diptych.model import Operation
from diptych.store.profiles import BEFORE_ALL

Update = tuple[Operation, dict[str, str]]

_FORGETS = (Operation.CLEAR_ALL, Operation.DELETE)
_EXACT = Context(prec=60)
_NUMBER = re.compile(r"-?[0-9]+(\.[0-9]+)?([eE][+-]?[0-9]{1,4})?")
_LONGEST_NUMBER = 400  # characters, and places before or behind the point; beyond that nothing is computed


class Timed(NamedTuple):
    """An update with its place in the order: by time, ties in order of arrival."""

    time: int
    accept_id: int
    position: int
    operation: Operation
    values: dict[str, str]


class Change(NamedTuple):
    """From `time` on a property has this value: canonical JSON text, empty for none.

    `undone`: it turned out that nothing changed then.
    """

    key: str
    time: int
    value: str
    undone: bool = False


class State(msgspec.Struct, array_like=True):
    """A profile after some updates.

    updated, last_accept_id   the place in the order of the last of them
    version                   that of its row; 0: there is none
    before                    what the properties that changed at `updated` held before; None: not known
    """

    owner: int
    properties: dict[str, str]
    exists: bool = False
    updated: int = BEFORE_ALL
    last_accept_id: int = 0
    version: int = 0
    before: dict[str, str] | None = None

    def follows(self, update: Timed) -> bool:
        """Whether the update comes after everything that is folded in, and can be added to it."""
        if update.time == self.updated:
            return update.accept_id > self.last_accept_id and self.before is not None
        return update.time > self.updated


def fold(updates: Iterable[Update]) -> dict[str, str] | None:
    """Property → canonical JSON text after all updates; None when no profile exists (any more)."""
    properties: dict[str, str] = {}
    exists = False
    for operation, values in updates:
        apply(properties, operation, values)
        exists = operation is not Operation.DELETE
    return properties if exists else None


def advance(state: State, updates: Sequence[Timed]) -> list[Change]:
    """Fold updates into the state, which they follow, in order; returns what changed when."""
    changes: list[Change] = []
    for time, group in groupby(updates, attrgetter("time")):
        first, *others = group
        if others or first.operation is not Operation.SET or time == state.updated:
            changes += _advance_at(state, time, [first, *others])
        else:
            changes += _set_at(state, first)
    return changes


def _set_at(state: State, update: Timed) -> list[Change]:
    """What `_advance_at` does with one `set` at a time of its own, which most updates are."""
    properties, time = state.properties, update.time
    changes, before = [], {}
    for key, text in update.values.items():
        old = properties.get(key, "")
        if old != text:
            before[key] = old
            properties[key] = text
            changes.append(Change(key, time, text))
    state.before, state.exists, state.updated, state.last_accept_id = before, True, time, update.accept_id
    return changes


def _advance_at(state: State, time: int, updates: Sequence[Timed]) -> list[Change]:
    properties = state.properties
    before = state.before if time == state.updated and state.before is not None else {}
    written = {key: properties.get(key, "") for key in before}
    for update in updates:
        for key in properties if update.operation in _FORGETS else update.values:
            before.setdefault(key, properties.get(key, ""))
        apply(properties, update.operation, update.values)
    state.exists = updates[-1].operation is not Operation.DELETE
    state.updated, state.last_accept_id = time, updates[-1].accept_id
    # What is as it was before is not kept: it tells by itself what it was.
    state.before = {key: old for key, old in before.items() if properties.get(key, "") != old}
    return [change for key, old in before.items() if (change := _change(key, time, old, properties, written))]


def _change(key: str, time: int, old: str, properties: dict[str, str], written: dict[str, str]) -> Change | None:
    new = properties.get(key, "")
    if new == old:
        return Change(key, time, "", undone=True) if key in written else None
    return None if written.get(key) == new else Change(key, time, new)


def apply(properties: dict[str, str], operation: Operation, values: dict[str, str]) -> None:
    """Apply one operation to the properties of a profile, in place."""
    if operation in _FORGETS:
        properties.clear()
    elif operation is Operation.SET:
        properties.update(values)
    else:
        for key, text in values.items():
            _apply(properties, operation, key, text)


def _apply(properties: dict[str, str], operation: Operation, key: str, text: str) -> None:
    old = properties.get(key, "null")
    match operation:
        case Operation.SET_ONCE:
            if old == "null":
                properties[key] = text
        case Operation.UNSET:
            properties.pop(key, None)
        case Operation.ADD:
            if (total := _sum(old, text)) is not None:
                properties[key] = total
        case Operation.REMOVE:
            if old.startswith("["):
                gone = {_same(item) for item in _items(text)}
                properties[key] = _list(item for item in _items(old) if _same(item) not in gone)
        case Operation.PUSH | Operation.UNION:
            if old == "null" or old.startswith("["):
                new = [text] if operation is Operation.PUSH else _missing(_items(old), text)
                properties[key] = _list([*_items(old), *new])
        case _:
            properties[key] = _listed(operation, _items(old), text)


def _listed(operation: Operation, old: list[str], text: str) -> str:
    match operation:
        case Operation.PREPEND:
            return _list([*_items(text), *old])
        case Operation.PRE_INSERT:
            return _list([*_missing(old, text), *old])
        case Operation.POST_INSERT:
            return _list([*old, *_missing(old, text)])
        case _:
            return _list([*old, *_items(text)])


def _missing(old: list[str], text: str) -> list[str]:
    """The items of `text` that are not among the old ones, each once, in their order."""
    known = {_same(item) for item in old}
    new: dict[str | Decimal, str] = {}
    for item in _items(text):
        new.setdefault(_same(item), item)
    return [item for same, item in new.items() if same not in known]


def _items(text: str) -> list[str]:
    """The items of a list; a value by itself is a list of one, null one of none."""
    if text == "null":
        return []
    if text.startswith("["):
        return [bytes(item).decode() for item in msgspec.json.decode(text, type=list[msgspec.Raw])]
    return [text]


def _list(items: Iterable[str]) -> str:
    return f"[{','.join(items)}]"


def _same(item: str) -> str | Decimal:
    """Equal for items that are one value: `49`, `49.0` and `4.9e1` are."""
    number = _number(item)
    return item if number is None else number


def _sum(old: str, text: str) -> str | None:
    """The sum, exact in decimal; None when there is nothing to add. An absent property counts as 0."""
    # Amplitude's SDKs may send the number to add as text.
    number = _number(text[1:-1] if text.startswith('"') else text)
    start = _number("0" if old == "null" else old)
    if number is None or start is None:
        return None
    if start == start.to_integral_value() and number == number.to_integral_value():
        return str(int(start) + int(number))
    total = _EXACT.add(start, number)
    return format(total.normalize(_EXACT), "f")


def _number(text: str) -> Decimal | None:
    if not text or text[0] not in "-0123456789" or len(text) > _LONGEST_NUMBER or not _NUMBER.fullmatch(text):
        return None
    value = Decimal(text)
    return value if abs(value.adjusted()) <= _LONGEST_NUMBER else None
