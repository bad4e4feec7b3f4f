"""The official Mixpanel SDK for Python."""

import time
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from mixpanel import BufferedConsumer, Consumer, Mixpanel, ServiceAccountCredentials
from tests.harness import Project


def http_consumer(project: Project) -> Consumer:
    """The consumer's own address options; `api_host` alone would insist on https."""
    url = project.server.url
    return Consumer(
        events_url=f"{url}/track",
        people_url=f"{url}/engage",
        groups_url=f"{url}/groups",
        import_url=f"{url}/import",
    )


@pytest.fixture
def client(project: Project) -> Mixpanel:
    return Mixpanel(project.token, consumer=http_consumer(project))


@pytest.fixture
def trusted(monkeypatch: pytest.MonkeyPatch, authority: dict[str, Path]) -> Iterator[None]:
    """The SDK's HTTP library trusts the test authority."""
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(authority["authority"]))
    return


def api_host(project: Project) -> str:
    return urlsplit(project.server.url).netloc


def test_track_first_event_of_the_guide(client: Mixpanel, project: Project) -> None:
    sent = {"plan": "Premium", "billing interval": "yearly", "revenue": 588.5, "$insert_id": "9f3d0b7c-1"}
    before = time.time()
    client.track("user-1", "Subscription Started", sent | {"time": int(before) - 60})

    [event] = project.wait_for(1)
    assert event["name"] == "Subscription Started"
    assert event["distinct_id"] == "user-1"
    assert event["time"] == (int(before) - 60) * 1000
    assert event["insert_id"] == "9f3d0b7c-1"
    assert event["protocol"] == "mixpanel"
    assert event["control"] is False
    properties = event["properties"]
    assert {key: properties[key] for key in ("plan", "billing interval", "revenue")} == {
        "plan": "Premium",
        "billing interval": "yearly",
        "revenue": 588.5,
    }
    assert before * 1000 - 1 <= event["received"] <= time.time() * 1000


def test_values_of_every_type_come_back_as_sent(client: Mixpanel, project: Project) -> None:
    sent = {
        "string": "Grüße, 東京 🗼",
        "integer": 9007199254740993,
        "float": 0.1,
        "true": True,
        "null": None,
        "list": ["a", 1, None, {"b": [2.5]}],
        "object": {"nested": {"deep": [1, 2]}, "dotted.key": "x"},
        "empty": "",
        "dotted.key": 1,
        "html": "<script>alert(1)</script>",
    }
    client.track("user-1", "Values", sent | {"when": datetime(2026, 1, 2, 3, 4, 5)})

    [event] = project.wait_for(1)
    assert {key: event["properties"][key] for key in sent} == sent
    assert event["properties"]["when"] == "2026-01-02T03:04:05"


def test_time_and_insert_id_that_the_sdk_adds(client: Mixpanel, project: Project) -> None:
    before = time.time()
    client.track("user-1", "Opened")
    after = time.time()

    [event] = project.wait_for(1)
    assert int(before * 1000) <= event["time"] <= after * 1000 + 1
    assert len(event["insert_id"]) == 32
    assert event["library"].startswith("python ")


def test_buffered_consumer_flushes_by_size_and_on_demand(project: Project) -> None:
    url = project.server.url
    consumer = BufferedConsumer(max_size=20, events_url=f"{url}/track", people_url=f"{url}/engage")
    client = Mixpanel(project.token, consumer=consumer)
    for number in range(45):
        client.track(f"user-{number}", "Page Viewed", {"number": number})

    assert len(project.wait_for(40)) == 40
    consumer.flush()
    events = project.wait_for(45)
    assert sorted(event["properties"]["number"] for event in events) == list(range(45))
    assert all(event["distinct_id"] == f"user-{event['properties']['number']}" for event in events)


def test_people_updates(client: Mixpanel, project: Project) -> None:
    client.people_set("user-1", {"$name": "Ada", "plan": "free", "seats": 1})
    client.people_set("user-1", {"plan": "pro"})
    client.people_set_once("user-1", {"plan": "enterprise", "first seen": "2026-01-02"})
    client.people_increment("user-1", {"seats": 4, "logins": 1})
    client.people_append("user-1", {"tags": "early"})
    client.people_append("user-1", {"tags": "early"})
    client.people_union("user-1", {"teams": ["red", "blue"]})
    client.people_union("user-1", {"teams": ["blue", "green"]})
    client.people_remove("user-1", {"tags": "early"})
    client.people_set("user-1", {"temporary": 1})
    client.people_unset("user-1", ["temporary"])

    profile = project.profile("user-1")
    assert profile["$name"] == "Ada"
    assert profile["plan"] == "pro"
    assert profile["first seen"] == "2026-01-02"
    assert profile["seats"] == 5
    assert profile["logins"] == 1
    assert profile["teams"] == ["red", "blue", "green"]
    assert "temporary" not in profile


def test_track_charge_appends_a_transaction(client: Mixpanel, project: Project) -> None:
    client.people_track_charge("user-1", 49.9, {"$time": "2026-01-02T03:04:05"})
    client.people_track_charge("user-1", 10)

    amounts = [charge["$amount"] for charge in project.profile("user-1")["$transactions"]]
    assert amounts == [49.9, 10]


def test_people_delete(client: Mixpanel, project: Project) -> None:
    client.people_set("user-1", {"plan": "pro"})
    client.people_delete("user-1")
    client.people_set("user-2", {"plan": "pro"}, meta={"$time": 1_790_000_000})
    client.people_set("user-3", {"plan": "pro"}, meta={"$ignore_time": True})

    assert project.profile("user-2") == {"plan": "pro", "$last_seen": "2026-09-21T14:13:20"}
    assert project.profile("user-3") == {"plan": "pro"}
    with project.server.client() as http:
        gone = http.get(f"/api/v1/projects/{project.id}/profiles?id=user-1", auth=project.account)
    assert gone.status_code == 404


def test_group_profiles(client: Mixpanel, project: Project) -> None:
    client.group_set("company", "acme", {"plan": "pro", "seats": 5})
    client.group_set_once("company", "acme", {"plan": "free", "country": "DE"})
    client.group_union("company", "acme", {"features": ["a", "b"]})
    client.group_unset("company", "acme", ["seats"])

    assert project.profile("acme", "company") == {"plan": "pro", "country": "DE", "features": ["a", "b"]}


def test_alias_as_the_docs_send_it(client: Mixpanel, project: Project) -> None:
    """`alias()` itself cannot be redirected; docs/sdks.md names this call instead."""
    client.track("user-1", "$create_alias", {"alias": "anonymous-1"})

    [event] = project.wait_for(1)
    assert (event["name"], event["control"]) == ("$create_alias", True)
    assert event["properties"]["alias"] == "anonymous-1"


def test_import_with_the_project_secret(client: Mixpanel, project: Project) -> None:
    moment = int(time.time()) - 400 * 86_400
    client.import_data("", "user-1", "Signed Up", moment, {"plan": "free"}, api_secret=project.secret)

    [event] = project.wait_for(1)
    assert (event["name"], event["time"]) == ("Signed Up", moment * 1000)
    assert event["properties"]["plan"] == "free"


def test_import_with_a_service_account(tls_project: Project, trusted: None) -> None:
    username, secret = tls_project.account
    credentials = ServiceAccountCredentials(username, secret, str(tls_project.id))
    consumer = Consumer(api_host=api_host(tls_project), credentials=credentials)
    client = Mixpanel(tls_project.token, consumer=consumer)
    moment = int(time.time()) - 400 * 86_400
    client.import_data(None, "user-1", "Signed Up", moment, {"plan": "free"})

    [event] = tls_project.wait_for(1)
    assert (event["distinct_id"], event["time"]) == ("user-1", moment * 1000)


def test_api_host_over_https(tls_project: Project, trusted: None) -> None:
    client = Mixpanel(tls_project.token, consumer=Consumer(api_host=api_host(tls_project)))
    client.track("user-1", "Subscription Started", {"plan": "Premium", "revenue": 49})
    client.people_set("user-1", {"plan": "Premium"}, meta={"$time": 1_790_000_000})
    client.group_set("company", "acme", {"plan": "Premium"})

    [event] = tls_project.wait_for(1)
    assert (event["distinct_id"], event["properties"]["revenue"]) == ("user-1", 49)
    assert tls_project.profile("user-1") == {"plan": "Premium", "$last_seen": "2026-09-21T14:13:20"}
    assert tls_project.profile("acme", "company") == {"plan": "Premium"}


def test_the_same_insert_id_counts_once(client: Mixpanel, project: Project) -> None:
    for plan in ("free", "pro"):
        client.track("user-1", "Signed Up", {"$insert_id": "one", "time": 1_790_000_000, "plan": plan})

    [event] = project.wait_for(1)
    assert event["properties"]["plan"] == "pro"
