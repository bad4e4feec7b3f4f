"""Requests as the released libraries sent them, replayed to the byte (`recorded/`)."""

import json
from pathlib import Path
from typing import Any

import pytest

RECORDED = Path(__file__).parent / "recorded"
CONTROL = {"$identify", "$groupidentify", "$create_alias"}
CALLS = ["Opened", "$identify", "$groupidentify", "$create_alias", "Page Viewed", "Screen Viewed"]
LIBRARIES = [
    ("segment-analytics-python-2.4.0", "analytics-python 2.4.0", CALLS),
    ("analytics-node-3.1.0", "@segment/analytics-node 3.1.0", CALLS),
    (
        "analytics-next-1.84.3",
        "analytics.js next-1.84.3",
        ["Page Viewed", "Opened", "$identify", "$groupidentify", "$create_alias", "B1", "B2"],
    ),
]


def replay(client: Any, name: str) -> None:
    client.auth = None
    for sent in json.loads((RECORDED / f"{name}.json").read_text()):
        answer = client.post(sent["path"], content=sent["body"].encode(), headers=sent["headers"])
        assert (answer.status_code, answer.json()) == (200, {"success": True})


@pytest.mark.parametrize(("name", "library", "events"), LIBRARIES)
def test_every_call_of_a_library_is_stored(client, services, name: str, library: str, events: list[str]) -> None:
    replay(client, name)
    found = services.pipeline.events
    assert [event.name for event in found] == events
    assert {event.library for event in found} == {library}
    assert [event.control for event in found] == [event.name in CONTROL for event in found]
    assert len({event.copy_key for event in found} - {None}) == len(events)
    assert all(event.time == event.received - (event.upload_time - event.client_time) for event in found[:1])
    assert services.pipeline.issues == []


@pytest.mark.parametrize(("name", "library", "events"), LIBRARIES)
def test_people_and_groups_of_a_library(client, services, name: str, library: str, events: list[str]) -> None:
    replay(client, name)
    person, group = services.pipeline.updates
    assert (person.group_type, person.profile_id, person.values) == ("", "user-1", {"plan": '"pro"'})
    assert (group.group_type, group.profile_id, group.values) == ("group", "acme", {"seats": "5"})
    devices = {event.device_id for event in services.pipeline.events if event.device_id and event.user_id}
    assert {(f"$device:{device}", "user-1") for device in devices} <= set(services.pipeline.links)


def test_a_page_of_the_browser_library(client, services) -> None:
    replay(client, "analytics-next-1.84.3")
    page = services.pipeline.events[0]
    address = "http://localhost:18766/page.html?utm_source=x&utm_campaign=c"
    assert page.distinct_id == f"$device:{page.device_id}"
    assert page.context == {
        "browser": '"HeadlessChrome"',
        "browser_version": '"156.0"',
        "os": '"Linux"',
        "language": '"English"',
        "utm_source": '"x"',
        "utm_campaign": '"c"',
        "current_url": f'"{address}"',
    }
    assert page.properties["title"] == '"T"'
    assert (page.properties["name"], page.properties["category"]) == ('"Home"', '"Shop"')
