"""/lookup-tables: list and replace.

Source: Mixpanel's reference of lookup tables.
"""

import asyncio
from typing import Any

from litestar import Request, Response, route

from diptych.model import Project, Role
from diptych.protocols import bodies
from diptych.protocols.cells import NoCsv, cell_of, lines_of
from diptych.protocols.mixpanel import auth, decode, replies
from diptych.protocols.services import Services
from diptych.store.lookups import Row

Asked = Request[Any, Any, Any]
BODY_LIMIT = 100 << 20
_MOST_FAILURES = 10
_FAILED = "Some data points in the request failed validation."


class InvalidTable(ValueError):
    """Rows that are wrong: position in the file (the header is 0) → what is wrong."""

    def __init__(self, rows: dict[int, str]) -> None:
        super().__init__(_FAILED)
        self.rows = rows


@route("/lookup-tables", http_method=["GET"], status_code=200)
async def list_tables(request: Asked, services: Services) -> Response[Any]:
    """The project's lookup tables."""
    project = await auth.project_of(request, decode.query_fields(request), services)
    if project is None:
        return replies.failure(401, "Invalid credentials")
    found = await asyncio.to_thread(services.lookups.list, project.id)
    results = [{"id": table.id, "name": table.name} for table in found]
    return Response({"code": 200, "status": "OK", "results": results}, status_code=200)


@route("/lookup-tables/{table_id:str}", http_method=["PUT"], status_code=200)
async def replace_table(request: Asked, services: Services, table_id: str) -> Response[Any]:
    """Replace a table by the rows of a CSV file, all of them or none."""
    project = await auth.project_of(request, decode.query_fields(request), services, Role.EDITOR)
    if project is None:
        return replies.failure(401, "Invalid credentials")
    try:
        body = await bodies.read(request, BODY_LIMIT)
        found = await asyncio.to_thread(_replace, services, project, table_id, body)
    except bodies.TooLarge as error:
        return replies.failure(413, f"request exceeds max limit of {error.limit} bytes")
    except bodies.BadEncoding as error:
        return replies.failure(400, str(error))
    except InvalidTable as error:
        failed = [{"index": index, "message": text} for index, text in sorted(error.rows.items())[:_MOST_FAILURES]]
        body_of_error = {"code": 400, "error": _FAILED, "status": "Bad Request", "failed_records": failed}
        return Response(body_of_error, status_code=400)
    if not found:
        return replies.failure(404, f"Lookup table with id '{table_id}' was not found.")
    return Response({"code": 200, "status": "OK"}, status_code=200)


def _replace(services: Services, project: Project, table_id: str, body: bytes) -> bool:
    table = services.lookups.get(project.id, table_id)
    if table is None:
        return False
    columns, rows = read_csv(body)
    services.lookups.replace(project.id, table, columns, rows)
    return True


def read_csv(body: bytes) -> tuple[list[str], list[Row]]:
    """Header and rows of a CSV file (RFC 4180); the first column is the key. Raises InvalidTable."""
    try:
        lines = lines_of(body)
    except NoCsv as error:
        raise InvalidTable({0: str(error)}) from None
    if not lines:
        raise InvalidTable({0: "a header row is required"})
    header = [name.strip() for name in lines[0]]
    if "" in header or len(set(header)) < len(header):
        raise InvalidTable({0: "invalid header: names of columns must not be blank and not repeat"})
    rows: list[Row] = []
    wrong: dict[int, str] = {}
    seen: set[str] = set()
    for index, line in enumerate(lines[1:], 1):
        problem = _problem(line, header, seen)
        if problem:
            wrong[index] = problem
            continue
        seen.add(line[0])
        rows.append((line[0], _values(header, line)))
    if wrong:
        raise InvalidTable(wrong)
    return header, rows


def _problem(line: list[str], header: list[str], seen: set[str]) -> str:
    if len(line) != len(header):
        return "invalid row: wrong number of fields"
    if not line[0].strip():
        return "primary key is required and cannot be blank"
    return "primary key must be unique" if line[0] in seen else ""


def _values(header: list[str], line: list[str]) -> dict[str, str]:
    return {name: cell for name, text in zip(header[1:], line[1:], strict=True) if (cell := cell_of(text)) is not None}
