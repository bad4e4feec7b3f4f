"""Runs questions: waits until what was accepted can be seen, then lets the question's report answer."""

import asyncio
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from diptych.model import Project
from diptych.model.clock import now_ms
from diptych.query.asked import Asked
from diptych.query.cohorts import Saved, resolved
from diptych.query.questions import Question
from diptych.query.relative import absolute
from diptych.query.reports import REPORTS
from diptych.store.engine import Engine, Rows
from diptych.store.sql import Sql

_THREADS = 4

Settled = Callable[[], Awaitable[bool]]


async def no_saved_cohorts(project: Project, cohort: str) -> None:
    """The saved cohorts of a place that has none."""
    return


class Queries:
    """Answers questions. `settled` waits until accepted events can be seen, and says whether they can."""

    def __init__(self, engine: Engine, settled: Settled, saved_cohorts: Saved = no_saved_cohorts) -> None:
        self._engine = engine
        self.settled = settled
        self._saved_cohorts = saved_cohorts
        self._threads = ThreadPoolExecutor(_THREADS, thread_name_prefix="query")

    async def ask(self, project: Project, question: Question) -> Any:
        """Answer a question, with the type of answer of its report.

        Raises InvalidQuestion for one that cannot be asked, EngineUnavailable and EngineRefused.
        """
        asked = await self._asked(project, question)
        question = await resolved(question, project, asked.now, self._saved_cohorts)
        question = absolute(question, asked.now, project.timezone)
        return await REPORTS[type(question)].answer(question, asked)

    async def people(self, project: Project, question: Question, selection: Any) -> list[int]:
        """Who is behind a part of the answer, as hashes of persons (or groups). Raises as `ask` does."""
        asked = await self._asked(project, question)
        question = await resolved(question, project, asked.now, self._saved_cohorts)
        question = absolute(question, asked.now, project.timezone)
        statement = REPORTS[type(question)].people(question, selection, asked)
        return [who for (who,) in await asked.rows(statement)]

    async def _asked(self, project: Project, question: Question) -> Asked:
        now = now_ms()
        behind = not await self.settled()
        kind = type(question).__name__.lower()
        return Asked(project, now, kind, self.rows, behind=behind)

    async def rows(self, one: Sql, name: str) -> Rows:
        """The rows of one statement, without holding up the event loop."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._threads, lambda: self._engine.query(one, name=name))

    def close(self) -> None:
        """Let running queries end and start no more."""
        self._threads.shutdown(cancel_futures=True)
