"""`/api/v1/ingestion/issues` of a running server."""

import time
from typing import Any

import httpx
import pytest
from tests.harness import Project


def ask(project: Project, **parameters: Any) -> httpx.Response:
    with project.server.client() as client:
        query = {"project_id": project.id} | parameters
        return client.get("/api/v1/ingestion/issues", params=query, auth=project.account)


def test_what_was_refused_is_told_with_the_record_as_it_was_sent(project: Project) -> None:
    before = int(time.time() * 1000)
    with project.server.client() as client:
        events = [{"event_type": "A", "user_id": "bob"}, {"event_type": "B", "user_id": "eve"}]
        assert client.post("/2/httpapi", json={"api_key": project.token, "events": events}).status_code == 400

    [issue] = ask(project).json()["issues"]
    assert before <= issue.pop("first") == issue.pop("latest")
    assert issue == {
        "kind": "rejected",
        "reason": "user_id is too short",
        "protocol": "amplitude",
        "field": "user_id",
        "count": 2,
        "samples": ['{"event_type":"A","user_id":"bob"}'],
    }
    [without] = ask(project, since=before, samples=0).json()["issues"]
    assert (without["count"], without["samples"]) == (2, [])
    assert ask(project, since=before + 86_400_000).json() == {"issues": []}


@pytest.mark.parametrize(("name", "value"), [("since", -1), ("since", "yesterday"), ("samples", 6), ("samples", -1)])
def test_a_wrong_parameter_is_named(project: Project, name: str, value: Any) -> None:
    answer = ask(project, **{name: value})
    assert answer.status_code == 400
    assert answer.json()["error"]["field"] == name


def test_another_project_is_out_of_reach(project: Project) -> None:
    other = project.server.add_project("Other")
    with project.server.client() as client:
        path = f"/api/v1/ingestion/issues?project_id={project.id}"
        answers = [client.get(path), client.get(path, auth=other.account)]
    assert [answer.status_code for answer in answers] == [401, 401]
