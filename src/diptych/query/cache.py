"""Answers that are still right: kept by question and by version of the data, in bounded memory."""

from collections import OrderedDict
from collections.abc import Hashable
from typing import Any

import msgspec

from diptych.model import Project
from diptych.query.cohorts import Evaluated
from diptych.query.parts import Operator
from diptych.query.relative import absolute

MOST_BYTES = 32 << 20
_SLOT = 15 * 60_000
_SHORT = ("minute", "five_minutes", "hour")


class Answers:
    """The answers used last. Used from one event loop."""

    def __init__(self, most_bytes: int = MOST_BYTES) -> None:
        self._most = most_bytes
        self._kept: OrderedDict[Hashable, tuple[Any, int]] = OrderedDict()
        self._bytes = 0

    def get(self, key: Hashable) -> Any:
        """The answer; None when there is none."""
        found = self._kept.get(key)
        if found is None:
            return None
        self._kept.move_to_end(key)
        return found[0]

    def keep(self, key: Hashable, answer: Any) -> None:
        """Keep an answer, and drop those used longest ago when there are too many bytes of them."""
        size = len(msgspec.json.encode(answer))
        if size > self._most // 4 or key in self._kept:
            return
        self._kept[key] = answer, size
        self._bytes += size
        while self._bytes > self._most:
            _, (_, dropped) = self._kept.popitem(last=False)
            self._bytes -= dropped


def key_of(project: Project, question: Any, version: tuple[int, ...], now: int) -> Hashable | None:
    """Equal for questions that have the same answer: what is asked, of which data, and when, as far as that counts.

    Time is cut to a quarter of an hour, in which no local day begins or ends; to a minute for questions about
    shorter intervals. What is relative to now is part of the key as instants. None: every moment has its own answer.

    Args:
        project: whose data; its zone counts too.
        question: with its cohorts evaluated.
        version: of the project's data.
        now: UTC milliseconds.
    """
    asked = msgspec.json.encode(_timeless(absolute(question, now, project.timezone)))
    if any(f'"{operator}"'.encode() in asked for operator in (Operator.IN_LAST, Operator.IN_NEXT)):
        return None
    short = any(f'"{unit}"'.encode() in asked for unit in _SHORT)
    return msgspec.json.encode(project), asked, version, now // (60_000 if short else _SLOT)


def _timeless(part: Any) -> Any:
    """The part without the moment at which its cohorts are evaluated: the key has that of the question."""
    if isinstance(part, Evaluated) and part.as_of is None:
        part = msgspec.structs.replace(part, now=0)
    if isinstance(part, msgspec.Struct):
        values = {name: _timeless(getattr(part, name)) for name in part.__struct_fields__}
        return msgspec.structs.replace(part, **values)
    return [_timeless(item) for item in part] if isinstance(part, (list, tuple)) else part
