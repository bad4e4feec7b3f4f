"""Reads the parts of an event, which are canonical JSON texts."""

import json

import msgspec

from diptych.model import canonical_object
from diptych.model.jsontext import dump


def text_of(text: str | None) -> str:
    """A string's value, a number's digits; empty for null and absent."""
    if text is None or text == "null":
        return ""
    if not text.startswith('"'):
        return text
    if "\\" not in text:
        return text[1:-1]
    value: str = json.loads(text)
    return value.encode("utf-8", "replace").decode()


def object_of(text: str | None) -> dict[str, str]:
    """The values of an object; empty for null and absent."""
    return {} if text is None or text == "null" else canonical_object(msgspec.Raw(text.encode()))


def dump_object(values: dict[str, str]) -> str:
    """The JSON object whose values are given as texts."""
    return "{" + ",".join(f"{dump(key)}:{text}" for key, text in values.items()) + "}"
