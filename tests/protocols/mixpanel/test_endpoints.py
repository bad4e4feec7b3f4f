"""All reading endpoints together: every documented parameter matters, every way of asking is understood, and
credentials open their own project alone. What there is comes from the handlers and from docs/mixpanel.md."""

import base64
import json
import re
from typing import Any

import httpx
import pytest
from tests.harness import ROOT, Project, Server
from tests.protocols.mixpanel.small import RANGE, TODAY, ask, get, placed, reports, series

from diptych.protocols import mixpanel

DATES = {"from_date": "2026-03-03", "to_date": "2026-03-04"}
SEGMENTATION = {"event": "Bought", **RANGE, "on": 'properties["plan"]'}
OF_NUMBERS = {"event": "Bought", **RANGE, "on": 'properties["price"]'}
LAST = {"event": "Bought", "unit": "day", "interval": "3"}
EVENTS = {"event": '["Bought"]', "type": "general", "unit": "day"}
BY_PLAN = {"event": "Bought", "name": "plan", "type": "general", "unit": "day"}
RETENTION = {"born_event": "Signed up", "event": "Bought", "interval_count": "3", **RANGE}
PRO = 'properties["plan"] == "pro"'
BEHAVIORS = '[{"window": "400w", "name": "b", "event_selectors": [{"event": "%s"}]}]'

STREAM = '{"dateRange": {"from": "2026-03-%s", "to": "2026-03-05"}}'


def bookmark(event: str, **sections: Any) -> str:
    shown = {"type": "metric", "behavior": {"type": "event", "name": event}, "measurement": {"math": "total"}}
    time = {"dateRangeType": "between", "unit": "day", "value": [RANGE["from_date"], RANGE["to_date"]]}
    return json.dumps({"sections": {"show": [shown], "time": [time], **sections}})


def flows(event: str) -> str:
    return json.dumps({"steps": [{"event": event}], "date_range": {"type": "between", **RANGE}})


# path, a request, and for each parameter another value of it: the answer has to be another one.
Row = tuple[str, dict[str, str], dict[str, str]]
SMALL: list[Row] = [
    ("segmentation", SEGMENTATION, DATES | {
        "event": "Signed up", "on": 'properties["price"]', "unit": "week", "where": 'properties["price"] > 10',
        "limit": "1", "type": "average", "format": "csv"}),
    ("segmentation", LAST, {"interval": "4"}),
    ("segmentation/numeric", OF_NUMBERS, DATES | {
        "event": "Signed up", "on": 'properties["amount"]', "buckets": "100", "unit": "hour", "type": "average",
        "where": 'properties["price"] > 10', "format": "csv"}),
    ("segmentation/numeric", LAST | {"on": 'properties["price"]'}, {"interval": "4"}),
    *((f"segmentation/{path}", OF_NUMBERS, DATES | {
        "event": "Signed up", "on": 'properties["price"] * 2', "unit": "hour", "where": PRO})
        for path in ("sum", "average")),
    *((f"segmentation/{path}", LAST | {"on": 'properties["price"]'}, {"interval": "4"})
        for path in ("sum", "average")),
    ("segmentation/multiseg", {"event": "Bought", **RANGE, "outer": "plan", "inner": "price", "type": "general"},
        DATES | {"event": "Signed up", "outer": "price", "inner": "plan", "type": "average", "inner_limit": "1",
        "limit": "1", "unit": "week", "where": PRO}),
    ("events", EVENTS | RANGE, DATES | {
        "event": '["Signed up"]', "type": "average", "unit": "hour", "format": "csv"}),
    ("events", EVENTS | {"interval": "3"}, {"interval": "4"}),
    ("events/names", {"type": "general", "from_date": "2026-03-01", "to_date": "2026-03-09"}, {
        "type": "unique", "limit": "1", "from_date": "2026-03-04", "to_date": "2026-03-01"}),
    ("events/properties", BY_PLAN | RANGE, DATES | {
        "event": "Signed up", "name": "price", "values": '["pro"]', "type": "average", "unit": "week", "limit": "1",
        "format": "csv"}),
    ("events/properties", BY_PLAN | {"interval": "3"}, {"interval": "4"}),
    ("events/properties/top", {"event": "Bought"}, {"event": "Signed up", "limit": "1"}),
    ("retention", RETENTION, DATES | {
        "born_event": "Bought", "event": "Signed up", "interval_count": "4", "unit": "week", "interval": "2",
        "unbounded_retention": "true", "retention_type": "compounded", "on": 'properties["plan"]',
        "where": 'properties["price"] > 15', "born_where": PRO}),
    ("retention", RETENTION | {"on": 'properties["plan"]'}, {"limit": "1"}),
    ("funnels", {"funnel_id": "REPORT Way", **RANGE}, DATES | {
        "funnel_id": "REPORT Way back", "length": "1", "interval": "2", "unit": "week", "on": 'properties["plan"]',
        "where": PRO}),
    ("funnels", {"funnel_id": "REPORT Way", "length": "30", **RANGE}, {"length_unit": "hour"}),
    ("funnels", {"funnel_id": "REPORT Way", "on": 'properties["plan"]', **RANGE}, {"limit": "1"}),
    ("retention/addiction", {"event": "Bought", "unit": "week", "addiction_unit": "day", **RANGE}, {
        "event": "Signed up", "unit": "month", "where": PRO, "from_date": "2026-03-05", "to_date": "2026-03-02"}),
    ("stream/query", {"distinct_ids": '["u1"]', **RANGE}, {
        "distinct_ids": '["u2"]', "from_date": "2026-03-03", "to_date": "2026-03-02"}),
    ("stream/bookmark", {"distinct_ids": '["u1"]', "bookmark": STREAM % "02"}, {
        "distinct_ids": '["u2"]', "bookmark": STREAM % "03", "limit": "1"}),
    ("/api/app/projects/PROJECT/bookmarks", {}, {"type": "funnels", "ids": "0"}),
    *((f"/api/app/projects/PROJECT/{path}", {}, {"ids": "0"}) for path in ("dashboards", "cohorts")),
    ("/api/app/projects/PROJECT/schemas/KIND", {}, {"entity_name": "Bought"}),
    ("engage/properties", {}, {"limit": "1", "data_group_id": "company"}),
    ("engage/stats", {"action": 'extremes(properties["age"])'}, {
        "action": "count()", "selector": 'properties["age"] > 30', "where": 'properties["age"] > 30'}),
    ("engage/stats", {"action": "count()"}, {"filter_by_cohort": '{"id": COHORT}'}),
    ("engage", {}, {
        "page_size": "1", "data_group_id": "company", "where": PRO, "selector": PRO, "distinct_id": "u1",
        "distinct_ids": '["u2"]', "filter_by_cohort": '{"id": COHORT}', "output_properties": '["age"]'}),
    ("engage", {"sort_key": 'properties["age"]'}, {"sort_key": 'properties["plan"]', "sort_order": "descending"}),
    ("engage", {"where": 'behaviors["b"] > 0', "behaviors": BEHAVIORS % "Bought"}, {
        "behaviors": BEHAVIORS % "Signed up"}),
    ("insights", {"bookmark_id": "REPORT Line"}, {"bookmark_id": "REPORT By plan", "format": "csv"}),
    ("insights", {"bookmark": bookmark("Bought", group=[{"value": "plan"}])}, {
        "bookmark": bookmark("Bought"), "queryLimits": '{"limit": 1}'}),
    ("arb_funnels", {"bookmark_id": "REPORT After buying"}, {
        "bookmark_id": "REPORT After signing up", "query_type": "flows_top_paths"}),
    ("arb_funnels", {"bookmark": flows("Bought")}, {"bookmark": flows("Signed up")}),
    ("/api/2.0/export", RANGE, DATES | {
        "event": '["Bought"]', "where": PRO, "limit": "1", "time_in_ms": "true"}),
]  # fmt: skip
RECENT: list[Row] = [
    ("events/top", {"type": "general"}, {"type": "unique", "limit": "1"}),
    ("events/properties/values", {"event": "A", "name": "n"}, {"event": "B", "name": "m", "limit": "1"}),
    ("engage", {"filter_by_cohort": '{"id": COHORT}'}, {"include_all_users": "false"}),
    ("/api/2.0/annotations", {}, {"from_date": "2026-03-03", "to_date": "2026-03-03"}),
    ("/api/app/projects/PROJECT/annotations", {}, {"fromDate": "2026-03-03", "toDate": "2026-03-03"}),
]
ELSEWHERE = {  # parameters of which a test of their own says what they do
    ("retention/addiction", "addiction_unit"),
    ("engage", "page"),
    ("engage", "session_id"),
}
NAMES = re.compile(r"`([^`]+)`")


def documented() -> dict[str, tuple[set[str], set[str]]]:
    """Path → its parameters, and those that are taken and ignored, as the table in docs/mixpanel.md has them."""
    section = (ROOT / "docs/mixpanel.md").read_text().split("\n## Endpoints\n")[1].split("\n## ")[0]
    rows = [line.strip("|").split("|") for line in section.splitlines() if line.startswith("| `")]
    return {
        path: (set(NAMES.findall(parameters)), set(NAMES.findall(ignored)))
        for paths, parameters, ignored in rows
        for path in NAMES.findall(paths)
    }


def short(path: str) -> str:
    """A handler's path as the documentation has it."""
    for word in ("project_id", "kind", "name", "organization"):
        path = re.sub(rf"\{{{word}:\w+\}}", word.removesuffix("_id").upper(), path)
    return path.removeprefix("/api/query/").removeprefix("/api/2.0/")


def reading_paths() -> set[str]:
    """The paths at which something can be read."""
    paths = {path for handler in mixpanel.handlers if "GET" in handler.http_methods for path in handler.paths}
    return {path for path in paths if path.startswith("/api/") and "{number" not in path}


def test_every_endpoint_and_parameter_is_documented_and_tried() -> None:
    known = {(short(path), name) for path, _, others in [*SMALL, *RECENT] for name in others} | ELSEWHERE
    assert known == {(short(path), name) for path, (names, _) in documented().items() for name in names}
    assert {short(path) for path in reading_paths()} == {short(path) for path in documented()}


def without_times(answer: httpx.Response) -> str:
    if not answer.headers["content-type"].startswith("application/json"):
        return answer.text
    found = answer.json()
    if isinstance(found, dict):
        found = {k: v for k, v in found.items() if k not in ("computed_at", "session_id")}
    return json.dumps(found, sort_keys=False)


def filled(project: Project, asked: dict[str, str]) -> dict[str, str]:
    """With the numbers of saved things for their names."""
    text = json.dumps(asked)
    if "REPORT" in text:
        numbers = reports(project)
        text = re.sub(r"REPORT ([A-Za-z ]+)", lambda found: str(numbers[found[1]]), text)
    if "COHORT" in text:
        text = text.replace("COHORT", str(ask(project, "cohorts/list")[0]["id"]))
    found: dict[str, str] = json.loads(text)
    return found


def changed(rows: list[Row]) -> list[Any]:
    return [
        pytest.param(path, asked, {name: value}, id=f"{path}-{name}")
        for path, asked, others in rows
        for name, value in others.items()
    ]


def differ(project: Project, path: str, asked: dict[str, str], change: dict[str, str]) -> bool:
    before, after = (get(project, path, **filled(project, one)) for one in (asked, asked | change))
    assert (before.status_code, after.status_code) == (200, 200), before.text + after.text
    return without_times(before) != without_times(after)


@pytest.mark.parametrize(("path", "asked", "change"), changed(SMALL))
def test_every_parameter_matters(small: Project, path: str, asked: dict[str, str], change: dict[str, str]) -> None:
    assert differ(small, path, asked, change)


@pytest.mark.parametrize(("path", "asked", "change"), changed(RECENT))
def test_every_parameter_of_today_matters(
    recent: Project, path: str, asked: dict[str, str], change: dict[str, str]
) -> None:
    assert differ(recent, path, asked, change)


IGNORED = [(path, name) for path, (_, ignored) in documented().items() for name in sorted(ignored)]


@pytest.mark.parametrize(("path", "name"), IGNORED)
def test_what_is_said_to_be_ignored_is(small: Project, path: str, name: str) -> None:
    asked = next(asked for row, asked, _ in SMALL if row == path)
    assert not differ(small, path, asked, {name: "1"})


PLAIN: dict[str, dict[str, str]] = {  # requests of endpoints that have no row above
    "funnels/list": {},
    "cohorts/list": {},
    "jql": {"script": "function main() {}"},
    "me": {},
}


def request_of(path: str) -> dict[str, str]:
    rows = {short(row): asked for row, asked, _ in [*RECENT, *SMALL]}
    return rows.get(short(path)) or PLAIN.get(short(path)) or {}


def answered(asked_of: Project, path: str, headers: dict[str, str], named: bool = True) -> tuple[int, str]:
    number = {"project_id": str(asked_of.id)} if named else {}
    parameters = filled(asked_of, request_of(path)) | number
    where = path if path.startswith(("/api/query/", "/api/2.0/")) else placed(asked_of, short(path))
    with asked_of.server.client() as client:
        answer = client.get(where, params=parameters, headers=headers)
    return answer.status_code, answer.text


def basic(text: str, alphabet: Any = base64.b64encode) -> dict[str, str]:
    return {"Authorization": f"Basic {alphabet(text.encode()).decode()}"}


def opening(project: Project) -> dict[str, dict[str, str]]:
    """All forms in which clients send a project's credentials."""
    account = ":".join(project.account)
    return {
        "service account": basic(account),
        "service account, plain": {"Authorization": f"Basic {account}"},
        "secret": basic(f"{project.secret}:"),
        "secret without a colon": basic(project.secret),
        "secret in the other alphabet": basic(project.secret, base64.urlsafe_b64encode),
        "token and secret": basic(f"{project.token}:{project.secret}"),
    }


@pytest.fixture(scope="module")
def other(server: Any) -> Project:
    project: Project = server.add_project("Another")
    return project


@pytest.mark.parametrize("path", sorted(reading_paths()))
def test_credentials_open_their_own_project_alone(small: Project, other: Project, path: str) -> None:
    expected = 400 if path.endswith("/jql") else 200
    for form, headers in opening(small).items():
        status, text = answered(small, path, headers)
        with_a_role = form.startswith("service account") or "ORGANIZATION" not in short(path)
        assert status == (expected if with_a_role else 401), (form, text)
    for form, headers in opening(other).items():
        status, text = answered(small, path, headers)
        assert status in (401, 403), (form, text)
        assert "Signed up" not in text and "u1@x.at" not in text
        if short(path).islower():  # without a number they open their own
            assert "Signed up" not in answered(small, path, headers, named=False)[1]


@pytest.mark.parametrize("path", sorted(reading_paths()))
def test_wrong_credentials_get_the_documented_text(small: Project, path: str) -> None:
    wrong: list[dict[str, str]] = [
        {},
        basic("nobody:x"),
        basic(f"{small.token}:"),
        basic(f"{small.account[0]}:wrong"),
        {"Authorization": f"Bearer {small.secret}"},
        {"Authorization": "Basic ***"},
    ]
    for headers in wrong:
        status, text = answered(small, path, headers)
        assert (status, json.loads(text)) == (401, {"error": "Unable to authenticate request", "status": "error"})


@pytest.mark.parametrize("prefix", ["/api/query", "/api/2.0"])
@pytest.mark.parametrize("how", ["query", "form", "json", "json as form"])
@pytest.mark.parametrize("slash", ["", "/"])
def test_every_way_of_asking(small: Project, prefix: str, how: str, slash: str) -> None:
    asked = {"project_id": str(small.id), **SEGMENTATION}
    with small.server.client() as client:
        path, auth = f"{prefix}/segmentation{slash}", small.account
        answer = {
            "query": lambda: client.get(path, params=asked, auth=auth),
            "form": lambda: client.post(path, data=asked, auth=auth),
            "json": lambda: client.post(path, json=asked, auth=auth),
            "json as form": lambda: client.post(
                path,
                content=json.dumps(asked),
                auth=auth,
                headers={"Content-Type": "application/x-www-form-urlencoded"},
            ),
        }[how]()
    assert answer.json()["data"]["values"] == series(pro=[1, 1, 0, 0], free=[0, 1, 0, 1])


CSV = [
    ("segmentation", SEGMENTATION, ["date,free,pro", "2026-03-02,0,1", "2026-03-03,1,1", "2026-03-04,0,0"]),
    ("events", {"event": '["Bought", "Signed up"]', **RANGE}, ["date,Bought,Signed up", "2026-03-02,1,2"]),
    ("events/properties", BY_PLAN | RANGE, ["date,free,pro", "2026-03-02,0,1"]),
    ("insights", {"bookmark": bookmark("Bought")}, [
        "$event,date,value", "Bought [Total Events],2026-03-02T00:00:00+00:00,1"]),
]  # fmt: skip


@pytest.mark.parametrize(("path", "asked", "expected"), CSV, ids=[row[0] for row in CSV])
def test_csv(small: Project, path: str, asked: dict[str, str], expected: list[str]) -> None:
    answer = get(small, path, **asked, format="csv")
    assert answer.headers["content-type"].startswith("text/csv")
    assert answer.text.splitlines()[: len(expected)] == expected


def test_a_bound_of_queries_for_each_family(server: Server) -> None:
    project = server.add_project("Bounded")
    with server.client() as client:
        client.auth = project.account
        number = {"project_id": str(project.id)}

        def status(path: str) -> int:
            return client.get(path, params=number | {"from_date": TODAY, "to_date": TODAY, "event": "A"}).status_code

        assert {status("/api/query/segmentation") for _ in range(5)} == {200}
        changed = client.patch(f"/api/v1/projects/{project.id}/settings", json={"queries_per_hour": 2})
        assert changed.status_code == 200, changed.text
        refused = [status(path) for path in ["/api/query/segmentation", "/api/2.0/events/names", "/api/query/events"]]
        assert refused == [200, 200, 429]
        assert [status("/api/2.0/export") for _ in range(3)] == [200, 200, 429]
        assert [status("/api/app/me") for _ in range(3)] == [200, 200, 429]
        answer = client.get("/api/query/cohorts/list", params=number)
    assert answer.json() == {"error": "Query rate limit exceeded", "status": "error"}
    assert int(answer.headers["retry-after"]) > 0
