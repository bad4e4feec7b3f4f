"""One-time links and sessions."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
import sqlalchemy as sa

from diptych.control import Control, sign_ins
from diptych.control.database import open_database
from diptych.model.clock import now_ms
from diptych.settings import Settings

DAY = 86_400_000


@pytest.fixture
def later(monkeypatch: pytest.MonkeyPatch) -> Callable[[int], None]:
    """Stops the clock, and lets time pass in milliseconds."""
    now = now_ms()

    def pass_time(milliseconds: int) -> None:
        nonlocal now
        now += milliseconds
        monkeypatch.setattr(sign_ins, "now_ms", lambda: now)

    pass_time(0)
    return pass_time


def test_a_link_works_once(control: Control) -> None:
    links = control.sign_ins
    link = links.new_link()
    assert len(link) == 43
    assert links.nobody_yet()
    assert asyncio.run(links.is_open(link))
    session = asyncio.run(links.use(link))
    assert session is not None and len(session) == 43
    assert asyncio.run(links.is_signed_in(session))
    assert not links.nobody_yet()
    assert not asyncio.run(links.is_open(link))
    assert asyncio.run(links.use(link)) is None


def test_two_who_use_a_link_at_once(control: Control) -> None:
    link = control.sign_ins.new_link()
    with ThreadPoolExecutor(8) as threads:
        sessions = list(threads.map(lambda _: asyncio.run(control.sign_ins.use(link)), range(8)))
    assert len([session for session in sessions if session]) == 1


def test_a_link_works_for_a_day(control: Control, later: Callable[[int], None]) -> None:
    early, late = control.sign_ins.new_link(), control.sign_ins.new_link()
    later(DAY - 1)
    assert asyncio.run(control.sign_ins.use(early))
    later(1)
    assert not asyncio.run(control.sign_ins.is_open(late))
    assert asyncio.run(control.sign_ins.use(late)) is None


def test_a_session_lasts_thirty_days(control: Control, later: Callable[[int], None]) -> None:
    session = asyncio.run(control.sign_ins.use(control.sign_ins.new_link()))
    assert session
    later(30 * DAY - 1)
    assert asyncio.run(control.sign_ins.is_signed_in(session))
    later(1)
    assert not asyncio.run(control.sign_ins.is_signed_in(session))


@pytest.mark.parametrize("guess", ["", "x", "\0", "\udcff", "é" * 5000])
def test_guesses(control: Control, guess: str) -> None:
    control.sign_ins.new_link()
    assert not asyncio.run(control.sign_ins.is_open(guess))
    assert asyncio.run(control.sign_ins.use(guess)) is None
    assert not asyncio.run(control.sign_ins.is_signed_in(guess))


def test_nothing_that_opens_anything_is_kept(settings: Settings, control: Control) -> None:
    made = control.projects.create("Shop")
    link, spent = control.sign_ins.new_link(), control.sign_ins.new_link()
    session = asyncio.run(control.sign_ins.use(spent))
    assert session
    database = open_database(settings)
    with database.reading() as connection:
        tables = sa.inspect(connection).get_table_names()
        kept = repr([connection.execute(sa.select(sa.text("*")).select_from(sa.table(t))).all() for t in tables])
    database.close()
    assert made.token in kept
    for secret in (made.secret, made.service_account.secret, link, spent, session):
        assert secret not in kept
