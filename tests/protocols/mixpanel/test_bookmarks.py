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


def test_objects_in_lists_by_their_keys(small: Project) -> None:
    """One and the same item has to satisfy all filters."""
    brand = TEXTS | {"value": "brand", "filterOperator": "equals"}
    number = NUMBERS | {"value": "n", "filterOperator": "is equal to"}
    for quantifier, sought, expected in (
        ("any", ("x", 1), 1), ("any", ("x", 2), 0), ("all", ("x", 1), 0), ("any", ("z", 1), 0),
    ):  # fmt: skip
        inner = [brand | {"filterValue": [sought[0]]}, number | {"filterValue": sought[1]}]
        chosen = {
            "resourceType": "events", "filterType": "object", "value": "cart", "filterOperator": "true",
            "filterValue": True, "filterJoinType": "list", "listQuantifier": quantifier, "listItemFilters": inner,
        }  # fmt: skip
        [found] = series(small, bookmark(metric("total", BOUGHT | {"name": "Signed up"}), filter=[chosen])).values()
        assert found == {"all": expected}, (quantifier, sought)


def test_sums_and_means_over_the_line(small: Project) -> None:
    sent = bookmark(metric(), chart="line")
    for options, expected in (
        ({"analysis": "cumulative"}, [1, 3, 3, 4]),
        ({"analysis": "rolling", "rollingWindowSize": 2}, [0.5, 1.5, 1, 0.5]),
    ):
        [found] = series(small, sent | {"displayOptions": sent["displayOptions"] | options}).values()
        assert [*found.values()] == expected


STEPS = [{"type": "event", "name": name, "filters": []} for name in ("Signed up", "Bought")]


def funnel(small: Project, *steps: dict[str, Any], math: str = "unique", chart: str = "bar", **more: Any) -> Any:
    sections = {"group": more.pop("group", [])}
    behavior = {"type": "funnel", "behaviors": [*steps] or STEPS} | more
    [found] = series(small, bookmark(metric(math, behavior), chart=chart, **sections)).items()
    return found


def counts(found: Any) -> list[int]:
    return [step["all"] for step in found["count"].values()]


def test_a_funnel(small: Project) -> None:
    name, found = funnel(small, conversionWindowDuration=1, conversionWindowUnit="day")
    assert name == "Signed up through Bought"
    assert found["count"] == {"1. Signed up": {"all": 3}, "2. Bought": {"all": 1}}
    assert found["step_conv_ratio"]["2. Bought"] == {"all": 0.3333}
    assert found["avg_time"]["2. Bought"] == {"all": 7200}
    assert counts(funnel(small, conversionWindowDuration=7)[1]) == [3, 2]


def test_a_funnel_by_a_property_over_time_and_of_attempts(small: Project) -> None:
    _, found = funnel(small, group=[{"value": "plan"}])
    assert {segment: counts(one) for segment, one in found.items()} == {
        "$overall": [3, 2], "pro": [1, 1], "free": [1, 1], "undefined": [1, 0],
    }  # fmt: skip
    _, found = funnel(small, chart="line")
    assert {day[:10]: counts(one) for day, one in found.items()} == dict(
        zip(DAYS, [[2, 2], [1, 0], [0, 0], [0, 0]], strict=True)
    )
    again = [STEPS[1], STEPS[1] | {"filters": [NUMBERS | {"filterOperator": "is greater than", "filterValue": 15}]}]
    assert counts(funnel(small, *again)[1]) == [2, 1]
    assert counts(funnel(small, *again, math="total")[1]) == [3, 1]
    assert counts(funnel(small, *again, math="session", conversionWindowUnit="session",
                         conversionWindowDuration=1)[1]) == [4, 0]  # fmt: skip


def test_exclusions_and_orders_of_a_funnel(small: Project) -> None:
    third = {"type": "event", "name": "Bought", "filters": [FILTERS[0][0][0]]}
    between = {"event": "Bought", "steps": {"from": 1, "to": 2}}
    dear = {"type": "event", "name": "Bought", "filters": [
        NUMBERS | {"filterOperator": "is greater than", "filterValue": 25}]}  # fmt: skip
    assert counts(funnel(small, STEPS[0], dear)[1]) == [3, 2]
    assert counts(funnel(small, STEPS[0], dear, exclusions=[between])[1]) == [3, 1]
    assert counts(funnel(small, STEPS[1], STEPS[0])[1]) == [2, 0]
    assert counts(funnel(small, STEPS[1], STEPS[0], funnelOrder="any")[1]) == [3, 2]
    first = STEPS[0] | {"funnelOrder": "loose", "renamed": "Start"}
    name, found = funnel(small, first, third, funnelOrder="any")
    assert (name, [*found["count"]], counts(found)) == ("Start through Bought", ["1. Start", "2. Bought"], [3, 1])


def test_retention(small: Project) -> None:
    both = [{"type": "event", "name": name, "filters": []} for name in ("Signed up", "Bought")]
    behavior = {"type": "retention", "behaviors": both, "retentionUnit": "day", "retentionAlignmentType": "birth"}
    [found] = series(small, bookmark(metric("retention_rate", behavior))).values()
    first = found["2026-03-02T00:00:00+00:00"]
    assert (first["first"], first["counts"][:4]) == (2, [1, 1, 1, 0])
    calendar = behavior | {"retentionAlignmentType": "interval_start", "retentionUnboundedMode": "carry_back"}
    [found] = series(small, bookmark(metric("retention_rate", calendar))).values()
    assert found["2026-03-02T00:00:00+00:00"]["counts"][:5] == [2, 2, 1, 1, 0]


def test_retention_by_a_property_with_the_whole_and_filtered(small: Project) -> None:
    both = [{"type": "event", "name": name, "filters": []} for name in ("Signed up", "Bought")]
    shown = metric("unique", {"type": "retention", "behaviors": both, "retentionUnit": "day"})
    [found] = series(small, bookmark(shown, group=[{"value": "plan"}])).values()
    first = "2026-03-02T00:00:00+00:00"
    assert {key: one[first]["first"] for key, one in found.items()} == {
        "$overall": 2, "pro": 1, "free": 1, "undefined": 0,
    }  # fmt: skip
    pro = [TEXTS | {"value": "plan", "filterOperator": "equals", "filterValue": ["pro"]}]
    [found] = series(small, bookmark(shown, filter=pro)).values()
    assert (found[first]["first"], found[first]["counts"][:3]) == (1, [1, 1, 0])
    [found] = series(small, bookmark(shown | {"measurement": {"math": "total", "property": PRICE}})).values()
    assert found[first]["counts"][:4] == [10, 20 + 30, 1234, 0]


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


def anchored(small: Project, **more: Any) -> str:
    sent = {"steps": [{"event": "Signed up"}], "date_range": {"type": "between", **RANGE}} | more
    answer = post(small, "arb_funnels", bookmark=sent)
    assert answer.status_code == 200, answer.text
    steps = answer.json()["steps"]
    return str(steps[0]["nodes"][0]["totalCount"]) if steps else "0"


def test_flows_of_some_days_events_and_people(small: Project) -> None:
    cohort = ask(small, "cohorts/list")[0]["id"]
    chosen = TEXTS | {"propertyName": "plan", "filterOperator": "equals", "filterValue": ["pro"]}
    last = {"type": "in the last", "from_date": {"unit": "day", "value": 3}, "to_date": "$now"}
    assert anchored(small) == "3"
    assert anchored(small, date_range=last) == "0"
    assert anchored(small, date_range=last | {"from_date": {"unit": "day", "value": 3660}}) == "3"
    assert anchored(small, filter_by_event={"operator": "and", "children": [chosen]}) == "1"
    assert anchored(small, filter_by_cohort={"id": cohort, "name": "Buyers", "negated": False}) == "2"
    assert anchored(small, filter_by_cohort={"id": cohort, "name": "Buyers", "negated": True}) == "1"


UNKNOWN_IN_FLOWS = ["exclusions", "segments"]


@pytest.mark.parametrize("part", UNKNOWN_IN_FLOWS)
def test_parts_of_flows_that_are_not_known(small: Project, part: str) -> None:
    answer = post(small, "arb_funnels", bookmark={"steps": [{"event": "A"}], part: ["x"]})
    assert (answer.status_code, f"$.{part}" in answer.json()["error"]) == (400, True), answer.text


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
    (bookmark(metric()) | {"displayOptions": {"analysis": "sideways"}}, "analysis: expected one of linear, log"),
    (bookmark(metric()) | {"displayOptions": {"timeComparison": {"type": "relative"}}}, "timeComparison"),
    (bookmark(metric(segmentMethod="first")), "segmentMethod"),
    (bookmark(metric(), dataGroupId=3), "dataGroupId"),
    (bookmark(metric(), group=[{"value": "x", "behavior": {"behaviorType": "$frequency"}}]), "group[0].behavior"),
    (bookmark(metric(), filter=[NUMBERS | {"filterOperator": "is at least", "filterValue": 1, "behavior": {}}]),
     "filter[0].behavior"),
    (bookmark(metric("total", {"type": "funnel", "behaviors": STEPS}, property=PRICE)), "measurement.property"),
    (bookmark(metric("total", {"type": "funnel", "behaviors": STEPS, "exclusions": [
        {"event": "A", "steps": {"from": 2, "to": 1}}]})), "exclusions[0].steps"),
    (bookmark(metric("unique", {"type": "funnel", "behaviors": STEPS, "conversionWindowUnit": "session"})),
     "conversionWindowUnit"),
    (bookmark(metric("average", {"type": "retention", "behaviors": STEPS})), "measurement.property"),
    ({"show": []}, "bookmark: "),
]  # fmt: skip


@pytest.mark.parametrize(("sent", "message"), WRONG, ids=[message for _, message in WRONG])
def test_what_is_not_known_is_named(small: Project, sent: dict[str, Any], message: str) -> None:
    answer = post(small, "insights", bookmark=sent)
    assert (answer.status_code, message in answer.json()["error"]) == (400, True), answer.text
