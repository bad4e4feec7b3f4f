import pytest

from diptych.ingest import marks
from diptych.ingest.marks import Marks


@pytest.fixture
def clock(monkeypatch) -> list[float]:
    now = [100.0]
    monkeypatch.setattr(marks.time, "monotonic", lambda: now[0])
    return now


def test_the_age_is_that_of_the_oldest_that_waits(clock: list[float]) -> None:
    found = Marks(0)
    assert found.age(0, 0) == 0
    for position in (0, 10, 20, 30):
        clock[0] += 2
        found.add(position)
    assert found.age(0, 40) == 6
    assert found.age(10, 40) == 4
    assert found.age(30, 40) == 0
    clock[0] += 60
    assert found.age(39, 40) == 60
    assert found.age(40, 40) == 0


def test_what_an_earlier_run_left_is_as_old_as_this_run(clock: list[float]) -> None:
    found = Marks(500)
    clock[0] += 7
    assert found.age(100, 500) == 7


def test_many_requests_within_a_second_make_one_mark(clock: list[float]) -> None:
    found = Marks(0)
    for position in range(1_000):
        clock[0] += 0.001
        found.add(position)
    assert found.age(999, 1_000) <= 1.001
