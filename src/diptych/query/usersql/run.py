"""Runs users' SQL within its bounds."""

import re
import time
import uuid

import pyarrow as pa

from diptych.model import Project
from diptych.model.clock import now_ms
from diptych.query.answer import Explanation
from diptych.query.run import Queries
from diptych.query.usersql.rebuild import InvalidSql, rebuild
from diptych.query.usersql.results import may_hold_moments, readable, with_moments
from diptych.store.engine import EngineRefused, EngineUnavailable
from diptych.store.sql import sql

MOST_ROWS = 1_000_000
_SECONDS = 30
_BYTES = 1 << 30
# The engine's words without its own number, and without the statement as it was rebuilt.
_CODE = re.compile(r"^.*?DB::Exception: ")
_SCOPE = re.compile(r"[:.]? In scope .*|: while executing .*|: In scope .*|\s*\([A-Z_]+\)\s*$", re.DOTALL)
_TOO_MANY_ROWS, _TOO_SLOW, _TOO_LARGE = 396, 159, 241


class UserSql:
    """Answers users' SQL over one project."""

    def __init__(self, queries: Queries) -> None:
        self._queries = queries

    async def ask(self, project: Project, text: str, *, limit: int = 10_000) -> tuple[pa.Table, Explanation]:
        """The rows of a SELECT, at most `limit`, and how they came about.

        Raises InvalidSql for what cannot be run, more rows than the limit included, and EngineUnavailable.
        """
        statement = rebuild(text, project)
        behind = not await self._queries.settled()
        started = time.perf_counter()
        settings = {
            "max_result_rows": limit,
            "result_overflow_mode": "throw",
            "max_execution_time": _SECONDS,
            "max_memory_usage": _BYTES,
            "max_bytes_before_external_group_by": _BYTES // 3,
            "max_bytes_before_external_sort": _BYTES // 3,
        }
        try:
            read = await self._queries.columns(project, statement, f"project {project.id} sql {uuid.uuid4()}", settings)
        except EngineRefused as error:
            raise InvalidSql(_in_words(error.code, str(error), limit)) from None
        except EngineUnavailable as error:
            if "MEMORY_LIMIT_EXCEEDED" not in str(error):
                raise
            raise InvalidSql(_in_words(_TOO_LARGE, str(error), limit)) from None
        if read.table.num_rows > limit:
            raise InvalidSql(_in_words(_TOO_MANY_ROWS, "", limit))
        table = read.table
        if may_hold_moments(table):
            described = await self._queries.rows(sql("DESCRIBE ({statement})", statement=statement), "types of sql")
            table = with_moments(table, [row[1] for row in described.rows])
        return readable(table), Explanation(
            sentence="What the SQL says.",
            sql=[statement.text],
            parameters=[{key: str(value) for key, value in statement.parameters.items()}],
            rows_read=read.rows_read or 0,
            bytes_read=read.bytes_read or 0,
            elapsed_ms=round((time.perf_counter() - started) * 1000, 1),
            computed_at=now_ms(),
            behind=behind,
        )


def _in_words(code: int, text: str, limit: int) -> str:
    if code == _TOO_MANY_ROWS:
        return f"sql: the result has more than {limit} rows; add a LIMIT, or ask for more with `limit`"
    if code == _TOO_SLOW:
        return f"sql: not done after {_SECONDS} seconds; narrow the time or the events"
    if code == _TOO_LARGE:
        return "sql: needs too much memory; narrow the time or the events, or group before joining"
    return "sql: " + _SCOPE.sub("", _CODE.sub("", text))
