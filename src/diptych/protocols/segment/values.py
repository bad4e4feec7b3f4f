"""Reads the parts of a message, which are canonical JSON texts."""

import json
from typing import Any

import msgspec

from diptych.model import canonical_object
from diptych.model.jsontext import dump

Fields = dict[str, str]
"""A message: key → canonical JSON text."""

_NUMBER = tuple("-0123456789")


class Rejected(ValueError):
    """A message that is not stored. `code` is Segment's for discarded messages where it has one."""

    def __init__(self, code: str, field: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.field = field
        self.message = message


def string(text: str) -> str:
    """The value of a string's JSON text; halves of a surrogate pair become the replacement character."""
    if "\\" not in text:
        return text[1:-1]
    value: str = json.loads(text)
    return value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def id_of(text: str, field: str) -> str:
    """An id: a string's value, a number's digits; empty for null and blank text. Raises Rejected."""
    if text == "null":
        return ""
    if text.startswith('"'):
        value = string(text)
        return value if value.strip() else ""
    if text.startswith(_NUMBER):
        return text
    raise Rejected("id_not_string", field, f"'{field}' must be a text or a number")


def take_id(sent: Fields, field: str) -> str:
    """Like `id_of`, and takes a text out of the message. What is no text stays: its kind would be lost."""
    value = id_of(sent.get(field, "null"), field)
    if sent.get(field, "").startswith('"'):
        del sent[field]
    return value


def object_of(sent: Fields, field: str) -> dict[str, str]:
    """The values of an object; empty for null and absent. Raises Rejected with Segment's code."""
    text = sent.get(field, "null")
    if text == "null":
        return {}
    if not text.startswith("{"):
        raise Rejected(f"{field}_not_object", field, f"'{field}' must be an object")
    return canonical_object(msgspec.Raw(text.encode()))


def take_object(sent: Fields, field: str) -> dict[str, str]:
    """Like `object_of`, and takes the object out of the message."""
    values = object_of(sent, field)
    if sent.get(field, "null") != "null":
        del sent[field]
    return values


def dump_object(values: dict[str, str]) -> str:
    """The JSON object whose values are given as texts."""
    return "{" + ",".join(f"{dump(key)}:{text}" for key, text in values.items()) + "}"


def load(text: str) -> Any:
    """The value of a JSON text; None where it is nested deeper than can be read."""
    try:
        return msgspec.json.decode(text)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        pass
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None
