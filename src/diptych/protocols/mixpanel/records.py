"""JSON text → records. The common case is one typed decoding; a batch with anything odd in it is taken
apart record by record, so that only the odd ones are refused."""

import json
from collections.abc import Callable, Iterator
from typing import Any

import msgspec

from diptych.model.jsontext import InvalidJSON, canonical, canonical_object, split_list


class SentEvent(msgspec.Struct, gc=False):
    """An event as sent."""

    event: str
    properties: dict[str, msgspec.Raw]


class Rejected(ValueError):
    """A record that is not stored. `field` is the dotted path of what is wrong."""

    def __init__(self, field: str, message: str, insert_id: str = "") -> None:
        super().__init__(message)
        self.field = field
        self.message = message
        self.insert_id = insert_id


_events = msgspec.json.Decoder(list[SentEvent]).decode
_objects = msgspec.json.Decoder(list[dict[str, msgspec.Raw]]).decode


def events(data: bytes, *, lines: bool = False) -> list[SentEvent | Rejected]:
    """Events of a body. Raises InvalidJSON when the body as a whole is not JSON."""
    if not lines and data[:1] == b"[":
        try:
            return list(_events(data))
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            pass
    return [_each(text, _event) for text in _texts(data, lines)]


def objects(data: bytes) -> list[dict[str, msgspec.Raw] | Rejected]:
    """Objects of a body (profile updates). Raises InvalidJSON when the body as a whole is not JSON."""
    if data[:1] == b"[":
        try:
            return list(_objects(data))
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            pass
    return [_each(text, lambda found: found) for text in _texts(data, False)]


def _texts(data: bytes, lines: bool) -> Iterator[bytes]:
    if lines:
        yield from (line for line in data.splitlines() if line.strip())
        return
    yield from split_list(data) if data.lstrip()[:1] == b"[" else [data]


def _each(text: bytes, make: Callable[[dict[str, msgspec.Raw]], Any]) -> Any:
    try:
        found = {key: msgspec.Raw(value.encode()) for key, value in canonical_object(text).items()}
        return make(found)
    except InvalidJSON as error:
        return Rejected("", f"must be a JSON object: {error}")
    except Rejected as rejected:
        return rejected


def _event(found: dict[str, msgspec.Raw]) -> SentEvent:
    name = found.get("event")
    if name is None:
        raise Rejected("event", "'event' is invalid: must not be missing")
    text = canonical(name)
    if not text.startswith('"'):
        raise Rejected("event", "'event' is invalid: must be a string")
    try:
        properties = canonical_object(found.get("properties", msgspec.Raw(b"{}")))
    except InvalidJSON:
        raise Rejected("properties", "'properties' is invalid: must be an object") from None
    return SentEvent(printable(text), {key: msgspec.Raw(value.encode()) for key, value in properties.items()})


def printable(text: str) -> str:
    """The string of a JSON text; a lone surrogate becomes the replacement character."""
    value: str = json.loads(text)
    return value.encode("utf-8", "replace").decode() if any("\ud800" <= c <= "\udfff" for c in value) else value
