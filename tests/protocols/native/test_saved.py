"""Reports, cohorts, dashboards and annotations through our own API."""

import asyncio
from typing import Any

import pytest
from tests.protocols.native.conftest import Client, SignedIn
from tests.protocols.native.test_access import error_of

from diptych.control import Control
from diptych.control.saved import Draft, Kind
from diptych.model import Project, Role
from diptych.protocols.native import saved_definitions
from diptych.protocols.native.api import ENDPOINTS
from diptych.protocols.native.openapi import document

QUESTION = {"type": "segmentation", "metrics": [{"event": {"names": ["Signed Up"]}}]}
REPORT = {"question": QUESTION}
COHORT = {"cohort": {"condition": {"type": "did", "event": {"names": ["Signed Up"]}}}}
DASHBOARD = {"tiles": [{"text": "Hello", "x": 0, "y": 0, "width": 6, "height": 4}]}
ANNOTATION = {"time": 1_764_028_800_000}
CUSTOM_EVENT = {"events": [{"name": "Signed Up", "filter": None}, {"name": "Invited", "filter": None}]}
CONTENTS = {
    "reports": REPORT,
    "cohorts": COHORT,
    "dashboards": DASHBOARD,
    "annotations": ANNOTATION,
    "custom-events": CUSTOM_EVENT,
}


@pytest.fixture
def editor(signed_in: SignedIn) -> Client:
    return signed_in(Role.EDITOR)


def save(client: Client, kind: str, content: Any, **fields: Any) -> Any:
    return client.post(f"/api/v1/{kind}", json={"project_id": 1, "name": "First", "content": content} | fields)


@pytest.mark.parametrize("kind", CONTENTS)
def test_the_life_of_a_saved_object(editor: Client, signed_in: SignedIn, kind: str) -> None:
    made = save(editor, kind, CONTENTS[kind], description="About it")
    assert made.status_code == 200, made.text
    one = made.json()
    assert (one["name"], one["description"], one["version"], one["created_by"]) == (
        "First",
        "About it",
        1,
        "user1@example.com",
    )
    place = {"params": {"project_id": 1}}
    path = f"/api/v1/{kind}/{one['id']}"
    renamed = editor.patch(path, json={"version": 1, "name": "Second"}, **place).json()
    assert (renamed["name"], renamed["version"], renamed["content"]) == ("Second", 2, one["content"])
    assert error_of(editor.patch(path, json={"version": 1, "name": "Third"}, **place)) == (409, "version")
    again = editor.patch(path, json={"version": 2, "content": CONTENTS[kind]}, **place).json()
    assert again["content"] == one["content"]
    versions = editor.get(f"{path}/versions", **place).json()["versions"]
    assert [(v["version"], v["name"]) for v in versions] == [(3, "Second"), (2, "Second"), (1, "First")]
    viewer = signed_in(Role.VIEWER)
    assert viewer.get(path, **place).json() == again
    assert viewer.get(f"/api/v1/{kind}", **place).json() == {"saved": [again]}
    assert viewer.delete(path, **place).status_code == 403
    assert editor.delete(path, **place).json()["deleted"]
    assert viewer.get(f"/api/v1/{kind}", **place).json() == {"saved": []}
    assert error_of(editor.patch(path, json={"version": 3, "name": "X"}, **place)) == (404, "number")
    [gone] = editor.get(f"/api/v1/{kind}", params={"project_id": 1, "deleted": True}).json()["saved"]
    assert gone["id"] == one["id"]
    assert editor.post(f"{path}/restore", **place).json()["deleted"] is None


@pytest.mark.parametrize("kind", CONTENTS)
def test_nothing_of_another_project(editor: Client, signed_in: SignedIn, kind: str) -> None:
    number = save(editor, kind, CONTENTS[kind]).json()["id"]
    other = signed_in(Role.OWNER, project=2)
    for project, status in ((1, 404), (2, 404)):
        path, place = f"/api/v1/{kind}/{number}", {"params": {"project_id": project}}
        answers = [
            other.get(path, **place),
            other.get(f"{path}/versions", **place),
            other.patch(path, json={"version": 1, "name": "Mine"}, **place),
            other.delete(path, **place),
            other.post(f"{path}/restore", **place),
        ]
        assert {answer.status_code for answer in answers} == {status}
    assert other.get(f"/api/v1/{kind}", params={"project_id": 2}).json() == {"saved": []}


WRONG = [
    ("reports", {"content": {}}, "question"),
    ("reports", {"content": {"question": {"type": "funny"}}}, "question"),
    ("reports", {"content": {"question": {"type": "segmentation", "metrics": []}}}, "metrics"),
    ("reports", {"content": REPORT, "name": ""}, "name"),
    ("reports", {"content": REPORT, "name": " \n "}, "name"),
    ("reports", {"content": REPORT, "name": "a\0b"}, "name"),
    ("reports", {"content": REPORT, "description": "a\0b"}, "description"),
    ("reports", {"content": REPORT | {"display": {"x": "y" * 300_000}}}, "content"),
    ("cohorts", {"content": {"cohort": {"condition": {"type": "did", "value": "many"}}}}, "value"),
    ("dashboards", {"content": {"tiles": [{"x": 12, "y": 0, "width": 1, "height": 1}]}}, "x"),
    ("dashboards", {"content": {"tiles": [{"report": 99, "x": 0, "y": 0, "width": 1, "height": 1}]}}, "report"),
    ("annotations", {"content": {"time": -1}}, "time"),
    ("annotations", {"content": ANNOTATION, "naem": "x"}, "naem"),
]


@pytest.mark.parametrize(("kind", "fields", "field"), WRONG, ids=range(len(WRONG)))
def test_what_is_wrong_is_named(editor: Client, kind: str, fields: dict[str, Any], field: str) -> None:
    answer = editor.post(f"/api/v1/{kind}", json={"project_id": 1, "name": "First"} | fields)
    assert answer.status_code == 400
    error = answer.json()["error"]
    assert field in f"{error['field']} {error['message']}", error


def test_a_dashboard_has_reports_of_its_own_project_only(editor: Client, control: Control) -> None:
    mine = save(editor, "reports", REPORT).json()["id"]
    others = control.saved.create(2, Kind.REPORT, Draft(name="X", description="", content=b"{}"), "eve").id
    tile = {"x": 0, "y": 0, "width": 6, "height": 4}
    assert save(editor, "dashboards", {"tiles": [tile | {"report": mine}]}).status_code == 200
    answer = save(editor, "dashboards", {"tiles": [tile, tile | {"report": others}]})
    assert error_of(answer) == (400, "content.tiles[1].report")


def test_a_question_is_kept_with_its_defaults(editor: Client) -> None:
    kept = save(editor, "reports", REPORT).json()["content"]["question"]
    assert kept["interval"] == "day"
    assert kept["range"].items() >= {"type": "last", "count": 30, "unit": "day"}.items()


def test_questions_find_saved_cohorts(editor: Client, control: Control) -> None:
    number = save(editor, "cohorts", COHORT, name="Signed up").json()["id"]
    find = saved_definitions(control).cohort

    def found(project: int, cohort: str) -> Any:
        return asyncio.run(find(Project(id=project, name="p", token="t"), cohort))

    assert found(1, str(number)).name == "Signed up"
    assert found(1, str(number)).cohort.condition.event.names == ["Signed Up"]
    assert [found(*asked) for asked in ((2, str(number)), (1, "99"), (1, "x"), (1, ""), (1, "9" * 40))] == [None] * 5
    editor.delete(f"/api/v1/cohorts/{number}", params={"project_id": 1})
    assert found(1, str(number)) is None


def test_questions_find_custom_events_by_number_and_name(editor: Client, control: Control) -> None:
    events = {"events": [{"name": "Signed Up"}, {"name": "Invited"}]}
    number = save(editor, "custom-events", events, name="Joined").json()["id"]
    save(editor, "custom-events", {"events": [{"name": "Other"}]}, name="Joined")
    find = saved_definitions(control).custom_event

    def found(project: int, text: str) -> Any:
        return asyncio.run(find(Project(id=project, name="p", token="t"), text))

    for text in (str(number), "Joined"):
        assert [one.name for one in found(1, text).events] == ["Signed Up", "Invited"]
    assert [found(*asked) for asked in ((2, str(number)), (2, "Joined"), (1, "joined"), (1, ""))] == [None] * 4
    assert error_of(save(editor, "custom-events", {"events": []}, name="Nothing")) == (400, "content.events")


def test_every_body_in_openapi_has_an_example() -> None:
    described = document("/api/v1", ENDPOINTS)
    operations = [one for methods in described["paths"].values() for one in methods.values()]
    names = [one["operationId"] for one in operations]
    assert len(names) == len(set(names))
    bodies = [one["requestBody"]["content"]["application/json"] for one in operations if "requestBody" in one]
    assert len(bodies) > 20 and all(body.keys() & {"example", "examples"} for body in bodies)
