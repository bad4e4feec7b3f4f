"""Values of properties between answers and SQL: canonical JSON text there, plain values here."""

import msgspec

from diptych.model.jsontext import dump
from diptych.query.parts import Scalar


def value_of(text: str) -> Scalar:
    """A breakdown's value; empty text is not set, lists and objects stay JSON text."""
    if not text:
        return None
    try:
        value = msgspec.json.decode(text)
    except msgspec.DecodeError:
        return text
    return text if isinstance(value, (dict, list)) else value


def texts_of(value: Scalar) -> list[str]:
    """The texts, in the one spelling of `sql/properties.normal`, that an answer shows as this value."""
    if value is None:
        return [""]
    shown = [one_spelling(value)]
    if isinstance(value, str) and value[:1] in ("[", "{"):
        shown.append(value)
    return shown


def one_spelling(value: Scalar) -> str:
    """Canonical JSON text of a value, numbers as `sql/properties.normal` spells them."""
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e21:
        return str(int(value))
    return dump(value)
