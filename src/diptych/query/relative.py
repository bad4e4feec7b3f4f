"""Question → the same question with instants in place of what is relative to now."""

from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

import msgspec

from diptych.query.cohorts import Evaluated
from diptych.query.dates import milliseconds
from diptych.query.parts import Compare, InvalidQuestion, Operator, Scalar

T = TypeVar("T")
_MOST = 100_000
_SECONDS = {"minute": 60, "hour": 3600}
_DAYS = {"day": 1, "week": 7}
_MONTHS = {"month": 1, "quarter": 3, "year": 12}
_DURING = {
    Operator.IN_LAST: Operator.DURING,
    Operator.IN_NEXT: Operator.DURING,
    Operator.NOT_IN_LAST: Operator.NOT_DURING,
    Operator.NOT_IN_NEXT: Operator.NOT_DURING,
}


def absolute(part: T, now: int, zone: str) -> T:
    """The part with every `in_last` and `in_next` as `during`. Raises InvalidQuestion.

    Args:
        part: a question, or any part of one.
        now: UTC milliseconds.
        zone: the project's; days, weeks, months and years are of its calendar.
    """
    found: Any = part
    if isinstance(found, Evaluated):  # it has a moment of its own
        return part
    if isinstance(found, Compare) and found.operator in _DURING:
        span: list[Scalar] = [*_span(found, now, zone)]
        return msgspec.structs.replace(found, operator=_DURING[found.operator], values=span)  # type: ignore[return-value]
    if isinstance(found, msgspec.Struct):
        old = {name: getattr(found, name) for name in found.__struct_fields__}
        new = {name: absolute(value, now, zone) for name, value in old.items()}
        changed = any(new[name] is not value for name, value in old.items())
        return msgspec.structs.replace(found, **new) if changed else part  # type: ignore[return-value]
    if isinstance(found, (list, tuple)):
        items = [absolute(item, now, zone) for item in found]
        return type(found)(items) if any(a is not b for a, b in zip(items, found, strict=True)) else part  # type: ignore[return-value]
    return part


def _span(node: Compare, now: int, zone: str) -> tuple[int, int]:
    match node.values:
        case [int() as count, str() as unit] if 0 < count <= _MOST and unit in {*_SECONDS, *_DAYS, *_MONTHS}:
            pass
        case _:
            units = ", ".join([*_SECONDS, *_DAYS, *_MONTHS])
            raise InvalidQuestion("filter.values", f"a whole number and one of {units} for {node.operator}")
    if node.operator in (Operator.IN_LAST, Operator.NOT_IN_LAST):
        return moved(now, -count, unit, zone), now
    return now + 1, moved(now, count, unit, zone)


def moved(instant: int, count: int, unit: str, zone: str) -> int:
    """The instant some units later (or earlier), in UTC milliseconds.

    Days and longer units keep the local clock time; a day that the month does not have becomes its last.
    """
    moment = datetime.fromtimestamp(instant / 1000, UTC)
    if unit in _SECONDS:
        return milliseconds(moment + timedelta(seconds=count * _SECONDS[unit]))
    local = moment.astimezone(ZoneInfo(zone))
    try:
        if unit in _DAYS:
            return milliseconds(local + timedelta(days=count * _DAYS[unit]))
        return milliseconds(_months_later(local, count * _MONTHS[unit]))
    except (ValueError, OverflowError):
        raise InvalidQuestion("filter.values", "a span within the years 1 to 9999") from None


def _months_later(moment: datetime, months: int) -> datetime:
    number = moment.year * 12 + moment.month - 1 + months
    first = moment.replace(year=number // 12, month=number % 12 + 1, day=1)
    last = (first.replace(day=28) + timedelta(days=4)).replace(day=1) - timedelta(days=1)
    return first.replace(day=min(moment.day, last.day))
