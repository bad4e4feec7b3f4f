"""When a message happened: receivedAt − (sentAt − originalTimestamp)."""

from datetime import UTC, datetime
from typing import NamedTuple

from diptych.model.clock import storable
from diptych.protocols.segment.values import Fields, string

_MILLISECONDS_FROM = 1e11  # as seconds the year 5138, as milliseconds 1973


class Times(NamedTuple):
    """Times in milliseconds, and the fields that could not be read."""

    time: int
    client: int | None
    upload: int | None
    unreadable: list[str]


def read_times(sent: Fields, received: int) -> Times:
    """The time of a message, corrected for the client's clock where the message tells what that was."""
    original = "timestamp" if sent.get("originalTimestamp", "null") in ("null", '""') else "originalTimestamp"
    found: dict[str, int | None] = {field: _read(sent.get(field, "null")) for field in (original, "sentAt")}
    unreadable = [
        field for field, value in found.items() if value is None and sent.get(field, "null") not in ("null", '""')
    ]
    client, upload = found[original], found["sentAt"]
    return Times(_corrected(client, upload, received), client, upload, unreadable)


def _corrected(client: int | None, upload: int | None, received: int) -> int:
    if client is None:
        return received
    time = client if upload is None else received - (upload - client)
    return time if storable(time) else client


def _read(text: str) -> int | None:
    """Milliseconds since the epoch; None for what is no time, or none that can be stored."""
    try:
        time = _parse(string(text)) if text.startswith('"') else _number(text)
    except (ValueError, OverflowError):
        return None
    return time if storable(time) else None


def _parse(text: str) -> int:
    moment = datetime.fromisoformat(text.strip())
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return round(moment.timestamp() * 1000)


def _number(text: str) -> int:
    value = float(text)
    return round(value if abs(value) >= _MILLISECONDS_FROM else value * 1000)
