"""What becomes of each message: ids per identity mode, time, built-in properties, profiles, links, groups."""

import json
import time
from typing import Any

import pytest

from diptych.model import IdentityMode, Operation
from diptych.model.builtins import BUILTINS
from diptych.protocols.segment.builtins import CANONICAL, OF_PAGES

TRACK = {"type": "track", "userId": "user-1", "event": "Opened"}
IOS = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 17_4 like Mac OS X) AppleWebKit/605.1.15 Version/17.4 Mobile/15E148 Safari/604"
)


def batch(client: Any, *messages: Any, **fields: Any) -> dict[str, Any]:
    answer = client.post("/v1/batch", json={"batch": list(messages)} | fields)
    assert answer.status_code == 200
    found: dict[str, Any] = answer.json()
    return found


def test_everything_is_kept(client, services) -> None:
    raw = {
        "event": '"Opened"',
        "userId": '"user-1"',
        "anonymousId": '"a-1"',
        "messageId": '"m-1"',
        "properties": '{"price":49.0,"big":123456789012345678901234567890,"list":[1,"a"],"naïve":"\\u00e9"}',
        "context": '{"library":{"name":"analytics-node","version":"3.1.0"},"x":{"y":1.50}}',
        "integrations": '{"All":true}',
        "timestamp": '"2026-01-02T03:04:05.678Z"',
        "originalTimestamp": "null",
        "channel": '"server"',
        "version": "1.10",
        "something new": "[1, 2]",
    }
    client.post("/v1/track", content="{" + ",".join(f'"{key}":{text}' for key, text in raw.items()) + "}")
    [event] = services.pipeline.events
    assert (event.name, event.user_id, event.device_id, event.insert_id) == ("Opened", "user-1", "a-1", "m-1")
    assert event.properties == {
        "price": "49.0",
        "big": "123456789012345678901234567890",
        "list": '[1,"a"]',
        "naïve": '"é"',
    }
    assert event.envelope == {
        "context": '{"library":{"name":"analytics-node","version":"3.1.0"},"x":{"y":1.50}}',
        "integrations": '{"All":true}',
        "timestamp": '"2026-01-02T03:04:05.678Z"',
        "originalTimestamp": "null",
        "channel": '"server"',
        "version": "1.10",
        "something new": "[1,2]",
    }
    assert (event.protocol, event.library, event.control) == ("segment", "analytics-node 3.1.0", False)


MODES = [*IdentityMode]
IDS = [
    # userId, anonymousId → distinct id, links
    (None, "a", "$device:a", []),
    ("", "a", "$device:a", []),
    ("u", None, "u", []),
    ("u", "a", "u", [("$device:a", "u")]),
    (123, 4.5, "123", [("$device:4.5", "123")]),
    ("null", "a", "$device:a", []),
    ("u", "undefined", "u", []),
    ("anonymous", None, "", []),
    ("u", "$device:a", "u", [("$device:a", "u")]),
]


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize(("user", "device", "distinct_id", "links"), IDS)
def test_ids(client, services, mode, user, device, distinct_id: str, links: list[tuple[str, str]]) -> None:
    services.identity(mode)
    assert batch(client, TRACK | {"userId": user, "anonymousId": device}) == {"success": True}
    [event] = services.pipeline.events
    assert event.distinct_id == distinct_id
    assert (event.user_id, event.device_id) == (str(user or ""), str(device or ""))
    assert services.pipeline.links == links


ALIASES = [
    # previousId, anonymousId → links to the user u
    ("old", None, ["$device:old", "old"]),
    ("a", "a", ["$device:a"]),
    ("old", "a", ["$device:a", "$device:old", "old"]),
    ("$device:old", None, ["$device:old"]),
    (17, None, ["$device:17", "17"]),
    ("u", None, []),
    ("null", None, []),
]


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize(("previous", "device", "actors"), ALIASES)
def test_alias(client, services, mode, previous: Any, device: Any, actors: list[str]) -> None:
    services.identity(mode)
    batch(client, {"type": "alias", "previousId": previous, "userId": "u", "anonymousId": device})
    [event] = services.pipeline.events
    assert (event.name, event.control, event.distinct_id) == ("$create_alias", True, "u")
    assert json.loads(event.envelope["previousId"]) == previous
    assert services.pipeline.links == [(actor, "u") for actor in actors]


def test_a_number_as_id_stays_a_number_in_the_envelope(client, services) -> None:
    batch(client, TRACK | {"userId": 123, "messageId": 5})
    [event] = services.pipeline.events
    assert (event.user_id, event.insert_id) == ("123", "5")
    assert (event.envelope["userId"], event.envelope["messageId"]) == ("123", "5")


def test_copies_are_told_by_the_message_id_alone(client, services) -> None:
    one = TRACK | {"messageId": "m"}
    batch(client, one, one | {"event": "Other", "userId": "user-2"}, one | {"messageId": "n"}, TRACK, TRACK)
    client.post("/v1/identify", json=one)
    keys = [event.copy_key for event in services.pipeline.events]
    assert keys == ['["m","m"]', '["m","m"]', '["m","n"]', None, None, '["m","m"]']
    assert all(event.first_copy_wins for event in services.pipeline.events)


HOUR = 3_600_000


def iso(milliseconds: float) -> str:
    whole, rest = divmod(round(milliseconds), 1000)
    return f"{time.strftime('%Y-%m-%dT%H:%M:%S', time.gmtime(whole))}.{rest:03}Z"


@pytest.mark.parametrize("error", [0, 90, -40 * 24 * HOUR, HOUR])
@pytest.mark.parametrize("field", ["timestamp", "originalTimestamp"])
def test_the_clients_clock_is_corrected(client, services, field: str, error: int) -> None:
    now = time.time() * 1000 + error
    batch(client, TRACK | {field: iso(now - 5000)}, sentAt=iso(now))
    [event] = services.pipeline.events
    assert event.time == event.received - 5000
    assert (event.client_time, event.upload_time) == (round(now - 5000), round(now))


def test_the_original_timestamp_comes_before_the_timestamp(client, services) -> None:
    sent = {"timestamp": "2026-01-01T00:00:09Z", "originalTimestamp": "2026-01-01T00:00:01Z"}
    batch(client, TRACK | sent | {"sentAt": "2026-01-01T00:00:03Z"})
    [event] = services.pipeline.events
    assert event.time == event.received - 2000


TIMES = [
    ("2012-12-02T00:30:12.984Z", 1_354_408_212_984),
    ("2012-12-02T01:30:12.984+01:00", 1_354_408_212_984),
    ("2012-12-02T00:30:12.984123456Z", 1_354_408_212_984),
    ("2012-12-02T00:30:12", 1_354_408_212_000),
    ("2012-12-02", 1_354_406_400_000),
    (1_354_408_212_984, 1_354_408_212_984),
    (1_354_408_212, 1_354_408_212_000),
]


@pytest.mark.parametrize(("sent", "expected"), TIMES)
def test_without_sent_at_the_time_is_taken_as_it_is(client, services, sent: Any, expected: int) -> None:
    batch(client, TRACK | {"timestamp": sent})
    [event] = services.pipeline.events
    assert (event.time, event.client_time, event.upload_time) == (expected, expected, None)


@pytest.mark.parametrize("sent", ["yesterday", "0001-01-01T00:00:00+14:00", "9999-12-31", 1e300, True, {}, "1e400"])
def test_an_unreadable_time_is_that_of_receipt(client, services, sent: Any) -> None:
    assert batch(client, TRACK | {"timestamp": sent}) == {"success": True}
    [event] = services.pipeline.events
    assert (event.time, event.client_time) == (event.received, None)
    assert json.loads(event.envelope["timestamp"]) == sent
    assert services.pipeline.issues == [("'timestamp' is no time that can be read", 1)]
    assert services.pipeline.batches[0].issues[0].kind == "corrected"


def test_a_time_that_was_not_sent_is_no_fault(client, services) -> None:
    batch(client, TRACK, TRACK | {"timestamp": None}, TRACK | {"timestamp": ""}, sentAt=iso(time.time() * 1000))
    assert all(event.time == event.received for event in services.pipeline.events)
    assert services.pipeline.issues == []


def test_a_correction_beyond_what_can_be_stored_is_left_out(client, services) -> None:
    batch(client, TRACK | {"timestamp": "2100-01-01T00:00:00Z", "sentAt": "1990-01-01T00:00:00Z"})
    assert services.pipeline.events[0].time == 4_102_444_800_000


def test_context_becomes_built_in_properties(client, services) -> None:
    context: dict[str, Any] = {"ip": "8.8.8.8", "locale": "en-US"}
    for number, (part, key) in enumerate(CANONICAL):
        context.setdefault(part, {})[key] = number
    batch(client, TRACK | {"context": context})
    expected = {name: str(number) for number, name in enumerate(CANONICAL.values())}
    assert services.pipeline.events[0].context == expected | {"ip": '"8.8.8.8"', "language": '"English"'}
    assert set(expected) | set(OF_PAGES.values()) <= set(BUILTINS)


def test_a_user_agent_fills_in_what_the_message_does_not_say(client, services) -> None:
    batch(client, TRACK | {"context": {"userAgent": IOS, "os": {"name": "iPhone OS"}}})
    found = services.pipeline.events[0].context
    assert found["os"] == '"iPhone OS"'
    assert "Safari" in found["browser"]
    assert found["device_model"] == '"iPhone"'


ODD_CONTEXTS = [{"os": 5, "app": {"version": None}, "ip": "", "locale": [], "library": 1, "groupId": {}}, {}, None]


@pytest.mark.parametrize("context", ODD_CONTEXTS)
def test_an_odd_context_says_nothing(client, services, context: Any) -> None:
    assert batch(client, TRACK | {"context": context}) == {"success": True}
    [event] = services.pipeline.events
    assert (event.context, event.groups, event.library) == ({}, {}, "")
    assert json.loads(event.envelope["context"]) == context
    assert services.pipeline.issues == []


@pytest.mark.parametrize("context", [5, "text", [1]])
def test_a_context_that_is_no_object_is_kept_and_told(client, services, context: Any) -> None:
    batch(client, TRACK | {"context": context})
    assert json.loads(services.pipeline.events[0].envelope["context"]) == context
    assert services.pipeline.issues == [("'context' is no object that can be read", 1)]


def test_identify_sets_traits_of_the_person(client, services) -> None:
    sent = {"type": "identify", "anonymousId": "a", "userId": "u", "traits": {"plan": "pro", "old": None, "n": 49.5}}
    batch(
        client,
        sent | {"timestamp": "2026-01-01T00:00:00Z"},
        {"type": "identify", "anonymousId": "b", "traits": {"x": 1}},
    )
    event = services.pipeline.events[0]
    assert (event.name, event.control) == ("$identify", True)
    assert event.user_properties == {"plan": '"pro"', "old": "null", "n": "49.5"}
    assert "traits" not in event.envelope
    first, second = services.pipeline.updates
    assert (first.group_type, first.profile_id, first.operation) == ("", "u", Operation.SET)
    assert first.values == event.user_properties
    assert first.time == event.time == 1_767_225_600_000
    assert (second.profile_id, second.values) == ("$device:b", {"x": "1"})
    assert (first.position, second.position) == (0, 1)


def test_an_update_is_never_later_than_its_receipt(client, services) -> None:
    future = iso(time.time() * 1000 + 24 * HOUR)
    batch(client, {"type": "identify", "userId": "u", "traits": {"a": 1}, "timestamp": future})
    [update], [event] = services.pipeline.updates, services.pipeline.events
    assert update.time == update.received < event.time


def test_identify_without_traits_or_for_no_one_updates_nothing(client, services) -> None:
    call = {"type": "identify", "userId": "u"}
    batch(client, call, call | {"traits": None}, call | {"traits": {}}, call | {"userId": "null", "traits": {"a": 1}})
    assert len(services.pipeline.events) == 4
    assert services.pipeline.updates == []


def test_traits_in_the_context_are_seen_on_their_event_only(client, services) -> None:
    batch(client, TRACK | {"context": {"traits": {"plan": "free", "n": 1.50}}})
    [event] = services.pipeline.events
    assert event.user_properties["plan"] == '"free"'
    assert services.pipeline.updates == []


def test_group(client, services) -> None:
    batch(client, {"type": "group", "userId": "u", "groupId": "acme", "traits": {"seats": 5}})
    [event], [update] = services.pipeline.events, services.pipeline.updates
    assert (event.name, event.control, event.distinct_id) == ("$groupidentify", True, "u")
    assert event.groups == {"group": ["acme"]}
    assert event.envelope["traits"] == '{"seats":5}'
    assert (update.group_type, update.profile_id, update.values) == ("group", "acme", {"seats": "5"})


@pytest.mark.parametrize(("group", "name"), [("acme", "acme"), (42, "42")])
def test_the_context_names_the_group_of_an_event(client, services, group: Any, name: str) -> None:
    batch(client, TRACK | {"context": {"groupId": group}})
    assert services.pipeline.events[0].groups == {"group": [name]}


VIEWS = [("page", "Page Viewed"), ("screen", "Screen Viewed")]


@pytest.mark.parametrize(("call", "name"), VIEWS)
def test_views(client, services, call: str, name: str) -> None:
    view = {"type": call, "anonymousId": "a", "name": "Home", "category": "Shop"}
    batch(client, view | {"properties": {"title": "Hi", "name": "Own"}}, {"type": call, "anonymousId": "a", "name": ""})
    first, second = services.pipeline.events
    assert (first.name, first.control) == (name, False)
    assert first.properties == {"title": '"Hi"', "name": '"Own"', "category": '"Shop"'}
    assert (first.envelope["name"], first.envelope["category"]) == ('"Home"', '"Shop"')
    assert second.properties == {}


def test_a_pages_address_is_that_of_its_context_or_its_properties(client, services) -> None:
    view = {"type": "page", "anonymousId": "a", "properties": {"url": "https://a.example/", "referrer": ""}}
    batch(client, view, view | {"context": {"page": {"url": "https://b.example/"}}})
    addresses = [event.context for event in services.pipeline.events]
    assert addresses == [{"current_url": '"https://a.example/"'}, {"current_url": '"https://b.example/"'}]


REJECTED = [
    ({"userId": None}, "no_user_anon_id", "userId"),
    ({"userId": "", "anonymousId": " "}, "no_user_anon_id", "userId"),
    ({"userId": {}}, "id_not_string", "userId"),
    ({"anonymousId": True}, "id_not_string", "anonymousId"),
    ({"event": None}, "event_not_defined", "event"),
    ({"event": " "}, "event_not_defined", "event"),
    ({"event": 5}, "event_not_string", "event"),
    ({"properties": []}, "properties_not_object", "properties"),
    ({"type": "identify", "traits": "x"}, "traits_not_object", "traits"),
    ({"type": "group"}, "group_id_required", "groupId"),
    ({"type": "group", "groupId": []}, "id_not_string", "groupId"),
    ({"type": "group", "groupId": "g", "traits": 5}, "traits_not_object", "traits"),
    ({"type": "alias"}, "previous_id_required", "previousId"),
    ({"type": "alias", "previousId": "p", "userId": None, "anonymousId": "a"}, "no_user_anon_id", "userId"),
    ({"type": "page", "name": 5}, "name_not_string", "name"),
    ({"type": "screen", "category": {}}, "category_not_string", "category"),
    ({"type": "pageview"}, "unknown_type", "type"),
    ({"type": None}, "unknown_type", "type"),
    ({"type": ["track"]}, "unknown_type", "type"),
    ({"big": "x" * (1 << 20)}, "message_too_large", ""),
]


@pytest.mark.parametrize(("change", "code", "field"), REJECTED, ids=range(len(REJECTED)))
def test_a_wrong_message_is_named_and_takes_no_other_with_it(client, services, change, code: str, field: str) -> None:
    found = batch(client, TRACK, TRACK | change, TRACK, TRACK | change)
    assert found["success"] is True
    assert [(wrong["index"], wrong["code"], wrong["field"]) for wrong in found["rejected"]] == [
        (1, code, field),
        (3, code, field),
    ]
    assert len(services.pipeline.events) == 2
    assert services.pipeline.updates == services.pipeline.links == []
    [issue] = services.pipeline.batches[0].issues
    assert (issue.kind, issue.count, issue.field, issue.protocol) == ("rejected", 2, field, "segment")
    assert issue.reason == found["rejected"][0]["message"]
    assert 0 < len(issue.sample) <= 2000


def test_a_wrong_single_message_is_named_too(client, services) -> None:
    answer = client.post("/v1/track", json={"userId": "u"})
    assert answer.status_code == 200
    [wrong] = answer.json()["rejected"]
    assert (wrong["index"], wrong["code"]) == (0, "event_not_defined")
    assert services.pipeline.issues == [("'event' must not be missing or empty", 1)]


ODD_ITEMS = [
    (b"NaN", "message_not_object"),
    (b"null", "message_not_object"),
    (b'"text"', "message_not_object"),
    (b"[]", "message_not_object"),
    (b'{"type":"track","userId":"u","event":"E","properties":{"a":NaN}}', "invalid_json"),
    (b'{"type":"track","userId":"u","event":"E","properties":{"a":-Infinity}}', "invalid_json"),
]


@pytest.mark.parametrize(("item", "code"), ODD_ITEMS)
def test_what_is_no_json_takes_nothing_with_it(client, services, item: bytes, code: str) -> None:
    good = json.dumps(TRACK).encode()
    body = b'{ "sentAt" : "2026-01-01T00:00:00Z", "batch" : [' + good + b"," + item + b" , " + good + b'] , "x" : 1 }'
    answer = client.post("/v1/batch", content=body)
    assert answer.status_code == 200
    assert [(wrong["index"], wrong["code"]) for wrong in answer.json()["rejected"]] == [(1, code)]
    assert [event.name for event in services.pipeline.events] == ["Opened", "Opened"]
    assert services.pipeline.events[0].envelope["x"] == "1"


ODD_TEXTS = [
    (rb'"\ud800"', r'"\ud800"'),
    (b'"\xff"', '"\ufffd"'),
    (b"1e400", "1e400"),
    (b"12345678901234567890123", "12345678901234567890123"),
    (rb'"\ud83d\ude00"', '"😀"'),
    (b'"\\u0000"', '"\\u0000"'),
]


@pytest.mark.parametrize(("sent", "kept"), ODD_TEXTS)
def test_odd_values_are_kept(client, services, sent: bytes, kept: str) -> None:
    good = json.dumps(TRACK).encode()
    odd = b'{"type":"track","userId":"u","event":"E","properties":{"a":' + sent + b'},"x":' + sent + b"}"
    answer = client.post("/v1/batch", content=b'{"batch":[' + good + b"," + odd + b"]}")
    assert answer.json() == {"success": True}
    first, second = services.pipeline.events
    assert (second.properties, second.envelope["x"]) == ({"a": kept}, kept)
    assert first.name == "Opened"


def test_half_a_surrogate_pair_in_ids_and_names(client, services) -> None:
    body = rb'{"batch":[{"type":"track","userId":"u\ud800","event":"E\udc00","messageId":"\ud800","context":'
    body += rb'{"groupId":"g\ud800","library":{"name":"l\ud800"},"os":{"name":"o\ud800"},"userAgent":"\ud800",'
    body += rb'"traits":{"a":"\ud800"}}}]}'
    assert client.post("/v1/batch", content=body).json() == {"success": True}
    [event] = services.pipeline.events
    assert (event.name, event.user_id, event.library) == ("E\ufffd", "u\ufffd", "l\ufffd")
    assert event.groups == {"group": ["g\ufffd"]}
    assert (event.context["os"], event.user_properties["a"]) == (r'"o\ud800"', r'"\ud800"')


def test_duplicate_keys_take_the_last(client, services) -> None:
    client.post("/v1/track", content=b'{"userId":"u","event":"A","event":"B","properties":{"c":1,"c":2}}')
    [event] = services.pipeline.events
    assert (event.name, event.properties) == ("B", {"c": "2"})


def test_names_are_only_names(client, services) -> None:
    names = ["'; DROP TABLE events; --", "<script>alert(1)</script>", "../../etc/passwd", "$identify", "\u202eabc"]
    batch(client, *(TRACK | {"event": name} for name in names))
    assert [event.name for event in services.pipeline.events] == names
    assert not any(event.control for event in services.pipeline.events)
