"""Paths, write keys, body forms and answers."""

import base64
import gzip
import json
from typing import Any

import pytest

TRACK = {"type": "track", "userId": "user-1", "event": "Opened"}
NO_KEY = {"authorization": ""}

PATHS = [
    ("track", "t", {"event": "Opened"}, "Opened"),
    ("page", "p", {"name": "Home"}, "Page Viewed"),
    ("screen", "s", {"name": "Home"}, "Screen Viewed"),
    ("identify", "i", {"traits": {}}, "$identify"),
    ("group", "g", {"groupId": "acme"}, "$groupidentify"),
    ("alias", "a", {"previousId": "old"}, "$create_alias"),
]


def basic(text: str) -> dict[str, str]:
    return {"authorization": f"Basic {base64.b64encode(text.encode()).decode()}"}


@pytest.mark.parametrize(("path", "short", "fields", "name"), PATHS)
def test_each_call_has_a_path_and_a_short_one(client, services, path, short, fields, name) -> None:
    for place in (f"/v1/{path}", f"/v1/{path}/", f"/v1/{short}"):
        answer = client.post(place, json={"userId": "user-1"} | fields)
        assert (answer.status_code, answer.json()) == (200, {"success": True})
    assert [event.name for event in services.pipeline.events] == [name] * 3


@pytest.mark.parametrize("path", ["/v1/batch", "/v1/b", "/v1/import"])
def test_a_batch(client, services, path: str) -> None:
    calls = [{"type": call, "userId": "user-1"} | fields for call, _, fields, _ in PATHS]
    answer = client.post(path, json={"batch": calls})
    assert (answer.status_code, answer.json()) == (200, {"success": True})
    assert [event.name for event in services.pipeline.events] == [name for *_, name in PATHS]
    assert {event.protocol for event in services.pipeline.events} == {"segment"}


def test_the_path_says_what_a_single_message_is(client, services) -> None:
    client.post("/v1/track", json=TRACK | {"type": "identify"})
    [event] = services.pipeline.events
    assert event.name == "Opened"
    assert event.envelope["type"] == '"identify"'


@pytest.mark.parametrize("user", ["TOKEN:", "TOKEN", "TOKEN:ignored"])
def test_the_write_key_as_basic_user_name(client, services, user: str) -> None:
    assert client.post("/v1/track", json=TRACK, headers=basic(user), auth=None).status_code == 200
    assert len(services.pipeline.events) == 1


KEYS_IN_BODY = [
    ("/v1/track", TRACK | {"writeKey": "TOKEN"}),
    ("/v1/batch", {"batch": [TRACK], "writeKey": "TOKEN"}),
    ("/v1/batch", {"batch": [TRACK, TRACK | {"writeKey": "TOKEN"}]}),
    ("/v1/batch", {"batch": [TRACK | {"writeKey": "other"}], "writeKey": "TOKEN"}),
]


@pytest.mark.parametrize("header", [NO_KEY, {"authorization": "Bearer abc"}])
@pytest.mark.parametrize(("path", "body"), KEYS_IN_BODY)
def test_the_write_key_in_the_body(client, services, path: str, body: Any, header: dict[str, str]) -> None:
    client.auth = None
    assert client.post(path, json=body, headers=header).status_code == 200
    assert services.pipeline.events
    assert all("writeKey" not in event.envelope for event in services.pipeline.events)


WRONG_KEYS = [
    ({}, {}),
    ({}, {"writeKey": "other"}),
    ({}, {"writeKey": ["TOKEN"]}),
    (basic("other:"), {}),
    (basic("other:"), {"writeKey": "TOKEN"}),
    ({"authorization": "Basic ????"}, {}),
]


@pytest.mark.parametrize(("headers", "fields"), WRONG_KEYS)
def test_an_unknown_write_key_is_told(client, services, headers: dict[str, str], fields: dict[str, Any]) -> None:
    """Ours on purpose. Segment answers 200 and discards."""
    client.auth = None
    answer = client.post("/v1/track", json=TRACK | fields, headers=headers)
    assert answer.status_code == 401
    found = answer.json()
    assert (found["success"], found["code"]) == (False, "invalid_write_key")
    assert "token" in found["message"]
    assert services.pipeline.batches == []


def test_compressed_and_plain_text_bodies(client, services) -> None:
    text = json.dumps({"batch": [TRACK]}).encode()
    packed = gzip.compress(text)
    forms = [
        (packed, {"Content-Encoding": "gzip"}),
        (text, {"Content-Encoding": "gzip"}),
        (b"\xef\xbb\xbf " + text + b"\n", {"Content-Type": "text/plain"}),
    ]
    for body, headers in forms:
        assert client.post("/v1/batch", content=body, headers=headers).status_code == 200
    assert len(services.pipeline.events) == 3


BROKEN = [
    ("/v1/track", b"", "invalid_json"),
    ("/v1/track", b"{", "invalid_json"),
    ("/v1/track", b"[]", "invalid_json"),
    ("/v1/track", b'{"event":NaN}', "invalid_json"),
    ("/v1/track", b'"x"', "invalid_json"),
    ("/v1/track", b'{"a":' * 100_000 + b"1" + b"}" * 100_000, "invalid_json"),
    ("/v1/batch", b"", "invalid_json"),
    ("/v1/batch", b"[]", "invalid_json"),
    ("/v1/batch", b"{}", "invalid_json"),
    ("/v1/batch", b'{"batch":{}}', "invalid_json"),
    ("/v1/batch", b'{"batch":null}', "invalid_json"),
    ("/v1/batch", b'{"batch":[}', "invalid_json"),
    ("/v1/batch", b'{"batch":[NaN],}', "invalid_json"),
    ("/v1/batch", b'{"batch":[NaN]} x', "invalid_json"),
    ("/v1/batch", b'{"batch":[NaN] "x":1}', "invalid_json"),
    ("/v1/batch", b'{"batch" [NaN]}', "invalid_json"),
    ("/v1/batch", b"{1:[NaN]}", "invalid_json"),
    ("/v1/batch", b'{"batch":[],"context":NaN}', "invalid_json"),
    ("/v1/track", b'{"event":"' + b"x" * (1 << 20) + b'"}', "payload_too_large"),
]


@pytest.mark.parametrize(("path", "body", "code"), BROKEN, ids=range(len(BROKEN)))
def test_a_body_that_is_wrong_as_a_whole(client, services, path: str, body: bytes, code: str) -> None:
    answer = client.post(path, content=body)
    assert answer.status_code == 400
    found = answer.json()
    assert (found["success"], found["code"]) == (False, code)
    assert found["message"]
    assert services.pipeline.batches == []


def test_gzip_that_is_none_and_a_bomb(client, services) -> None:
    headers = {"Content-Encoding": "gzip"}
    answer = client.post("/v1/batch", content=b"\x1f\x8bnonsense", headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid_encoding")
    bomb = gzip.compress(b" " * (2 << 20))
    answer = client.post("/v1/track", content=bomb, headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (400, "payload_too_large")


def test_a_full_spool_asks_to_come_back(client, services) -> None:
    services.pipeline.full = True
    answer = client.post("/v1/batch", json={"batch": [TRACK]})
    assert (answer.status_code, answer.headers["Retry-After"]) == (429, "10")
    assert answer.json()["code"] == "overloaded"


def test_an_empty_batch_is_no_error(client) -> None:
    answer = client.post("/v1/batch", json={"batch": []})
    assert (answer.status_code, answer.json()) == (200, {"success": True})


def test_what_stands_beside_a_batch_is_merged_into_its_messages(client, services) -> None:
    own = TRACK | {"context": {"ip": "10.0.0.2"}, "integrations": {"A": False}, "channel": "own"}
    body = {
        "batch": [own, TRACK],
        "context": {"ip": "10.0.0.1", "locale": "de"},
        "integrations": {"All": True},
        "channel": "server",
        "sentAt": "2026-01-01T00:00:00Z",
    }
    client.post("/v1/batch", json=body)
    first, second = services.pipeline.events
    assert first.context == {"ip": '"10.0.0.2"', "language": '"German"'}
    assert json.loads(first.envelope["context"]) == {"ip": "10.0.0.2", "locale": "de"}
    assert json.loads(first.envelope["integrations"]) == {"All": True, "A": False}
    assert (first.envelope["channel"], second.envelope["channel"]) == ('"own"', '"server"')
    assert second.context["ip"] == '"10.0.0.1"'
    assert first.upload_time == second.upload_time == 1_767_225_600_000


@pytest.mark.parametrize("path", ["/v1/track", "/v1/t", "/v1/b", "/v1/m", "/v1/projects/TOKEN/settings"])
def test_browsers_may_ask_from_any_site(client, path: str) -> None:
    origin = {"Origin": "https://shop.example", "Access-Control-Request-Headers": "x-retry-count"}
    answer = client.options(path, headers=origin)
    assert answer.status_code == 204
    assert answer.headers["access-control-allow-origin"] == "https://shop.example"
    assert "x-retry-count" in answer.headers["access-control-allow-headers"]
    refused = client.post("/v1/t", content=b"{", headers={"Origin": "https://shop.example"})
    assert refused.headers["access-control-allow-origin"] == "https://shop.example"


def test_settings_name_this_server(client) -> None:
    answer = client.get("/v1/projects/TOKEN/settings", headers={"Host": "stats.example:8000"})
    assert answer.status_code == 200
    found = answer.json()
    assert found["integrations"] == {"Segment.io": {"apiKey": "TOKEN", "apiHost": "stats.example:8000/v1"}}
    assert found["metrics"] == {"sampleRate": 0}
    assert client.get("/v1/projects/other/settings").status_code == 404


def test_metrics_of_the_browser_library_are_taken_and_dropped(client, services) -> None:
    answer = client.post("/v1/m", content=b'{"series":[]}', headers={"Content-Type": "text/plain"})
    assert (answer.status_code, answer.json()) == (200, {"success": True})
    assert services.pipeline.batches == []
