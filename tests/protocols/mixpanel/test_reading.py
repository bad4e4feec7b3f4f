"""The numbers of every endpoint of the query API over a small project, by a running server."""

import time
from typing import Any

import pytest
from tests.harness import Project
from tests.protocols.mixpanel.small import DAYS, RANGE, TODAY, ask, at, get, reports, series


def test_events(small: Project) -> None:
    found = ask(small, "events", event=["Signed up", "Bought"], type="unique", unit="day", **RANGE)
    assert found["data"]["values"] == series(Signed_up=[2, 1, 0, 0], Bought=[1, 1, 0, 1])
    assert (found["data"]["series"], found["legend_size"]) == (DAYS, 2)


def test_segmentation_by_items_of_a_list_and_what_is_missing(small: Project) -> None:
    found = ask(small, "segmentation", event="Signed up", on='properties["tags"]', **RANGE)
    assert found["data"]["values"] == series(a=[1, 0, 0, 0], b=[1, 0, 0, 0], undefined=[1, 1, 0, 0])


def test_sums_and_averages_leave_out_what_is_no_number(small: Project) -> None:
    found = ask(small, "segmentation/sum", event="Signed up", on='properties["amount"]', **RANGE)
    assert found["results"] == dict(zip(DAYS, [7.5, 0, 0, 0], strict=True))
    assert (found["status"], found["computed_at"][-6:]) == ("ok", "+00:00")
    found = ask(small, "segmentation/average", event="Bought", on='properties["price"]', **RANGE)
    assert found["results"] == dict(zip(DAYS, [10, 25, 0, 1234], strict=True))


def test_custom_events_by_their_number(small: Project, server: Any) -> None:
    plan = {"type": "compare", "property": {"key": "plan"}, "operator": "equals", "values": ["pro"]}
    events = [{"name": "Signed up"}, {"name": "Bought", "filter": plan}]
    with server.client() as client:
        body = {"project_id": small.id, "name": "Joined or pro", "content": {"events": events}}
        number = client.post("/api/v1/custom-events", json=body, auth=small.account).json()["id"]
    name = f"$custom_event:{number}"
    found = ask(small, "segmentation", event=name, **RANGE)
    assert found["data"]["values"] == {name: dict(zip(DAYS, [3, 2, 0, 0], strict=True))}
    found = ask(small, "events", event=[name, "Bought"], type="general", unit="day", **RANGE)
    assert found["data"]["values"][name] == dict(zip(DAYS, [3, 2, 0, 0], strict=True))
    refused = get(small, "segmentation", event="$custom_event:99999", **RANGE)
    assert refused.status_code == 400 and "99999" in refused.json()["error"]


def test_ranges_of_numbers(small: Project) -> None:
    found = ask(small, "segmentation/numeric", event="Bought", on='properties["price"]', buckets="2", **RANGE)
    assert found["data"]["values"] == {
        "0 - 1,000": dict(zip(DAYS, [1, 2, 0, 0], strict=True)),
        "1,000 - 2,000": dict(zip(DAYS, [0, 0, 0, 1], strict=True)),
    }


def test_one_property_inside_another(small: Project) -> None:
    found = ask(small, "segmentation/multiseg", event="Bought", outer="plan", inner="price", type="general", **RANGE)
    assert {plan: sorted(rows) for plan, rows in found["data"]["values"].items()} == {
        "pro": ["10", "20"],
        "free": ["1234", "30"],
    }


def test_values_and_names(small: Project) -> None:
    dates = {"from_date": "2026-03-01", "to_date": TODAY}
    assert ask(small, "events/names", type="general", **dates) == ["Bought", "Signed up"]
    assert ask(small, "events/names", type="unique", **dates) == ["Signed up", "Bought"]
    assert ask(small, "events/names", type="general") == []
    assert ask(small, "events/top", type="general") == {"events": [], "type": "general"}
    assert ask(small, "events/properties/top", event="Bought")["price"] == {"count": 4}
    assert ask(small, "events/properties/top")["plan"] == {"count": 6}
    found = ask(small, "events/properties", event="Bought", name="plan", type="general", unit="day", **RANGE)
    assert found["data"]["values"] == series(pro=[1, 1, 0, 0], free=[0, 1, 0, 1])


def test_todays_events_against_yesterdays(server: Any) -> None:
    project = server.add_project("Today")
    with server.client() as client:
        now = int(time.time())
        events = [
            {"event": "A", "properties": {"time": now - back, "distinct_id": "u", "$insert_id": f"i-{n}"}}
            for n, back in enumerate([0, 0, 0])
        ]
        client.post("/import", json=events, auth=(project.secret, ""))
    assert ask(project, "events/top", type="general") == {
        "events": [{"amount": 3, "event": "A", "percent_change": 1}],
        "type": "general",
    }
    assert ask(project, "events/properties/values", event="A", name="distinct_id") == ["u"]


def test_retention(small: Project) -> None:
    asked = {"born_event": "Signed up", "event": "Bought", "interval_count": "3", "unit": "day"}
    found = ask(small, "retention", **asked, **RANGE)
    assert found["2026-03-02"] == {"counts": [1, 1, 1, 0], "first": 2}
    assert found["2026-03-03"] == {"counts": [0, 0, 0, 0], "first": 1}
    found = ask(small, "retention", **asked, unbounded_retention="true", **RANGE)
    assert found["2026-03-02"]["counts"] == [2, 2, 1, 0]
    found = ask(small, "retention", **asked, on='properties["plan"]', **RANGE)
    assert found["2026-03-02"]["free"] == {"counts": [0, 1, 1, 0], "first": 2}


def test_funnels(small: Project) -> None:
    listed = {one["name"]: one["funnel_id"] for one in ask(small, "funnels/list")}
    assert sorted(listed) == ["Way", "Way back"]
    way = str(listed["Way"])
    found = ask(small, "funnels", funnel_id=way, **RANGE)
    assert found["meta"]["dates"] == DAYS
    first = found["data"]["2026-03-02"]
    assert first["steps"] == [
        {"count": 2, "goal": "Signed up", "event": "Signed up", "step_conv_ratio": 1, "overall_conv_ratio": 1,
         "avg_time": None, "avg_time_from_start": None},
        {"count": 2, "goal": "Bought", "event": "Bought", "step_conv_ratio": 1, "overall_conv_ratio": 1,
         "avg_time": (2 + 70) * 1800, "avg_time_from_start": (2 + 70) * 1800},
    ]  # fmt: skip
    assert first["analysis"] == {"completion": 2, "starting_amount": 2, "steps": 2, "worst": 1}
    found = ask(small, "funnels", funnel_id=way, on='properties["plan"]', **RANGE)
    assert sorted(found["data"]["2026-03-02"]) == ["$overall", "free", "pro"]


def test_insights_of_saved_reports(small: Project) -> None:
    found = ask(small, "insights", bookmark_id=str(reports(small)["Line"]))
    days = [f"{day}T00:00:00+00:00" for day in DAYS]
    assert found["series"] == {"Bought [Unique Users]": dict(zip(days, [1, 1, 0, 1], strict=True))}
    assert found["headers"] == ["$event"]
    assert found["date_range"] == {"from_date": days[0], "to_date": "2026-03-05T23:59:59.999+00:00"}
    found = ask(small, "insights", bookmark_id=str(reports(small)["By plan"]))
    assert found["headers"] == ["$event", "plan"]
    assert found["series"]["Bought [Unique Users]"]["pro"] == dict(zip(days, [1, 1, 0, 0], strict=True))
    assert get(small, "insights", bookmark_id="99999").status_code == 404
    assert get(small, "insights").status_code == 400


def test_addiction(small: Project) -> None:
    asked = {"event": "Bought", "unit": "week", "addiction_unit": "day"}
    found = ask(small, "retention/addiction", **asked, from_date="2026-03-02", to_date="2026-03-08")
    assert found == {"data": {"2026-03-02": [2, 1, 0, 0, 0, 0, 0]}}
    found = ask(small, "retention/addiction", event="Bought", unit="day", addiction_unit="hour", **RANGE)
    assert found["data"]["2026-03-03"][:3] == [1, 1, 0]
    assert len(found["data"]["2026-03-03"]) == 24


@pytest.mark.parametrize(("unit", "within"), [("day", "hour"), ("week", "day"), ("month", "day")])
def test_addiction_counts_hours_of_days_and_days_of_more(small: Project, unit: str, within: str) -> None:
    asked = {"event": "Bought", "unit": unit, **RANGE}
    assert ask(small, "retention/addiction", **asked) == ask(
        small, "retention/addiction", **asked, addiction_unit=within
    )
    answer = get(small, "retention/addiction", **asked, addiction_unit="hour" if within == "day" else "day")
    assert (answer.status_code, answer.json()["error"].split(":")[0]) == (400, "addiction_unit")


def test_jql_is_refused_with_the_way_to_ask_instead(small: Project) -> None:
    answer = get(small, "jql", script="function main() {}")
    assert (answer.status_code, "/api/v1/sql" in answer.json()["error"]) == (400, True)


def test_annotations_in_their_dialects(small: Project) -> None:
    path = f"/api/app/projects/{small.id}/annotations"
    with small.server.client() as client:
        client.auth = small.account
        made = client.post(path, json={"date": "2026-03-02 12:00:00", "description": "Launch", "tags": ["big"]})
        assert made.status_code == 201
        first = made.json()["results"]
        assert (first["date"], first["description"]) == ("2026-03-02 12:00:00", "Launch")
        assert [tag["name"] for tag in first["tags"]] == ["big"]
        assert client.get(path, params={"fromDate": "2026-03-03"}).json()["results"] == []
        assert client.get(path, params={"toDate": "2026-03-02"}).json()["results"] == [first]
        changed = client.patch(f"{path}/{first['id']}", json={"description": "Launched"}).json()["results"]
        assert (changed["description"], changed["date"], changed["tags"]) == ("Launched", first["date"], first["tags"])
        old = client.get("/api/2.0/annotations", params={"from_date": "2026-03-01", "to_date": "2026-03-03"}).json()
        assert old["annotations"] == [
            {"id": first["id"], "date": first["date"], "project_id": small.id, "description": "Launched"}
        ]
        [tag] = client.get(f"{path}/tags").json()
        assert tag == first["tags"][0] | {"project_id": small.id, "has_annotations": True}
        assert client.delete(f"{path}/{first['id']}").json() == {"status": "ok", "results": {"id": first["id"]}}
        assert client.get(f"{path}/{first['id']}").status_code == 404
        assert client.post(path, json={"description": "no date"}).status_code == 400


def test_the_lexicon_as_schemas(small: Project) -> None:
    path = f"/api/app/projects/{small.id}/schemas"
    entry = {
        "entityType": "event", "name": "Bought", "schemaJson": {
            "description": "A purchase", "metadata": {"com.mixpanel": {"displayName": "Purchase", "tags": ["shop"]}}},
    }  # fmt: skip
    person = {"entityType": "profile", "name": "$user", "schemaJson": {"properties": {"plan": {"description": "Plan"}}}}
    with small.server.client() as client:
        client.auth = small.account
        assert client.post(path, json={"entries": [entry, person]}).json()["results"] == {"added": 2, "deleted": 0}
        event, profile = client.get(path).json()["results"]
    assert (event["name"], event["schemaJson"]["description"]) == ("Bought", "A purchase")
    assert event["schemaJson"]["metadata"]["com.mixpanel"]["displayName"] == "Purchase"
    assert (profile["name"], profile["schemaJson"]["properties"]["plan"]["description"]) == ("$user", "Plan")


def test_who_am_i(small: Project) -> None:
    with small.server.client() as client:
        client.auth = small.account
        found = client.get("/api/app/me").json()["results"]
        assert found["projects"][str(small.id)]["permissions"] == ["view_base_reports"]
        [workspace] = client.get(f"/api/app/projects/{small.id}/workspaces/public").json()["results"]
        assert workspace["is_global"]
        [account] = client.get(f"/api/app/projects/{small.id}/service-accounts").json()["results"]
        assert account["username"] == small.account[0]


def test_cohorts(small: Project) -> None:
    [cohort] = ask(small, "cohorts/list")
    assert (cohort["name"], cohort["count"], cohort["is_visible"], cohort["project_id"]) == ("Buyers", 2, 1, small.id)
    found = ask(small, "engage", filter_by_cohort={"id": cohort["id"]})
    assert ids(found) == {"u1", "u2"}


def ids(found: dict[str, Any]) -> set[str]:
    return {one["$distinct_id"] for one in found["results"]}


PROFILES: list[tuple[dict[str, Any], set[str]]] = [
    ({}, {"u1", "u2", "u3"}),
    ({"where": 'properties["plan"] == "pro"'}, {"u1"}),
    ({"where": 'user["age"] + 1 > 31'}, {"u2"}),
    ({"where": 'not defined(properties["$email"])'}, {"u3"}),
    ({"where": 'properties["$last_seen"] >= "2026-03-03T00:00:00"'}, {"u1"}),
    ({"where": 'properties["$last_seen"] < datetime("2026-03-04")'}, {"u1"}),
    ({"where": '"x" in properties["tags"]'}, {"u2"}),
    ({"selector": '(defined (properties["age"]))'}, {"u1", "u2"}),
    ({"distinct_id": "u2"}, {"u2"}),
    ({"distinct_ids": ["u2", "u3", "u9"]}, {"u2", "u3"}),
    ({"behaviors": [{"window": "400w", "name": "b1", "event_selectors": [{"event": "Bought"}]}],
      "where": '(behaviors["b1"] > 1)'}, {"u1"}),
    ({"behaviors": [{"window": "400w", "name": "b1", "event_selectors": [{"event": "Bought"}]}],
      "where": 'behaviors["b1"] == 0'}, {"u3"}),
    ({"behaviors": [{"window": "400w", "name": "b", "event_selectors": [
        {"event": "Bought", "selector": 'properties["price"] > 1000'}]}],
      "where": 'behaviors["b"] >= 1 and properties["plan"] == "free"'}, {"u2"}),
]  # fmt: skip


@pytest.mark.parametrize(("parameters", "expected"), PROFILES, ids=[str(c[0])[:60] for c in PROFILES])
def test_engage_chooses(small: Project, parameters: dict[str, Any], expected: set[str]) -> None:
    found = ask(small, "engage", **parameters)
    assert (ids(found), found["total"], found["status"], found["page"]) == (expected, len(expected), "ok", 0)


def test_pages_of_one_session(small: Project) -> None:
    first = ask(small, "engage", page_size="2")
    second = ask(small, "engage", page_size="2", page="1", session_id=first["session_id"])
    third = ask(small, "engage", page_size="2", page="2", session_id=first["session_id"])
    assert [len(page["results"]) for page in (first, second, third)] == [2, 1, 0]
    assert ids(first) | ids(second) == {"u1", "u2", "u3"}
    assert {page["total"] for page in (first, second, third)} == {3}
    answer = get(small, "engage", page="1", session_id="unknown")
    assert (answer.status_code, "session_id" in answer.json()["error"]) == (400, True)


def test_some_properties_of_profiles_in_order(small: Project) -> None:
    found = ask(small, "engage", output_properties=["age"], sort_key='properties["age"]', sort_order="descending")
    assert [one["$distinct_id"] for one in found["results"]] == ["u2", "u1", "u3"]
    assert [one["$properties"] for one in found["results"]] == [{"age": 40}, {"age": 30}, {}]


def test_what_profiles_hold(small: Project) -> None:
    found = ask(small, "engage/properties")["results"]
    assert {key: found[key]["type"] for key in ("age", "plan", "tags", "$last_seen")} == {
        "age": "number", "plan": "string", "tags": "list", "$last_seen": "datetime",
    }  # fmt: skip
    assert ask(small, "engage/stats", action="count()", selector='defined(properties["age"])')["results"] == 2
    assert ask(small, "engage/stats", action='extremes(properties["age"])')["results"] == {"max": 40, "min": 30}
    found = ask(small, "engage/stats", action='percentile(properties["age"], 50)')
    assert found["results"] == {"percentile": 50, "value": 35}


def test_events_of_people(small: Project) -> None:
    found = ask(small, "stream/query", distinct_ids=["u2"], **RANGE)
    assert [one["event"] for one in found["results"]["events"]] == ["Signed up", "Bought"]
    assert found["results"]["events"][0]["properties"]["time"] == at(0, 11)
