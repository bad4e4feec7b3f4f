"""/lookup-tables: types of cells, all rows or none, errors by row."""

import base64
import gzip
from typing import Any

import pytest

from diptych.protocols.mixpanel.lookups import read_csv

AUTH = {"Authorization": "Basic " + base64.b64encode(b"account:password").decode()}
CSV = b"id,name,seats\r\na,Acme,5\r\n"


def put(client: Any, body: bytes, **headers: str) -> Any:
    return client.put("/lookup-tables/t-1?project_id=7", content=body, headers=AUTH | headers)


def test_the_tables_are_listed(client) -> None:
    answer = client.get("/lookup-tables?project_id=7", headers=AUTH)
    assert answer.json() == {"code": 200, "status": "OK", "results": [{"id": "t-1", "name": "Accounts"}]}


@pytest.mark.parametrize("zipped", [False, True])
def test_a_table_is_replaced(client, services, zipped: bool) -> None:
    headers = {"Content-Type": "text/csv"} | ({"Content-Encoding": "gzip"} if zipped else {})
    answer = put(client, gzip.compress(CSV) if zipped else CSV, **headers)
    assert (answer.status_code, answer.json()) == (200, {"code": 200, "status": "OK"})
    assert services.lookups.tables[0].columns == ["id", "name", "seats"]
    assert services.lookups.rows == [("a", {"name": '"Acme"', "seats": "5"})]


def test_types_of_cells() -> None:
    cells = {
        "5": "5",
        "-1.50": "-1.50",
        "1e3": "1e3",
        "007": '"007"',
        "TRUE": "true",
        "false": "false",
        "": None,
        " ": None,
        "2026-01-31": '"2026-01-31"',
        "2026-01-31T10:00:00Z": '"2026-01-31T10:00:00Z"',
        '["a","b"]': '["a","b"]',
        "[a]": '"[a]"',
        "text": '"text"',
        " padded ": '" padded "',
        "München, 'x' \"y\"": '"München, \'x\' \\"y\\""',
        "two\nlines": '"two\\nlines"',
    }
    lines = "".join(f'"{n}","{cell.replace(chr(34), chr(34) * 2)}"\r\n' for n, cell in enumerate(cells))
    header, rows = read_csv(b"\xef\xbb\xbfkey,value\r\n" + lines.encode())
    assert header == ["key", "value"]
    assert [values.get("value") for _, values in rows] == list(cells.values())


WRONG = {
    b"id,name\na,x\n,y\nb\n": {
        2: "primary key is required and cannot be blank",
        3: "invalid row: wrong number of fields",
    },
    b"id,name\na,x\na,y\n": {2: "primary key must be unique"},
    b"": {0: "a header row is required"},
    b"id,id\n": {0: "invalid header: names of columns must not be blank and not repeat"},
    b"id\n\xff\n": {0: "the file must be UTF-8"},
}


@pytest.mark.parametrize("body", WRONG)
def test_a_wrong_table_changes_nothing(client, services, body: bytes) -> None:
    answer = put(client, body)
    assert answer.status_code == 400
    assert answer.json() == {
        "code": 400,
        "error": "Some data points in the request failed validation.",
        "status": "Bad Request",
        "failed_records": [{"index": index, "message": text} for index, text in WRONG[body].items()],
    }
    assert services.lookups.rows == []


def test_at_most_ten_wrong_rows_are_listed(client) -> None:
    assert len(put(client, b"id,name\n" + b"x\n" * 50).json()["failed_records"]) == 10


def test_who_may_not(client) -> None:
    assert client.get("/lookup-tables?project_id=7").status_code == 401
    assert client.put("/lookup-tables/t-1?project_id=7", content=CSV).status_code == 401
    answer = client.put("/lookup-tables/t-2?project_id=7", content=CSV, headers=AUTH)
    assert (answer.status_code, answer.json()["error"]) == (404, "Lookup table with id 't-2' was not found.")
