"""Bodies → messages, each good or rejected by itself."""

import msgspec

from diptych.model import EVENT_BYTES, InvalidJSON, canonical, canonical_object
from diptych.model.jsontext import split_list, split_object
from diptych.protocols.segment.values import Fields, Rejected, dump_object, id_of

MESSAGE_LIMIT = EVENT_BYTES
_MERGED = ("context", "integrations")


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
    try:
        top = split_object(_text(body))
    except InvalidJSON as error:
        raise BadRequest(f"the body must be a JSON object: {error}") from None
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
