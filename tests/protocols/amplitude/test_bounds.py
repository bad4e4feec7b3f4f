"""Bounds that a project sets: throttled and silenced ids, in the words that SDKs read."""

import time
from typing import Any

import pytest

from diptych.model import Project, ProjectSettings

NOW = int(time.time() * 1000)


def event(device: str = "device-1", user: str = "user-1") -> dict[str, Any]:
    return {"user_id": user, "device_id": device, "event_type": "Opened"}


def bound(services: Any, **settings: Any) -> None:
    services.projects.project = Project(id=7, name="p", token="TOKEN", settings=ProjectSettings(**settings))


def send(client: Any, *events: dict[str, Any]) -> Any:
    return client.post("/2/httpapi", json={"api_key": "TOKEN", "events": list(events)})


def test_ids_beyond_their_bound_are_throttled(client, services) -> None:
    bound(services, device_events_per_second=1)
    assert send(client, *[event()] * 20).status_code == 200
    answer = send(client, event("device-2", "user-2"), *[event("device-3", "user-1")] * 11)
    assert answer.status_code == 429
    assert answer.headers["retry-after"] == "30"
    assert answer.json() == {
        "code": 429,
        "error": "Too many requests for some devices and users",
        "eps_threshold": 1,
        "throttled_devices": {},
        "throttled_users": {"user-1": 2},
        "exceeded_daily_quota_devices": {},
        "exceeded_daily_quota_users": {},
        "throttled_events": list(range(1, 12)),
    }
    assert len(services.pipeline.events) == 20


def test_what_was_refused_does_not_count(client, services) -> None:
    bound(services, device_events_per_second=1)
    assert send(client, *[event()] * 31).status_code == 429
    assert send(client, *[event()] * 30).status_code == 200
    assert send(client, event()).status_code == 429
    assert send(client, event("device-2", "user-2")).status_code == 200


def test_a_daily_quota(client, services) -> None:
    bound(services, device_events_per_day=3)
    assert send(client, *[event()] * 3).status_code == 200
    body = send(client, event("device-9")).json()
    assert (body["code"], body["throttled_events"]) == (429, [0])
    assert body["exceeded_daily_quota_users"] == {"user-1": 4}
    assert body["exceeded_daily_quota_devices"] == {}


def test_silenced_devices(client, services) -> None:
    bound(services, silenced_devices=["device-2"])
    answer = send(client, event(), event("device-2"), event("device-2"))
    assert answer.status_code == 400
    body = answer.json()
    assert (body["code"], body["error"]) == (400, "Events silenced for device_id")
    assert (body["silenced_devices"], body["silenced_events"]) == (["device-2"], [1, 2])
    assert services.pipeline.events == []
    assert send(client, event()).status_code == 200


def test_a_bound_of_the_project(client, services) -> None:
    bound(services, events_per_minute=2)
    assert send(client, event(), event()).status_code == 200
    body = send(client, event()).json()
    assert (body["code"], body["throttled_events"]) == (429, [0])


def test_the_old_endpoints_say_it_in_plain_words(client, services) -> None:
    bound(services, events_per_minute=0, silenced_devices=["device-1"])
    form = {"api_key": "TOKEN", "event": '{"event_type":"A","device_id":"device-1"}'}
    answer = client.post("/httpapi", data=form)
    assert (answer.status_code, answer.text) == (400, "Events silenced for device_id")


def test_without_bounds_nothing_is_counted(client, services) -> None:
    assert send(client, *[event()] * 2000).status_code == 200


REVENUES = [
    ({"price": 9.99, "quantity": 3}, {"revenue": "29.97", "price": "9.99", "quantity": "3"}),
    ({"price": 9.99}, {"revenue": "9.99", "price": "9.99", "quantity": "1"}),
    ({"price": 10, "quantity": 2, "revenue": 5}, {"revenue": "20", "price": "10", "quantity": "2"}),
    ({"revenue": -4.5}, {"revenue": "-4.5"}),
    ({"price": 5, "quantity": -1}, {"revenue": "-5", "price": "5", "quantity": "-1"}),
    ({"quantity": 2}, {}),
    (
        {"revenue": 1, "productId": "p", "revenueType": "refund", "currency": "eur"},
        {"revenue": "1", "product_id": '"p"', "revenue_type": '"refund"', "currency": '"EUR"'},
    ),
    (
        {"event_properties": {"$price": 0.1, "$quantity": 3, "$productId": "p"}},
        {"revenue": "0.3", "price": "0.1", "quantity": "3", "product_id": '"p"'},
    ),
    ({"event_properties": {"price": 3}}, {}),
]


@pytest.mark.parametrize(("sent", "earned"), REVENUES, ids=range(len(REVENUES)))
def test_revenue(client, services, sent: dict[str, Any], earned: dict[str, str]) -> None:
    assert send(client, event() | sent).status_code == 200
    assert services.pipeline.events[0].context == earned


def test_one_event_that_is_nested_too_deep_is_listed_alone(client, services) -> None:
    deep = '{"user_id":"user-1","event_type":"A","event_properties":{"a":' + "[" * 100_000 + "]" * 100_000 + "}}"
    good = '{"user_id":"user-1","event_type":"A"}'
    answer = client.post("/2/httpapi", content=f'{{"api_key":"TOKEN","events":[{good},{deep},{good}]}}')
    assert answer.status_code == 400
    assert answer.json()["events_with_invalid_fields"] == {"event": [1]}
    assert services.pipeline.events == []


ATTRIBUTION = '{"event_type":"[Company] Install","idfa":"AEBE52E7-03EE","platform":"ios","user_properties":{"[C] a":1}}'


@pytest.mark.parametrize("where", ["data", "params"])
def test_attribution_counts_under_its_advertising_id(client, services, where: str) -> None:
    answer = client.post("/attribution", **{where: {"api_key": "TOKEN", "event": ATTRIBUTION}})
    assert (answer.status_code, answer.text) == (200, "success")
    [stored] = services.pipeline.events
    assert (stored.name, stored.distinct_id) == ("[Company] Install", "$advertising:aebe52e7-03ee")
    assert [(u.profile_id, u.values) for u in services.pipeline.updates] == [(stored.distinct_id, {"[C] a": "1"})]


def test_attribution_needs_an_advertising_id(client, services) -> None:
    for sent in ('{"event_type":"A"}', "{", '{"event_type":"A","idfa":""}'):
        assert client.post("/attribution", data={"api_key": "TOKEN", "event": sent}).status_code == 400
    assert client.post("/2/httpapi", json={"api_key": "TOKEN", "events": [{"event_type": "A", "adid": "x"}]}).json()[
        "events_with_missing_fields"
    ] == {"user_id": [0], "device_id": [0]}


def test_an_event_with_an_advertising_id_says_whose_it_is(client, services) -> None:
    send(client, event() | {"adid": "38400000-8CF0"}, event() | {"idfa": "00000000-0000-0000-0000-000000000000"})
    links = [link for batch in services.pipeline.batches for link in batch.links if link.kind == "alias"]
    assert [(link.actor, link.person) for link in links] == [("$advertising:38400000-8cf0", "$device:device-1")]


def test_mapped_users(client, services) -> None:
    mapping = '[{"user_id":"a","global_user_id":"g"},{"user_id":"b","unmap":true}]'
    answer = client.post("/usermap", params={"api_key": "TOKEN", "mapping": mapping})
    assert (answer.status_code, answer.text) == (200, "success")
    [batch] = services.pipeline.batches
    assert [(k.kind, k.actor, k.person) for k in batch.links] == [("alias", "a", "g"), ("unlink", "b", "")]


@pytest.mark.parametrize("mapping", ["", "{", "[1]", '{"user_id":"a"}', '{"global_user_id":"g"}', "[" * 100_000])
def test_a_wrong_mapping(client, services, mapping: str) -> None:
    assert client.post("/usermap", data={"api_key": "TOKEN", "mapping": mapping}).status_code == 400
    assert services.pipeline.batches == []
