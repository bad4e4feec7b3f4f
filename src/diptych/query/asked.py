"""One question on its way to its answer: what it has read so far, so that the answer can explain itself."""

import time
from collections.abc import Awaitable, Callable
from typing import Any

from diptych.model import Project
from diptych.query.answer import Explanation
from diptych.query.parts import InvalidQuestion
from diptych.store.engine import BAD_PATTERN, EngineRefused, Rows
from diptych.store.sql import Sql

RunStatement = Callable[[Sql, str], Awaitable[Rows]]


class Asked:
    """The project and the moment of a question, and the statements that it runs. `now` is in UTC milliseconds."""

    def __init__(
        self, project: Project, now: int, kind: str, run: RunStatement, *, behind: bool = False, question_id: str = ""
    ) -> None:
        self.project = project
        self.now = now
        self.name = f"project {project.id} {kind} {question_id}".strip()
        self._run = run
        self._behind = behind
        self._started = time.perf_counter()
        self._statements: list[Sql] = []
        self._rows_read = 0
        self._bytes_read = 0

    async def rows(self, statement: Sql) -> list[tuple[Any, ...]]:
        """Rows of a statement. Raises EngineUnavailable, EngineRefused, and InvalidQuestion for a bad pattern."""
        self._statements.append(statement)
        try:
            found = await self._run(statement, self.name)
        except EngineRefused as error:
            if error.code == BAD_PATTERN:
                raise InvalidQuestion("filter.values", "a regular expression as RE2 has them") from None
            raise
        self._rows_read += found.rows_read
        self._bytes_read += found.bytes_read
        return found.rows

    def explanation(self, sentence: str) -> Explanation:
        """How the answer was counted, as of now."""
        return Explanation(
            sentence=sentence,
            sql=[one.text for one in self._statements],
            parameters=[{name: str(value) for name, value in one.parameters.items()} for one in self._statements],
            rows_read=self._rows_read,
            bytes_read=self._bytes_read,
            elapsed_ms=round((time.perf_counter() - self._started) * 1000, 1),
            computed_at=self.now,
            behind=self._behind,
        )
