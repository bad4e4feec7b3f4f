"""Bodies → messages, each good or rejected by itself."""

import json
import re

import msgspec

from diptych.model import InvalidJSON, canonical, canonical_object
from diptych.model.jsontext import split_list
from diptych.protocols.segment.values import Fields, Rejected, dump_object, id_of

MESSAGE_LIMIT = 1 << 20
_MERGED = ("context", "integrations")
_SPACE = re.compile(r"[ \t\r\n]*")
_COLON = re.compile(r"[ \t\r\n]*:[ \t\r\n]*")
_NEXT = re.compile(r"[ \t\r\n]*([,}])[ \t\r\n]*")
_decode_object = msgspec.json.Decoder(dict[str, msgspec.Raw]).decode
_read_value = json.JSONDecoder().raw_decode


class BadRequest(ValueError):
    """The body as a whole is wrong."""


class Upload(msgspec.Struct):
    """What a request carries. `samples[i]` is the text of `messages[i]` for the people who look for a fault."""

    write_key: str
    messages: list[Fields | Rejected]
    samples: list[bytes]


def read_message(body: bytes) -> Upload:
    """A body that is one message. Raises BadRequest."""
    body = _text(body)
    message = _message(body)
    if isinstance(message, Rejected):
        raise BadRequest(message.message)
    return _upload("", [message], [body])


def read_batch(body: bytes) -> Upload:
    """A body with a list of messages. Raises BadRequest."""
    top = _split_object(_text(body))
    try:
        items = split_list(top.pop("batch", b"null"))
        shared = {key: canonical(value) for key, value in top.items()}
    except (InvalidJSON, RecursionError) as error:
        raise BadRequest(f"'batch' must be a list of messages: {error}") from None
    write_key = _write_key(shared)
    messages = [_with_shared(shared, _message(item)) for item in items]
    return _upload(write_key, messages, items)


def _upload(write_key: str, messages: list[Fields | Rejected], samples: list[bytes]) -> Upload:
    for message in messages:
        if isinstance(message, dict):
            own = _write_key(message)
            write_key = write_key or own
    return Upload(write_key, messages, samples)


def _write_key(sent: Fields) -> str:
    text = sent.pop("writeKey", "null")
    return id_of(text, "writeKey") if text.startswith('"') else ""


def _message(text: bytes) -> Fields | Rejected:
    if len(text) > MESSAGE_LIMIT:
        return Rejected("message_too_large", "", f"a message must have at most {MESSAGE_LIMIT} bytes")
    try:
        return canonical_object(text)
    except (InvalidJSON, RecursionError):
        if text.lstrip().startswith(b"{"):
            return Rejected("invalid_json", "", "a message must be JSON, without NaN or Infinity")
        return Rejected("message_not_object", "", "a message must be a JSON object")


def _with_shared(shared: Fields, message: Fields | Rejected) -> Fields | Rejected:
    if isinstance(message, Rejected):
        return message
    found = shared | message
    for field in _MERGED:
        ours, own = shared.get(field, ""), message.get(field, "")
        if ours.startswith("{") and own.startswith("{"):
            found[field] = dump_object(canonical_object(ours.encode()) | canonical_object(own.encode()))
    return found


def _text(body: bytes) -> bytes:
    """The body without a byte order mark; what is no UTF-8 becomes the replacement character."""
    try:
        body.decode()
    except UnicodeDecodeError:
        body = body.decode("utf-8", "replace").encode()
    return body.removeprefix(b"\xef\xbb\xbf").strip(b" \t\r\n")


def _split_object(body: bytes) -> dict[str, bytes]:
    """Key → text of its value, also where a value is no JSON in the strict sense (NaN)."""
    try:
        return {key: bytes(value) for key, value in _decode_object(body).items()}
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        pass
    try:
        return _scan_object(body.decode())
    except (ValueError, RecursionError) as error:
        raise BadRequest(f"the body must be a JSON object: {error}") from None


def _scan_object(text: str) -> dict[str, bytes]:
    found: dict[str, bytes] = {}
    if not text.startswith("{"):
        raise ValueError("it starts with something else")
    place = _matched(_SPACE, text, 1).end()
    if text[place:] == "}":
        return found
    mark = ","
    while mark == ",":
        key, end = _read_value(text, place)
        if not isinstance(key, str):
            raise ValueError(f"expected a key at character {place}")
        start = _matched(_COLON, text, end).end()
        _, end = _read_value(text, start)
        found[key] = text[start:end].encode()
        step = _matched(_NEXT, text, end)
        mark, place = step[1], step.end()
    if place != len(text):
        raise ValueError(f"there is more at character {place}")
    return found


def _matched(pattern: re.Pattern[str], text: str, place: int) -> re.Match[str]:
    match = pattern.match(text, place)
    if match is None:
        raise ValueError(f"something is missing at character {place}")
    return match
