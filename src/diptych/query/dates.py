"""Dates in questions: texts and numbers as instants."""

import re
from datetime import UTC, datetime, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from diptych.query.parts import Scalar

LAST_SECOND = 4_294_967_295
"""The largest number that means epoch seconds; what is larger means milliseconds (Mixpanel's `datetime`)."""

_DAY = re.compile(r"\d{4}-\d\d-\d\d")


class Moment(NamedTuple):
    """A local day, or one instant (a millisecond long). UTC milliseconds, the end excluded."""

    start: int
    end: int


def moment(value: Scalar, zone: str) -> Moment | None:
    """What a date means: ISO 8601, local where it names no zone; or an epoch number. None for anything else."""
    if isinstance(value, bool) or value is None:
        return None
    if isinstance(value, (int, float)):
        start = int(value if value > LAST_SECOND else value * 1000)
        return Moment(start, start + 1) if start > 0 else None
    local = ZoneInfo(zone)
    try:
        found = datetime.fromisoformat(value)
    except ValueError:
        return None
    if _DAY.fullmatch(value):
        following = found + timedelta(days=1)
        return Moment(milliseconds(found.replace(tzinfo=local)), milliseconds(following.replace(tzinfo=local)))
    start = milliseconds(found if found.tzinfo else found.replace(tzinfo=local))
    return Moment(start, start + 1)


def milliseconds(instant: datetime) -> int:
    """UTC milliseconds."""
    return round(instant.astimezone(UTC).timestamp() * 1000)
