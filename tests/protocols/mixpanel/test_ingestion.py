"""/track, /engage, /groups and /import: every body form, every reply to the byte."""

import base64
import gzip
import json
import time
from typing import Any
from urllib.parse import quote, urlencode

import pytest

from diptych.model import IdentityMode, Operation

NOW = int(time.time())
EVENT = {"event": "Signed up", "properties": {"token": "TOKEN", "distinct_id": "u1", "time": NOW, "Plan": "Pro 😀+"}}
TEXT = json.dumps(EVENT)
LIST = json.dumps([EVENT])
B64 = base64.b64encode(json.dumps([EVENT], ensure_ascii=False).encode()).decode()
FORM = {"Content-Type": "application/x-www-form-urlencoded"}
JSON = {"Content-Type": "application/json"}


def cesu8(text: str) -> bytes:
    """As the browser SDK's own encoder writes characters beyond the basic plane."""
    units = text.encode("utf-16-be")
    pairs = [units[i : i + 2] for i in range(0, len(units), 2)]
    return b"".join(pair.decode("utf-16-be", "surrogatepass").encode("utf-8", "surrogatepass") for pair in pairs)


BODIES = {
    "json object": (JSON, TEXT.encode()),
    "json list": (JSON, LIST.encode()),
    "json with a byte order mark": (JSON, b"\xef\xbb\xbf" + LIST.encode()),
    "form of raw json": (FORM, urlencode({"data": TEXT, "verbose": "0"}).encode()),
    "form of base64": (FORM, urlencode({"data": B64}).encode()),
    "form of base64, plus signs not escaped": (FORM, b"data=" + B64.encode()),
    "form of base64, no padding": (FORM, urlencode({"data": B64.rstrip("=")}).encode()),
    "form of base64, url-safe": (FORM, urlencode({"data": B64.replace("+", "-").replace("/", "_")}).encode()),
    "form of base64, CESU-8": (
        FORM,
        urlencode({"data": base64.b64encode(cesu8(json.dumps([EVENT], ensure_ascii=False))).decode()}).encode(),
    ),
    "json under a form's type": (FORM, LIST.encode()),
    "form under json's type": (JSON, urlencode({"data": B64}).encode()),
    "gzip of json": (JSON | {"Content-Encoding": "gzip"}, gzip.compress(LIST.encode())),
    "gzip of a form": (FORM | {"Content-Encoding": "gzip"}, gzip.compress(urlencode({"data": B64}).encode())),
}


@pytest.mark.parametrize("name", BODIES)
@pytest.mark.parametrize("path", ["/track", "/track/", "/track//"])
def test_every_body_form_is_read(client, services, name: str, path: str) -> None:
    headers, body = BODIES[name]
    answer = client.post(path, content=body, headers=headers)
    assert (answer.status_code, answer.content) == (200, b"1")
    assert answer.headers["content-type"].startswith("text/plain")
    [event] = services.pipeline.events
    assert (event.name, event.distinct_id, event.time) == ("Signed up", "u1", NOW * 1000)
    assert event.properties == {"Plan": '"Pro 😀+"'}


@pytest.mark.parametrize("data", [quote(TEXT), quote(B64)], ids=["json", "base64"])
def test_pixels_and_node_send_by_get(client, services, data: str) -> None:
    answer = client.get(f"/track?data={data}&ip=0&verbose=0&_=123")
    assert answer.content == b"1"
    assert len(services.pipeline.events) == 1


def test_raw_quotes_and_braces_in_the_query_string(client, services) -> None:
    assert client.get("/track", params={"data": TEXT}).content == b"1"


BAD = {"event": "", "properties": {"token": "TOKEN"}}
REPLIES = [
    # records, flags → status, type, body
    ([EVENT], {}, "text/plain", b"1"),
    ([BAD], {}, "text/plain", b"0"),
    ([EVENT, BAD], {}, "text/plain", b"1"),
    ([EVENT], {"verbose": "1"}, "application/json", b'{"error": null, "status": 1}'),
    ([EVENT], {"callback": "done"}, "text/javascript", b"done(1);"),
    ([EVENT], {"callback": "alert(1)//"}, "text/plain", b"1"),
]


@pytest.mark.parametrize(("records", "flags", "kind", "body"), REPLIES, ids=range(len(REPLIES)))
@pytest.mark.parametrize("where", ["query", "form"])
def test_replies_to_the_byte(client, records: Any, flags: Any, kind: str, body: bytes, where: str) -> None:
    form = {"data": json.dumps(records)} | (flags if where == "form" else {})
    answer = client.post("/track", params=flags if where == "query" else {}, content=urlencode(form), headers=FORM)
    assert (answer.status_code, answer.content) == (200, body)
    assert answer.headers["content-type"].startswith(kind)


def test_a_failure_in_words(client) -> None:
    answer = client.post("/track?verbose=1", content=json.dumps([BAD]))
    assert answer.json() == {"error": "'event' is invalid: must not be missing or empty", "status": 0}


def test_a_pixel(client) -> None:
    answer = client.get("/track", params={"data": TEXT, "img": "1"})
    assert answer.headers["content-type"] == "image/gif"
    assert answer.content.startswith(b"GIF89a")


@pytest.mark.parametrize("body", [b"", b"data=", b"data=%%%", b"{", b"[1,"])
def test_nothing_readable(client, services, body: bytes) -> None:
    assert client.post("/track", content=body, headers=FORM).content == b"0"
    assert services.pipeline.events == []


def test_an_unknown_token_is_not_told_apart(client, services) -> None:
    sent = {"event": "A", "properties": {"token": "other"}}
    assert client.post("/track", json=[sent]).content == b"1"
    assert services.pipeline.events == []


HOSTILE = [
    b'{"event":"A","properties":{"token":"TOKEN","p":NaN}}',
    b'{"event":5,"properties":{"token":"TOKEN"}}',
    b'{"event":"A","properties":[]}',
    b'"text"',
    b"null",
    b'{"event":"A","properties":{"token":"TOKEN","time":"yesterday"}}',
    b'{"event":"A","properties":{"token":"TOKEN","time":99999999999999999999}}',
    b'{"event":"A","properties":{"token":"TOKEN","time":-1e300}}',
]
ODD = [
    rb'{"event":"A","properties":{"token":"TOKEN","p":"\ud800"}}',
    b'{"event":"A","properties":{"token":"TOKEN","p":1e400,"q":123456789012345678901234567890}}',
    b'{"event":"A","properties":{"token":"TOKEN","p":1,"p":2}}',
    b'{"event":"A","properties":{"token":"TOKEN","p":' + b"[" * 60 + b"]" * 60 + b"}}",
    '{"event":"\'; DROP TABLE events; <script> ../../etc 😀","properties":{"token":"TOKEN"}}'.encode(),
    b'{"event":"A","properties":{"token":"TOKEN","' + b"k" * 5000 + b'":1}}',
]


@pytest.mark.parametrize("bad", HOSTILE)
def test_one_bad_event_takes_no_good_one_with_it(client, services, bad: bytes) -> None:
    body = b"[" + TEXT.encode() + b"," + bad + b"," + TEXT.encode() + b"]"
    assert client.post("/track", content=body, headers=JSON).content == b"1"
    assert len(services.pipeline.events) == 2


@pytest.mark.parametrize("path", ["/track", "/engage", "/import"])
def test_a_body_nested_too_deep_is_refused_in_words(client, services, path: str) -> None:
    body = b'[{"event":"A","properties":{"token":"TOKEN","p":' + b"[" * 100_000 + b"]" * 100_000 + b"}}]"
    answer = client.post(f"{path}?verbose=1", content=body, headers=basic("SECRET:"))
    assert answer.status_code in (200, 400)
    assert answer.json()["error"]
    assert services.pipeline.events == []


@pytest.mark.parametrize("odd", ODD)
def test_odd_events_are_kept(client, services, odd: bytes) -> None:
    body = b"[" + TEXT.encode() + b"," + odd + b"]"
    assert client.post("/track", content=body, headers=JSON).content == b"1"
    assert len(services.pipeline.events) == 2


def test_values_are_kept_to_the_digit(client, services) -> None:
    body = (
        rb'[{"event":"A","properties":{"token":"TOKEN","a":1e400,"b":12345678901234567890123,"c":"\ud800","d":null}}]'
    )
    client.post("/track", content=body, headers=JSON)
    assert services.pipeline.events[0].properties == {
        "a": "1e400",
        "b": "12345678901234567890123",
        "c": r'"\ud800"',
        "d": "null",
    }


TIMES = [
    (NOW, NOW * 1000),
    (NOW * 1000 + 123, NOW * 1000 + 123),
    (NOW - 0.5, NOW * 1000 - 500),
    (str(NOW), NOW * 1000),
]


@pytest.mark.parametrize(("sent", "stored"), TIMES, ids=["seconds", "milliseconds", "fraction", "text"])
def test_times_in_seconds_and_milliseconds(client, services, sent: Any, stored: int) -> None:
    client.post("/track", json=[{"event": "A", "properties": {"token": "TOKEN", "time": sent}}])
    assert services.pipeline.events[0].time == stored


def test_without_a_time_the_time_of_receipt_counts(client, services) -> None:
    client.post("/track", json=[{"event": "A", "properties": {"token": "TOKEN"}}])
    [event] = services.pipeline.events
    assert event.time == event.received
    assert event.client_time is None


def test_an_ignored_event_is_accepted_and_not_stored(client, services) -> None:
    sent = {"event": "A", "properties": {"token": "TOKEN", "$ignore": True}}
    assert client.post("/track", json=[sent]).content == b"1"
    assert services.pipeline.events == []


def test_the_copy_key_is_name_id_time_and_insert_id(client, services) -> None:
    properties = {"token": "TOKEN", "distinct_id": "u1", "time": NOW, "$insert_id": "abc"}
    changes = [{}, {"Plan": "other"}, {"time": NOW - 1}, {"distinct_id": "u2"}, {"$insert_id": "abd"}]
    client.post("/track", json=[{"event": "A", "properties": properties | change} for change in changes])
    keys = [event.copy_key for event in services.pipeline.events]
    assert keys[0] == keys[1]
    assert len(set(keys)) == 4
    assert not services.pipeline.events[0].first_copy_wins


def test_no_insert_id_no_copy(client, services) -> None:
    client.post("/track", content=LIST)
    assert services.pipeline.events[0].copy_key is None


def test_built_in_properties_get_canonical_names(client, services) -> None:
    sent = {"token": "TOKEN", "$browser": "Chrome", "mp_country_code": "DE", "$browser_version": None}
    client.post("/track", json=[{"event": "A", "properties": sent}])
    [event] = services.pipeline.events
    assert event.context == {"browser": '"Chrome"', "country": '"DE"'}
    assert event.properties["$browser"] == '"Chrome"'


def test_device_and_user_on_one_event_make_a_link(client, services) -> None:
    client.post("/track", json=[{"event": "A", "properties": {"token": "TOKEN", "$user_id": "u", "$device_id": "d"}}])
    assert services.pipeline.links == [("$device:d", "u")]
    assert services.pipeline.events[0].distinct_id == "u"


ANON = "6f1c9bb4-7f0c-4b0e-9a0e-0d6f4b1c2a3d"
IDENTITY_EVENTS = [
    ("$identify", {"$identified_id": "u", "$anon_id": ANON}, [(ANON, "u")]),
    ("$identify", {"distinct_id": "u", "$anon_distinct_id": f"$device:{ANON}"}, [(f"$device:{ANON}", "u")]),
    ("$identify", {"$identified_id": "u", "$anon_id": "not-a-uuid"}, [("not-a-uuid", "u")]),
    ("$identify", {"$identified_id": "u"}, []),
    ("$create_alias", {"distinct_id": "u", "alias": "a"}, [("a", "u")]),
    ("$merge", {"$distinct_ids": ["a", "b"]}, [("b", "a")]),
    ("$merge", {"$distinct_ids": ["a"]}, []),
]


@pytest.mark.parametrize(("name", "properties", "links"), IDENTITY_EVENTS)
@pytest.mark.parametrize("mode", [IdentityMode.ORIGINAL, IdentityMode.SIMPLIFIED])
def test_identity_events_are_stated_in_every_mode(client, services, name, properties, links, mode) -> None:
    services.identity(mode)
    assert client.post("/track", json=[{"event": name, "properties": {"token": "TOKEN"} | properties}]).content == b"1"
    assert services.pipeline.links == links
    assert services.pipeline.events[0].control


OPERATIONS = [
    ({"$set": {"a": 1}}, [(Operation.SET, {"a": "1"})]),
    ({"$set_once": {"a": None}}, [(Operation.SET_ONCE, {"a": "null"})]),
    ({"$add": {"a": -2.5}}, [(Operation.ADD, {"a": "-2.5"})]),
    ({"$append": {"a": "x"}}, [(Operation.PUSH, {"a": '"x"'})]),
    ({"$append": {"a": ["x"]}}, [(Operation.PUSH, {"a": '["x"]'})]),
    ({"$add": {"a": 1.5, "b": "2", "c": True}}, [(Operation.ADD, {"a": "1.5"})]),
    ({"$union": {"a": ["x"]}}, [(Operation.UNION, {"a": '["x"]'})]),
    ({"$remove": {"a": "x"}}, [(Operation.REMOVE, {"a": '"x"'})]),
    ({"$unset": ["a", "b"]}, [(Operation.UNSET, {"a": "null", "b": "null"})]),
    ({"$unset": "a"}, [(Operation.UNSET, {"a": "null"})]),
    ({"$delete": ""}, [(Operation.DELETE, {})]),
    ({"$set": {"a": 1}, "$add": {"b": 1}}, [(Operation.SET, {"a": "1"}), (Operation.ADD, {"b": "1"})]),
]


@pytest.mark.parametrize(("sent", "expected"), OPERATIONS)
def test_profile_operations(client, services, sent: dict, expected: list) -> None:
    assert client.post("/engage", json=[{"$token": "TOKEN", "$distinct_id": "u"} | sent]).content == b"1"
    assert [(u.operation, u.values) for u in services.pipeline.updates] == expected
    assert {(u.profile_id, u.group_type) for u in services.pipeline.updates} == {("u", "")}


def test_group_operations(client, services) -> None:
    sent = {"$token": "TOKEN", "$group_key": "company", "$group_id": "acme", "$set": {"seats": 5}}
    assert client.post("/groups/?verbose=1", json=sent).json()["status"] == 1
    [update] = services.pipeline.updates
    assert (update.group_type, update.profile_id, update.values) == ("company", "acme", {"seats": "5"})


@pytest.mark.parametrize("sent", [{"$set": {}}, {"$token": "TOKEN"}, {"$token": "TOKEN", "$distinct_id": "u"}])
def test_a_wrong_update_fails_in_the_body_only(client, services, sent: dict) -> None:
    answer = client.post("/engage?verbose=1", json=[sent])
    assert (answer.status_code, answer.json()["status"]) == (200, 0)
    assert services.pipeline.updates == []


def test_updates_keep_their_order(client, services) -> None:
    records = [{"$token": "TOKEN", "$distinct_id": "u", "$set": {"a": n}} for n in range(3)]
    client.post("/engage", json=records)
    assert [u.values["a"] for u in services.pipeline.updates] == ["0", "1", "2"]
    positions = [u.position for u in services.pipeline.all_updates]
    assert positions == list(range(len(positions)))


def test_an_update_is_never_later_than_its_receipt(client, services) -> None:
    client.post("/engage", json={"$token": "TOKEN", "$distinct_id": "u", "$time": NOW + 99_999, "$set": {"a": 1}})
    [update] = services.pipeline.updates
    assert update.time == update.received


OLD = {"event": "A", "properties": {"distinct_id": "u", "time": 1_500_000_000, "$insert_id": "a-1"}}


def basic(text: str) -> dict[str, str]:
    return {"Authorization": "Basic " + base64.b64encode(text.encode()).decode()}


CREDENTIALS = {
    "project secret": (basic("SECRET:"), {}),
    "project secret without a colon": (basic("SECRET"), {}),
    "token as username": (basic("TOKEN:"), {}),
    "service account": (basic("account:password"), {"project_id": "7"}),
    "plain text": ({"Authorization": "Basic account:password"}, {"project_id": "7"}),
    "api key": ({}, {"api_key": "SECRET"}),
}


@pytest.mark.parametrize("name", CREDENTIALS)
def test_every_credential_of_an_import(client, services, name: str) -> None:
    headers, query = CREDENTIALS[name]
    answer = client.post("/import", params=query | {"strict": "1"}, json=[OLD], headers=headers)
    assert answer.json() == {"code": 200, "num_records_imported": 1, "status": "OK"}
    assert services.pipeline.events[0].time == 1_500_000_000_000


@pytest.mark.parametrize(
    ("headers", "query"),
    [({}, {}), (basic("wrong:"), {}), (basic("account:wrong"), {}), (basic("account:password"), {"project_id": "8"})],
)
def test_a_wrong_credential(client, services, headers: dict, query: dict) -> None:
    answer = client.post("/import", params=query, json=[OLD], headers=headers)
    assert (answer.status_code, answer.json()) == (
        401,
        {"code": 401, "error": "Invalid credentials", "status": "Unauthorized"},
    )
    assert services.pipeline.batches == []


def test_a_strict_import_reports_each_record_and_keeps_the_good_ones(client, services) -> None:
    future = OLD | {"properties": OLD["properties"] | {"time": NOW + 99_999, "$insert_id": "later"}}
    nobody = {"event": "A", "properties": {"time": NOW, "$insert_id": "b"}}
    answer = client.post("/import?strict=1", json=[OLD, future, nobody, OLD], headers=basic("SECRET:"))
    assert answer.status_code == 400
    report = answer.json()
    assert (report["code"], report["num_records_imported"], report["status"]) == (400, 2, "Bad Request")
    assert report["error"] == "some data points in the request failed validation"
    assert report["failed_records"][0] == {
        "index": 1,
        "$insert_id": "later",
        "insert_id": "later",
        "field": "properties.time",
        "message": "'properties.time' is invalid: must not be in the future",
    }
    assert report["failed_records"][1]["message"] == "'properties.distinct_id' is invalid: must not be missing"
    assert len(services.pipeline.events) == 2
    assert sum(count for _, count in services.pipeline.issues) == 2


def test_a_lenient_import(client) -> None:
    headers = basic("SECRET:")
    assert client.post("/import", json=[OLD], headers=headers).content == b"1"
    assert client.post("/import", json=[{}], headers=headers).content == b"0"
    assert client.post("/import?strict=0&verbose=1", json=[{}], headers=headers).json() == {
        "code": 200,
        "error": "some data points in the request failed validation",
        "num_records_imported": 0,
        "status": 0,
    }


def test_lines_of_json(client, services) -> None:
    body = f"{json.dumps(OLD)}\n\nnot json\n{json.dumps(OLD)}\n"
    headers = basic("SECRET:") | {"Content-Type": "application/x-ndjson"}
    answer = client.post("/import?strict=1", content=body, headers=headers)
    assert answer.json()["num_records_imported"] == 2
    assert [record["index"] for record in answer.json()["failed_records"]] == [1]


def test_identity_events_in_a_strict_import_of_a_simplified_project(client, services) -> None:
    merge = {"event": "$merge", "properties": {"$distinct_ids": ["a", "b"], "time": NOW, "distinct_id": ""}}
    answer = client.post("/import?strict=1", json=[OLD, merge], headers=basic("SECRET:"))
    assert answer.status_code == 400
    assert answer.json()["num_records_imported"] == 0
    assert isinstance(answer.json()["failed_records"][0], str)
    assert services.pipeline.events == []


@pytest.mark.parametrize("path", ["/track", "/engage"])
def test_a_full_spool_asks_to_come_back(client, services, path: str) -> None:
    services.pipeline.full = True
    record = EVENT | {"$token": "TOKEN", "$distinct_id": "u", "$set": {}}
    answer = client.post(path, json=[record], headers={"Origin": "https://shop.example"})
    assert answer.status_code == 503
    assert answer.headers["retry-after"] == "10"
    assert answer.headers["access-control-allow-origin"] == "https://shop.example"


def test_browsers_of_any_site_may_send(client) -> None:
    asked = {"Origin": "https://shop.example", "Access-Control-Request-Method": "POST"}
    answer = client.options("/track/", headers=asked)
    assert answer.status_code == 204
    assert answer.headers["access-control-allow-origin"] == "https://shop.example"
    assert answer.headers["access-control-allow-credentials"] == "true"
    assert "Authorization" in answer.headers["access-control-allow-headers"]


STARTUP = [
    ("/settings/", {"sdk_config": {"config": {}}}),
    ("/flags/", {"code": 200, "flags": {}, "pending_first_time_events": []}),
    ("/flags/definitions", {"code": 200, "flags": []}),
    ("/decide", {"notifications": [], "config": {"enable_collect_everything": False}}),
]


@pytest.mark.parametrize(("path", "body"), STARTUP)
def test_what_sdks_ask_at_their_start(client, path: str, body: dict) -> None:
    answer = client.get(path)
    assert (answer.status_code, answer.json()) == (200, body)


def test_session_replays_are_refused_for_good(client) -> None:
    assert client.post("/record/?seq=1", content=b"...").status_code == 400


def test_a_body_that_is_too_large(client, monkeypatch) -> None:
    from diptych.protocols.mixpanel import decode

    monkeypatch.setattr(decode, "BODY_LIMIT", 100)
    answer = client.post("/track", content=b"x" * 101)
    assert (answer.status_code, answer.json()["code"]) == (413, 413)


def test_a_preflight_allows_what_it_asks_for(client) -> None:
    """amplitude-js 8 asks for a header of its own; SDKs to come may too."""
    asked = {"Origin": "https://shop.example", "Access-Control-Request-Headers": "cross-origin-resource-policy"}
    answer = client.options("/track", headers=asked)
    assert answer.headers["access-control-allow-headers"].endswith(", cross-origin-resource-policy")
    odd = client.options("/track", headers=asked | {"Access-Control-Request-Headers": "a;b"})
    assert "a;b" not in odd.headers["access-control-allow-headers"]
