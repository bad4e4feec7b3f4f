"""Runs questions: waits until what was accepted can be seen, then lets the question's report answer."""

import asyncio
import contextlib
import inspect
import uuid
from collections.abc import Awaitable, Callable, Hashable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any, TypeVar

import msgspec

from diptych.model import Project
from diptych.model.clock import now_ms
from diptych.query.asked import Asked
from diptych.query.cache import Answers, key_of
from diptych.query.cohorts import NOTHING_SAVED, Saved, resolved
from diptych.query.questions import Question
from diptych.query.relative import absolute
from diptych.query.reports import REPORTS
from diptych.query.slots import Slots
from diptych.query.sql.properties import COLUMN_OF, ColumnOf
from diptych.store.engine import (
    STOPPED,
    TOO_LARGE,
    TOO_SLOW,
    Columns,
    Engine,
    EngineRefused,
    EngineUnavailable,
    Progress,
    Rows,
)
from diptych.store.sql import Sql

_AT_ONCE = 4
_OF_ONE_PROJECT = 2
_THREADS = 8
SECONDS = 60
_POLL = 0.5
_NARROW = "ask for a shorter range, for named events, or for fewer breakdowns"

Settled = Callable[[], Awaitable[bool]]
Told = Callable[[Progress], None]
T = TypeVar("T")


class QuestionStopped(Exception):
    """The question was not answered: it took too long or too much memory, or was cancelled."""


class Queries:
    """Answers questions. `settled` waits until accepted events can be seen, and says whether they can."""

    def __init__(
        self,
        engine: Engine,
        settled: Settled,
        saved: Saved = NOTHING_SAVED,
        *,
        seconds: float = SECONDS,
        column_of: ColumnOf = lambda scope, key: None,
    ) -> None:
        """`seconds`: how long a statement may take. `column_of`: where promoted properties are."""
        self._engine = engine
        self.settled = settled
        self._saved = saved
        self._seconds = seconds
        self._column_of = column_of
        self._threads = ThreadPoolExecutor(_THREADS, thread_name_prefix="query")
        self._slots = Slots(_AT_ONCE, _OF_ONE_PROJECT)
        self._answers = Answers()
        self._running: dict[tuple[int, str], asyncio.Task[Any]] = {}

    async def ask(
        self, project: Project, question: Question, *, question_id: str = "", told: Told = lambda progress: None
    ) -> Any:
        """Answer a question, with the type of answer of its report.

        Args:
            project: whose data.
            question: what is asked.
            question_id: by which it can be cancelled.
            told: is called while it runs, twice a second.

        Raises InvalidQuestion for one that cannot be asked, QuestionStopped, EngineUnavailable and EngineRefused.
        """
        return await self._cancellable(project, question_id, lambda name: self._answer(project, question, name, told))

    async def people(self, project: Project, question: Question, selection: Any) -> list[int]:
        """Who is behind a part of the answer, as hashes of persons (or groups). Raises as `ask` does."""
        asked = await self._asked(project, question, "", lambda progress: None)
        return [who for (who,) in await asked.rows(await self.behind(asked, question, selection))]

    async def behind(self, asked: Asked, question: Question, selection: Any) -> Sql:
        """A statement for who is behind a part of the answer: one column `who`. Raises InvalidQuestion."""
        question = await resolved(question, asked.project, asked.now, self._saved)
        question = absolute(question, asked.now, asked.project.timezone)
        statement = REPORTS[type(question)].people(question, selection, asked)
        found: Sql = await statement if inspect.isawaitable(statement) else statement
        return found

    async def asked(self, project: Project, question: Question) -> Asked:
        """What statements about a question are run with."""
        return await self._asked(project, question, "", lambda progress: None)

    def cancel(self, project: Project, question_id: str) -> bool:
        """Stop a question; whether there was one."""
        task = self._running.get((project.id, question_id))
        return task is not None and task.cancel()

    async def columns(self, project: Project, one: Sql, name: str, settings: dict[str, Any]) -> Columns:
        """The columns of a statement in its turn, stopped when nobody waits any more. `name` is its own.

        Raises EngineRefused and EngineUnavailable.
        """
        return await self._in_turn(
            project.id, name, lambda: self._engine.columns(one, name=name, settings=settings), lambda progress: None
        )

    async def kept(self, project: Project, what: Hashable, find: Callable[[], Awaitable[T]]) -> T:
        """What `find` gives of a project's data, or gave when they were as they are now; `what` names it."""
        whole = await self.settled()
        # Before reading, as in `_answer`.
        key = (project.id, what, await asyncio.to_thread(self._engine.version, project.id))
        found: T | None = self._answers.get(key)
        if found is None:
            found = await find()
            if whole:
                self._answers.keep(key, found)
        return found

    async def rows(self, one: Sql, name: str, settings: dict[str, Any] | None = None) -> Rows:
        """The rows of one short statement, without holding up the event loop."""
        loop = asyncio.get_running_loop()
        run = partial(self._engine.query, one, name=name, settings=settings)
        return await loop.run_in_executor(self._threads, run)

    def close(self) -> None:
        """Let running queries end and start no more."""
        self._threads.shutdown(cancel_futures=True)

    async def _cancellable(self, project: Project, question_id: str, start: Callable[[str], Awaitable[Any]]) -> Any:
        name = question_id or uuid.uuid4().hex
        task = asyncio.ensure_future(start(name))
        self._running[project.id, name] = task
        try:
            return await task
        except asyncio.CancelledError:
            current = asyncio.current_task()
            if current is not None and current.cancelling():
                raise
            raise QuestionStopped("the question was cancelled") from None
        finally:
            self._running.pop((project.id, name), None)

    async def _answer(self, project: Project, question: Question, question_id: str, told: Told) -> Any:
        asked = await self._asked(project, question, question_id, told)
        # Before reading, so that what is written meanwhile cannot be missing from a version that has it.
        version = await asyncio.to_thread(self._engine.version, project.id)
        definite = await resolved(question, project, asked.now, self._saved)
        key = key_of(project, definite, version, asked.now)
        found = self._answers.get(key) if key is not None else None
        if found is not None:
            return msgspec.structs.replace(found, explanation=msgspec.structs.replace(found.explanation, cached=True))
        found = await REPORTS[type(question)].answer(absolute(definite, asked.now, project.timezone), asked)
        if key is not None and not found.explanation.behind:
            self._answers.keep(key, found)
        return found

    async def _asked(self, project: Project, question: Question, question_id: str, told: Told) -> Asked:
        now = now_ms()
        behind = not await self.settled()
        COLUMN_OF.set(self._column_of)

        async def run(one: Sql, name: str) -> Rows:
            return await self._bounded(project.id, one, name, told)

        kind = type(question).__name__.lower()
        return Asked(project, now, kind, run, behind=behind, question_id=question_id or uuid.uuid4().hex)

    async def _bounded(self, project: int, one: Sql, name: str, told: Told) -> Rows:
        """The rows of a statement in its turn. Raises QuestionStopped for one that is too slow or too large."""
        settings = {"max_execution_time": self._seconds}
        last = Progress(0, 0, 0)

        def hear(progress: Progress) -> None:
            nonlocal last
            last = progress
            told(progress)

        try:
            return await self._in_turn(
                project, name, lambda: self._engine.query(one, name=name, settings=settings), hear
            )
        except (EngineRefused, EngineUnavailable) as error:
            raise _in_words(error, self._seconds, last) from error

    async def _in_turn(self, project: int, name: str, work: Callable[[], T], told: Told) -> T:
        """What a statement gives, run in its turn, watched, and stopped when nobody waits for it any more."""
        await self._slots.take(project)
        loop = asyncio.get_running_loop()
        thread = self._threads.submit(work)
        # The place is free when the engine is done, which may be later than nobody waiting for it.
        thread.add_done_callback(lambda _: _later(loop, self._slots.give_back, project))
        running = asyncio.wrap_future(thread)
        last = Progress(0, 0, 0)
        try:
            while not (await asyncio.wait({running}, timeout=_POLL))[0]:
                found: Progress | None = await asyncio.to_thread(self._engine.progress, name)
                last = found or last
                told(last)
            return running.result()
        except asyncio.CancelledError:
            running.cancel()
            loop.run_in_executor(None, self._stop, name)
            raise

    def _stop(self, name: str) -> None:
        with contextlib.suppress(EngineUnavailable, EngineRefused):
            self._engine.stop(name)


def _later(loop: asyncio.AbstractEventLoop, call: Callable[[int], None], project: int) -> None:
    with contextlib.suppress(RuntimeError):  # the loop is closed: nobody waits for a place
        loop.call_soon_threadsafe(call, project)


def _in_words(error: EngineRefused | EngineUnavailable, seconds: float, last: Progress) -> Exception:
    """What to tell of a statement that the engine broke off."""
    code = error.code if isinstance(error, EngineRefused) else 0
    if code == TOO_SLOW:
        share = f", {100 * last.rows_read // last.rows_expected}% of what it has to" if last.rows_expected else ""
        return QuestionStopped(
            f"not done after {seconds:g} seconds, in which it read {last.rows_read:,} rows{share}; {_NARROW}"
        )
    if code == TOO_LARGE or "MEMORY_LIMIT_EXCEEDED" in str(error):
        return QuestionStopped(f"needs more memory than a question may take; {_NARROW}")
    if code == STOPPED:
        return QuestionStopped("the question was cancelled")
    return error
