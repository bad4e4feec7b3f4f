"""Answers in lines of JSON: how far it is, again and again, and in the last line what came out."""

from collections.abc import AsyncIterator
from typing import Any

import msgspec
from litestar.response import Stream


def streamed(lines: AsyncIterator[bytes]) -> Stream:
    """An answer of lines, each sent when it is there."""
    return Stream(lines, media_type="application/x-ndjson", headers={"X-Accel-Buffering": "no"})


def line(name: str, value: Any) -> bytes:
    """One line: an object with one key."""
    return msgspec.json.encode({name: value}) + b"\n"


def failure(status: int, message: str, field: str | None = None) -> bytes:
    """An error in the last line, when the status of the answer has long been sent."""
    return line("error", {"field": field, "message": message, "status": status})
