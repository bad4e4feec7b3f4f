"""`POST /api/v1/sql` against a running server."""

import io

import pyarrow as pa
import pytest

QUESTION = """SELECT name, count() AS events, min(time) AS first, map('a', [1]) AS nested
FROM events GROUP BY name ORDER BY name"""


@pytest.fixture
def asked(project):
    body = [
        {"event": name, "properties": {"token": project.token, "distinct_id": "u", "time": 1_770_000_000}}
        for name in ("A, the first", "B", "B")
    ]
    with project.server.client() as client:
        client.post("/import", json=body, params={"strict": "0", "project_id": project.id}, auth=project.account)

        def ask(**fields):
            request = {"project_id": project.id, "sql": QUESTION} | fields
            return client.post("/api/v1/sql", json=request, auth=project.account)

        yield ask


def test_json(asked) -> None:
    answer = asked().json()
    assert [column["name"] for column in answer["columns"]] == ["name", "events", "first", "nested"]
    assert answer["rows"] == [
        ["A, the first", 1, "2026-02-02T02:40:00Z", {"a": [1]}],
        ["B", 2, "2026-02-02T02:40:00Z", {"a": [1]}],
    ]
    assert answer["explanation"]["sql"][0].startswith("SELECT name, count() AS events")


def test_csv(asked) -> None:
    answer = asked(format="csv")
    assert answer.headers["content-type"].startswith("text/csv")
    assert answer.text.splitlines()[:2] == [
        "name,events,first,nested",
        '"A, the first",1,2026-02-02T02:40:00Z,"{""a"":[1]}"',
    ]


def test_arrow(asked) -> None:
    answer = asked(format="arrow")
    assert answer.headers["content-type"] == "application/vnd.apache.arrow.stream"
    table = pa.ipc.open_stream(io.BytesIO(answer.content)).read_all()
    assert table.column("events").to_pylist() == [1, 2]


@pytest.mark.parametrize(
    ("fields", "field"),
    [({"sql": "SELECT * FROM file('x')"}, "sql"), ({"limit": 1}, "sql"), ({"limit": 0}, None), ({"format": "x"}, None)],
)
def test_what_is_wrong_is_named(asked, fields, field) -> None:
    answer = asked(**fields)
    assert answer.status_code == 400
    assert answer.json()["error"]["field"] == field or field is None


def test_no_credential_no_rows(project) -> None:
    with project.server.client() as client:
        answer = client.post("/api/v1/sql", json={"project_id": project.id, "sql": "SELECT 1"})
    assert answer.status_code == 401
