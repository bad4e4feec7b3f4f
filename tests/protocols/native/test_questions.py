"""`/api/v1/query` of a running server: answers, progress, cancelling, people, errors by field, OpenAPI."""

import asyncio
import contextlib
import json
import time
from typing import Any

import httpx
import msgspec
import pytest
from tests.harness import Project

from diptych.query.questions import Question
from diptych.query.questions.examples import EXAMPLES

QUESTION: dict[str, Any] = {
    "type": "segmentation",
    "metrics": [{"event": {"names": ["Buy"]}, "measure": "unique"}],
    "range": {"type": "last", "count": 2},
    "breakdowns": [{"property": {"key": "plan"}}],
}


@pytest.fixture
def bought(project: Project) -> Project:
    """Four people bought something just now, three of them with a plan."""
    now = int(time.time())
    events = [
        {"event": "Buy", "properties": {"token": project.token, "distinct_id": who, "time": now, **more}}
        for who, more in [("ann", {"plan": "pro"}), ("bob", {"plan": "pro"}), ("cid", {"plan": "free"}), ("dan", {})]
    ]
    profile = {"$token": project.token, "$distinct_id": "ann", "$set": {"color": "red"}}
    with project.server.client() as client:
        assert client.post("/track", json=events).text == "1"
        assert client.post("/engage", json=[profile]).text == "1"
    return project


def post(project: Project, path: str, **body: Any) -> httpx.Response:
    with project.server.client() as client:
        return client.post(f"/api/v1{path}", json={"project_id": project.id} | body, auth=project.account)


def test_an_answer_explains_itself_and_is_kept(bought: Project) -> None:
    first = post(bought, "/query", question=QUESTION).json()
    assert {(s["breakdown"][0], s["overall"]) for s in first["series"]} == {("pro", 2), ("free", 1), (None, 1)}
    assert first["explanation"]["rows_read"] >= 4
    assert first["explanation"]["bytes_read"] > 0
    assert not first["explanation"]["cached"]
    again = post(bought, "/query", question=QUESTION).json()
    assert again["explanation"]["cached"]
    assert again["explanation"]["computed_at"] == first["explanation"]["computed_at"]

    with bought.server.client() as client:
        late = {"event": "Buy", "properties": {"token": bought.token, "distinct_id": "eve", "plan": "pro"}}
        assert client.post("/track", json=[late]).text == "1"
    after = post(bought, "/query", question=QUESTION).json()
    assert {(s["breakdown"][0], s["overall"]) for s in after["series"]} == {("pro", 3), ("free", 1), (None, 1)}
    assert not after["explanation"]["cached"]


def test_a_link_and_a_profile_change_what_was_kept(bought: Project) -> None:
    by_color = QUESTION | {"breakdowns": [{"property": {"key": "color", "scope": "user"}}]}
    assert post(bought, "/query", question=by_color).json()["series"][0]["overall"] == 3
    with bought.server.client() as client:
        profile = {"$token": bought.token, "$distinct_id": "bob", "$set": {"color": "red"}}
        assert client.post("/engage", json=[profile]).text == "1"
    series = post(bought, "/query", question=by_color).json()["series"]
    assert {(s["breakdown"][0], s["overall"]) for s in series} == {("red", 2), (None, 2)}


def test_progress_comes_in_lines_and_the_answer_last(bought: Project) -> None:
    answer = post(bought, "/query/stream", question=QUESTION)
    assert answer.headers["content-type"].startswith("application/x-ndjson")
    *progress, last = [json.loads(line) for line in answer.text.splitlines()]
    assert all("progress" in line for line in progress)
    assert last["answer"]["series"]
    wrong = QUESTION | {"formulas": [{"expression": "A +"}]}
    (line,) = post(bought, "/query/stream", question=wrong).text.splitlines()
    assert json.loads(line)["error"]["field"] == "question.formulas.expression"


def test_the_people_behind_a_series_in_pages(bought: Project) -> None:
    selection = {"breakdown": ["pro"]}
    whole = post(bought, "/query/people", question=QUESTION, selection=selection).json()
    assert whole["count"] == 2
    assert whole["next"] is None
    assert {p["id"]: p["properties"].get("color") for p in whole["people"]} == {"ann": "red", "bob": None}

    pages, after = [], ""
    while after is not None:
        page = post(bought, "/query/people", question=QUESTION, limit=3, after=after).json()
        assert page["count"] == 4
        pages += [person["id"] for person in page["people"]]
        after = page["next"]
    assert sorted(pages) == ["ann", "bob", "cid", "dan"]


def test_the_people_behind_a_series_stay_as_a_list(bought: Project) -> None:
    saved = post(bought, "/query/cohort", question=QUESTION, selection={"breakdown": ["pro"]}, name="Pro")
    assert saved.status_code == 201
    inside = {"type": "in_cohort", "id": str(saved.json()["id"])}
    found = post(bought, "/query/people", question=QUESTION | {"filter": inside}).json()
    assert sorted(person["id"] for person in found["people"]) == ["ann", "bob"]
    refused = post(bought, "/query/cohort", question=QUESTION | {"group_type": "company"}, name="Companies")
    assert refused.status_code == 400


def test_uploaded_ids_stay_as_a_list(bought: Project) -> None:
    made = post(bought, "/cohorts/upload", name="Interviewed", ids=["ann", "cid", "ann", "", "nobody"])
    assert made.status_code == 201
    assert (made.json()["known"], made.json()["unknown"]) == (2, ["nobody"])
    inside = {"type": "in_cohort", "id": str(made.json()["saved"]["id"])}
    found = post(bought, "/query/people", question=QUESTION | {"filter": inside}).json()
    assert sorted(person["id"] for person in found["people"]) == ["ann", "cid"]
    unknown = post(bought, "/cohorts/upload", name="Strangers", ids=["nobody"])
    assert (unknown.status_code, unknown.json()["error"]["field"]) == (400, "ids")


@pytest.mark.parametrize(
    ("path", "body", "field"),
    [
        ("/query", {"question": QUESTION | {"metrics": []}}, "question.metrics"),
        ("/query", {"question": QUESTION | {"metrics": [{"measure": "sum"}]}}, "question.metrics"),
        ("/query", {"question": QUESTION | {"intervall": "day"}}, "question"),
        ("/query", {"question": QUESTION | {"formulas": [{"expression": "C"}]}}, "question.formulas.expression"),
        ("/query/people", {"question": QUESTION, "selection": {"metric": 7}}, "question.selection.metric"),
        ("/query/people", {"question": QUESTION, "selection": {"row": 7}}, "selection"),
    ],
)
def test_what_is_wrong_is_named(project: Project, path: str, body: dict[str, Any], field: str) -> None:
    answer = post(project, path, **body)
    assert answer.status_code == 400
    error = answer.json()["error"]
    assert field in f"{error['field']} {error['message']}".replace("$.", ""), error


def test_a_bad_regular_expression_is_named(bought: Project) -> None:
    bad = {"type": "compare", "property": {"key": "plan"}, "operator": "matches", "values": ["(?<a"]}
    answer = post(bought, "/query", question=QUESTION | {"filter": bad})
    assert answer.status_code == 400
    assert answer.json()["error"]["field"] == "question.filter.values"


def test_cancelling_what_does_not_run(project: Project) -> None:
    with project.server.client() as client:
        answer = client.delete("/api/v1/query/nothing", params={"project_id": project.id}, auth=project.account)
    assert answer.json() == {"cancelled": False}


def test_a_closed_connection_leaves_nothing_behind(bought: Project) -> None:
    async def leave() -> None:
        async with httpx.AsyncClient(base_url=bought.server.url, auth=bought.account, verify=False) as client:
            body = {"project_id": bought.id, "question": QUESTION}
            with contextlib.suppress(httpx.ReadTimeout):
                await client.post("/api/v1/query", json=body, timeout=httpx.Timeout(5, read=0.01))

    for _ in range(6):
        asyncio.run(leave())
    # More were left than run at once for a project: their places must be free again.
    assert post(bought, "/query", question=QUESTION).status_code == 200


def test_openapi_has_an_example_of_every_type_of_question(project: Project) -> None:
    with project.server.client() as client:
        document = client.get("/openapi.json").json()
    body = document["paths"]["/api/v1/query"]["post"]["requestBody"]["content"]["application/json"]
    shown = {example["value"]["question"]["type"] for example in body["examples"].values()}
    kinds = getattr(Question, "__args__", (Question,))
    assert shown == {kind.__struct_config__.tag for kind in kinds}


@pytest.mark.parametrize("name", EXAMPLES)
def test_examples_are_answered(bought: Project, name: str) -> None:
    msgspec.convert(EXAMPLES[name], Question)
    assert post(bought, "/query", question=EXAMPLES[name]).status_code == 200
