"""HTTP V2, batch and the older forms: every field, every error with its index lists."""

import gzip
import json
import time
from datetime import UTC, datetime
from typing import Any

import pytest

from diptych.model import Operation

NOW = int(time.time() * 1000)
EVENT = {"user_id": "user-1", "event_type": "Opened", "time": NOW - 1000}


def upload(*events: Any, **fields: Any) -> dict[str, Any]:
    return {"api_key": "TOKEN", "events": list(events)} | fields


@pytest.mark.parametrize("path", ["/2/httpapi", "/2/httpapi/", "/batch"])
def test_an_accepted_upload(client, services, path: str) -> None:
    body = json.dumps(upload(EVENT, EVENT)).encode()
    answer = client.post(path, content=body)
    assert answer.status_code == 200
    found = answer.json()
    assert (found["code"], found["events_ingested"], found["payload_size_bytes"]) == (200, 2, len(body))
    assert abs(found["server_upload_time"] - time.time() * 1000) < 10_000
    assert [event.name for event in services.pipeline.events] == ["Opened", "Opened"]


def test_a_beacon_and_a_compressed_body(client, services) -> None:
    text = json.dumps(upload(EVENT))
    assert (
        client.post("/2/httpapi", content=text, headers={"Content-Type": "text/plain;charset=UTF-8"}).status_code == 200
    )
    packed = gzip.compress(text.encode())
    assert client.post("/2/httpapi", content=packed, headers={"Content-Encoding": "gzip"}).status_code == 200
    assert len(services.pipeline.events) == 2


def test_every_field_is_kept(client, services) -> None:
    sent = EVENT | {
        "device_id": "device-1",
        "insert_id": "i-1",
        "session_id": 1700000000000,
        "event_id": 3,
        "event_properties": {"price": 49.90, "list": [1, "a"], "nested": {"a": None}, "naïve": "é"},
        "user_properties": {"$set": {"plan": "pro"}},
        "groups": {"company": ["acme", "acme", "beta"], "team": 5},
        "platform": "iOS",
        "os_name": "ios",
        "country": "Germany",
        "ip": "$remote",
        "price": 9.99,
        "productId": "p",
        "plan": {"branch": "main"},
        "something new": [1],
    }
    client.post("/2/httpapi", json=upload(sent))
    [event] = services.pipeline.events
    assert (event.user_id, event.device_id, event.insert_id) == ("user-1", "device-1", "i-1")
    assert (event.session_id, event.event_id) == (1700000000000, 3)
    assert event.properties == {"price": "49.9", "list": '[1,"a"]', "nested": '{"a":null}', "naïve": '"é"'}
    assert event.user_properties == {"$set": '{"plan":"pro"}'}
    assert event.groups == {"company": ["acme", "beta"], "team": ["5"]}
    earned = {"revenue": "9.99", "price": "9.99", "quantity": "1", "product_id": '"p"'}
    assert event.context == {"platform": '"iOS"', "os": '"ios"', "country": '"DE"'} | earned
    assert event.envelope["productId"] == '"p"'
    assert event.envelope["plan"] == '{"branch":"main"}'
    assert event.envelope["something new"] == "[1]"
    assert event.library == "http/1.0"
    assert services.pipeline.links == [("$device:device-1", "user-1")]


def test_session_minus_one_is_no_session(client, services) -> None:
    client.post("/2/httpapi", json=upload(EVENT | {"session_id": -1}))
    assert services.pipeline.events[0].session_id is None


REQUEST_ERRORS = [
    (b"", "Missing request body", None),
    (b"{", "Invalid JSON request body", None),
    (b"[]", "Invalid JSON request body", None),
    (b'{"events":[]}', "Request missing required field", "api_key"),
    (b'{"api_key":"TOKEN"}', "Request missing required field", "events"),
    (b'{"api_key":"TOKEN","events":{}}', "Invalid event JSON", None),
    (b'{"api_key":"other","events":[]}', "Invalid API key: other", None),
]


@pytest.mark.parametrize(("body", "error", "missing"), REQUEST_ERRORS)
def test_errors_of_the_request(client, services, body: bytes, error: str, missing: str | None) -> None:
    answer = client.post("/2/httpapi", content=body)
    assert answer.status_code == 400
    found = answer.json()
    assert (found["code"], found["error"], found["missing_field"]) == (400, error, missing)
    assert services.pipeline.batches == []


EVENT_ERRORS = [
    ({"time": "2026-01-01T00:00:00Z"}, "events_with_invalid_fields", ["time"]),
    ({"time": 10**18}, "events_with_invalid_fields", ["time"]),
    ({"event_properties": [1]}, "events_with_invalid_fields", ["event_properties"]),
    ({"user_properties": "x"}, "events_with_invalid_fields", ["user_properties"]),
    ({"session_id": "x"}, "events_with_invalid_fields", ["session_id"]),
    ({"price": "x"}, "events_with_invalid_fields", ["price"]),
    ({"user_id": "anonymous"}, "events_with_invalid_fields", ["user_id"]),
    ({"event_type": " "}, "events_with_missing_fields", ["event_type"]),
    ({"event_type": None}, "events_with_missing_fields", ["event_type"]),
    ({"user_id": None}, "events_with_missing_fields", ["user_id", "device_id"]),
    ({"user_id": "abc"}, "events_with_invalid_id_lengths", ["user_id"]),
]


@pytest.mark.parametrize(("change", "kind", "fields"), EVENT_ERRORS, ids=range(len(EVENT_ERRORS)))
def test_every_bad_event_is_listed_and_nothing_is_stored(client, services, change, kind: str, fields: list) -> None:
    answer = client.post("/2/httpapi", json=upload(EVENT, EVENT | change, EVENT, EVENT | change))
    assert answer.status_code == 400
    found = answer.json()
    assert found["missing_field"] is None
    assert found[kind] == {field: [1, 3] for field in fields}
    assert services.pipeline.events == []
    assert {count for _, count in services.pipeline.issues} == {2}


def test_an_item_that_is_no_object(client, services) -> None:
    answer = client.post("/2/httpapi", json=upload(EVENT, "text", None))
    assert answer.json()["events_with_invalid_fields"] == {"event": [1, 2]}


def test_a_shorter_minimum_of_ids(client, services) -> None:
    assert (
        client.post("/2/httpapi", json=upload(EVENT | {"user_id": "a"}, options={"min_id_length": 1})).status_code
        == 200
    )
    assert services.pipeline.events[0].user_id == "a"


def test_a_short_user_id_beside_a_device_is_anonymous(client, services) -> None:
    client.post("/2/httpapi", json=upload(EVENT | {"user_id": "abc", "device_id": "device-1"}))
    assert services.pipeline.events[0].distinct_id == "$device:device-1"


def test_numbers_as_ids(client, services) -> None:
    client.post("/2/httpapi", json=upload(EVENT | {"user_id": 1234567}))
    assert services.pipeline.events[0].user_id == "1234567"


def test_odd_text_takes_nothing_with_it(client, services) -> None:
    odd = rb'{"user_id":"user-1","event_type":"Odd","event_properties":{"a":"\ud800","b":1e400,"c":1,"c":2}}'
    body = b'{"api_key":"TOKEN","events":[' + odd + b"," + json.dumps(EVENT).encode() + b"]}"
    assert client.post("/2/httpapi", content=body).status_code == 200
    first, second = services.pipeline.events
    assert first.properties == {"a": r'"\ud800"', "b": "1e400", "c": "2"}
    assert second.name == "Opened"


def test_a_body_nested_too_deep_is_refused_in_words(client, services) -> None:
    deep = b"[" * 100_000 + b"]" * 100_000
    body = (
        b'{"api_key":"TOKEN","events":[{"user_id":"user-1","event_type":"A","event_properties":{"a":' + deep + b"}}]}"
    )
    answer = client.post("/2/httpapi", content=body)
    assert (answer.status_code, answer.json()["code"]) == (400, 400)
    assert services.pipeline.events == []


CLOCKS = [
    # error of the client's clock in seconds → is it corrected?
    (0, False),
    (59, False),
    (-59, False),
    (3600, True),
    (-86400, True),
]


@pytest.mark.parametrize(("error", "corrected"), CLOCKS)
def test_a_wrong_clock_is_corrected_from_a_minute_on(client, services, error: int, corrected: bool) -> None:
    now = time.time()
    shown = datetime.fromtimestamp(now + error, UTC).isoformat()
    sent = EVENT | {"time": int((now + error) * 1000) - 5000}
    client.post("/2/httpapi", json=upload(sent, client_upload_time=shown))
    [event] = services.pipeline.events
    assert event.client_time == sent["time"]
    expected = now * 1000 - 5000 if corrected else sent["time"]
    assert abs(event.time - expected) < 3000
    assert event.upload_time is not None


def test_copies(client, services) -> None:
    own = EVENT | {"device_id": "device-1", "insert_id": "i"}
    changes = [{}, {"event_type": "Other", "time": NOW}, {"device_id": "device-2"}, {"insert_id": "j"}]
    client.post("/2/httpapi", json=upload(*(own | change for change in changes)))
    keys = [event.copy_key for event in services.pipeline.events]
    assert keys[0] == keys[1]
    assert len(set(keys)) == 3
    assert all(event.first_copy_wins for event in services.pipeline.events)


def test_copies_without_insert_id(client, services) -> None:
    own = EVENT | {"device_id": "device-1", "event_id": 4}
    client.post("/2/httpapi", json=upload(own, own, own | {"event_id": 5}, EVENT))
    keys = [event.copy_key for event in services.pipeline.events]
    assert keys[0] == keys[1] != keys[2]
    assert keys[3] is None


def test_operations_come_in_the_servers_order(client, services) -> None:
    properties = {
        "$remove": {"f": "x"}, "$postInsert": {"e": 1}, "$preInsert": {"d": 1}, "$prepend": {"c": 1},
        "$append": {"b": 1}, "$add": {"n": 1}, "$setOnce": {"o": 1}, "$set": {"s": 1}, "$unset": {"u": "-"},
        "$clearAll": "-",
    }  # fmt: skip
    client.post("/2/httpapi", json=upload(EVENT | {"event_type": "$identify", "user_properties": properties}))
    assert [update.operation for update in services.pipeline.updates] == [
        Operation.CLEAR_ALL, Operation.UNSET, Operation.SET, Operation.SET_ONCE, Operation.ADD, Operation.APPEND,
        Operation.PREPEND, Operation.PRE_INSERT, Operation.POST_INSERT, Operation.REMOVE,
    ]  # fmt: skip
    assert services.pipeline.events[0].control


def test_plain_user_properties_are_set(client, services) -> None:
    client.post("/2/httpapi", json=upload(EVENT | {"user_properties": {"plan": "pro"}}))
    [update] = services.pipeline.updates
    assert (update.operation, update.values, update.profile_id) == (Operation.SET, {"plan": '"pro"'}, "user-1")
    assert update.time == NOW - 1000


@pytest.mark.parametrize("properties", [{"$set": {}, "$unset": {}}, {}, None])
def test_empty_operations_do_nothing(client, services, properties: Any) -> None:
    client.post("/2/httpapi", json=upload(EVENT | {"user_properties": properties}))
    assert services.pipeline.updates == []


def test_an_event_that_skips_the_profile(client, services) -> None:
    client.post("/2/httpapi", json=upload(EVENT | {"user_properties": {"a": 1}, "$skip_user_properties_sync": True}))
    assert services.pipeline.updates == []
    assert services.pipeline.events[0].user_properties == {"a": "1"}
    assert services.pipeline.events[0].own_properties_only


def test_group_properties_need_no_person(client, services) -> None:
    sent = {"event_type": "$groupidentify", "groups": {"company": "acme"}, "group_properties": {"$set": {"seats": 5}}}
    assert client.post("/2/httpapi", json=upload(sent)).status_code == 200
    [update] = services.pipeline.updates
    assert (update.group_type, update.profile_id, update.values) == ("company", "acme", {"seats": "5"})
    assert services.pipeline.events[0].control


IDENTIFICATION = json.dumps([{"user_id": "user-1", "user_properties": {"$set": {"plan": "pro"}}}])
GROUP = json.dumps({"group_type": "company", "group_value": "acme", "group_properties": {"seats": 5}})
OLD_EVENTS = json.dumps(
    [{"event_type": "Opened", "user_id": "user-1", "device_id": "d", "timestamp": NOW, "uuid": "u-1",
      "library": {"name": "amplitude-js", "version": "8.21.9"}, "event_properties": {"a": 1}}]
)  # fmt: skip
FORMS = [
    ("/identify", {"api_key": "TOKEN", "identification": IDENTIFICATION}, "$identify"),
    ("/groupidentify", {"api_key": "TOKEN", "identification": GROUP}, "$groupidentify"),
    ("/httpapi", {"api_key": "TOKEN", "event": json.dumps(EVENT)}, "Opened"),
    ("/", {"client": "TOKEN", "e": OLD_EVENTS, "v": "2", "upload_time": str(NOW), "checksum": "x"}, "Opened"),
]


@pytest.mark.parametrize(("path", "form", "name"), FORMS, ids=[path for path, *_ in FORMS])
def test_forms(client, services, path: str, form: dict[str, str], name: str) -> None:
    answer = client.post(path, data=form)
    assert (answer.status_code, answer.text) == (200, "success")
    assert [event.name for event in services.pipeline.events] == [name]


@pytest.mark.parametrize("path", ["/identify", "/httpapi"])
def test_parameters_in_the_query_of_a_get(client, services, path: str) -> None:
    form = dict(FORMS[0][1] if path == "/identify" else FORMS[2][1])
    assert client.get(path, params=form).text == "success"
    assert len(services.pipeline.events) == 1


def test_the_old_sdks_fields(client, services) -> None:
    client.post("/", data=FORMS[3][1] | {"upload_time": str(int(time.time() * 1000))})
    [event] = services.pipeline.events
    assert (event.time, event.insert_id, event.library) == (NOW, "u-1", "amplitude-js/8.21.9")
    assert event.properties == {"a": "1"}


@pytest.mark.parametrize("form", [{}, {"api_key": "TOKEN"}, {"api_key": "TOKEN", "identification": "{"}])
def test_a_wrong_form(client, form: dict[str, str]) -> None:
    assert client.post("/identify", data=form).status_code == 400


def test_the_browser_sdks_remote_configuration(client) -> None:
    answer = client.get("/config/TOKEN?config_group=browser", headers={"Origin": "https://shop.example"})
    assert answer.json() == {"configs": {}}
    assert answer.headers["access-control-allow-origin"] == "https://shop.example"


def test_session_replays_are_refused_for_good(client) -> None:
    assert client.post("/sessions/v2/track?type=replay", content=b"x").status_code == 400


def test_a_full_spool_asks_to_come_back(client, services) -> None:
    services.pipeline.full = True
    answer = client.post("/2/httpapi", json=upload(EVENT))
    assert (answer.status_code, answer.json()["code"], answer.headers["retry-after"]) == (503, 503, "10")
