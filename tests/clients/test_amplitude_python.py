"""The official Amplitude SDK for Python."""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from amplitude import Amplitude, BaseEvent, EventOptions, Identify, Revenue
from tests.harness import Project


@dataclass
class Sent:
    """A client and what its own callback said about every event."""

    client: Amplitude
    outcomes: list[tuple[BaseEvent, int, str | None]] = field(default_factory=list)

    def flush(self) -> list[dict[str, Any]]:
        """Send everything; the events as the SDK reports them delivered."""
        for future in self.client.flush():
            if future:
                future.result()
        deadline = time.monotonic() + 10
        while not self.outcomes and time.monotonic() < deadline:
            time.sleep(0.02)
        assert [(code, message) for _, code, message in self.outcomes if code != 200] == []
        return [event.get_event_body() for event, _, _ in self.outcomes]


Connect = Callable[..., Sent]


@pytest.fixture
def connect() -> Iterator[Connect]:
    """Makes clients of a project, with the options that the test sets."""
    made: list[Sent] = []

    def connect(project: Project, path: str = "/2/httpapi", **options: Any) -> Sent:
        client = Amplitude(project.token)
        client.configuration.server_url = project.server.url + path
        client.configuration.flush_interval_millis = 50
        for name, value in options.items():
            setattr(client.configuration, name, value)
        sent = Sent(client)
        client.configuration.callback = lambda event, code, message=None: sent.outcomes.append((event, code, message))
        made.append(sent)
        return sent

    yield connect
    for sent in made:
        sent.client.shutdown()


def test_track_first_event_of_the_guide(connect: Connect, project: Project) -> None:
    sent = connect(project)
    sent.client.track(
        BaseEvent(
            event_type="Subscription Started",
            user_id="user-0001",
            device_id="device-0001",
            event_properties={"plan": "Premium", "billing interval": "yearly", "revenue": 588.5},
            user_properties={"role": "admin"},
            session_id=1_790_000_000_000,
            app_version="2.1.0",
            platform="Web",
            country="Germany",
        )
    )
    [delivered] = sent.flush()

    [event] = project.wait_for(1)
    assert event["name"] == "Subscription Started"
    assert (event["user_id"], event["device_id"]) == ("user-0001", "device-0001")
    assert event["distinct_id"] == "user-0001"
    assert event["properties"] == {"plan": "Premium", "billing interval": "yearly", "revenue": 588.5}
    assert event["user_properties"] == {"role": "admin"}
    assert event["time"] == delivered["time"]
    assert event["insert_id"] == delivered["insert_id"]
    assert event["session_id"] == 1_790_000_000_000
    assert event["context"]["country"] == "DE"
    assert event["library"] == delivered["library"]
    assert event["protocol"] == "amplitude"


def test_values_of_every_type_come_back_as_sent(connect: Connect, project: Project) -> None:
    values = {
        "string": "Grüße, 東京 🗼",
        "integer": 9007199254740993,
        "float": 0.1,
        "true": True,
        "list": ["a", "b"],
        "objects": [{"sku": "x", "price": 1.5}],
        "object": {"nested": {"deep": [1, 2]}, "dotted.key": "x"},
        "html": "<script>alert(1)</script>",
    }
    sent = connect(project)
    sent.client.track(BaseEvent(event_type="Values", user_id="user-0001", event_properties=values))
    sent.flush()

    [event] = project.wait_for(1)
    assert event["properties"] == values


def test_identify_operations(connect: Connect, project: Project) -> None:
    sent = connect(project)
    first = Identify().set("plan", "free").set_once("first seen", "2026-01-02").add("seats", 2)
    first.append("tags", "early")
    second = Identify().set("plan", "pro").set_once("first seen", "2026-06-07").add("seats", 3)
    second.append("tags", "early").prepend("log", "b").pre_insert("teams", "red")
    third = (
        Identify().unset("temporary").remove("tags", "none").prepend("log", "a").post_insert("teams", ["red", "blue"])
    )
    start = int(time.time() * 1000) - 5000
    sent.client.identify(Identify().set("temporary", 1), EventOptions(user_id="user-0001", time=start))
    for number, change in enumerate((first, second, third), 1):
        sent.client.identify(change, EventOptions(user_id="user-0001", time=start + number))
    sent.flush()

    events = project.wait_for(4)
    assert {(event["name"], event["control"]) for event in events} == {("$identify", True)}
    assert project.profile("user-0001") == {
        "plan": "pro",
        "first seen": "2026-01-02",
        "seats": 5,
        "tags": ["early", "early"],
        "log": ["a", "b"],
        "teams": ["red", "blue"],
    }


def test_revenue(connect: Connect, project: Project) -> None:
    sent = connect(project)
    revenue = Revenue(price=49.9, quantity=2, product_id="pro", revenue_type="subscription")
    sent.client.revenue(revenue, EventOptions(user_id="user-0001"))
    sent.flush()

    [event] = project.wait_for(1)
    assert event["name"] == "revenue_amount"
    assert {key: event["properties"][key] for key in ("$price", "$quantity", "$productId", "$revenueType")} == {
        "$price": 49.9,
        "$quantity": 2,
        "$productId": "pro",
        "$revenueType": "subscription",
    }


def test_groups(connect: Connect, project: Project) -> None:
    sent = connect(project)
    sent.client.set_group("company", "acme", EventOptions(user_id="user-0001"))
    sent.client.group_identify("company", "acme", Identify().set("plan", "pro").set("seats", 5))
    sent.client.track(BaseEvent("Invited", user_id="user-0001", groups={"company": "acme", "team": ["a", "b"]}))
    sent.flush()

    events = {event["name"]: event for event in project.wait_for(3)}
    assert events["$identify"]["groups"] == {"company": ["acme"]}
    assert events["$groupidentify"]["control"] is True
    assert events["Invited"]["groups"] == {"company": ["acme"], "team": ["a", "b"]}
    assert project.profile("acme", "company") == {"plan": "pro", "seats": 5}
    assert project.profile("user-0001")["company"] == "acme"


def test_batch_endpoint_and_many_events(connect: Connect, project: Project) -> None:
    sent = connect(project, "/batch", use_batch=True, flush_queue_size=100)
    for number in range(250):
        sent.client.track(BaseEvent("Page Viewed", user_id=f"user-{number:04}", event_properties={"number": number}))
    sent.flush()

    events = project.wait_for(250)
    assert sorted(event["properties"]["number"] for event in events) == list(range(250))
    assert all(event["user_id"] == f"user-{event['properties']['number']:04}" for event in events)
    assert len({event["insert_id"] for event in events}) == 250


def test_min_id_length(connect: Connect, project: Project) -> None:
    sent = connect(project, min_id_length=1)
    sent.client.track(BaseEvent("Opened", user_id="7"))
    sent.flush()

    [event] = project.wait_for(1)
    assert event["user_id"] == "7"


def test_an_id_that_is_too_short_is_refused_and_the_rest_arrives(connect: Connect, project: Project) -> None:
    sent = connect(project)
    sent.client.track(BaseEvent("Opened", user_id="7"))
    sent.client.track(BaseEvent("Opened", user_id="user-0001"))
    sent.client.flush()

    [event] = project.wait_for(1)
    assert event["user_id"] == "user-0001"
    deadline = time.monotonic() + 10
    while len(sent.outcomes) < 2 and time.monotonic() < deadline:
        time.sleep(0.02)
    assert sorted((body.user_id, code) for body, code, _ in sent.outcomes) == [("7", 400), ("user-0001", 200)]


def test_a_wrong_key_is_reported_and_not_tried_again(
    connect: Connect, project: Project, caplog: pytest.LogCaptureFixture
) -> None:
    """The SDK knows the words, logs them and drops the batch; other words would make it retry twelve times."""
    sent = connect(project)
    sent.client.configuration.api_key = "not-a-key"
    sent.client.track(BaseEvent("Opened", user_id="user-0001"))
    sent.client.flush()

    deadline = time.monotonic() + 10
    while "Invalid API Key" not in caplog.text and time.monotonic() < deadline:
        time.sleep(0.02)
    assert "Invalid API Key" in caplog.text
    assert project.events() == []


def test_over_https(
    connect: Connect, tls_project: Project, authority: dict[str, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(authority["authority"]))
    sent = connect(tls_project)
    sent.client.track(BaseEvent("Opened", user_id="user-0001", event_properties={"plan": "pro"}))
    sent.flush()

    [event] = tls_project.wait_for(1)
    assert event["properties"] == {"plan": "pro"}
