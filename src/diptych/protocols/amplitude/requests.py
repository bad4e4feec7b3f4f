"""Requests of the HTTP V2 and Batch APIs, and the older forms brought into the same shape."""

import json
from datetime import UTC, datetime
from typing import Any

import msgspec

from diptych.model import InvalidJSON, canonical_object
from diptych.model.jsontext import canonical_values, split_list, split_object

Fields = dict[str, str]
"""An event: key → canonical JSON text."""


class BadRequest(ValueError):
    """The request as a whole is wrong. `missing` names a missing field of the request."""

    def __init__(self, error: str, missing: str | None = None) -> None:
        super().__init__(error)
        self.error = error
        self.missing = missing


class Upload(msgspec.Struct):
    """What a request carries. `events[i]` is None where the item is no object.

    `address` is where the request came from: events may say that theirs is the same (`$remote`). Events of an
    `attribution` may have an advertising id instead of a user or device.
    """

    api_key: str
    events: list[Fields | None]
    upload_time: int | None = None
    min_id_length: int = 5
    address: str = ""
    attribution: bool = False


class _Options(msgspec.Struct):
    min_id_length: int | None = None


class _Body(msgspec.Struct):
    api_key: str | None = None
    events: list[dict[str, msgspec.Raw]] | None = None
    client_upload_time: str | int | None = None
    options: _Options | None = None


_decode = msgspec.json.Decoder(_Body).decode


def read_json(body: bytes) -> Upload:
    """A JSON body. Raises BadRequest with the documented texts."""
    if not body.strip():
        raise BadRequest("Missing request body")
    try:
        sent = _decode(body)
        events: list[Fields | None] = [canonical_values(event) for event in sent.events or []]
        given = sent.api_key, None if sent.events is None else events, sent.client_upload_time, sent.options
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError, InvalidJSON):
        given = _lenient(body)
    api_key, found, upload_time, options = given
    if not api_key:
        raise BadRequest("Request missing required field", "api_key")
    if found is None:
        raise BadRequest("Request missing required field", "events")
    minimum = options.min_id_length if options and options.min_id_length is not None else 5
    return Upload(api_key, found, _upload_time(upload_time), minimum)


def read_list(text: str, api_key: str, upload_time: int | None = None) -> Upload:
    """One JSON object or a list of them from a form field."""
    try:
        sent = text.strip().encode("utf-8", "surrogateescape")
        if sent.startswith(b"["):
            return Upload(api_key, _items(sent), upload_time)
        return Upload(api_key, [canonical_object(sent)], upload_time)
    except InvalidJSON:
        raise BadRequest("Invalid event JSON") from None


def _lenient(body: bytes) -> tuple[str | None, list[Fields | None] | None, Any, _Options | None]:
    """A body in which something is odd: what is good of it, item by item."""
    try:
        top = split_object(body)
    except InvalidJSON:
        raise BadRequest("Invalid JSON request body") from None
    api_key = _plain(top.get("api_key", b"null"))
    events = _items(top["events"]) if top.get("events", b"null") != b"null" else None
    length = _plain(top.get("options", b"null"))
    minimum = length.get("min_id_length") if isinstance(length, dict) else None
    options = _Options(minimum) if isinstance(minimum, int) else None
    return (str(api_key) if api_key else None), events, _plain(top.get("client_upload_time", b"null")), options


def _items(text: bytes) -> list[Fields | None]:
    try:
        return [_object(item) for item in split_list(text)]
    except InvalidJSON:
        raise BadRequest("Invalid event JSON") from None


def _object(raw: bytes) -> Fields | None:
    try:
        return canonical_object(raw)
    except InvalidJSON:
        return None


def _plain(text: bytes) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def _upload_time(value: Any) -> int | None:
    """The client's upload time: ISO text from the SDKs, milliseconds from others."""
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return int(value)
    if isinstance(value, str):
        try:
            moment = datetime.fromisoformat(value)
        except ValueError:
            return int(value) if value.isascii() and value.isdigit() and len(value) < 16 else None
        return int((moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp() * 1000)
    return None
