"""SQL made of trusted text and bound values, and of nothing else.

A template's `{name}` takes either another `Sql` (spliced: it was built the same way) or a `Bound` value
(sent beside the statement, never inside it). Plain strings are refused, so text from outside cannot
become SQL by mistake.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import count
from typing import Any

_PLACE = re.compile(r"\{(\w+)\}")
_names = count(1)


@dataclass(frozen=True)
class Bound:
    """A value and the ClickHouse type it is sent as."""

    value: Any
    type: str


class _Written:
    """A list in the text form that it is sent in: the texts of its items."""

    def __init__(self, items: list[str]) -> None:
        self.items = items

    def __str__(self) -> str:
        return f"[{','.join(self.items)}]"


def long_array(values: Sequence[int] | Sequence[str], of: str) -> Bound:
    """As `Bound(values, "Array(…)")`, but written out at once: the client library looks at each character."""
    items = [f"'{_escaped(item)}'" if isinstance(item, str) else str(item) for item in values]
    return Bound(_Written(items), f"Array({of})")


def _escaped(text: str) -> str:
    return text.translate(_ESCAPES)


_ESCAPES = str.maketrans({character: f"\\{character}" for character in "\\'`\t\n"})


@dataclass(frozen=True)
class Sql:
    """Part of a statement, with the parameters that it binds."""

    text: str
    parameters: Mapping[str, Any] = field(default_factory=dict)

    def __str__(self) -> str:
        return self.text


def sql(template: str, **parts: "Sql | Bound") -> Sql:
    """Fill a template: `sql("time >= {start}", start=Bound(t, "DateTime64(3, 'UTC')"))`.

    Every place needs a part, and every part a place (KeyError otherwise). A value that stands in several places is
    one parameter.
    """
    parameters: dict[str, Any] = {}
    used: set[str] = set()
    names: dict[str, str] = {}

    def fill(place: re.Match[str]) -> str:
        name = place.group(1)
        used.add(name)
        part = parts[name]
        if isinstance(part, Sql):
            parameters.update(part.parameters)
            return part.text
        bound = names[name] if name in names else names.setdefault(name, f"p{next(_names)}")
        parameters[bound] = part.value
        return f"{{{bound}:{part.type}}}"

    text = _PLACE.sub(fill, template)
    if unused := parts.keys() - used:
        raise KeyError(f"no place in the template for {sorted(unused)}")
    return Sql(text, parameters)


def join(separator: str, parts: Iterable[Sql]) -> Sql:
    """The parts, with trusted text between them."""
    parts = list(parts)
    parameters: dict[str, Any] = {}
    for part in parts:
        parameters.update(part.parameters)
    return Sql(separator.join(part.text for part in parts), parameters)


def in_pieces(statement: Sql) -> Sql:
    """The same statement with long arrays in pieces: a server takes 128 KB of one parameter over HTTP."""
    parameters = dict(statement.parameters)

    def split(place: re.Match[str]) -> str:
        name, of = place.groups()
        pieces = _pieces(statement.parameters[name])
        if len(pieces) < 2:
            return place.group(0)
        parameters.pop(name, None)
        parameters.update({f"{name}_{number}": piece for number, piece in enumerate(pieces)})
        return f"arrayConcat({','.join(f'{{{name}_{number}:{of}}}' for number in range(len(pieces)))})"

    return Sql(_ARRAY.sub(split, statement.text), parameters)


_ARRAY = re.compile(r"\{(p\d+):(Array\([^{}]*\))\}")
_PIECE_BYTES = 100_000


def _pieces(value: Any) -> list[Any]:
    items = value.items if isinstance(value, _Written) else list(value)
    pieces: list[list[Any]] = [[]]
    size = 0
    for item in items:
        # Signs that are escaped become two.
        own = 2 * len(str(item).encode("utf-8", "surrogatepass")) if not isinstance(item, int) else 21
        if pieces[-1] and size + own > _PIECE_BYTES:
            pieces.append([])
            size = 0
        pieces[-1].append(item)
        size += own
    return [_Written(piece) for piece in pieces] if isinstance(value, _Written) else list(pieces)


def renumber(statement: Sql) -> Sql:
    """The same statement with parameters named p1, p2 … in order, so that equal questions give equal text."""
    names: dict[str, str] = {}
    text = re.sub(
        r"\{(p\d+):",
        lambda match: "{" + names.setdefault(match.group(1), f"p{len(names) + 1}") + ":",
        statement.text,
    )
    return Sql(text, {new: statement.parameters[old] for old, new in names.items()})
