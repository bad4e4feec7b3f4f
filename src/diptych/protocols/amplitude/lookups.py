"""Lookup tables.

Source: the Lookup Table API's reference, version 2 (`/api/3/lookup_table`), with its codes of errors. Questions of our
own API name a table by its id (`lookup` of a property); `key` and `property` of the upload are kept and repeated.
"""

import asyncio
import csv
import io
import json
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from typing import Any

import msgspec
from litestar import Request, Response, route
from litestar.datastructures import UploadFile

from diptych.model import Project
from diptych.protocols.amplitude.asking import Answered, Refused, answered
from diptych.protocols.cells import NoCsv, cell_of, lines_of
from diptych.protocols.services import Services
from diptych.store.lookups import LookupTable, Row

Asked = Request[Any, Any, Any]
_BASE = "/api/3/lookup_table"
_MOST_BYTES = 100 << 20
_MOST_BODY = _MOST_BYTES + (1 << 20)
_MOST_ROWS = 1_000_000
_MOST_CELL = 1024
_MOST_NAME = 255
_BY = "API"  # keys of a project are nobody's


class _KeyProperty(msgspec.Struct):
    """The property whose values are the keys."""

    value: str
    type: str = "event"
    groupType: str | None = None  # noqa: N815 - as clients send it


class _About(msgspec.Struct):
    """What the client said of a table, besides its rows."""

    property: _KeyProperty | None = None
    file: str = ""
    size: int = 0


class _Wrong(Refused):
    """An error with a code of the reference."""

    def __init__(self, code: str, message: str, status: int = 400) -> None:
        super().__init__(status, message)
        self.code = f"LOOKUP_TABLE_{code}"


@route(_BASE, http_method=["GET"], status_code=200)
async def list_tables(request: Asked, services: Services) -> Answered:
    """The project's lookup tables."""
    return await _answer(request, services, _listed)


@route(_BASE, http_method=["POST"], status_code=200, request_max_body_size=_MOST_BODY)
async def create_table(request: Asked, services: Services) -> Answered:
    """A new table, with its rows."""
    return await _answer(request, services, _created)


@route(f"{_BASE}/{{name:str}}", http_method=["GET"], status_code=200)
async def read_table(request: Asked, services: Services) -> Answered:
    """One table, without its rows."""
    return await _answer(request, services, _read)


@route(f"{_BASE}/{{name:str}}/csv", http_method=["GET"], status_code=200)
async def read_rows(request: Asked, services: Services) -> Answered:
    """The rows of a table."""
    return await _answer(request, services, _as_csv)


@route(f"{_BASE}/{{name:str}}", http_method=["PUT", "PATCH"], status_code=200, request_max_body_size=_MOST_BODY)
async def change_table(request: Asked, services: Services) -> Answered:
    """Other rows in place of all (PUT), or of those with the same keys (PATCH)."""
    return await _answer(request, services, _changed)


@route(f"{_BASE}/{{name:str}}", http_method=["DELETE"], status_code=200)
async def delete_table(request: Asked, services: Services) -> Answered:
    """Take a table away."""
    return await _answer(request, services, _deleted)


HANDLERS = [list_tables, create_table, read_table, read_rows, change_table, delete_table]


async def _answer(request: Asked, services: Services, work: Any) -> Answered:
    """The answer, or an error in the words of the reference."""

    async def done(project: Project, _fields: Any, services: Services, request: Asked) -> Any:
        try:
            return await work(project, services, request)
        except _Wrong as error:
            return _refused(error.status, error.code, str(error))

    return await answered(
        request, services, done, lambda status, text: _refused(status, "LOOKUP_TABLE_INVALID_INPUT", text)
    )


def _refused(status: int, code: str, message: str) -> Answered:
    printable = message.encode("utf-8", "replace").decode()
    body = {"statusCode": status, "message": printable, "errorCode": code, "extraParams": {}}
    return Response(body, status_code=status, headers={"Retry-After": "5"} if status == 503 else {})


async def _listed(project: Project, services: Services, request: Asked) -> Any:
    found = await asyncio.to_thread(services.lookups.list, project.id)
    return [_shown(project, table) for table in found]


async def _read(project: Project, services: Services, request: Asked) -> Any:
    return _shown(project, await _table(project, services, request))


async def _created(project: Project, services: Services, request: Asked) -> Any:
    form = await _form(request)
    name = form.get("name")
    if not isinstance(name, str) or not name.strip() or len(name) > _MOST_NAME or not name.isprintable():
        raise _Wrong("INVALID_TABLE_NAME", f"name: expected 1 to {_MOST_NAME} printable characters")
    if any(table.name == name for table in await asyncio.to_thread(services.lookups.list, project.id)):
        raise _Wrong("ALREADY_EXISTS", f"name: there is a lookup table {name!r}", 409)
    file, body = await _file(form)
    about = _About(_key_property(form.get("property")), file, len(body))
    columns, rows = await asyncio.to_thread(_rows_of, body, form.get("key"))
    work = partial(services.lookups.create, project.id, name, msgspec.json.encode(about).decode())
    made = await asyncio.to_thread(work)
    return _shown(project, await asyncio.to_thread(services.lookups.replace, project.id, made, columns, rows))


async def _changed(project: Project, services: Services, request: Asked) -> Any:
    table = await _table(project, services, request)
    form = await _form(request)
    file, body = await _file(form)
    columns, rows = await asyncio.to_thread(_rows_of, body, form.get("key"))
    if request.method == "PATCH":
        if columns[:1] != table.columns[:1]:
            raise _Wrong("INVALID_KEY_COLUMN", f"file: expected the key {table.columns[0]!r} as the first column")
        before = dict(await asyncio.to_thread(services.lookups.rows, project.id, table))
        rows = [*(before | {key: before.get(key, {}) | values for key, values in rows}).items()]
        columns = [*dict.fromkeys([*table.columns, *columns])]
        _require_few(len(rows))
    about = msgspec.structs.replace(_about(table), file=file, size=len(body))
    if said := form.get("property"):
        about = msgspec.structs.replace(about, property=_key_property(said))
    told = replace(table, about=msgspec.json.encode(about).decode())
    return _shown(project, await asyncio.to_thread(services.lookups.replace, project.id, told, columns, rows))


async def _as_csv(project: Project, services: Services, request: Asked) -> Any:
    table = await _table(project, services, request)
    rows = await asyncio.to_thread(services.lookups.rows, project.id, table)
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(table.columns)
    writer.writerows([key, *(_text(values.get(column)) for column in table.columns[1:])] for key, values in rows)
    return Response(out.getvalue(), media_type="text/csv")


async def _deleted(project: Project, services: Services, request: Asked) -> Any:
    table = await _table(project, services, request)
    await asyncio.to_thread(services.lookups.delete, project.id, table)
    return {"message": f"Deleted lookup table {table.name}", "success": True}


async def _table(project: Project, services: Services, request: Asked) -> LookupTable:
    name = request.path_params["name"]
    for table in await asyncio.to_thread(services.lookups.list, project.id):
        if table.name == name:
            return table
    raise _Wrong("DOES_NOT_EXIST", f"there is no lookup table {name!r}")


async def _form(request: Asked) -> Any:
    if not request.headers.get("content-type", "").startswith("multipart/form-data"):
        raise _Wrong("INVALID_FILE_COUNT", "file: expected a multipart form with one CSV file")
    return await request.form()


async def _file(form: Any) -> tuple[str, bytes]:
    """Name and content of the one file of a form."""
    files = [value for value in form.values() if isinstance(value, UploadFile)]
    if len(files) != 1:
        raise _Wrong("INVALID_FILE_COUNT", "file: expected one CSV file")
    body = await files[0].read()
    if len(body) > _MOST_BYTES:
        raise _Wrong("INVALID_FILE_SIZE", f"file: expected at most {_MOST_BYTES} bytes", 413)
    return files[0].filename, body


def _key_property(sent: Any) -> _KeyProperty | None:
    if not sent:
        return None
    try:
        return msgspec.json.decode(sent, type=_KeyProperty)
    except (msgspec.DecodeError, TypeError) as error:
        example = '{"value":"sku","type":"event"}'
        raise _Wrong("INVALID_KEY_PROPERTY", f"property: expected JSON such as {example} ({error})") from None


def _rows_of(body: bytes, key: Any) -> tuple[list[str], list[Row]]:
    """Header and rows of a file, whose first column is the key."""
    try:
        lines = lines_of(body)
    except NoCsv as error:
        raise _Wrong("MALFORMED_CSV", f"file: {error}") from None
    header = [name.strip() for name in lines[0]] if lines else []
    if not header or "" in header or len(set(header)) < len(header):
        raise _Wrong("INVALID_COLUMN_HEADERS", "file: expected a header row whose names are neither empty nor repeated")
    if key and key != header[0]:
        raise _Wrong("INVALID_KEY_COLUMN", f"key: expected {header[0]!r}, the first column of the file, not {key!r}")
    if len(header) < 2:
        raise _Wrong("INVALID_VALUE_COLUMN", "file: expected a column besides the key")
    _require_few(len(lines) - 1)
    seen: set[str] = set()
    rows: list[Row] = []
    for number, line in enumerate(lines[1:], 2):
        rows.append(_row(header, line, seen, number))
    return header, rows


def _row(header: list[str], line: list[str], seen: set[str], number: int) -> Row:
    if len(line) != len(header):
        raise _Wrong("MALFORMED_CSV", f"file: row {number} has {len(line)} cells, the header {len(header)}")
    if max(map(len, line)) > _MOST_CELL:
        raise _Wrong("INVALID_VALUE_COLUMN", f"file: row {number} has a cell of more than {_MOST_CELL} characters")
    key = line[0]
    if not key or key in seen:
        code = "KEY_COLUMN_DUPLICATE_VALUES" if key else "INVALID_KEY_COLUMN"
        raise _Wrong(code, f"file: the key of row {number}, {key!r}, is empty or was there before")
    seen.add(key)
    cells = zip(header[1:], map(cell_of, line[1:]), strict=True)
    return key, {name: cell for name, cell in cells if cell is not None}


def _require_few(rows: int) -> None:
    if rows > _MOST_ROWS:
        raise _Wrong("INVALID_NUMBER_OF_ROWS", f"file: expected at most {_MOST_ROWS:,} rows", 413)


def _text(cell: str | None) -> str:
    """A cell as a file has it."""
    if cell is None:
        return ""
    return str(json.loads(cell)) if cell.startswith('"') else cell


def _about(table: LookupTable) -> _About:
    return msgspec.json.decode(table.about, type=_About) if table.about else _About()


def _shown(project: Project, table: LookupTable) -> dict[str, Any]:
    about = _about(table)
    return {
        "appId": project.id,
        "name": table.name,
        "columnHeaders": table.columns,
        "createdAt": _moment(table.created),
        "createdBy": _BY,
        "lastModifiedAt": _moment(table.changed),
        "lastModifiedBy": _BY,
        "isDeleted": False,
        "isConfigured": bool(table.columns),
        "keyColumnHeader": table.columns[0] if table.columns else "",
        "keyProperty": msgspec.to_builtins(about.property),
        "fileName": about.file,
        "rowCount": table.row_count,
        "sizeBytes": about.size,
    }


def _moment(time: int) -> str:
    return datetime.fromtimestamp(time / 1000, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
