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


_BUY = {"names": ["Buy"]}
_INSIDE = "the cohort"


def _buy(**more: Any) -> dict[str, Any]:
    return _BUY | {"filter": _INSIDE} | more


WITH_A_COHORT: dict[str, dict[str, Any]] = {
    "segmentation, filter": {"type": "segmentation", "metrics": [{"event": _BUY}], "filter": _INSIDE},
    "segmentation, metric": {"type": "segmentation", "metrics": [{"event": _buy()}]},
    "segmentation, segment": {
        "type": "segmentation",
        "metrics": [{"event": _BUY}],
        "segments": [{"name": "in", "filter": _INSIDE}],
    },
    "segmentation, breakdown": {
        "type": "segmentation",
        "metrics": [{"event": _BUY}],
        "breakdowns": [{"cohorts": [_INSIDE]}],
    },
    "funnel, population": {"type": "funnel", "steps": [{"event": _BUY}, {"event": _BUY}], "population": _INSIDE},
    "funnel, step": {"type": "funnel", "steps": [{"event": _buy()}, {"event": _BUY}]},
    "funnel, breakdown": {
        "type": "funnel",
        "steps": [{"event": _BUY}, {"event": _BUY}],
        "breakdowns": [{"by": {"cohorts": [_INSIDE]}}],
    },
    "retention, start": {"type": "retention", "start": _buy(), "returning": _BUY},
    "retention, breakdown": {
        "type": "retention",
        "start": _BUY,
        "returning": _BUY,
        "breakdowns": [{"cohorts": [_INSIDE]}],
    },
    "flows, filter": {"type": "flows", "anchor": _BUY, "filter": _INSIDE},
    "sessions, containing": {"type": "sessions", "containing": _buy()},
    "lifecycle, event": {"type": "lifecycle", "event": _buy()},
    "frequency, event": {"type": "frequency", "event": _buy()},
    "composition, event": {
        "type": "composition",
        "event": _buy(),
        "breakdown": {"property": {"key": "plan"}},
    },
    "revenue, event": {"type": "revenue", "event": _buy(), "property": {"key": "amount"}},
    "lifetime_value, event": {"type": "lifetime_value", "event": _buy(), "property": {"key": "amount"}, "days": [0]},
    "impact, treatment": {"type": "impact", "treatment": _buy(), "outcome": _BUY, "before": 1, "after": 1},
    "cohort_sizes": {"type": "cohort_sizes", "cohorts": [_INSIDE]},
}


def _filled(value: Any, inside: Any) -> Any:
    if isinstance(value, dict):
        return {name: _filled(inner, inside) for name, inner in value.items()}
    if isinstance(value, list):
        return [_filled(inner, inside) for inner in value]
    return inside if value == _INSIDE else value


def test_a_saved_cohort_counts_alike_in_every_report(bought: Project) -> None:
    amounts = [
        {"event": "Buy", "properties": {"token": bought.token, "distinct_id": who, "amount": 5}}
        for who in ("ann", "dan")
    ]
    with bought.server.client() as client:
        assert client.post("/track", json=amounts).text == "1"
    pro = {"type": "compare", "property": {"key": "plan"}, "operator": "equals", "values": ["pro"]}

    def cohort(plan: dict[str, Any]) -> dict[str, Any]:
        return {"condition": {"type": "did", "event": _BUY | {"filter": plan}}}

    made = post(bought, "/cohorts", name="Pro", content={"cohort": cohort(pro)}).json()
    saved = {"type": "in_cohort", "id": str(made["id"]), "name": "Pro"}
    inline = {"type": "in_cohort", "cohort": cohort(pro), "name": "Pro"}
    nobody = {"type": "in_cohort", "cohort": cohort(pro | {"values": ["none"]}), "name": "Pro"}

    def ask(question: dict[str, Any], inside: dict[str, Any]) -> Any:
        answer = post(bought, "/query", question=_filled(question, inside))
        assert answer.status_code == 200, (question, answer.text)
        return {name: value for name, value in answer.json().items() if name != "explanation"}

    for name, question in WITH_A_COHORT.items():
        assert ask(question, saved) == ask(question, inline), name
        assert ask(question, saved) != ask(question, nobody), name
    named = {question["type"] for question in WITH_A_COHORT.values()}
    assert named == {example["type"] for example in EXAMPLES.values()}

    with bought.server.client() as client:
        where = f"/api/v1/cohorts/{made['id']}"
        client.delete(where, params={"project_id": bought.id}, auth=bought.account)
    gone = post(bought, "/query", question=_filled(WITH_A_COHORT["flows, filter"], saved))
    assert gone.status_code == 400
    assert "cohort" in gone.json()["error"]["field"]


def test_facts_of_sessions_filter_every_report(bought: Project) -> None:
    def long(events: int) -> dict[str, Any]:
        fact = {"key": "events", "scope": "session"}
        return {"type": "compare", "property": fact, "operator": "greater_or_equal", "values": [events]}

    def ask(question: dict[str, Any], events: int) -> Any:
        answer = post(bought, "/query", question=_filled(question, long(events)))
        assert answer.status_code == 200, (question, answer.text)
        return {name: value for name, value in answer.json().items() if name != "explanation"}

    for name, question in WITH_A_COHORT.items():
        if "breakdown" not in name and name not in ("cohort_sizes", "revenue, event", "lifetime_value, event"):
            assert ask(question, 1) != ask(question, 2), name
    profile = {"type": "profile", "filter": long(1)}
    cohort = {"type": "in_cohort", "cohort": {"condition": profile}}
    refused = post(bought, "/query", question={"type": "cohort_sizes", "cohorts": [cohort]})
    assert (refused.status_code, refused.json()["error"]["field"]) == (400, "question.filter.property")


def test_cohorts_that_contain_one_another_are_refused(bought: Project) -> None:
    def inside(number: int) -> dict[str, Any]:
        return {"cohort": {"condition": {"type": "in_cohort", "id": str(number)}}}

    first = post(bought, "/cohorts", name="First", content={"cohort": {"condition": {"type": "did"}}}).json()
    second = post(bought, "/cohorts", name="Second", content=inside(first["id"])).json()
    with bought.server.client() as client:
        body = {"version": 1, "content": inside(second["id"])}
        where = f"/api/v1/cohorts/{first['id']}"
        changed = client.patch(where, params={"project_id": bought.id}, json=body, auth=bought.account)
    assert changed.status_code == 200
    asked = {"type": "cohort_sizes", "cohorts": [{"type": "in_cohort", "id": str(first["id"])}]}
    answer = post(bought, "/query", question=asked)
    assert answer.status_code == 400
    assert "made of itself" in answer.json()["error"]["message"]


def _with_events(question: Any, selector: dict[str, Any]) -> Any:
    """The question with other events wherever it names some."""
    if isinstance(question, list):
        return [_with_events(item, selector) for item in question]
    if not isinstance(question, dict):
        return question
    if "names" in question:
        return {key: value for key, value in question.items() if key != "names"} | selector
    return {key: _with_events(value, selector) for key, value in question.items()}


def test_custom_events_are_their_alternatives_in_every_report(bought: Project) -> None:
    pro = {"type": "compare", "property": {"key": "plan"}, "operator": "equals", "values": ["pro"]}
    events = [{"name": "Buy", "filter": pro}, {"name": "Other"}]
    made = post(bought, "/custom-events", name="Bought pro", content={"events": events}).json()
    named = 0
    for name, question in EXAMPLES.items():
        by_number, by_name, written_out = (
            post(bought, "/query", question=_with_events(question, selector))
            for selector in (
                {"custom": str(made["id"])},
                {"custom": "Bought pro"},
                {"alternatives": events, "label": "Bought pro"},
            )
        )
        assert written_out.status_code == 200, (name, written_out.text)
        answers = [one.json() for one in (by_number, by_name, written_out)]
        sentences = [answer.pop("explanation")["sentence"] for answer in answers]
        assert answers[0] == answers[1] == answers[2], name
        assert sentences[0] == sentences[1] == sentences[2], name
        named += "Bought pro" in sentences[0]
    assert named > 8


def test_custom_events_that_lead_to_themselves_or_to_nothing_are_refused(bought: Project) -> None:
    made = post(bought, "/custom-events", name="Round", content={"events": [{"name": "Buy"}]}).json()
    event = {"custom": str(made["id"])}
    inside = {"type": "in_cohort", "cohort": {"condition": {"type": "did", "event": event}}}
    with bought.server.client() as client:
        body = {"version": 1, "content": {"events": [{"name": "Buy", "filter": inside}]}}
        where = f"/api/v1/custom-events/{made['id']}"
        assert client.patch(where, params={"project_id": bought.id}, json=body, auth=bought.account).status_code == 200
    for selector, message in ((event, "made of itself"), ({"custom": "None such"}, "None such")):
        answer = post(bought, "/query", question=QUESTION | {"metrics": [{"event": selector}]})
        assert (answer.status_code, answer.json()["error"]["field"]) == (400, "question.event.custom")
        assert message in answer.json()["error"]["message"]
    both = post(bought, "/query", question=QUESTION | {"metrics": [{"event": event | {"names": ["Buy"]}}]})
    assert both.status_code == 400 and "custom" in both.json()["error"]["message"]


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
