"""The raw export against a running server: what was sent comes out equal."""

import gzip
import json
import time
from typing import Any

import httpx
import pytest
from tests.harness import Project

NOW = int(time.time())
TODAY = time.strftime("%Y-%m-%d", time.gmtime(NOW))
DAYS = {"from_date": "2020-01-01", "to_date": TODAY}
AWKWARD: dict[str, Any] = {
    "text": 'quo"te \\ / ü 😀 \n',
    'key "with" / and ü': True,
    "int": 12345678901234567890,
    "big": 10**40,
    "float": 1.5,
    "exponent": 1e-7,
    "null": None,
    "yes": True,
    "no": False,
    "empty": "",
    "list": [1, "1", None, [2.5], {"k": "v"}],
    "object": {"a": {"b": [None, "ü"]}, "": 1},
    "number in text": "49",
    "$city": "Graz",
    "mp_country_code": "AT",
}


def event(name: str, number: int, **properties: Any) -> dict[str, Any]:
    own = {"time": 1_600_000_000 + number * 86_400, "distinct_id": "u1", "$insert_id": f"id-{number}"}
    return {"event": name, "properties": own | properties}


def imported(project: Project, events: list[dict[str, Any]]) -> None:
    with project.server.client() as client:
        answer = client.post("/import?strict=1", json=events, auth=(project.secret, ""))
    assert answer.json()["num_records_imported"] == len(events), answer.text


def export(project: Project, **parameters: Any) -> httpx.Response:
    with project.server.client() as client:
        return client.get("/api/2.0/export", params=DAYS | parameters, auth=(project.secret, ""))


def lines(project: Project, **parameters: Any) -> list[dict[str, Any]]:
    answer = export(project, **parameters)
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"].startswith("text/plain")
    return [json.loads(line) for line in answer.text.splitlines()]


def test_what_was_imported_comes_out_equal(project: Project) -> None:
    sent = [event("Signed up", 0, **AWKWARD), event('B "ü" /', 1), event("$custom", 2, **{"$user_id": "u1"})]
    imported(project, sent)
    found = lines(project)
    for line in found:
        assert isinstance(line["properties"].pop("mp_processing_time_ms"), int)
    assert found == sent


def test_nothing_is_no_byte(project: Project) -> None:
    answer = export(project)
    assert (answer.status_code, answer.content) == (200, b"")
    imported(project, [event("A", 0)])
    assert export(project, event='["B"]').content == b""


CHOICES = [
    ({}, {0, 1, 2, 3}),
    ({"event": '["A", "C"]'}, {0, 1, 3}),
    ({"event": "A"}, {0, 1}),
    ({"from_date": "2020-09-14"}, {1, 2, 3}),
    ({"to_date": "2020-09-14"}, {0, 1}),
    ({"where": 'properties["n"] >= 2'}, {2, 3}),
    ({"where": 'properties["$time"]>=datetime(1600172800)'}, {2, 3}),
    ({"where": 'user["plan"] == "pro" and properties["n"] < 2'}, {0, 1}),
    ({"limit": "2"}, {0, 1}),
    ({"limit": "1", "event": '["B", "C"]'}, {2}),
]


@pytest.fixture(scope="module")
def four(server: Any) -> Project:
    project = server.add_project("Four events")
    imported(project, [event(name, number, n=number) for number, name in enumerate("AABC")])
    with project.server.client() as client:
        update = {"$token": project.token, "$distinct_id": "u1", "$set": {"plan": "pro"}}
        client.post("/engage", json=[update])
    return project


@pytest.mark.parametrize(("parameters", "expected"), CHOICES, ids=[str(c[0]) for c in CHOICES])
def test_every_parameter_chooses(four: Project, parameters: dict[str, str], expected: set[int]) -> None:
    assert {line["properties"]["n"] for line in lines(four, **parameters)} == expected


def test_times_in_milliseconds(four: Project) -> None:
    [line] = lines(four, event="C", time_in_ms="true")
    assert line["properties"]["time"] == (1_600_000_000 + 3 * 86_400) * 1000


def test_zipped_when_asked_and_worth_it(project: Project) -> None:
    imported(project, [event("A", number, text="x" * 100) for number in range(50)])
    with project.server.client() as client:
        headers = {"Accept-Encoding": "gzip"}
        with client.stream("GET", "/api/2.0/export", params=DAYS, auth=(project.secret, ""), headers=headers) as answer:
            packed = b"".join(answer.iter_raw())
    assert answer.headers["content-encoding"] == "gzip"
    assert len(gzip.decompress(packed).splitlines()) == 50
    with project.server.client() as client:
        plain = client.get(
            "/api/2.0/export", params=DAYS, auth=(project.secret, ""), headers={"Accept-Encoding": "identity"}
        )
    assert "content-encoding" not in plain.headers
    assert len(plain.text.splitlines()) == 50


def test_ids_are_the_persons_and_the_sent_one_is_named(project: Project) -> None:
    imported(project, [
        event("Before", 0, distinct_id="$device:d1"),
        event("Linked", 1, **{"$device_id": "d1", "$user_id": "u9", "distinct_id": "u9"}),
    ])  # fmt: skip
    before, linked = sorted(lines(project), key=lambda line: line["properties"]["time"])
    assert before["properties"]["distinct_id"] == "u9"
    assert before["properties"]["$distinct_id_before_identity"] == "$device:d1"
    assert linked["properties"]["distinct_id"] == "u9"
    assert "$distinct_id_before_identity" not in linked["properties"]


def test_events_of_other_vendors_have_mixpanels_names(project: Project) -> None:
    sent = {
        "event_type": "Paid", "user_id": "user-1", "device_id": "device-1", "time": 1_600_000_000_000,
        "insert_id": "i1", "event_properties": {"amount": 5}, "os_name": "iOS", "country": "Austria",
        "app_version": "1.2", "groups": {"company": ["a", "b"]}, "library": "amplitude-x/1",
    }  # fmt: skip
    with project.server.client() as client:
        client.post("/2/httpapi", json={"api_key": project.token, "events": [sent]})
    [line] = lines(project)
    found = line["properties"]
    assert line["event"] == "Paid"
    expected = {
        "distinct_id": "user-1", "time": 1_600_000_000, "$insert_id": "i1", "$user_id": "user-1",
        "$device_id": "device-1", "amount": 5, "$os": "iOS", "mp_country_code": "AT", "$app_version_string": "1.2",
        "company": ["a", "b"], "mp_lib": "amplitude-x/1",
    }  # fmt: skip
    assert {key: found[key] for key in expected} == expected


WRONG = [
    ({"to_date": "2999-01-01"}, "to_date cannot be later than today"),
    ({"from_date": ""}, "from_date: expected a day"),
    ({"where": "properties["}, "expected string at position 11"),
    ({"limit": "100001"}, "limit: expected a whole number from 1 to 100000"),
    ({"time_in_ms": "maybe"}, "time_in_ms: expected true or false"),
    ({"where": 'behaviors["b"] > 1'}, "only in comparisons of engage"),
]


@pytest.mark.parametrize(("parameters", "message"), WRONG)
def test_errors(four: Project, parameters: dict[str, str], message: str) -> None:
    answer = export(four, **parameters)
    assert answer.status_code == 400
    assert message in answer.json()["error"]


def test_wrong_credentials(four: Project) -> None:
    with four.server.client() as client:
        answer = client.get("/api/2.0/export", params=DAYS, auth=("wrong", ""))
    assert (answer.status_code, answer.json()["error"]) == (401, "Unable to authenticate request")
