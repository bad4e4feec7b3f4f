"""Question → instants: ranges and intervals in the project's zone become buckets in UTC."""

import itertools
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from diptych.model import Project
from diptych.query.answer import Bucket
from diptych.query.parts import (
    Between,
    Calendar,
    DateRange,
    Instants,
    Interval,
    InvalidQuestion,
    Last,
    Since,
    ToDate,
)

MOST_BUCKETS = 10_000
_CALENDAR = (Interval.DAY, Interval.WEEK, Interval.MONTH, Interval.QUARTER)
_MINUTES = {Interval.MINUTE: 1, Interval.FIVE_MINUTES: 5, Interval.HOUR: 60}


def buckets(period: DateRange, interval: Interval, project: Project, now: int) -> list[Bucket]:
    """The intervals of a range, in order and without gaps.

    A week or month that the range cuts is labelled with its own first day and counts only the days
    inside the range. `now` is in UTC milliseconds. Raises InvalidQuestion.
    """
    zone = ZoneInfo(project.timezone)
    start, end = _span(period, project, zone, now)
    starts = list(_starts(interval, start, end, project.week_start, zone))
    stops = [*starts[1:], end]
    return [
        Bucket(
            start=max(_milli(begin), _milli(start)),
            end=_milli(stop),
            date=_label(begin, interval),
            complete=_milli(stop) <= now,
        )
        for begin, stop in zip(starts, stops, strict=True)
    ]


def starts_from(day: date, interval: Interval, count: int, project: Project) -> list[int]:
    """Starts of `count` days, weeks, months or quarters that follow each other, in UTC milliseconds; the first has
    `day` in it."""
    zone = ZoneInfo(project.timezone)
    first = _first_day(day, interval, project.week_start)
    found = []
    for _ in range(count):
        found.append(_milli(_midnight(first, zone)))
        first = _next_day(first, interval)
    return found


def local_day(instant: int, project: Project) -> date:
    """The day in the project's zone at a time in UTC milliseconds."""
    return datetime.fromtimestamp(instant / 1000, ZoneInfo(project.timezone)).date()


def span(period: DateRange, project: Project, now: int) -> tuple[int, int]:
    """The instants of a range, end excluded, in UTC milliseconds as `now`. Raises InvalidQuestion."""
    start, end = _span(period, project, ZoneInfo(project.timezone), now)
    return _milli(start), _milli(end)


def end_of_day(day: date, project: Project) -> int:
    """The instant at which a local day is over, in UTC milliseconds. Raises InvalidQuestion."""
    return span(Between(day, day), project, 0)[1]


def starting(instant: int, interval: Interval, back: int, project: Project) -> int:
    """The start of the interval that is `back` before the one with the instant. UTC milliseconds."""
    zone = ZoneInfo(project.timezone)
    local = datetime.fromtimestamp(instant / 1000, zone)
    if interval in _CALENDAR:
        day = _first_day(local.date(), interval, project.week_start)
        for _ in range(back):
            day = _first_day(day - timedelta(days=1), interval, project.week_start)
        return _milli(_midnight(day, zone))
    begin = _floor(local, interval)
    for _ in range(back):
        begin = _floor(_absolute(begin, -timedelta(microseconds=1), zone), interval)
    return _milli(begin)


def earlier(found: list[Bucket], interval: Interval, count: int, project: Project) -> list[Bucket]:
    """The whole intervals right before the first of some, in order."""
    starts = [starting(found[0].start, interval, back, project) for back in range(count, -1, -1)]
    zone = ZoneInfo(project.timezone)
    return [
        Bucket(start=a, end=b, date=_label(datetime.fromtimestamp(a / 1000, zone), interval), complete=True)
        for a, b in itertools.pairwise(starts)
    ]


def _span(period: DateRange, project: Project, zone: ZoneInfo, now: int) -> tuple[datetime, datetime]:
    moment = datetime.fromtimestamp(now / 1000, zone)
    match period:
        case Between(first=first, last=last):
            return _days(first, last, zone)
        case Since(first=first):
            return _days(first, max(first, moment.date()), zone)
        case ToDate(unit=Calendar.YEAR):
            return _days(moment.date().replace(month=1, day=1), moment.date(), zone)
        case ToDate(unit=unit):
            return _days(_first_day(moment.date(), Interval(unit), project.week_start), moment.date(), zone)
        case Instants(start=start, end=end):
            return _instants(_local(start, zone), _local(end, zone))
        case Last():
            return _last(period, project, zone, moment)


def _days(first: date, last: date, zone: ZoneInfo) -> tuple[datetime, datetime]:
    if last < first:
        raise InvalidQuestion("range.to", f"a day not before {first}")
    if not (first.year >= 1971 and last.year <= 2104):
        raise InvalidQuestion("range", "days between the years 1971 and 2104")
    return _midnight(first, zone), _midnight(last + timedelta(days=1), zone)


def _instants(start: datetime, end: datetime) -> tuple[datetime, datetime]:
    if start.microsecond or end.microsecond:
        raise InvalidQuestion("range", "instants in whole seconds")
    if not start < end:
        raise InvalidQuestion("range.to", "an instant after range.from")
    if not (start.year >= 1971 and end.year <= 2104):
        raise InvalidQuestion("range", "instants between the years 1971 and 2104")
    return start, end


def _local(moment: datetime, zone: ZoneInfo) -> datetime:
    return moment.astimezone(zone) if moment.tzinfo else moment.replace(tzinfo=zone)


def _last(period: Last, project: Project, zone: ZoneInfo, now: datetime) -> tuple[datetime, datetime]:
    back = period.count if period.complete else period.count - 1
    if period.unit in _MINUTES:
        step = timedelta(minutes=_MINUTES[period.unit])
        current = _floor(now, period.unit)
        end = current if period.complete else _absolute(current, step, zone)
        return _absolute(current, -back * step, zone), end
    first = _first_day(now.date(), period.unit, project.week_start)
    begin = first
    for _ in range(back):
        begin = _first_day(begin - timedelta(days=1), period.unit, project.week_start)
    return _midnight(begin, zone), _midnight(first if period.complete else _next_day(first, period.unit), zone)


def _starts(interval: Interval, start: datetime, end: datetime, week_start: int, zone: ZoneInfo) -> Iterator[datetime]:
    instants = (
        _calendar_starts(interval, start, end, week_start, zone)
        if interval in _CALENDAR
        else _clock_starts(interval, start, end, zone)
    )
    for number, instant in enumerate(instants):
        if number == MOST_BUCKETS:
            raise InvalidQuestion("interval", f"at most {MOST_BUCKETS} intervals: a shorter range or a longer interval")
        yield instant


def _calendar_starts(
    interval: Interval, start: datetime, end: datetime, week_start: int, zone: ZoneInfo
) -> Iterator[datetime]:
    day = _first_day(start.date(), interval, week_start)
    while (instant := _midnight(day, zone)) < end:
        yield instant
        day = _next_day(day, interval)


def _clock_starts(interval: Interval, start: datetime, end: datetime, zone: ZoneInfo) -> Iterator[datetime]:
    # Offsets from UTC are multiples of 15 minutes, and may change by 30: an hour begins where the local
    # clock shows minute 0, which is not always 60 minutes after the last one.
    step = timedelta(minutes=min(_MINUTES[interval], 15))
    instant = _floor(start, interval)
    while instant.astimezone(UTC) < end.astimezone(UTC):
        if instant == _floor(instant, interval):
            yield instant
        instant = _absolute(instant, step, zone)


def _first_day(day: date, interval: Interval, week_start: int) -> date:
    match interval:
        case Interval.WEEK:
            return day - timedelta(days=(day.isoweekday() - week_start) % 7)
        case Interval.MONTH:
            return day.replace(day=1)
        case Interval.QUARTER:
            return day.replace(month=(day.month - 1) // 3 * 3 + 1, day=1)
        case _:
            return day


def _next_day(first: date, interval: Interval) -> date:
    match interval:
        case Interval.WEEK:
            return first + timedelta(days=7)
        case Interval.MONTH:
            return (first + timedelta(days=31)).replace(day=1)
        case Interval.QUARTER:
            return (first + timedelta(days=93)).replace(day=1)
        case _:
            return first + timedelta(days=1)


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=zone)


def _floor(instant: datetime, interval: Interval) -> datetime:
    minute = instant.minute - instant.minute % _MINUTES[interval]
    return instant.replace(minute=minute, second=0, microsecond=0)


def _absolute(instant: datetime, step: timedelta, zone: ZoneInfo) -> datetime:
    """Step on the time line; adding to a local time would step on the clock's face."""
    return (instant.astimezone(UTC) + step).astimezone(zone)


def _milli(instant: datetime) -> int:
    return round(instant.timestamp() * 1000)


def _label(instant: datetime, interval: Interval) -> str:
    return instant.date().isoformat() if interval in _CALENDAR else instant.strftime("%Y-%m-%dT%H:%M:%S")
