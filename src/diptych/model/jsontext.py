"""Canonical JSON text: one spelling per value, and no value changed.

Strings and keys are re-encoded (UTF-8, only the escapes that JSON demands), white space between tokens
goes, numbers keep their digits (`49.0` stays `49.0`, 40 digits stay 40 digits). The same value that
arrives as `"M\\u00fcnchen"` from Python and `"München"` from a browser is then the same text.
"""

import json
import re
from collections.abc import Mapping
from typing import Any

import msgspec

_encode = msgspec.json.Encoder().encode
_decode_text = msgspec.json.Decoder(str).decode
_decode_raw = msgspec.json.Decoder(msgspec.Raw).decode
_decode_list = msgspec.json.Decoder(list[msgspec.Raw]).decode
_decode_object = msgspec.json.Decoder(dict[str, msgspec.Raw]).decode
_STRING = rb'"(?:[^"\\]++|\\.)*+(?:"|\Z)'
_MARK = re.compile(_STRING + rb"|[\[\]{},]", re.DOTALL)
_KEY = re.compile(rb"(" + _STRING + rb")[ \t\r\n]*:[ \t\r\n]*", re.DOTALL)
_PLAIN_STARTS = frozenset("-0123456789tfn")
_WHITE = " \t\r\n"
_LOOSE = (b"\\", b" ", b"\n", b"\t", b"\r")


class InvalidJSON(ValueError):
    """The text is not JSON (RFC 8259)."""


def canonical(raw: bytes | memoryview | msgspec.Raw) -> str:
    """Canonical text of one JSON value.

    Raises InvalidJSON for what is not JSON, `NaN` and `Infinity` included. A lone surrogate, which
    UTF-8 cannot carry, stays as the escape that was sent. A `msgspec.Raw` is a value that msgspec took out of a
    document that it read, so that most need no second look.
    """
    if type(raw) is msgspec.Raw and (text := _plain(raw)) is not None:
        return text
    data = bytes(raw).strip(b" \t\r\n")
    try:
        _decode_raw(data)
        return _tight(data)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        return _lenient(data, error)


def _plain(raw: msgspec.Raw) -> str | None:
    """The text of a value that is canonical as it was sent: a number, a word, a string without escapes."""
    try:
        text = str(raw, "utf-8")
    except UnicodeDecodeError:
        return None
    first = text[:1]
    if first == '"':
        return None if "\\" in text or text[-1] != '"' else text
    return text if first in _PLAIN_STARTS and text[-1] not in _WHITE else None


def canonical_values(raws: Mapping[str, msgspec.Raw]) -> dict[str, str]:
    """Canonical texts of values that msgspec took out of a document that it read. Raises InvalidJSON."""
    try:
        texts = {key: str(raw, "utf-8") for key, raw in raws.items()}
    except UnicodeDecodeError:
        return {key: canonical(raw) for key, raw in raws.items()}
    together = "".join(texts.values())
    if "\\" in together or "{" in together or "[" in together:  # else there is nothing to spell anew
        texts |= {key: canonical(raws[key]) for key, text in texts.items() if "\\" in text or text[:1] in "[{"}
    return texts


def canonical_object(raw: bytes | memoryview | msgspec.Raw) -> dict[str, str]:
    """Key → canonical text of the value. The last of several equal keys wins.

    Raises InvalidJSON when it is not JSON or not an object.
    """
    try:
        return canonical_values(_decode_object(raw))
    except RecursionError:
        raise InvalidJSON("nested too deep") from None
    except (msgspec.DecodeError, UnicodeDecodeError):
        value = _load(bytes(raw))
        if not isinstance(value, dict):
            raise InvalidJSON("expected a JSON object") from None
        try:
            return {_printable(key): _spell(item) for key, item in value.items()}
        except RecursionError:
            raise InvalidJSON("nested too deep") from None


def split_list(raw: bytes) -> list[bytes]:
    """The texts of a list's items, also of a list that strict decoding refuses because of one of them (a lone
    surrogate, NaN, bad UTF-8, an item nested too deep). Raises InvalidJSON when it is no list.
    """
    try:
        return [bytes(item) for item in _decode_list(raw)]
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return _split(raw, b"[", b"]")


def split_object(raw: bytes) -> dict[str, bytes]:
    """Key → text of its value, as `split_list` does it for lists. The last of several equal keys wins."""
    try:
        return {key: bytes(value) for key, value in _decode_object(raw).items()}
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return dict(map(_pair, _split(raw, b"{", b"}")))


def _split(raw: bytes, opening: bytes, closing: bytes) -> list[bytes]:
    """What stands between the commas of the outermost list or object. Looks at brackets and strings only, and
    without recursion, so that every item can be judged by itself."""
    text = raw.decode("utf-8", "replace").encode().strip(b" \t\r\n")
    if not text.startswith(opening):
        raise InvalidJSON(f"not JSON: expected {opening.decode()}")
    items: list[bytes] = []
    depth = start = 0
    for found in _MARK.finditer(text):
        mark = found.group()
        if mark in b"[{":
            depth += 1
            start = start or 1
        elif mark in b"]}":
            depth -= 1
        if (depth == 1 and mark == b",") or depth == 0:
            items.append(text[start : found.start()].strip(b" \t\r\n"))
            start = found.end()
        if depth == 0:
            break
    if depth or start != len(text) or text[-1:] != closing:
        raise InvalidJSON("not JSON: it does not end where it should")
    if items == [b""]:
        return []
    if b"" in items:
        raise InvalidJSON("not JSON: there is nothing between two commas")
    return items


def _pair(item: bytes) -> tuple[str, bytes]:
    found = _KEY.match(item)
    if found is None:
        raise InvalidJSON("not JSON: expected a key and a value")
    return _printable(_load(found[1])), item[found.end() :]


def dump(value: Any) -> str:
    """Canonical text of a decoded value. Lone surrogates become escapes."""
    try:
        return _encode(value).decode()
    except (UnicodeEncodeError, msgspec.EncodeError, OverflowError):
        text = json.dumps(value, ensure_ascii=False, separators=(",", ":"), default=str)
        return "".join(f"\\u{ord(c):04x}" if "\ud800" <= c <= "\udfff" else c for c in text)


def _tight(data: bytes) -> str:
    first = data[:1]
    if first == b'"':
        return _encode(_decode_text(data)).decode() if b"\\" in data else data.decode()
    if first not in (b"{", b"[") or not any(mark in data for mark in _LOOSE):
        return data.decode()
    if first == b"[":
        return "[" + ",".join(_tight(bytes(item)) for item in _decode_list(data)) + "]"
    pairs = _decode_object(data).items()
    return "{" + ",".join(f"{_encode(key).decode()}:{_tight(bytes(item))}" for key, item in pairs) + "}"


class _Digits(str):
    """A number on its way through the lenient reader, with the digits that were sent."""


def _lenient(data: bytes, error: Exception) -> str:
    try:
        return _spell(_load(data))
    except InvalidJSON:
        raise
    except (RecursionError, UnicodeDecodeError):
        raise InvalidJSON(f"not JSON: {error}") from None


def _load(data: bytes) -> Any:
    def refuse(name: str) -> Any:
        raise InvalidJSON(f"{name} is not JSON")

    try:
        return json.loads(data, parse_constant=refuse, parse_float=_Digits, parse_int=_Digits)
    except (ValueError, RecursionError) as error:
        raise InvalidJSON(f"not JSON: {error}") from None


def _spell(value: Any) -> str:
    if isinstance(value, _Digits):
        return str(value)
    if isinstance(value, dict):
        return "{" + ",".join(f"{dump(str(key))}:{_spell(item)}" for key, item in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ",".join(_spell(item) for item in value) + "]"
    return dump(value)


def _printable(key: str) -> str:
    return "".join("�" if "\ud800" <= c <= "\udfff" else c for c in key)
