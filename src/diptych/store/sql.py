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
    """A value in the text form that it is sent in."""

    def __init__(self, text: str) -> None:
        self._text = text

    def __str__(self) -> str:
        return self._text


def long_array(values: Sequence[int] | Sequence[str], of: str) -> Bound:
    """As `Bound(values, "Array(…)")`, but written out at once: the client library looks at each character."""
    items = (f"'{_escaped(item)}'" if isinstance(item, str) else str(item) for item in values)
    return Bound(_Written(f"[{','.join(items)}]"), f"Array({of})")


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

    Every place needs a part, and every part a place (KeyError otherwise).
    """
    parameters: dict[str, Any] = {}
    used: set[str] = set()

    def fill(place: re.Match[str]) -> str:
        name = place.group(1)
        used.add(name)
        part = parts[name]
        if isinstance(part, Sql):
            parameters.update(part.parameters)
            return part.text
        bound = f"p{next(_names)}"
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


def renumber(statement: Sql) -> Sql:
    """The same statement with parameters named p1, p2 … in order, so that equal questions give equal text."""
    names: dict[str, str] = {}
    text = re.sub(
        r"\{(p\d+):",
        lambda match: "{" + names.setdefault(match.group(1), f"p{len(names) + 1}") + ":",
        statement.text,
    )
    return Sql(text, {new: statement.parameters[old] for old, new in names.items()})
