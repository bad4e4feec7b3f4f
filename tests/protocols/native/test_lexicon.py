"""The lexicon: names in use, with what people say about them."""

from typing import Any

import msgspec
import pytest
from tests.protocols.native.conftest import SignedIn
from tests.protocols.native.test_access import error_of

from diptych.model import Role
from diptych.query.stream import EventName, PropertyKey

EVENTS = "/api/v1/projects/1/lexicon/events"
PROPERTIES = "/api/v1/projects/1/lexicon/properties"
SILENT = {"display_name": "", "description": "", "tags": [], "hidden": False, "dropped": False, "owner": ""}


class FakeStream:
    """Two events and two properties of the same name."""

    async def names(self, project: Any) -> list[EventName]:
        return [EventName("Signed Up", 9, 1, 2, False), EventName("Paid", 3, 1, 2, False)]

    async def properties(self, project: Any, event: str | None) -> list[PropertyKey]:
        return [PropertyKey(scope, "plan", 5, [msgspec.Raw(b'"pro"')]) for scope in ("event", "user")]


@pytest.fixture
def stream() -> FakeStream:
    return FakeStream()


def test_events(signed_in: SignedIn) -> None:
    editor = signed_in(Role.EDITOR)
    said = {"display_name": "Sign-up", "description": "Made an account", "tags": ["growth"], "owner": "anna"}
    changes = [{"name": "Signed Up", **said}, {"name": "Planned", "hidden": True}]
    assert editor.patch(EVENTS, json={"events": changes}).json() == {"changed": 2}
    assert editor.get(EVENTS).json()["events"] == [
        {"name": "Signed Up", "count": 9, "first_seen": 1, "last_seen": 2, "control": False} | SILENT | said,
        {"name": "Paid", "count": 3, "first_seen": 1, "last_seen": 2, "control": False} | SILENT,
        {"name": "Planned", "count": 0, "first_seen": 0, "last_seen": 0, "control": False} | SILENT | {"hidden": True},
    ]


def test_properties_by_scope(signed_in: SignedIn) -> None:
    editor = signed_in(Role.EDITOR)
    changes = [{"key": "plan", "scope": "user", "description": "Now"}, {"key": "seats", "description": "Planned"}]
    assert editor.patch(PROPERTIES, json={"properties": changes}).json() == {"changed": 2}
    of_event = {"scope": "event", "key": "plan", "count": 5, "examples": ["pro"]} | SILENT
    of_user = {"scope": "user", "key": "plan", "count": 5, "examples": ["pro"]} | SILENT | {"description": "Now"}
    planned = {"scope": "event", "key": "seats", "count": 0, "examples": []} | SILENT | {"description": "Planned"}
    assert editor.get(PROPERTIES).json()["properties"] == [of_event, of_user, planned]
    assert editor.get(PROPERTIES, params={"event": "Paid"}).json()["properties"] == [of_event, of_user]


@pytest.mark.parametrize(
    ("path", "body", "field"),
    [
        (EVENTS, {"events": []}, "events"),
        (EVENTS, {"events": [{"description": "x"}]}, "name"),
        (EVENTS, {"events": [{"name": "a", "hidden": "yes"}]}, "hidden"),
        (EVENTS, {"events": [{"name": "a", "tags": [""]}]}, "tags"),
        (EVENTS, {"events": [{"name": "a", "hiden": True}]}, "hiden"),
        (EVENTS, {"events": [{"name": "a\0"}]}, "name"),
        (PROPERTIES, {"properties": [{"key": "a", "scope": "field"}]}, "properties[0].scope"),
    ],
)
def test_what_is_wrong_is_named(signed_in: SignedIn, path: str, body: Any, field: str) -> None:
    answer = signed_in(Role.EDITOR).patch(path, json=body)
    error = answer.json()["error"]
    assert answer.status_code == 400 and field in f"{error['field']} {error['message']}", error


def test_another_project_says_nothing(signed_in: SignedIn) -> None:
    signed_in(Role.EDITOR).patch(EVENTS, json={"events": [{"name": "Paid", "description": "secret"}]})
    other = signed_in(Role.OWNER, project=2)
    assert error_of(other.get(EVENTS)) == (404, "project_id")
    assert "secret" not in other.get("/api/v1/projects/2/lexicon/events").text
