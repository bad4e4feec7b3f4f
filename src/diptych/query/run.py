"""Runs questions: question → resolved → SQL → rows → answer."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import msgspec

from diptych.model import Project
from diptych.model.clock import now_ms
from diptych.query.answer import Bucket, Explanation, SegmentationAnswer, Series
from diptych.query.parts import Scalar
from diptych.query.questions import Question
from diptych.query.resolve import buckets
from diptych.query.sentence import sentence
from diptych.query.sql.segmentation import statement
from diptych.store.engine import Engine, Rows
from diptych.store.sql import Sql

_THREADS = 4

Settled = Callable[[], Awaitable[bool]]


class Queries:
    """Answers questions. `settled` waits until accepted events can be seen, and says whether they can."""

    def __init__(self, engine: Engine, settled: Settled) -> None:
        self._engine = engine
        self.settled = settled
        self._threads = ThreadPoolExecutor(_THREADS, thread_name_prefix="query")

    async def ask(self, project: Project, question: Question) -> SegmentationAnswer:
        """Answer a question.

        Raises InvalidQuestion for one that cannot be asked, EngineUnavailable and EngineRefused.
        """
        now = now_ms()
        intervals = buckets(question.range, question.interval, project, now)
        statements = [statement(question, metric, project, intervals) for metric in question.metrics]
        behind = not await self.settled()
        started = time.perf_counter()
        results = [await self.rows(one, f"project {project.id} segmentation") for one in statements]
        return SegmentationAnswer(
            buckets=intervals,
            series=[
                series
                for metric, result in enumerate(results)
                for series in _series(metric, result, intervals, len(question.breakdowns))
            ],
            timezone=project.timezone,
            explanation=Explanation(
                sentence=sentence(question, project.timezone),
                sql=[one.text for one in statements],
                parameters=[{name: str(value) for name, value in one.parameters.items()} for one in statements],
                rows_read=sum(result.rows_read for result in results),
                elapsed_ms=round((time.perf_counter() - started) * 1000, 1),
                computed_at=now,
                behind=behind,
            ),
        )

    async def rows(self, one: Sql, name: str) -> Rows:
        """The rows of one statement, without holding up the event loop."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._threads, lambda: self._engine.query(one, name=name))

    def close(self) -> None:
        """Let running queries end and start no more."""
        self._threads.shutdown(cancel_futures=True)


def _series(metric: int, result: Rows, intervals: list[Bucket], breakdowns: int) -> list[Series]:
    places = {bucket.start // 1000: place for place, bucket in enumerate(intervals)}
    return [
        Series(
            metric=metric,
            breakdown=[_value(text) for text in combination[:breakdowns]],
            values=_line(points, places),
            overall=overall,
        )
        for combination, overall, points in result.rows
    ] or ([] if breakdowns else [Series(metric=metric, breakdown=[], values=[0] * len(intervals), overall=0)])


def _line(points: list[tuple[int, Any]], places: dict[int, int]) -> list[int | float]:
    line: list[int | float] = [0] * len(places)
    for start, value in points:
        line[places[start]] = value
    return line


def _value(text: str) -> Scalar:
    """A breakdown value; lists and objects stay JSON text."""
    if not text:
        return None
    try:
        value = msgspec.json.decode(text)
    except msgspec.DecodeError:
        return text
    return text if isinstance(value, (dict, list)) else value
