"""Any input: nothing breaks the server, nothing is changed, and one odd event changes no other."""

import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings, strategies as st

from diptych.model import EVENT_BYTES

fixtures = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
texts = st.text(max_size=12)
values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(10**30), 10**30)
    | st.floats(allow_nan=False, allow_infinity=False)
    | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=8,
)
FIELDS = ["event_type", "user_id", "device_id", "time", "event_properties", "user_properties", "groups", "price",
          "group_properties", "session_id", "event_id", "insert_id", "ip", "user_agent", "language", "country",
          "revenue", "$skip_user_properties_sync", "library", "plan", "quantity", "productId"]  # fmt: skip
events = st.dictionaries(st.sampled_from(FIELDS) | texts, values, max_size=8)
PATHS = ["/2/httpapi", "/batch", "/identify", "/groupidentify", "/attribution", "/usermap", "/httpapi", "/"]
GOOD = {"event_type": "Good", "device_id": "device-1", "event_properties": {"n": 1}}


def post(client: Any, *sent: Any) -> Any:
    return client.post("/2/httpapi", content=json.dumps({"api_key": "TOKEN", "events": list(sent)}).encode())


@fixtures
@given(st.lists(events, max_size=4))
def test_any_events(client, services, sent: list[dict[str, Any]]) -> None:
    """Either all are stored, or every bad one is listed, and without those the others are stored."""
    services.pipeline.batches.clear()
    answer = post(client, *sent)
    body = answer.json()
    assert body["code"] == answer.status_code
    if answer.status_code == 200:
        assert len(services.pipeline.events) == len(sent)
        return
    kinds = ("events_with_invalid_fields", "events_with_missing_fields", "events_with_invalid_id_lengths")
    bad = {index for kind in kinds for found in body[kind].values() for index in found}
    assert bad
    assert bad <= set(range(len(sent)))
    assert services.pipeline.events == []
    rest = [event for index, event in enumerate(sent) if index not in bad]
    assert post(client, *rest).status_code == 200


@fixtures
@given(st.dictionaries(texts, values, max_size=4))
def test_properties_come_through_as_they_were_sent(client, services, sent: dict[str, Any]) -> None:
    services.pipeline.batches.clear()
    assert post(client, GOOD | {"event_properties": sent}).status_code == 200
    [stored] = services.pipeline.events
    assert {key: json.loads(text) for key, text in stored.properties.items()} == sent


@fixtures
@given(st.binary(max_size=60))
@pytest.mark.parametrize(
    "path", ["/2/httpapi", "/batch", "/identify", "/groupidentify", "/attribution", "/usermap", "/"]
)
def test_any_body(client, path: str, body: bytes) -> None:
    assert client.post(path, content=body).status_code in (400, 200)
    assert client.post(path, content=b'{"api_key":"TOKEN","events":[' + body + b"]}").status_code in (400, 200)
    form = (
        b"api_key=TOKEN&client=TOKEN&identification=" + body + b"&e=" + body + b"&event=" + body + b"&mapping=" + body
    )
    assert client.post(path, content=form).status_code in (400, 200)


ODD = {
    "lone surrogate": rb'"\ud83d"',
    "beyond 64 bits": b"123456789012345678901234567890",
    "beyond a double": b"1e400",
    "every plane": '"ä€😀\U000e0001\U0010ffff"'.encode(),
    "zero": rb'"\u0000"',
    "names of paths": b'"../../etc/passwd"',
    "sql": b'"\'; DROP TABLE events; --"',
    "html": b'"<script>alert(1)</script>"',
    "duplicate keys": b'{"a":1,"a":2}',
}


@pytest.mark.parametrize("odd", ODD)
def test_odd_values_are_kept(client, services, odd: str) -> None:
    value = ODD[odd]
    body = (
        b'{"api_key":"TOKEN","events":[{"event_type":"Odd","device_id":"device-1","event_properties":{"x":%s}}]}'
        % value
    )
    assert client.post("/2/httpapi", content=body).status_code == 200
    [stored] = services.pipeline.events
    kept = stored.properties["x"].encode("utf-8", "surrogatepass")
    assert kept == (b'{"a":2}' if odd == "duplicate keys" else value) or json.loads(kept) == json.loads(value)


@pytest.mark.parametrize("time", [-62135596800000, 0, 31_536_000_000 - 1, 253402300799000, 10**18])
def test_a_time_that_cannot_be_stored_is_listed(client, services, time: int) -> None:
    body = post(client, GOOD | {"time": time}, GOOD).json()
    assert body["events_with_invalid_fields"] == {"time": [0]}


@pytest.mark.parametrize("time", [31_536_000_000, 1_790_000_000_000, 4_260_211_199_999])
def test_a_time_that_can_be_stored(client, services, time: int) -> None:
    assert post(client, GOOD | {"time": time}).status_code == 200
    assert services.pipeline.events[0].time == time


def test_ten_megabytes_in_one_text_are_listed_alone(client, services) -> None:
    big = GOOD | {"event_properties": {"text": "x" * (10 << 20)}}
    body = post(client, GOOD, big).json()
    assert body["events_with_invalid_fields"] == {"event_properties": [1]}
    almost = GOOD | {"event_properties": {"text": "x" * (EVENT_BYTES - 200)}}
    assert post(client, GOOD, almost).status_code == 200


def test_five_thousand_keys(client, services) -> None:
    assert post(client, GOOD | {"event_properties": {f"key {n}": n for n in range(5_000)}}).status_code == 200
    assert len(services.pipeline.events[0].properties) == 5_000


def test_more_than_two_thousand_events(client) -> None:
    assert post(client, *[GOOD] * 2_500).json()["events_ingested"] == 2_500
