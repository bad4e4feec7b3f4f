"""Whatever a client sends: the same JSON in every body form is the same event, and nothing breaks the server."""

import base64
import gzip
import json
from typing import Any
from urllib.parse import quote_plus

import pytest
from hypothesis import HealthCheck, given, settings, strategies as st

from diptych.model import IdentityMode, Project
from diptych.protocols.mixpanel import decode, events, records
from diptych.protocols.mixpanel.events import Rules

PROJECT = Project(id=7, name="p", token="TOKEN")
RECEIVED = 1_800_000_000_000

text = st.text(alphabet=st.characters(exclude_categories=["Cs"]), max_size=12)
scalars = st.none() | st.booleans() | st.integers(-(2**70), 2**70) | st.floats(allow_nan=False, allow_infinity=False)
values = st.recursive(
    scalars | text, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(text, inner, max_size=4), max_leaves=8
)
SPECIAL = ("token", "time", "distinct_id", "$insert_id", "$ignore", "$user_id", "$device_id")
properties = st.dictionaries(text.filter(lambda key: key not in SPECIAL), values, max_size=6)


def cesu8(given: str) -> bytes:
    """As the browser SDK's own encoder writes characters beyond the basic plane."""
    units = given.encode("utf-16-be")
    pairs = [units[i : i + 2] for i in range(0, len(units), 2)]
    return b"".join(pair.decode("utf-16-be", "surrogatepass").encode("utf-8", "surrogatepass") for pair in pairs)


def stored(data: bytes) -> dict[str, str]:
    """The properties of the one event in it, as they would be stored."""
    [sent] = records.events(data)
    assert isinstance(sent, records.SentEvent)
    event, _ = events.build(sent, PROJECT, RECEIVED, Rules())
    assert event is not None
    return event.properties


@given(properties)
def test_every_body_form_gives_the_same_text(sent: dict[str, Any]) -> None:
    plain = json.dumps([{"event": "A", "properties": sent}], ensure_ascii=False)
    escaped = json.dumps([{"event": "A", "properties": sent}], indent=1).encode()
    packed = base64.b64encode(plain.encode()).decode()
    forms = [
        plain,
        packed,
        packed.replace("+", " "),
        packed.rstrip("="),
        packed.replace("+", "-").replace("/", "_"),
        base64.b64encode(cesu8(plain)).decode(),
    ]
    texts = stored(escaped)
    assert {key: json.loads(value) for key, value in texts.items()} == sent
    for form in forms:
        assert stored(decode.unpack(form)) == texts
        fields = decode.form_fields(f"data={quote_plus(form)}&verbose=1".encode())
        assert (stored(decode.unpack(fields["data"])), fields["verbose"]) == (texts, "1")


@given(properties)
def test_an_odd_neighbour_changes_no_text(sent: dict[str, Any]) -> None:
    alone = json.dumps({"event": "Ä 😀", "properties": sent}).encode()
    [event, odd] = records.events(b"[" + alone + b',{"event":NaN}]')
    assert isinstance(event, records.SentEvent)
    assert isinstance(odd, records.Rejected)
    built, _ = events.build(event, PROJECT, RECEIVED, Rules())
    assert built is not None
    assert (built.name, built.properties) == ("Ä 😀", stored(alone))


@given(st.lists(properties, min_size=1, max_size=5), st.sampled_from([b"NaN", b'"x"', b"5", b'{"event":null}']))
def test_one_odd_record_changes_no_other(batch: list[dict[str, Any]], odd: bytes) -> None:
    good = [json.dumps({"event": "A", "properties": sent}).encode() for sent in batch]
    read = records.events(b"[" + b",".join([*good[:1], odd, *good[1:]]) + b"]")
    kept = [record for record in read if isinstance(record, records.SentEvent)]
    assert [json.loads(bytes(v)) for r in kept for v in r.properties.values()] == [
        v for sent in batch for v in sent.values()
    ]
    assert isinstance(read[1], records.Rejected)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
@given(
    st.binary(max_size=80) | st.text(max_size=40).map(lambda t: t.encode("utf-8", "surrogatepass")),
    st.sampled_from(["/track", "/engage", "/groups", "/import?strict=1", "/import?verbose=1"]),
    st.sampled_from([{}, {"Content-Encoding": "gzip"}, {"Content-Type": "application/x-ndjson"}]),
)
def test_no_body_breaks_the_server(client, body: bytes, path: str, headers: dict[str, str]) -> None:
    credentials = {"Authorization": "Basic " + base64.b64encode(b"SECRET:").decode()}
    for sent in (body, b"data=" + body, b"[" + body + b"]", b'{"event":"A","properties":{"a":' + body + b"}}"):
        assert client.post(path, content=sent, headers=credentials | headers).status_code < 500


def test_a_bomb_is_refused_before_it_unfolds(client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(decode, "BODY_LIMIT", 1 << 20)
    bomb = gzip.compress(b"[" + b" " * (64 << 20) + b"]")
    assert len(bomb) < 1 << 20
    answer = client.post("/track", content=bomb, headers={"Content-Encoding": "gzip"})
    assert (answer.status_code, answer.json()["status"]) == (413, "Request Entity Too Large")


@pytest.mark.parametrize("encoding", ["gzip", "deflate"])
def test_a_compressed_body_that_breaks_off(client, services, encoding: str) -> None:
    body = gzip.compress(b'[{"event":"A","properties":{"token":"TOKEN"}}]')[:-12]
    assert client.post("/track", content=body, headers={"Content-Encoding": encoding}).content == b"0"
    assert services.pipeline.events == []


def test_every_plane_of_unicode_comes_through(client, services) -> None:
    characters = "".join(chr(plane << 16 | 0xFF0D) for plane in range(17))
    client.post("/track", json=[{"event": characters, "properties": {"token": "TOKEN", characters: characters}}])
    [event] = services.pipeline.events
    assert (event.name, event.properties) == (characters, {characters: json.dumps(characters, ensure_ascii=False)})


IDS = [
    # simplified: sent ids → distinct id, user id, device id
    ({"distinct_id": "u"}, ("u", "u", "")),
    ({"distinct_id": 42}, ("42", "42", "")),
    ({"distinct_id": 'a"b\\c'}, ('a"b\\c', 'a"b\\c', "")),
    ({"distinct_id": "$device:d"}, ("$device:d", "", "d")),
    ({"$device_id": "d"}, ("$device:d", "", "d")),
    ({"$device_id": "$device:d"}, ("$device:d", "", "d")),
    ({"$user_id": "u", "$device_id": "d", "distinct_id": "other"}, ("u", "u", "d")),
    ({"$user_id": "", "$device_id": "d", "distinct_id": "x"}, ("$device:d", "", "d")),
    ({"distinct_id": "undefined"}, ("", "", "")),
    ({"distinct_id": "00000000-0000-0000-0000-000000000000"}, ("", "", "")),
    ({"distinct_id": "NULL", "$device_id": "d"}, ("$device:d", "", "d")),
    ({"distinct_id": ["u"]}, ("", "", "")),
    ({"distinct_id": None}, ("", "", "")),
    ({}, ("", "", "")),
]


@pytest.mark.parametrize(("sent", "read"), IDS, ids=[str(sent) for sent, _ in IDS])
def test_ids_of_simplified_projects(client, services, sent: dict[str, Any], read: tuple[str, str, str]) -> None:
    client.post("/track", json=[{"event": "A", "properties": {"token": "TOKEN"} | sent}])
    [event] = services.pipeline.events
    assert (event.distinct_id, event.user_id, event.device_id) == read


def test_original_projects_keep_the_distinct_id_as_sent(client, services) -> None:
    services.identity(IdentityMode.ORIGINAL)
    sent = {"token": "TOKEN", "distinct_id": "x", "$user_id": "u", "$device_id": "d"}
    client.post("/track", json=[{"event": "A", "properties": sent}])
    assert services.pipeline.events[0].distinct_id == "x"
    assert services.pipeline.kinds == ["together"]


def test_what_was_sent_is_kept_beside_what_was_read(client, services) -> None:
    sent = b'{"event":"A","properties":{"token":"TOKEN","time":1.5E9,"distinct_id":4.0,"$insert_id":7,"$user_id":"u"}}'
    client.post("/track", content=sent)
    [event] = services.pipeline.events
    assert event.envelope == {"time": "1.5E9", "distinct_id": "4.0", "$insert_id": "7"}
    assert event.properties == {"$user_id": '"u"'}
    assert (event.time, event.user_id, event.insert_id) == (1_500_000_000_000, "u", "7")
    assert event.groups == {}
    assert event.library == ""


def test_the_library_of_an_event(client, services) -> None:
    sent = {"token": "TOKEN", "mp_lib": "web", "$lib_version": "2.83.0"}
    client.post("/track", json=[{"event": "A", "properties": sent}])
    assert services.pipeline.events[0].library == "web 2.83.0"
