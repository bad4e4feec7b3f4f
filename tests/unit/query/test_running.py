"""Slots, cache and cancelling, with an engine that only waits."""

import asyncio
import threading
from datetime import date
from functools import partial
from typing import Any

import msgspec
import pytest

from diptych.model import Project
from diptych.query.answer import SegmentationAnswer
from diptych.query.cache import Answers, key_of
from diptych.query.parts import Between, Compare, EventSelector, Interval, Last, Metric, Operator, Property
from diptych.query.questions import Segmentation
from diptych.query.run import Queries, QuestionStopped
from diptych.query.slots import Slots
from diptych.store.engine import TOO_SLOW, EngineRefused, Progress, Rows

PROJECT = Project(id=1, name="p", token="t")
OTHER = Project(id=2, name="q", token="u")
QUESTION = Segmentation(metrics=[Metric(EventSelector(["A"]))], range=Last(3))
NOW = 1_774_780_200_000


class Engine:
    """Statements wait until they are let go or stopped."""

    def __init__(self) -> None:
        self.go = threading.Event()
        self.changes = 0
        self.started: list[str] = []
        self.stopped: list[str] = []

    def query(self, statement: Any, *, name: str = "", settings: Any = None) -> Rows:
        self.started.append(name)
        while not self.go.wait(0.01):
            if name in self.stopped:
                raise EngineRefused(394, "cancelled")
        return Rows([], 5, 7)

    def version(self, project: int) -> tuple[int, ...]:
        return (self.changes,)

    def progress(self, name: str) -> Progress | None:
        return Progress(50, 200, 1000)

    def stop(self, name: str) -> None:
        self.stopped.append(name)


async def settled() -> bool:
    return True


def queries(engine: Any, **more: Any) -> Queries:
    return Queries(engine, settled, **more)


def test_the_second_answer_is_the_first_until_something_changes() -> None:
    engine = Engine()
    engine.go.set()

    async def run() -> list[SegmentationAnswer]:
        asked = queries(engine)
        answers = [await asked.ask(PROJECT, QUESTION), await asked.ask(PROJECT, QUESTION)]
        engine.changes += 1
        return [*answers, await asked.ask(PROJECT, QUESTION)]

    first, second, third = asyncio.run(run())
    assert [a.explanation.cached for a in (first, second, third)] == [False, True, False]
    assert second.explanation.computed_at == first.explanation.computed_at
    assert (first.explanation.rows_read, first.explanation.bytes_read) == (5, 7)


def test_an_answer_that_may_be_behind_is_not_kept() -> None:
    engine = Engine()
    engine.go.set()

    async def behind() -> bool:
        return False

    async def run() -> list[bool]:
        asked = Queries(engine, behind)  # type: ignore[arg-type]
        return [(await asked.ask(PROJECT, QUESTION)).explanation.cached for _ in range(2)]

    assert asyncio.run(run()) == [False, False]


def test_one_project_leaves_room_for_another() -> None:
    engine = Engine()

    async def run() -> list[str]:
        asked = queries(engine)
        many = [asyncio.create_task(asked.ask(PROJECT, QUESTION, question_id=f"{n}")) for n in range(6)]
        await asyncio.sleep(0.1)
        one = asyncio.create_task(asked.ask(OTHER, QUESTION))
        await asyncio.sleep(0.1)
        running = list(engine.started)
        engine.go.set()
        await asyncio.gather(*many, one)
        return running

    running = asyncio.run(run())
    assert [name.startswith("project 1") for name in running] == [True, True, False]


def test_a_question_is_cancelled_by_its_id_and_its_statement_stopped() -> None:
    engine = Engine()

    async def run() -> Slots:
        asked = queries(engine)
        task = asyncio.create_task(asked.ask(PROJECT, QUESTION, question_id="mine"))
        await asyncio.sleep(0.1)
        assert not asked.cancel(OTHER, "mine")
        assert asked.cancel(PROJECT, "mine")
        with pytest.raises(QuestionStopped, match="cancelled"):
            await task
        await asyncio.sleep(0.2)
        assert not asked.cancel(PROJECT, "mine")
        return asked._slots

    slots = asyncio.run(run())
    assert engine.stopped == ["project 1 segmentation mine"]
    assert not slots._taken


def test_progress_is_told_while_a_statement_runs() -> None:
    engine = Engine()
    told: list[Progress] = []

    async def run() -> None:
        task = asyncio.create_task(queries(engine).ask(PROJECT, QUESTION, told=told.append))
        await asyncio.sleep(0.8)
        engine.go.set()
        await task

    asyncio.run(run())
    assert told[0] == Progress(50, 200, 1000)


def test_the_time_limit_says_how_far_it_got_and_what_to_narrow() -> None:
    class Slow(Engine):
        def query(self, statement: Any, *, name: str = "", settings: Any = None) -> Rows:
            threading.Event().wait(0.7)
            raise EngineRefused(TOO_SLOW, f"{settings}")

    async def run() -> None:
        await queries(Slow(), seconds=0.5).ask(PROJECT, QUESTION)

    with pytest.raises(QuestionStopped, match=r"0\.5 seconds, in which it read 50 rows, 25% of .*shorter range"):
        asyncio.run(run())


def test_a_place_is_given_to_the_project_that_waited_longest() -> None:
    async def run() -> list[int]:
        slots, order = Slots(1, 1), []
        await slots.take(1)

        async def turn(project: int) -> None:
            await slots.take(project)
            order.append(project)
            slots.give_back(project)

        tasks = [asyncio.create_task(turn(project)) for project in (1, 1, 1, 2, 3)]
        await asyncio.sleep(0)
        slots.give_back(1)
        await asyncio.gather(*tasks)
        return order

    assert asyncio.run(run()) == [1, 2, 3, 1, 1]


def test_a_place_that_was_given_to_someone_who_left_is_free_again() -> None:
    async def run() -> None:
        slots = Slots(1, 1)
        await slots.take(1)
        waiting = asyncio.create_task(slots.take(2))
        await asyncio.sleep(0)
        slots.give_back(1)
        waiting.cancel()
        await asyncio.gather(waiting, return_exceptions=True)
        await asyncio.wait_for(slots.take(3), 1)

    asyncio.run(run())


def test_answers_are_kept_in_bounded_memory() -> None:
    engine = Engine()
    engine.go.set()
    answer = asyncio.run(queries(engine).ask(PROJECT, QUESTION))
    size = len(msgspec.json.encode(answer))
    kept = Answers(most_bytes=size * 4)
    for key in range(6):
        kept.keep(key, answer)
    assert [kept.get(key) is not None for key in range(6)] == [False, False, True, True, True, True]


def test_time_is_part_of_the_key_as_far_as_it_counts() -> None:
    day = Segmentation(metrics=[Metric()], range=Between(date(2026, 3, 1), date(2026, 3, 1)))
    assert key_of(PROJECT, day, (1,), NOW) == key_of(PROJECT, day, (1,), NOW + 60_000)
    assert key_of(PROJECT, day, (1,), NOW) != key_of(PROJECT, day, (1,), NOW + 900_000)
    assert key_of(PROJECT, day, (1,), NOW) != key_of(PROJECT, day, (2,), NOW)
    assert key_of(PROJECT, day, (1,), NOW) != key_of(
        msgspec.structs.replace(PROJECT, timezone="Asia/Tokyo"), day, (1,), NOW
    )
    hour = msgspec.structs.replace(day, interval=Interval.HOUR)
    assert key_of(PROJECT, hour, (1,), NOW) != key_of(PROJECT, hour, (1,), NOW + 60_000)
    lately = Compare(Property("p"), Operator.IN_LAST, [7, "day"])
    recent = msgspec.structs.replace(day, filter=lately)
    assert key_of(PROJECT, recent, (1,), NOW) != key_of(PROJECT, recent, (1,), NOW + 1)


def test_what_the_data_look_like_is_found_again_when_they_change() -> None:
    engine, found = Engine(), []
    asking = queries(engine)

    async def find(what: str = "x") -> list[str]:
        found.append(what)
        return [what]

    async def ask() -> None:
        assert await asking.kept(PROJECT, "names", find) == await asking.kept(PROJECT, "names", find) == ["x"]
        assert found == ["x"]
        assert await asking.kept(PROJECT, "properties", partial(find, "y")) == ["y"]
        assert await asking.kept(OTHER, "names", partial(find, "z")) == ["z"]
        engine.changes += 1
        await asking.kept(PROJECT, "names", find)

    asyncio.run(ask())
    assert found == ["x", "y", "z", "x"]


def test_what_is_still_on_its_way_is_not_kept() -> None:
    found: list[int] = []

    async def behind() -> bool:
        return False

    async def find() -> int:
        found.append(1)
        return 1

    async def ask() -> None:
        asking = Queries(Engine(), behind)  # type: ignore[arg-type]
        await asking.kept(PROJECT, "names", find)
        await asking.kept(PROJECT, "names", find)

    asyncio.run(ask())
    assert len(found) == 2
