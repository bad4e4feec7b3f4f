"""Reports that the request describes: what of a bookmark changes the numbers, and what is refused by name."""

import json
from typing import Any

import pytest
from tests.harness import Project
from tests.protocols.mixpanel.small import DAYS, RANGE, ask

BOUGHT = {"type": "event", "name": "Bought", "filters": [], "filtersDeterminer": "all"}
TIME = {"dateRangeType": "between", "unit": "day", "value": [RANGE["from_date"], RANGE["to_date"]]}
TEXTS = {"resourceType": "events", "filterType": "string"}
NUMBERS = {"resourceType": "events", "filterType": "number", "value": "price"}


def metric(math: str = "total", behavior: dict[str, Any] = BOUGHT, **measurement: Any) -> dict[str, Any]:
    return {"type": "metric", "behavior": behavior, "measurement": {"math": math} | measurement}


def bookmark(*show: dict[str, Any], chart: str = "bar", **sections: Any) -> dict[str, Any]:
    return {"sections": {"show": [*show], "time": [TIME], **sections}, "displayOptions": {"chartType": chart}}


def post(project: Project, path: str, **body: Any) -> Any:
    with project.server.client() as client:
        return client.post(f"/api/query/{path}", json={"project_id": project.id} | body, auth=project.account)


def series(project: Project, sent: dict[str, Any]) -> Any:
    answer = post(project, "insights", bookmark=sent, queryLimits={"limit": 3000})
    assert answer.status_code == 200, answer.text
    return answer.json()["series"]


PRICE = {"name": "price", "resourceType": "events"}
MEASURES = [
    (metric("total"), 4),
    (metric("unique"), 2),
    (metric("average"), 2),
    (metric("sessions"), 4),
    (metric("total", property=PRICE), 1294),
    (metric("average", property=PRICE), 323.5),
    (metric("median", property=PRICE), 25),
    (metric("min", property=PRICE), 10),
    (metric("max", property="price"), 1234),
    (metric("unique_values", property={"name": "plan"}), 2),
    (metric("custom_percentile", property=PRICE, percentile=50), 25),
    (metric("average", property=PRICE, perUserAggregation="total"), (60 + 1234) / 2),
    (metric("average", perUserAggregation="total"), 2),
    (metric("max", perUserAggregation="total"), 3),
    (metric("total", BOUGHT | {"name": "$all_events"}), 7),
]


@pytest.mark.parametrize(("shown", "expected"), MEASURES, ids=[json.dumps(m["measurement"]) for m, _ in MEASURES])
def test_measures(small: Project, shown: dict[str, Any], expected: float) -> None:
    [found] = series(small, bookmark(shown)).values()
    assert found == {"all": expected}


FILTERS = [
    ([TEXTS | {"value": "plan", "filterOperator": "equals", "filterValue": ["pro"]}], 2),
    ([TEXTS | {"value": "plan", "filterOperator": "does not equal", "filterValue": ["pro"]}], 2),
    ([TEXTS | {"value": "plan", "filterOperator": "contains", "filterValue": "RE"}], 2),
    ([TEXTS | {"value": "plan", "filterOperator": "is not set"}], 0),
    ([NUMBERS | {"filterOperator": "is greater than", "filterValue": 20}], 2),
    ([NUMBERS | {"filterOperator": "is at most", "filterValue": 20}], 2),
    ([NUMBERS | {"filterOperator": "is between", "filterValue": [20, 30]}], 2),
    ([NUMBERS | {"filterOperator": "not between", "filterValue": [20, 30]}], 2),
    ([NUMBERS | {"filterOperator": "is equal to", "filterValue": 1234}], 1),
    ([TEXTS | {"value": "age", "resourceType": "people", "filterType": "number",
               "filterOperator": "is less than", "filterValue": 35}], 3),
    ([NUMBERS | {"value": "time", "filterType": "datetime", "filterOperator": "was before",
                 "filterValue": "2026-03-03"}], 1),
    ([NUMBERS | {"value": "time", "filterType": "datetime", "filterOperator": "was between",
                 "filterValue": ["2026-03-03", "2026-03-03"]}], 2),
]  # fmt: skip


@pytest.mark.parametrize(("filters", "expected"), FILTERS, ids=[str(f[0]["filterOperator"]) for f, _ in FILTERS])
def test_filters_of_the_report_and_of_the_event(small: Project, filters: list[Any], expected: int) -> None:
    [found] = series(small, bookmark(metric(), filter=filters)).values()
    assert found == {"all": expected}
    [found] = series(small, bookmark(metric("total", BOUGHT | {"filters": filters}))).values()
    assert found == {"all": expected}


def test_any_of_an_events_filters(small: Project) -> None:
    filters = [FILTERS[0][0][0], NUMBERS | {"filterOperator": "is equal to", "filterValue": 1234}]
    for determiner, expected in (("any", 3), ("all", 0)):
        behavior = BOUGHT | {"filters": filters, "filtersDeterminer": determiner}
        assert [*series(small, bookmark(metric("total", behavior))).values()] == [{"all": expected}]


def test_items_of_lists(small: Project) -> None:
    signed = BOUGHT | {"name": "Signed up"}
    for operator, expected in (("equals", 1), ("does not equal", 2)):
        chosen = TEXTS | {"filterType": "list", "value": "tags", "filterOperator": operator, "filterValue": ["a"]}
        [found] = series(small, bookmark(metric("total", signed), filter=[chosen])).values()
        assert found == {"all": expected}, operator


def test_cohorts(small: Project) -> None:
    number = ask(small, "cohorts/list")[0]["id"]
    signed = BOUGHT | {"name": "Signed up"}
    for operator, expected in (("contains", 2), ("does not contain", 1)):
        chosen = {"resourceType": "cohorts", "value": "$cohorts", "filterOperator": operator,
                  "filterValue": [{"cohort": {"id": number}}]}  # fmt: skip
        [found] = series(small, bookmark(metric("total", signed), filter=[chosen])).values()
        assert found == {"all": expected}, operator


def test_groups_and_lines(small: Project) -> None:
    group = [{"value": "plan", "resourceType": "events", "propertyType": "string"}]
    [found] = series(small, bookmark(metric(), chart="line", group=group)).values()
    assert [*found["pro"].values()] == [1, 1, 0, 0]
    assert [day[:10] for day in found["pro"]] == DAYS
    ranges = [{"value": "price", "resourceType": "events", "customBucket": {"bucketSize": 20, "min": 0, "max": 40}}]
    [found] = series(small, bookmark(metric(), group=ranges)).values()
    assert sorted(one["all"] for one in found.values()) == [1, 1, 2]


def test_a_formula_of_hidden_metrics(small: Project) -> None:
    formula = {"type": "formula", "definition": "(A/B)", "name": "Per person", "measurement": {}}
    shown = [metric("total") | {"isHidden": True}, metric("unique") | {"isHidden": True}, formula]
    assert series(small, bookmark(*shown)) == {"Per person": {"all": 2}}


def test_a_funnel(small: Project) -> None:
    steps = [{"type": "event", "name": name, "filters": []} for name in ("Signed up", "Bought")]
    behavior = {"type": "funnel", "behaviors": steps, "conversionWindowDuration": 1, "conversionWindowUnit": "day"}
    [found] = series(small, bookmark(metric("conversion_rate_unique", behavior))).items()
    assert found[0] == "Signed up through Bought"
    assert found[1]["count"] == {"1. Signed up": {"all": 3}, "2. Bought": {"all": 1}}
    longer = behavior | {"conversionWindowDuration": 7}
    [found] = series(small, bookmark(metric("conversion_rate_unique", longer))).values()
    assert found["count"]["2. Bought"] == {"all": 2}


def test_retention(small: Project) -> None:
    both = [{"type": "event", "name": name, "filters": []} for name in ("Signed up", "Bought")]
    behavior = {"type": "retention", "behaviors": both, "retentionUnit": "day", "retentionAlignmentType": "birth"}
    [found] = series(small, bookmark(metric("retention_rate", behavior))).values()
    first = found["2026-03-02T00:00:00+00:00"]
    assert (first["first"], first["counts"][:4]) == (2, [1, 1, 1, 0])
    calendar = behavior | {"retentionAlignmentType": "interval_start", "retentionUnboundedMode": "carry_back"}
    [found] = series(small, bookmark(metric("retention_rate", calendar))).values()
    assert found["2026-03-02T00:00:00+00:00"]["counts"][:5] == [2, 2, 1, 1, 0]


def test_flows(small: Project) -> None:
    sent = {
        "steps": [{"event": "Signed up", "step_label": "Signed up", "forward": 2, "reverse": 0}],
        "date_range": {"type": "between", **RANGE}, "count_type": "unique", "cardinality_threshold": 3,
    }  # fmt: skip
    found = post(small, "arb_funnels", bookmark=sent, query_type="flows_sankey").json()
    nodes = [{(node["event"], node["type"]): node["totalCount"] for node in step["nodes"]} for step in found["steps"]]
    assert nodes[0] == {("Signed up", "ANCHOR"): "3"}
    assert nodes[1] == {("Bought", "FORWARD"): "2", ("DROPOFF", "DROPOFF"): "1"}
    assert {edge["event"]: edge["totalCount"] for edge in found["steps"][0]["nodes"][0]["edges"]} == {
        "Bought": "2", "DROPOFF": "1",
    }  # fmt: skip
    found = post(small, "arb_funnels", bookmark=sent, query_type="flows_top_paths").json()
    assert sorted([step["event"] for step in one["flowSteps"]] for one in found["flows"])[0] == [
        "Signed up", "Bought", "Bought",
    ]  # fmt: skip


WRONG: list[tuple[dict[str, Any], str]] = [
    (bookmark(), "sections.show: expected at least one metric"),
    (bookmark(metric("histogram")), "sections.show[0].measurement.math: expected one of total, unique"),
    (bookmark(metric(behavior=BOUGHT | {"type": "custom-event"})), "sections.show[0].behavior.type: expected event"),
    (bookmark(metric(), filter=[TEXTS | {"value": "plan", "filterOperator": "rhymes with"}]),
     "sections.filter[0].filterOperator: expected one of equals"),
    (bookmark(metric(), filter=[TEXTS | {"value": {"customPropertyId": 1}, "filterOperator": "is set"}]),
     "sections.filter[0].value: expected the name of a property"),
    (bookmark(metric(), time=[{"dateRangeType": "relative_after"}]), "sections.time[0].dateRangeType: expected"),
    (bookmark(metric(), time=[TIME | {"value": ["yesterday", "today"]}]), "sections.time[0]: "),
    (bookmark(metric()) | {"displayOptions": {"analysis": "rolling"}}, "displayOptions.analysis: expected linear"),
    ({"show": []}, "bookmark: "),
]  # fmt: skip


@pytest.mark.parametrize(("sent", "message"), WRONG, ids=[message for _, message in WRONG])
def test_what_is_not_known_is_named(small: Project, sent: dict[str, Any], message: str) -> None:
    answer = post(small, "insights", bookmark=sent)
    assert (answer.status_code, message in answer.json()["error"]) == (400, True), answer.text
