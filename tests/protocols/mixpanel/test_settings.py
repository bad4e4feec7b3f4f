"""What a project's settings do to what Mixpanel's clients send, and where addresses come from."""

import time
from typing import Any

import pytest
from tests.places import BERLIN, write_places

from diptych.ingest.places import Places
from diptych.ingest.policy import Policy
from diptych.model import PrivacySignals, Project, ProjectSettings
from diptych.protocols import mixpanel, sender
from diptych.protocols.mixpanel.profiles import Arrival, person_updates
from diptych.protocols.mixpanel.records import objects

NOW = int(time.time())
BERLINER = {"$country_code": '"DE"', "$region": '"Land Berlin"', "$city": '"Berlin"', "$timezone": '"Europe/Berlin"'}


@pytest.fixture
def from_berlin(services, serving, tmp_path, monkeypatch) -> Any:
    monkeypatch.setattr(sender, "address_of", lambda text: BERLIN)
    services.policy = Policy(Places.open(write_places(tmp_path / "places.mmdb")))
    return serving(mixpanel.handlers)


def event(**properties: Any) -> dict[str, Any]:
    return {"event": "A", "properties": {"token": "TOKEN", "distinct_id": "u"} | properties}


def change(services: Any, **settings: Any) -> None:
    services.projects.project = Project(id=7, name="p", token="TOKEN", settings=ProjectSettings(**settings))


ADDRESSES = [
    ("", {}, None),
    ("?ip=0", {}, None),
    ("?ip=1", {}, BERLIN),
    ("?ip=1", {"ip": "203.0.113.9"}, "203.0.113.9"),
    ("?ip=1", {"ip": 0}, None),
    ("?ip=1", {"ip": "0"}, None),
    ("?ip=1", {"ip": None}, BERLIN),
    ("", {"ip": BERLIN}, BERLIN),
]


@pytest.mark.parametrize(("query", "properties", "address"), ADDRESSES, ids=range(len(ADDRESSES)))
def test_the_address_of_an_event(from_berlin, services, query: str, properties: Any, address: str | None) -> None:
    assert from_berlin.post(f"/track{query}", json=event(**properties)).text == "1"
    [stored] = services.pipeline.events
    assert stored.context.get("ip") == (f'"{address}"' if address else None)
    assert stored.context.get("city") == ('"Berlin"' if address == BERLIN else None)


def test_an_event_without_ids_gets_one_of_its_address(from_berlin, services) -> None:
    nobody = {"event": "A", "properties": {"token": "TOKEN"}}
    for query in ("?ip=1", "?ip=1", ""):
        from_berlin.post(f"/track{query}", json=nobody)
    first, second, third = services.pipeline.events
    assert first.distinct_id == second.distinct_id != ""
    assert BERLIN not in first.distinct_id
    assert third.distinct_id == ""


def test_addresses_that_are_not_stored(from_berlin, services) -> None:
    change(services, store_ip=False)
    from_berlin.post("/track?ip=1", json=event(ip=BERLIN))
    [stored] = services.pipeline.events
    assert BERLIN not in repr(stored)
    assert stored.context["city"] == '"Berlin"'


def test_a_privacy_signal_strips_every_id(from_berlin, services) -> None:
    change(services, privacy_signals=PrivacySignals.STRIP)
    sent = event(
        **{"$device_id": "d-secret", "$user_id": "u-secret", "distinct_id": "u-secret", "$insert_id": "i", "a": 1}
    )
    from_berlin.post("/track", json=sent, headers={"DNT": "1"})
    [stored] = services.pipeline.events
    assert "secret" not in repr(stored)
    assert stored.properties == {"a": "1"}
    assert services.pipeline.links == []


@pytest.mark.parametrize("header", ["DNT", "Sec-GPC"])
def test_a_privacy_signal_drops(from_berlin, services, header: str) -> None:
    change(services, privacy_signals=PrivacySignals.DROP)
    assert from_berlin.post("/track", json=event(), headers={header: "1"}).text == "1"
    assert from_berlin.post("/track", json=event(), headers={header: "0"}).text == "1"
    assert len(services.pipeline.events) == 1


def test_a_window_for_live_events(client, services) -> None:
    change(services, live_window_days=5)
    old = event(time=NOW - 6 * 86_400)
    assert client.post("/track?verbose=1", json=old).json()["status"] == 0
    assert client.post("/track", json=event(time=NOW - 4 * 86_400)).text == "1"
    old["properties"]["$insert_id"] = "i"
    assert client.post("/import", json=[old], auth=("SECRET", "")).status_code == 200
    assert len(services.pipeline.events) == 2


def test_a_bound_of_the_project(client, services) -> None:
    change(services, events_per_minute=1)
    assert client.post("/track", json=event()).status_code == 200
    answer = client.post("/track", json=event())
    assert (answer.status_code, answer.json()["status"]) == (429, "Too Many Requests")
    assert len(services.pipeline.events) == 1


def test_profiles_tell_when_somebody_was_seen(client, services) -> None:
    client.post("/engage", json={"$token": "TOKEN", "$distinct_id": "u", "$time": 1_700_000_000, "$set": {"a": 1}})
    client.post("/engage", json={"$token": "TOKEN", "$distinct_id": "u", "$ignore_time": True, "$set": {"a": 1}})
    client.post("/engage", json={"$token": "TOKEN", "$distinct_id": "u", "$delete": ""})
    client.post("/groups", json={"$token": "TOKEN", "$group_key": "c", "$group_id": "g", "$set": {"a": 1}})
    assert services.pipeline.beside == [{"$last_seen": '"2023-11-14T22:13:20"'}]


PLACED = [("", {}, True), ("?ip=0", {}, False), ("?ip=0", {"$ip": BERLIN}, True), ("", {"$ip": "0"}, False)]


@pytest.mark.parametrize(("query", "envelope", "placed"), PLACED, ids=range(len(PLACED)))
def test_profiles_tell_where_somebody_was_seen(from_berlin, services, query: str, envelope: Any, placed: bool) -> None:
    record = {"$token": "TOKEN", "$distinct_id": "u", "$ignore_time": True, "$set": {"a": 1}} | envelope
    from_berlin.post(f"/engage{query}", json=record)
    assert services.pipeline.beside == ([BERLINER] if placed else [])


def test_what_is_written_beside_an_update_has_its_time() -> None:
    [record] = objects(b'[{"$distinct_id":"u","$time":1700000000,"$set":{"a":1}}]')
    assert isinstance(record, dict)
    project = Project(id=1, name="p", token="t")
    first, second = person_updates(record, project, Arrival(NOW * 1000, "", Places()))
    assert (first.time, first.position) == (second.time, second.position - 1)


def test_one_record_that_is_nested_too_deep_is_refused_alone(client, services) -> None:
    deep = '{"event":"A","properties":{"token":"TOKEN","a":' + "[" * 100_000 + "]" * 100_000 + "}}"
    good = '{"event":"A","properties":{"token":"TOKEN","distinct_id":"u"}}'
    assert client.post("/track", content=f"[{good},{deep},{good}]").text == "1"
    assert len(services.pipeline.events) == 2
    deep = '{"$token":"TOKEN","$distinct_id":"u","$set":{"a":' + "[" * 100_000 + "]" * 100_000 + "}}"
    good = '{"$token":"TOKEN","$distinct_id":"u","$set":{"a":1}}'
    client.post("/engage", content=f"[{deep},{good}]")
    assert len(services.pipeline.updates) == 1
