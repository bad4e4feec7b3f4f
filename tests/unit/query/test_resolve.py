import itertools
from datetime import UTC, date, datetime

import pytest

from diptych.model import Project
from diptych.query.parts import Between, Interval, InvalidQuestion, Last
from diptych.query.resolve import buckets


def project(zone: str = "UTC", week_start: int = 1) -> Project:
    return Project(id=1, name="p", token="t", timezone=zone, week_start=week_start)


def milli(text: str) -> int:
    return int(datetime.fromisoformat(text).timestamp() * 1000)


NOW = milli("2026-11-24T10:30:00+00:00")


def test_days_of_a_range_in_the_projects_zone() -> None:
    found = buckets(Between(date(2026, 1, 1), date(2026, 1, 3)), Interval.DAY, project("Asia/Tokyo"), NOW)
    assert [b.date for b in found] == ["2026-01-01", "2026-01-02", "2026-01-03"]
    assert found[0].start == milli("2025-12-31T15:00:00+00:00")
    assert found[-1].end == milli("2026-01-03T15:00:00+00:00")


def test_days_around_a_change_of_the_clock_have_23_and_25_hours() -> None:
    spring = buckets(Between(date(2026, 3, 29), date(2026, 3, 29)), Interval.DAY, project("Europe/Berlin"), NOW)
    autumn = buckets(Between(date(2026, 10, 25), date(2026, 10, 25)), Interval.DAY, project("Europe/Berlin"), NOW)
    assert (spring[0].end - spring[0].start) / 3_600_000 == 23
    assert (autumn[0].end - autumn[0].start) / 3_600_000 == 25


def test_hours_around_a_change_of_the_clock() -> None:
    day = Between(date(2026, 10, 25), date(2026, 10, 25))
    found = buckets(day, Interval.HOUR, project("Europe/Berlin"), NOW)
    assert len(found) == 25
    assert [b.date[11:13] for b in found[:5]] == ["00", "01", "02", "02", "03"]
    assert {b.end - b.start for b in found} == {3_600_000}


def test_an_hour_begins_where_the_clock_shows_minute_zero() -> None:
    # Lord Howe Island moves its clock by 30 minutes.
    day = Between(date(2026, 10, 4), date(2026, 10, 4))
    found = buckets(day, Interval.HOUR, project("Australia/Lord_Howe"), NOW)
    assert all(b.date.endswith(":00:00") for b in found[:2] + found[4:])
    assert sum(b.end - b.start for b in found) == found[-1].end - found[0].start == int(23.5 * 3_600_000)


def test_a_midnight_that_does_not_exist() -> None:
    # In Beirut the clock goes from 00:00 to 01:00.
    found = buckets(Between(date(2026, 3, 29), date(2026, 3, 29)), Interval.DAY, project("Asia/Beirut"), NOW)
    assert found[0].start == milli("2026-03-28T22:00:00+00:00")
    assert (found[0].end - found[0].start) / 3_600_000 == 23


def test_a_cut_week_is_labelled_with_its_monday_and_counts_the_days_inside() -> None:
    found = buckets(Between(date(2026, 1, 7), date(2026, 1, 13)), Interval.WEEK, project(), NOW)
    assert [b.date for b in found] == ["2026-01-05", "2026-01-12"]
    assert found[0].start == milli("2026-01-07T00:00:00+00:00")
    assert found[-1].end == milli("2026-01-14T00:00:00+00:00")


def test_weeks_may_begin_on_sunday() -> None:
    found = buckets(Between(date(2026, 1, 7), date(2026, 1, 7)), Interval.WEEK, project(week_start=7), NOW)
    assert found[0].date == "2026-01-04"


def test_the_last_days_include_today_which_is_not_complete() -> None:
    found = buckets(Last(30), Interval.DAY, project(), NOW)
    assert (len(found), found[0].date, found[-1].date) == (30, "2026-10-26", "2026-11-24")
    assert [b.complete for b in found[-2:]] == [True, False]


@pytest.mark.parametrize(
    ("unit", "count", "first", "last"),
    [
        (Interval.MONTH, 3, "2026-09-01", "2026-11-01"),
        (Interval.QUARTER, 2, "2026-07-01", "2026-10-01"),
        (Interval.WEEK, 2, "2026-11-16", "2026-11-23"),
        (Interval.HOUR, 2, "2026-11-24T09:00:00", "2026-11-24T10:00:00"),
        (Interval.FIVE_MINUTES, 2, "2026-11-24T10:25:00", "2026-11-24T10:30:00"),
        (Interval.MINUTE, 3, "2026-11-24T10:28:00", "2026-11-24T10:30:00"),
    ],
)
def test_the_last_units(unit: Interval, count: int, first: str, last: str) -> None:
    found = buckets(Last(count, unit), unit, project(), NOW)
    assert (len(found), found[0].date, found[-1].date) == (count, first, last)


@pytest.mark.parametrize("interval", list(Interval))
@pytest.mark.parametrize("zone", ["UTC", "America/New_York", "Asia/Kathmandu", "Australia/Lord_Howe"])
def test_buckets_leave_no_gap(interval: Interval, zone: str) -> None:
    found = buckets(Between(date(2026, 3, 1), date(2026, 3, 5)), interval, project(zone), NOW)
    assert all(a.end == b.start for a, b in itertools.pairwise(found))
    assert found[0].start == min(b.start for b in found)


def test_a_range_that_ends_before_it_begins_is_refused() -> None:
    with pytest.raises(InvalidQuestion, match=r"range\.to"):
        buckets(Between(date(2026, 1, 2), date(2026, 1, 1)), Interval.DAY, project(), NOW)


def test_too_many_buckets_are_refused() -> None:
    with pytest.raises(InvalidQuestion, match="interval"):
        buckets(Between(date(2020, 1, 1), date(2026, 1, 1)), Interval.MINUTE, project(), NOW)


def test_now_is_in_utc() -> None:
    assert datetime.fromtimestamp(NOW / 1000, UTC).hour == 10
