"""`POST /api/v1/sql`: a SELECT over the views of one project, answered as JSON, CSV or Arrow."""

import csv
import io
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Any

import msgspec
import pyarrow as pa
from litestar import Request, Response, post

from diptych.protocols.native.access import project_for
from diptych.protocols.native.errors import ApiError
from diptych.protocols.native.questions import while_connected
from diptych.protocols.services import Services
from diptych.query.answer import Explanation
from diptych.query.usersql.rebuild import InvalidSql
from diptych.query.usersql.run import MOST_ROWS

_ARROW = "application/vnd.apache.arrow.stream"


class Format(StrEnum):
    """How the rows come back."""

    JSON = "json"
    CSV = "csv"
    ARROW = "arrow"


class SqlRequest(msgspec.Struct, forbid_unknown_fields=True):
    """A SELECT. `limit`: most rows of the result; with more, the answer is an error."""

    project_id: int
    sql: str
    format: Format = Format.JSON
    limit: Annotated[int, msgspec.Meta(ge=1, le=MOST_ROWS)] = 10_000


class SqlColumn(msgspec.Struct):
    """A column of the result: its name and its Arrow type."""

    name: str
    type: str


class SqlAnswer(msgspec.Struct):
    """Rows as lists, in the order of the columns. Times are ISO texts, in UTC unless the column has another zone."""

    columns: list[SqlColumn]
    rows: list[list[Any]]
    explanation: Explanation


_EXAMPLE = {"project_id": 1, "sql": "SELECT name, count() AS events FROM events GROUP BY name", "limit": 100}


@post("/sql", status_code=200, opt={"reads": True, "example": _EXAMPLE})
async def run_sql(request: Request[Any, Any, Any], data: SqlRequest, services: Services) -> Response[Any]:
    """Run a SELECT over `events`, `people`, `groups`, `property_history` and `identity_links` (docs/sql.md).

    Closing the connection cancels it.
    """
    project = await project_for(request, services, data.project_id)
    try:
        asking = services.user_sql.ask(project, data.sql, limit=data.limit)
        table, explanation = await while_connected(request, asking)
    except InvalidSql as error:
        raise ApiError(400, str(error).removeprefix("sql: "), "sql") from None
    if data.format is Format.ARROW:
        return Response(_arrow(table), media_type=_ARROW)
    if data.format is Format.CSV:
        return Response(_csv(table), media_type="text/csv; charset=utf-8")
    columns = [SqlColumn(field.name, str(field.type)) for field in table.schema]
    return Response(SqlAnswer(columns, [[_plain(value) for value in row] for row in _rows(table)], explanation))


def _rows(table: pa.Table) -> list[tuple[Any, ...]]:
    return list(zip(*(column.to_pylist(maps_as_pydicts="lossy") for column in table.columns), strict=True))


def _arrow(table: pa.Table) -> bytes:
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.schema) as writer:
        writer.write_table(table)
    return bytes(sink.getvalue())


def _csv(table: pa.Table) -> str:
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(table.column_names)
    for row in _rows(table):
        writer.writerow([_cell(_plain(value)) for value in row])
    return out.getvalue()


def _cell(value: Any) -> Any:
    if isinstance(value, (dict, list)):
        return msgspec.json.encode(value).decode()
    return str(value).lower() if isinstance(value, bool) else value


def _plain(value: Any) -> Any:
    """A value as JSON has it."""
    match value:
        case datetime():
            return value.isoformat().replace("+00:00", "Z")
        case date():
            return value.isoformat()
        case Decimal():
            return str(value)
        case bytes():
            return value.decode("utf-8", "replace")
        case float() if value != value or value in (float("inf"), float("-inf")):
            return None
        case dict():
            return {str(key): _plain(inner) for key, inner in value.items()}
        case list() | tuple():
            return [_plain(inner) for inner in value]
    return value
