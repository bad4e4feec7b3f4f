"""Ranges, intervals and windows in plain Python: which instants a bucket of an answer counts."""

from datetime import date, datetime, timedelta
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo

from tests.oracle.filters import moved
from tests.oracle.log import Log, milli

Span = tuple[int, int]
MINUTE = 60_000


def midnight(day: date, zone: str) -> int:
    """Where a local day begins."""
    return milli(datetime(day.year, day.month, day.day, tzinfo=ZoneInfo(zone)))


def local(at: int, zone: str) -> datetime:
    """The local clock at an instant."""
    return datetime.fromtimestamp(at / 1000, ZoneInfo(zone))


def span_of(log: Log, period: dict[str, Any]) -> Span:
    """First instant of a range and the first behind it."""
    today = local(log.now, log.zone).date()
    match period["type"]:
        case "between":
            first, last = date.fromisoformat(period["from"]), date.fromisoformat(period["to"])
        case "since":
            first, last = date.fromisoformat(period["from"]), today
        case "to_date":
            first, last = _first(today, period["unit"]), today
        case "instants":
            return _instant(period["from"], log.zone), _instant(period["to"], log.zone)
        case "last":
            return _last(log, period)
    return midnight(first, log.zone), midnight(last + timedelta(days=1), log.zone)


def _instant(text: str, zone: str) -> int:
    found = datetime.fromisoformat(text)
    return milli(found if found.tzinfo else found.replace(tzinfo=ZoneInfo(zone)))


def _last(log: Log, period: dict[str, Any]) -> Span:
    unit, count = period["unit"], period["count"]
    current = start_of(log.now, unit, log.zone)
    starts = [current]
    for _ in range(count + 1):
        starts.append(start_of(starts[-1] - 1, unit, log.zone))
    if period.get("complete"):
        return starts[count], current
    return starts[count - 1], next_start(current, unit, log.zone)


def _first(day: date, unit: str) -> date:
    match unit:
        case "week":
            return day - timedelta(days=day.weekday())
        case "month":
            return day.replace(day=1)
        case "quarter":
            return date(day.year, (day.month - 1) // 3 * 3 + 1, 1)
        case "year":
            return date(day.year, 1, 1)
    return day


@cache
def start_of(at: int, unit: str, zone: str) -> int:
    """Where the interval with an instant begins. Of hours and minutes: the last time the clock showed its start."""
    if unit in ("hour", "five_minutes", "minute"):
        width = {"hour": 60, "five_minutes": 5, "minute": 1}[unit]
        at -= at % MINUTE
        while local(at, zone).minute % width:
            at -= MINUTE
        return at
    return midnight(_first(local(at, zone).date(), unit), zone)


@cache
def next_start(start: int, unit: str, zone: str) -> int:
    """Where the next interval begins."""
    at = start + MINUTE
    while start_of(at, unit, zone) <= start:
        at += 15 * MINUTE if unit not in ("five_minutes", "minute") else MINUTE
    return start_of(at, unit, zone)


def intervals(log: Log, span: Span, unit: str) -> list[Span]:
    """The intervals of a range; the first and the last are cut at its ends."""
    found, start = [], start_of(span[0], unit, log.zone)
    while start < span[1]:
        following = next_start(start, unit, log.zone)
        found.append((max(start, span[0]), min(following, span[1])))
        start = following
    return found


def before(first: Span, unit: str, count: int, zone: str) -> list[Span]:
    """Whole intervals before one."""
    end, found = start_of(first[0], unit, zone), []
    for _ in range(count):
        start = start_of(end - 1, unit, zone)
        found.insert(0, (start, end))
        end = start
    return found


def windows(log: Log, buckets: list[Span], window: dict[str, Any] | None, unit: str, whole: Span) -> list[Span]:
    """What each bucket counts."""
    match window:
        case None:
            return buckets
        case {"type": "days", "count": count}:
            return [(moved(Log(zone=log.zone, now=end), -count, "day"), end) for _, end in buckets]
        case {"type": "intervals", "count": count}:
            return [
                ((before((s, e), unit, count - 1, log.zone) or [(start_of(s, unit, log.zone), e)])[0][0], e)
                for s, e in buckets
            ]
    return [(min(whole[0], start), end) for start, end in buckets]


def compared(log: Log, how: dict[str, Any], span: Span) -> Span:
    """The earlier range."""
    match how["type"]:
        case "range":
            return span_of(log, how["range"])
        case "shift":
            count, unit = -how.get("count", 1), how["unit"]
            start, end = (moved(Log(zone=log.zone, now=at), count, unit) for at in span)
            return start, end
    start, end = (local(at, log.zone) for at in span)
    if start.time() == end.time():
        days = (end.date() - start.date()).days
        return moved(Log(zone=log.zone, now=span[0]), -days, "day"), span[0]
    return span[0] - (span[1] - span[0]), span[0]
