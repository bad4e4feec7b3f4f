"""Every number of Mixpanel's query API is the one that our own API has, over the demo data."""

import json
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from tests.harness import Project, Server, demo_project

TODAY = datetime.now(UTC).date()
FIRST, LAST = TODAY - timedelta(days=20), TODAY - timedelta(days=6)
DAYS = {"from_date": str(FIRST), "to_date": str(LAST)}
RANGE = {"type": "between", "from": str(FIRST), "to": str(LAST)}
VIEWED = {"names": ["Page Viewed"]}
STARTED = {"names": ["Subscription Started"]}
FREE = {"type": "compare", "property": {"key": "plan"}, "operator": "equals", "values": ["Free"]}


@pytest.fixture(scope="module")
def demo(start_server: Callable[..., Server], tmp_path_factory: pytest.TempPathFactory) -> Project:
    return demo_project(start_server, tmp_path_factory.mktemp("demo") / "data")


def native(project: Project, question: dict[str, Any]) -> Any:
    with project.server.client() as client:
        body = {"project_id": project.id, "question": question}
        answer = client.post("/api/v1/query", json=body, auth=project.account)
    assert answer.status_code == 200, answer.text
    return answer.json()


def metric(event: dict[str, Any], measure: str = "total", key: str = "", **more: Any) -> dict[str, Any]:
    of = {"property": {"key": key}} if key else {}
    return {"type": "segmentation", "range": RANGE, "metrics": [{"event": event, "measure": measure} | of], **more}


BY_PLAN = {"breakdowns": [{"property": {"key": "plan"}, "as_text": True}], "limit": 60}
VIEWS, PLAN = {"event": "Page Viewed"}, 'properties["plan"]'
PRICE = {"event": "Subscription Started", "on": 'properties["price"]'}
BY_NAME = {"event": "Page Viewed", "name": "plan"}
LINES: list[tuple[str, dict[str, str], dict[str, Any]]] = [
    ("segmentation", VIEWS, metric(VIEWED)),
    ("segmentation", VIEWS | {"type": "unique"}, metric(VIEWED, "unique")),
    ("segmentation", VIEWS | {"type": "average", "unit": "week"}, metric(VIEWED, "average", interval="week")),
    ("segmentation", VIEWS | {"unit": "hour"}, metric(VIEWED, interval="hour")),
    ("segmentation", VIEWS | {"type": "unique", "unit": "month"}, metric(VIEWED, "unique", interval="month")),
    ("segmentation", VIEWS | {"where": f'{PLAN} == "Free"'}, metric(VIEWED, filter=FREE)),
    ("segmentation", VIEWS | {"on": PLAN}, metric(VIEWED, **BY_PLAN)),
    ("segmentation", VIEWS | {"on": PLAN, "type": "unique"}, metric(VIEWED, "unique", **BY_PLAN)),
    ("segmentation/sum", PRICE, metric(STARTED, "sum", "price")),
    ("segmentation/average", PRICE, metric(STARTED, "mean", "price")),
    ("events", {"event": '["Page Viewed"]', "type": "unique", "unit": "day"}, metric(VIEWED, "unique")),
    ("events/properties", BY_NAME | {"type": "general", "unit": "day"}, metric(VIEWED, **BY_PLAN)),
]


def ask(project: Project, path: str, asked: dict[str, str]) -> Any:
    with project.server.client() as client:
        number = {"project_id": str(project.id)}
        answer = client.get(f"/api/query/{path}", params=DAYS | asked | number, auth=project.account)
    assert answer.status_code == 200, answer.text
    return answer.json()


@pytest.mark.parametrize(("path", "asked", "question"), LINES, ids=[f"{r[0]} {sorted(r[1].items())}" for r in LINES])
def test_lines(demo: Project, path: str, asked: dict[str, str], question: dict[str, Any]) -> None:
    found, ours = ask(demo, path, asked), native(demo, question)
    dates = [bucket["date"].replace("T", " ") for bucket in ours["buckets"]]
    expected = {
        str(one["breakdown"][0] if one["breakdown"] else 0): dict(zip(dates, one["values"], strict=True))
        for one in ours["series"]
    }
    expected = {"undefined" if key == "None" else key: values for key, values in expected.items()}
    values = found["data"]["values"] if "data" in found else {"0": found["results"]}
    if not question.get("breakdowns"):
        [values] = [{"0": one} for one in values.values()]
    wanted = {key: {day: number or 0 for day, number in row.items()} for key, row in expected.items()}
    assert values == wanted
    assert sum(sum(row.values()) for row in values.values()) > 0


def test_a_funnel(demo: Project) -> None:
    steps = [{"event": {"names": [name]}} for name in ("Signed Up", "Onboarding Completed")]
    question = {"type": "funnel", "steps": steps, "times": True}
    with demo.server.client() as client:
        body = {"project_id": demo.id, "name": "F", "content": {"question": question}}
        saved = client.post("/api/v1/reports", json=body, auth=demo.account).json()
    ours = native(demo, question | {"range": RANGE})["rows"][0]["steps"]
    [found] = ask(demo, "funnels", {"funnel_id": str(saved["id"]), "interval": "366"})["data"].values()
    assert [one["count"] for one in found["steps"]] == [one["people"] for one in ours]
    assert found["steps"][1]["overall_conv_ratio"] == round(ours[1]["of_first"], 4)
    assert found["steps"][1]["avg_time"] == round(ours[1]["from_previous"]["mean"] / 1000)
    assert ours[1]["people"] > 0


def test_retention(demo: Project) -> None:
    question = {
        "type": "retention", "start": {"names": ["Signed Up"]}, "returning": VIEWED, "rule": "first_ever",
        "range": RANGE, "windows": 6,
    }  # fmt: skip
    ours = native(demo, question)
    found = ask(demo, "retention", {"born_event": "Signed Up", "event": "Page Viewed", "interval_count": "5"})
    rows = zip(ours["cohorts"], ours["series"][0]["cohorts"], strict=True)
    assert found == {day["date"]: {"counts": row["returned"], "first": row["people"]} for day, row in rows}
    assert sum(row["first"] for row in found.values()) > 0


def test_addiction(demo: Project) -> None:
    ours = native(demo, {"type": "frequency", "event": VIEWED, "range": RANGE, "period": "week", "unit": "day"})
    found = ask(demo, "retention/addiction", {"event": "Page Viewed", "unit": "week", "addiction_unit": "day"})["data"]
    assert found == {one["date"]: people for one, people in zip(ours["periods"], ours["people"], strict=True)}
    assert sum(map(sum, found.values())) > 0


def test_ranges_of_numbers_and_one_property_inside_another(demo: Project) -> None:
    ranges = {"property": {"key": "price"}, "buckets": {"type": "automatic", "count": 10}}
    ours = native(demo, metric(STARTED, breakdowns=[ranges]))
    found = ask(demo, "segmentation/numeric", PRICE)["data"]["values"]
    assert sorted(sum(row.values()) for row in found.values()) == sorted(one["overall"] for one in ours["series"])
    by = [{"property": {"key": key}, "as_text": True} for key in ("plan", "price")]
    ours = native(demo, metric(STARTED, breakdowns=by, limit=60))
    asked = {"event": "Subscription Started", "outer": "plan", "inner": "price", "type": "general"}
    found = ask(demo, "segmentation/multiseg", asked)["data"]["values"]
    totals = {(outer, inner): sum(row.values()) for outer, rows in found.items() for inner, row in rows.items()}
    assert totals == {tuple(map(str, one["breakdown"])): one["overall"] for one in ours["series"]}
    assert totals


def described(*names: str, behavior: dict[str, Any] | None = None, math: str = "unique", **more: Any) -> dict[str, str]:
    """A report that the request describes."""
    events = [{"type": "event", "name": name, "filters": []} for name in names]
    shown = (behavior or {}) | {"behaviors": events} if behavior else events[0]
    time = {"dateRangeType": "between", "unit": "day", "value": [str(FIRST), str(LAST)]}
    show = [{"type": "metric", "behavior": shown, "measurement": {"math": math}}]
    return {"bookmark": json.dumps({"sections": {"show": show, "time": [time], **more}})}


def test_described_reports(demo: Project) -> None:
    ours = native(demo, metric(VIEWED, "unique", **BY_PLAN))["series"]
    found = ask(demo, "insights", described("Page Viewed", group=[{"value": "plan"}]))["series"]
    [rows] = found.values()
    assert {key: [*row.values()] for key, row in rows.items()} == {
        "undefined" if one["breakdown"] == [None] else one["breakdown"][0]: one["values"] for one in ours
    }
    steps = [{"event": {"names": [name]}} for name in ("Signed Up", "Onboarding Completed")]
    question = {"type": "funnel", "steps": steps, "range": RANGE, "simultaneity": "two_seconds", "interval": "day",
                "over_time": "independent"}  # fmt: skip
    [row] = native(demo, question)["rows"]
    names = ("Signed Up", "Onboarding Completed")
    [days] = ask(demo, "insights", described(*names, behavior={"type": "funnel"}))["series"].values()
    counts = [[step["all"] for step in day["count"].values()] for day in days.values()]
    assert counts == [point["people"] for point in row["over_time"]]
    question = {"type": "retention", "start": {"names": ["Signed Up"]}, "returning": VIEWED, "range": RANGE,
                "rule": "first_of_interval"}  # fmt: skip
    ours = native(demo, question)["series"][0]
    [rows] = ask(demo, "insights", described("Signed Up", "Page Viewed", behavior={"type": "retention"}))[
        "series"
    ].values()
    assert [row["counts"] for row in rows.values()][:-1] == [row["returned"] for row in ours["cohorts"]]
    assert rows["$average"]["counts"] == ours["weighted"]["values"]
    assert sum(map(sum, counts)) > 0 and sum(ours["weighted"]["values"]) > 0


def test_flows(demo: Project) -> None:
    question = {"type": "flows", "anchor": {"names": ["Signed Up"]}, "range": RANGE, "after": 3}
    ours = native(demo, question)
    bookmark = {"steps": [{"event": "Signed Up", "forward": 3}], "date_range": {"type": "between", **DAYS}}
    found = ask(demo, "arb_funnels", {"bookmark": json.dumps(bookmark)})["steps"]
    counts = [int(node["totalCount"]) for step in found for node in step["nodes"]]
    assert sorted(counts) == sorted(node["count"] for node in ours["nodes"])
    edges = [int(edge["totalCount"]) for step in found for node in step["nodes"] for edge in node["edges"]]
    assert sorted(edges) == sorted(link["count"] for link in ours["links"])
    paths = ask(demo, "arb_funnels", {"bookmark": json.dumps(bookmark), "query_type": "flows_top_paths"})["flows"]
    assert [int(path["flowSteps"][0]["totalCount"]) for path in paths] == [path["count"] for path in ours["paths"]]
    assert len(counts) > 4


def test_profiles_and_cohorts(demo: Project) -> None:
    free = {"type": "compare", "property": {"key": "plan", "scope": "user"}, "operator": "equals", "values": ["Free"]}
    condition = {"type": "did", "event": STARTED, "value": 1}
    with demo.server.client() as client:
        client.auth = demo.account
        body = {"project_id": demo.id, "search": {"filter": free, "limit": 1_000}}
        people = client.post("/api/v1/people/search", json=body).json()["people"]
        body = {"project_id": demo.id, "name": "Paid", "content": {"cohort": {"condition": condition}}}
        assert client.post("/api/v1/cohorts", json=body).status_code == 200
    found = ask(demo, "engage", {"where": 'properties["plan"] == "Free"', "page_size": "100000"})
    assert (found["total"], len(found["results"])) == (len(people), len(people))
    assert ask(demo, "engage/stats", {"where": 'properties["plan"] == "Free"'})["results"] == len(people) > 0
    [cohort] = ask(demo, "cohorts/list", {})
    [ours] = native(demo, {"type": "cohort_sizes", "cohorts": [{"id": str(cohort["id"])}]})["series"]
    assert cohort["count"] == ours["size"] > 0
    inside = ask(demo, "engage", {"filter_by_cohort": json.dumps({"id": cohort["id"]})})
    assert inside["total"] == cohort["count"]


def test_names_and_what_the_export_holds(demo: Project) -> None:
    """Every line of the export is counted, by names that `events/names` lists in the order of their counts."""
    with demo.server.client() as client:
        answer = client.get("/api/2.0/export", params=DAYS, auth=(demo.secret, ""))
    lines = [json.loads(line) for line in answer.text.splitlines()]
    counted = Counter(line["event"] for line in lines)
    names = ask(demo, "events/names", {"type": "general"})
    assert [counted[name] for name in names] == sorted((counted[name] for name in names), reverse=True)
    assert set(names) <= set(counted)
    for name in names[:5]:
        [row] = ask(demo, "segmentation", {"event": name})["data"]["values"].values()
        assert sum(row.values()) == counted[name]
