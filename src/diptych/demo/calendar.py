"""When things happen: the window, its days and hours, and the dated turns of the story."""

from datetime import UTC, datetime
from itertools import accumulate
from zoneinfo import ZoneInfo

from diptych.demo.catalog import MARKETS

DAYS = 90
HOUR = 3_600_000
DAY = 24 * HOUR

_WORKDAY = (1, 1, 1, 1, 1, 2, 5, 14, 38, 62, 70, 66, 46, 52, 66, 68, 60, 44, 26, 18, 15, 12, 7, 3)
_WEEKEND = 0.3
_FIRST_LEVEL, _LAST_LEVEL = 0.68, 1.32
_OUTAGE_NEAR_DAY, _OUTAGE_WEEKDAY, _OUTAGE_UTC_HOURS, _OUTAGE_LEVEL = 62, 1, range(8, 19), 0.1
_LAUNCH_NEAR_DAY, _LAUNCH_WEEKDAY, _LAUNCH_UTC_HOUR = 43, 2, 9


class Calendar:
    """The ninety days before `until`, in days of 24 hours counted from the start of the window.

    Times are UTC milliseconds; days and hours are counted from `start`, which is at no round hour. Local
    working hours follow each market's time zone, daylight saving included.

    launch    when the Timeline feature came out
    outage    the times at which hardly anything worked
    hours     day → market → how busy each of its 24 hours is
    levels    day → market → how busy it is; an ordinary working day is 1
    traffic   day → running sums over the markets of share times level
    """

    def __init__(self, until: int) -> None:
        self.until = until
        self.start = until - DAYS * DAY
        self.launch = self._near(_LAUNCH_NEAR_DAY, _LAUNCH_WEEKDAY) + _LAUNCH_UTC_HOUR * HOUR
        outage = self._near(_OUTAGE_NEAR_DAY, _OUTAGE_WEEKDAY)
        self.outage = range(outage + _OUTAGE_UTC_HOURS.start * HOUR, outage + _OUTAGE_UTC_HOURS.stop * HOUR)
        self.hours = [[self._hours(day, market.zone) for market in MARKETS] for day in range(DAYS)]
        self.levels = [[sum(hours) for hours in day] for day in self.hours]
        self.traffic = [
            list(accumulate(m.share * at for m, at in zip(MARKETS, day, strict=True))) for day in self.levels
        ]

    def day_start(self, day: int) -> int:
        """The time at which a day of the window begins."""
        return self.start + day * DAY

    def targets(self, events: int) -> list[int]:
        """How many events there should be, all in all, by the end of each day."""
        step = (_LAST_LEVEL - _FIRST_LEVEL) / (DAYS - 1)
        sizes = [(_FIRST_LEVEL + step * day) * traffic[-1] for day, traffic in enumerate(self.traffic)]
        whole = sum(sizes)
        return [round(events * sum(sizes[: day + 1]) / whole) for day in range(DAYS)]

    def _near(self, day: int, weekday: int) -> int:
        """Midnight (UTC) of the first such weekday from `day` on."""
        midnight = self.day_start(day) // DAY * DAY
        today = datetime.fromtimestamp(midnight / 1000, UTC).weekday()
        return midnight + (weekday - today) % 7 * DAY

    def _hours(self, day: int, zone: str) -> list[float]:
        """How busy each hour of the day is in a zone; an ordinary working day sums to 1."""
        return [self._busy(self.day_start(day) + hour * HOUR, ZoneInfo(zone)) for hour in range(24)]

    def _busy(self, time: int, zone: ZoneInfo) -> float:
        local = datetime.fromtimestamp(time / 1000, zone)
        level = _WORKDAY[local.hour] / sum(_WORKDAY)
        if local.weekday() >= 5:
            level *= _WEEKEND
        return level * _OUTAGE_LEVEL if time in self.outage else level
