"""Question → instants: ranges and intervals in the project's zone become buckets in UTC."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from diptych.model import Project
from diptych.query.answer import Bucket
from diptych.query.parts import Between, DateRange, Interval, InvalidQuestion, Last, Since

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


def _span(period: DateRange, project: Project, zone: ZoneInfo, now: int) -> tuple[datetime, datetime]:
    if isinstance(period, Between):
        if period.last < period.first:
            raise InvalidQuestion("range.to", f"a day not before {period.first}")
        if not (period.first.year >= 1971 and period.last.year <= 2104):
            raise InvalidQuestion("range", "days between the years 1971 and 2104")
        return _midnight(period.first, zone), _midnight(period.last + timedelta(days=1), zone)
    if isinstance(period, Since):
        today = datetime.fromtimestamp(now / 1000, zone).date()
        return _span(Between(period.first, max(period.first, today)), project, zone, now)
    return _last(period, project, zone, datetime.fromtimestamp(now / 1000, zone))


def _last(period: Last, project: Project, zone: ZoneInfo, now: datetime) -> tuple[datetime, datetime]:
    if period.unit in _MINUTES:
        step = timedelta(minutes=_MINUTES[period.unit])
        current = _floor(now, period.unit)
        return _absolute(current, -(period.count - 1) * step, zone), _absolute(current, step, zone)
    first = _first_day(now.date(), period.unit, project.week_start)
    begin = first
    for _ in range(period.count - 1):
        begin = _first_day(begin - timedelta(days=1), period.unit, project.week_start)
    return _midnight(begin, zone), _midnight(_next_day(first, period.unit), zone)


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
