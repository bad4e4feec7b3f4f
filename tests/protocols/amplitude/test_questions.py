"""The reading API against a running server: the worked examples of the contract, and that numbers are those of
`/api/v1/query`."""

import base64
import gzip
import io
import itertools
import json
import re
import zipfile
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from tests.harness import Project

RANGE = {"start": "20260101", "end": "20260103"}
DAYS = ["2026-01-01", "2026-01-02", "2026-01-03"]
# who, country, when, event, properties
LOG: list[tuple[str, str, str, str, dict[str, Any]]] = [
    ("user-1", "US", "01-01 10:00", "Sign Up", {"tags": ["a", "b"], "plan": "pro"}),
    ("user-1", "US", "01-01 10:05", "Buy", {"price": 10, "tags": ["a"]}),
    ("user-2", "DE", "01-01 12:00", "Sign Up", {"tags": ["a"], "plan": "free"}),
    ("user-2", "DE", "01-02 11:30", "Buy", {"price": 20, "tags": []}),
    ("user-3", "US", "01-02 08:00", "Sign Up", {}),
    ("user-1", "US", "01-03 09:00", "Buy", {"price": 5, "tags": ["b", "c"]}),
]


def at(text: str) -> int:
    return round(datetime.strptime(f"2026-{text}", "%Y-%m-%d %H:%M").replace(tzinfo=UTC).timestamp() * 1000)


def upload(project: Project, events: list[dict[str, Any]]) -> None:
    with project.server.client() as client:
        answer = client.post("/2/httpapi", json={"api_key": project.token, "events": events})
        assert answer.status_code == 200, answer.text


@pytest.fixture(scope="module")
def shop(server: Any) -> Project:
    """The data set of the worked examples, sent in the order of time; `gp:tier` changes between events."""
    project: Project = server.add_project("Worked", identity="amplitude")
    tiers = {0: {"tier": "new"}, 3: {"tier": "gold"}, 5: {"tier": "gold", "badges": ["x", "y"]}}
    events = [
        {
            "user_id": who,
            "device_id": f"device-of-{who}",
            "event_type": name,
            "time": at(when),
            "country": country,
            "event_properties": properties,
            "user_properties": tiers.get(number, {}),
            "session_id": at(when[:6] + "00:00"),
            "insert_id": f"i-{number}",
            **({"revenue": properties["price"]} if "price" in properties else {}),
        }
        for number, (who, country, when, name, properties) in enumerate(LOG)
    ]
    upload(project, events)
    return project


def get(project: Project, path: str, **parameters: Any) -> httpx.Response:
    sent = {k: v if isinstance(v, (str, list)) else json.dumps(v) for k, v in parameters.items()}
    with project.server.client() as client:
        return client.get(f"/api/2/{path}", params=sent, auth=(project.token, project.secret))


def ask(project: Project, path: str, **parameters: Any) -> Any:
    answer = get(project, path, **RANGE | parameters)
    assert answer.status_code == 200, answer.text
    return answer.json()["data"]


def counted(project: Project, event: Any, **parameters: Any) -> Any:
    """Series and values over the whole range."""
    event = {"event_type": event} if isinstance(event, str) else event
    data = ask(project, "events/segmentation", e=event, **parameters)
    assert data["xValues"] == DAYS
    return data["series"], [one[0]["value"] for one in data["seriesCollapsed"]]


def by(*names: str) -> list[dict[str, str]]:
    return [{"type": "user" if ":" in n or n == "country" else "event", "value": n} for n in names]


def test_section_4_15_segmentation(shop: Project) -> None:
    assert counted(shop, "Buy") == ([[1, 1, 1]], [2])
    assert counted(shop, "Buy", m="totals") == ([[1, 1, 1]], [3])
    priced = {"event_type": "Buy", "group_by": by("price")}
    assert counted(shop, priced, m="sums") == ([[10, 20, 5]], [35])
    assert counted(shop, priced, m="value_avg") == ([[10, 20, 5]], [35 / 3])
    assert counted(shop, "_active") == ([[2, 2, 1]], [3])
    assert counted(shop, "Sign Up", g="country") == ([[1, 1, 0], [1, 0, 0]], [2, 1])
    labels = ask(shop, "events/segmentation", e={"event_type": "Sign Up"}, g="country")["seriesLabels"]
    assert labels == [[0, "US"], [0, "DE"]]


@pytest.mark.parametrize("name", ["revenue_amount", "unverified_revenue"])
def test_events_with_revenue(shop: Project, name: str) -> None:
    assert counted(shop, name, m="totals") == ([[1, 1, 1]], [3])
    assert counted(shop, name, m="sums") == ([[10, 20, 5]], [35])
    assert counted(shop, name, m="value_avg") == ([[10, 20, 5]], [35 / 3])
    assert counted(shop, name, m="formula", formula="PROPSUM(A)*2") == ([[20, 40, 10]], [70])
    few = [{"subprop_type": "event", "subprop_key": "price", "subprop_op": "greater", "subprop_value": [7]}]
    assert counted(shop, {"event_type": name, "filters": few}, m="totals") == ([[1, 1, 0]], [2])
    refused = get(shop, "events/segmentation", **RANGE, e={"event_type": "verified_revenue"})
    assert refused.status_code == 400 and "revenue_amount" in refused.json()["error"]


def test_custom_events(shop: Project, server: Any) -> None:
    cheap = {"type": "compare", "property": {"key": "price"}, "operator": "less", "values": [10]}
    events = [{"name": "Sign Up"}, {"name": "Buy", "filter": cheap}]
    with server.client() as client:
        body = {"project_id": shop.id, "name": "Joined or cheap", "content": {"events": events}}
        assert client.post("/api/v1/custom-events", json=body, auth=shop.account).status_code == 200
    assert counted(shop, "ce:Joined or cheap", m="totals") == ([[2, 1, 1]], [4])
    assert counted(shop, "ce:Joined or cheap") == ([[2, 1, 1]], [3])
    american = [{"subprop_type": "user", "subprop_key": "country", "subprop_op": "is", "subprop_value": ["US"]}]
    assert counted(shop, {"event_type": "ce:Joined or cheap", "filters": american}, m="totals") == ([[1, 1, 1]], [3])
    [found] = ask(shop, "funnels", e=[json.dumps({"event_type": n}) for n in ("ce:Joined or cheap", "Buy")])
    assert (found["cumulativeRaw"], found["events"]) == ([3, 2], ["ce:Joined or cheap", "Buy"])
    for name, other in (("ce:None such", shop), ("ce:Joined or cheap", server.add_project("Has none"))):
        refused = get(other, "events/segmentation", **RANGE, e={"event_type": name})
        assert refused.status_code == 400 and name[3:] in refused.json()["error"]


def test_section_4_15_users(shop: Project) -> None:
    data = ask(shop, "users", m="new")
    assert (data["series"], data["seriesCollapsed"], data["seriesLabels"]) == (
        [[2, 1, 0]],
        [[{"setId": "", "value": 3}]],
        [0],
    )
    assert ask(shop, "users", g="")["series"] == [[2, 2, 1]]


def test_section_4_15_funnel(shop: Project) -> None:
    steps = [json.dumps({"event_type": name}) for name in ("Sign Up", "Buy")]
    [found] = ask(shop, "funnels", e=steps, cs="86400")
    assert found["cumulativeRaw"] == [3, 2]
    assert (found["convertedCounts"], found["dropoffCounts"]) == ({"0": 3, "1": 2}, {"0": 0, "1": 1})
    assert found["cumulative"] == [1.0, pytest.approx(2 / 3)]
    assert found["stepByStep"] == [1.0, pytest.approx(2 / 3)]
    assert found["dayFunnels"]["series"] == [[2, 2], [1, 0], [0, 0]]
    assert found["dayFunnels"]["formattedXValues"] == ["Jan 01", "Jan 02", "Jan 03"]
    minute = 60_000
    assert found["avgTransTimes"] == [(5 + 23 * 60 + 30) * minute / 2] * 2
    assert found["events"] == ["Sign Up", "Buy"]
    assert found["dayAvgTransTimes"]["series"] == [[(5 + 23 * 60 + 30) * minute / 2] * 2, [0, 0], [0, 0]]
    assert found["dayMedianTransTimes"] == found["dayAvgTransTimes"]  # of two
    assert found["dayAvgTransTimes"]["xValues"] == DAYS
    spread = found["stepTransTimeDistribution"]
    entering, step, whole = [
        {(one["start"], one["end"]): one["bin_dist"]["uniques"] for one in bins["bins"]} for bins in spread["step_bins"]
    ]
    assert (spread["segment_index"], entering) == (0, {(0, 1000): 3})
    hour = 60 * minute
    assert {length: users for length, users in step.items() if users} == {
        (5 * minute, 10 * minute): 1, (12 * hour, 24 * hour): 1,
    }  # fmt: skip
    assert whole == step
    assert next(iter(step)) == (0, 1000) and all(a[1] == b[0] for a, b in itertools.pairwise(step))


@pytest.mark.parametrize("mode", [{}, {"rm": "nday"}, {"rm": "n-day"}])
def test_section_4_15_retention(shop: Project, mode: dict[str, str]) -> None:
    data = ask(shop, "retention", se={"event_type": "_new"}, re={"event_type": "Buy"}, **mode)
    [series] = data["series"]
    assert series["dates"] == ["Jan 03", "Jan 02", "Jan 01"]
    cells = [(cell["count"], cell["outof"]) for cell in series["values"]["Jan 01"]]
    assert cells[:3] == [(2, 2), (2, 2), (1, 2)]
    assert [(c["count"], c["outof"]) for c in series["combined"]][:2] == [(3, 3), (2, 3)]
    assert (data["seriesMeta"], data["seriesLabels"]) == ([{"segmentIndex": 0, "eventIndex": 0}], [0])


def test_retention_on_or_after_and_in_brackets(shop: Project) -> None:
    events = {"se": {"event_type": "_new"}, "re": {"event_type": "Buy"}}

    def row(**more: Any) -> list[int]:
        [series] = ask(shop, "retention", **events, **more)["series"]
        return [cell["count"] for cell in series["values"]["Jan 01"]]

    assert row(rm="rolling") == [2, 2, 1, 0]
    assert row(rm="bracket", rb="[[0,1],[1,3]]") == [2, 2, 1]
    assert row(rm="bracket", rb="[0,1,1,3]") == [2, 2, 1]
    assert (
        get(shop, "retention", **RANGE, **{k: json.dumps(v) for k, v in events.items()}, rm="bracket").status_code
        == 400
    )


# Of the events with `tags`: [a, b], [a], [a], [], [b, c], and one without; as (operator, values) per filter.
TRUTH: list[tuple[list[tuple[str, list[str]]], set[int]]] = [
    ([("is", ["a"])], {0, 1, 2}),
    ([("is", ["a", "c"])], {0, 1, 2, 5}),
    ([("is", ["a"]), ("is", ["b"])], {0}),
    ([("is not", ["a"])], {0, 3, 4, 5}),
    ([("is not", ["a", "b"])], {3, 4, 5}),
    ([("is not", ["a"]), ("is not", ["b"])], {3, 4, 5}),
    ([("set contains", ["a", "b"])], {0}),
    ([("set does not contain", ["a"])], {3, 4, 5}),
    ([("set does not contain", ["a", "b"])], {1, 2, 3, 4, 5}),
    ([("set does not contain", ["a"]), ("set does not contain", ["b"])], {3, 4}),
    ([("set is", ["b", "a"])], {0}),
    ([("set is not", ["a", "b"])], {1, 2, 3, 4, 5}),
    ([("is", ["(none)"])], {3, 4}),
    ([("is not", ["(none)"])], {0, 1, 2, 5}),
    ([("is", ["(none)", "c"])], {3, 4, 5}),
    ([("contains", ["A"])], {0, 1, 2}),
    ([("starts with", ["c"])], {5}),
    ([("glob match", ["?"])], {0, 1, 2, 5}),
]


@pytest.mark.parametrize(("filters", "holds"), TRUTH, ids=range(len(TRUTH)))
def test_the_truth_table_of_lists(shop: Project, filters: list[tuple[str, list[str]]], holds: set[int]) -> None:
    sent = [{"subprop_type": "event", "subprop_key": "tags", "subprop_op": o, "subprop_value": v} for o, v in filters]
    data = ask(shop, "events/segmentation", m="totals", e={"event_type": "_all", "filters": sent})
    days = [sum(LOG[n][2].startswith(day[5:]) for n in holds) for day in DAYS]
    assert data["series"] == [days]


def segment(*conditions: dict[str, Any]) -> str:
    return json.dumps(list(conditions))


@pytest.mark.parametrize(
    ("conditions", "series"),
    [
        ([{"prop": "country", "op": "is", "values": ["Germany"]}], [1, 1, 0]),
        ([{"prop": "country", "op": "is not", "values": ["DE", "US"]}], [0, 0, 0]),
        ([{"prop": "gp:tier", "op": "is", "values": ["gold"]}], [0, 1, 1]),
        ([{"prop": "gp:tier", "op": "is not", "values": ["gold"]}], [2, 1, 0]),
        ([{"prop": "gp:tier", "op": "is", "values": ["(none)"]}], [1, 1, 0]),
        ([{"prop": "gp:badges", "op": "set contains", "values": ["x", "y"]}], [0, 0, 1]),
        ([{"prop": "user_id", "op": "is", "values": ["user-3"]}], [0, 1, 0]),
        ([{"type": "event", "event_type": "Buy", "op": ">=", "value": 2, "time_type": "allTime"}], [1, 0, 1]),
        ([{"type": "event", "event_type": "Buy", "op": "=", "value": 0, "time_type": "currentInterval"}], [0, 1, 0]),
        (
            [
                {"prop": "country", "op": "is", "values": ["US"]},
                {"type": "event", "event_type": "Buy", "op": ">", "value": 1, "filters": [
                    {"subprop_type": "event", "subprop_key": "price", "subprop_op": "less", "subprop_value": ["10"]}]},
            ],
            [0, 0, 0],
        ),
    ],
)  # fmt: skip
def test_segments(shop: Project, conditions: list[dict[str, Any]], series: list[int]) -> None:
    assert ask(shop, "users", s=segment(*conditions))["series"] == [series]


def test_user_properties_are_those_at_the_event_unless_asked_otherwise(shop: Project) -> None:
    gold = segment({"prop": "gp:tier", "op": "is", "values": ["gold"]})
    assert ask(shop, "users", s=gold)["series"] == [[0, 1, 1]]
    assert ask(shop, "users", s=gold, user_properties="now")["series"] == [[2, 1, 1]]


def test_several_segments(shop: Project) -> None:
    two = [segment({"prop": "country", "op": "is", "values": [name]}) for name in ("US", "DE")]
    data = ask(shop, "events/segmentation", e={"event_type": "Buy"}, s=two)
    assert (data["series"], data["seriesLabels"]) == ([[1, 0, 1], [0, 1, 0]], [0, 1])
    assert [one["segmentIndex"] for one in data["seriesMeta"]] == [0, 1]
    steps = [json.dumps({"event_type": name}) for name in ("Sign Up", "Buy")]
    assert [one["cumulativeRaw"] for one in ask(shop, "funnels", e=steps, s=two)] == [[2, 1], [1, 1]]
    events = {"se": {"event_type": "Sign Up"}, "re": {"event_type": "Buy"}}
    data = ask(shop, "retention", **events, s=two)
    assert [one["combined"][0]["count"] for one in data["series"]] == [2, 1]
    formula = ask(shop, "events/segmentation", e={"event_type": "Buy"}, m="formula",
                  formula="TOTALS(A1) - TOTALS(A2)", s=two)  # fmt: skip
    assert formula["series"] == [[1, -1, 1]]


@pytest.mark.parametrize(
    ("formula", "series"),
    [
        ("UNIQUES(A)/UNIQUES(B)*100", [50, 50, 100]),
        ("totals(A) + 1", [2, 2, 2]),
        ("%: PROPSUM(A)/TOTALS(A)", [10, 20, 5]),
        ("CUMSUM(UNIQUES(A))", [1, 2, 2]),
        ("CUMSUM(TOTALS(A))", [1, 2, 3]),
        ("ROLLWIN(UNIQUES(A), 2)", [1, 2, 2]),
        ("ROLLAVG(TOTALS(A), 2)", [0.5, 1, 1]),
        ("ARPAU(A)", [5, 10, 5]),
        ("REVENUETOTAL(A)", [10, 20, 5]),
        ("PROPMAX(A) - PROPMIN(A)", [0, 0, 0]),
        ("PERCENTILE(A, 0.5)", [10, 20, 5]),
        ("FREQPERCENTILE(A, 0.5)", [1, 1, 1]),
        ("SESSIONTOTALS(A)", [1, 1, 1]),
        ("ACTIVE(A)", [0.5, 0.5, 1]),
        ("SQRT(POWER(AVG(A), 2))", [1, 1, 1]),
    ],
)
def test_formulas(shop: Project, formula: str, series: list[float]) -> None:
    measured = {"group_by": by("price")} if "PROP" in formula or "PERC" in formula or "ARPAU" in formula else {}
    if formula.startswith("FREQ"):
        measured = {}
    data = ask(shop, "events/segmentation", e={"event_type": "Buy"} | measured, e2={"event_type": "_active"},
               m="formula", formula=formula)  # fmt: skip
    assert data["series"] == [series]


def test_other_measures_of_segmentation(shop: Project) -> None:
    assert counted(shop, "Buy", m="pct_dau") == ([[0.5, 0.5, 1]], [2 / 3])
    assert counted(shop, "Buy", m="average") == ([[1, 1, 1]], [1.5])
    data = ask(shop, "events/segmentation", e={"event_type": "Buy"}, m="frequency", i="30")
    assert (data["series"], data["seriesLabels"]) == ([[1], [1]], [[0, "1 time"], [0, "2 times"]])
    data = ask(shop, "events/segmentation", e={"event_type": "Buy", "group_by": by("price")}, m="histogram", i="30")
    assert sorted(data["series"]) == [[1], [1], [1]]
    data = ask(shop, "events/segmentation", e={"event_type": "Sign Up"}, g="country", g2="gp:tier")
    assert data["seriesLabels"] == [[0, "DE; (none)"], [0, "US; (none)"], [0, "US; new"]]
    data = ask(
        shop, "events/segmentation", e={"event_type": "Buy"}, e2={"event_type": "Sign Up", "group_by": by("plan")}
    )
    assert data["seriesLabels"] == [0, [1, "(none)"], [1, "free"], [1, "pro"]]
    assert counted(shop, "Buy", rollingWindow="2") == ([[1, 2, 2]], [2])
    assert counted(shop, "Buy", m="totals", rollingAverage="2")[0] == [[0.5, 1, 1]]


def test_sessions(shop: Project) -> None:
    minutes = 60
    data = ask(shop, "sessions/average")
    assert data["series"] == [[5 * minutes / 2, 0, 0]]
    assert ask(shop, "sessions/peruser")["series"] == [[1, 1, 1]]
    data = ask(shop, "sessions/length")
    assert data["xValues"][:3] == ["0s-3s", "3s-10s", "10s-30s"]
    assert sum(data["series"][0]) == 5 and data["series"][0][0] == 4
    data = ask(shop, "sessions/length", timeHistogramConfigBinTimeUnit="minutes", timeHistogramConfigBinMin="0",
               timeHistogramConfigBinMax="10", timeHistogramConfigBinSize="1")  # fmt: skip
    assert len(data["xValues"]) == 10 and data["series"][0] == [4, 0, 0, 0, 0, 1, 0, 0, 0, 0]


def test_composition_and_lifetime_value(shop: Project) -> None:
    data = ask(shop, "composition", p="country")
    assert data == {"series": [[2, 1]], "seriesLabels": ["country"], "xValues": ["US", "DE"]}
    data = ask(shop, "composition", p=["country", "gp:tier"])
    assert data["seriesLabels"] == ["country", "gp:tier"]
    assert dict(zip(data["xValues"], data["series"][1], strict=True)) == {
        "US": 0, "DE": 0, "(none)": 2, "new": 1, "gold": 2,
    }  # fmt: skip
    # User 2 buys 23.5 hours after signing up: in the first 24. User 1 does so again in the second 24.
    for m, days in (("0", [15, 17.5, 17.5]), ("1", [15, 17.5, 17.5]), ("2", [30, 35, 35]), ("3", [2, 2, 2])):
        [series] = ask(shop, "revenue/ltv", m=m)["series"]
        assert series["dates"] == ["2026-01-02", "2026-01-01"]
        row = series["values"]["2026-01-01"]
        assert (row["count"], row["paid"], row["total_amount"]) == (2, 2, 35)
        assert [row[f"r{n}d"] for n in (1, 2, 3)] == days


def test_lifetime_value_of_segments(shop: Project) -> None:
    """People are in a segment by their first event."""
    segments = [[{"prop": "country", "op": "is", "values": [country]}] for country in ("US", "DE")]
    data = ask(shop, "revenue/ltv", m="2", s=[json.dumps(one) for one in segments])
    assert data["seriesLabels"] == [0, 1]
    assert [series["dates"] for series in data["series"]] == [["2026-01-02", "2026-01-01"], ["2026-01-01"]]
    rows = [series["values"]["2026-01-01"] for series in data["series"]]
    assert [(row["count"], row["r1d"], row["r2d"]) for row in rows] == [(1, 10, 15), (1, 20, 20)]
    grouped = ask(shop, "revenue/ltv", m="2", g="country")
    assert (grouped["seriesLabels"], grouped["series"]) == (["US", "DE"], data["series"])
    grouped = ask(shop, "revenue/ltv", m="2", g="gp:tier", s=json.dumps(segments[0]))
    dates = {label: one["dates"] for label, one in zip(grouped["seriesLabels"], grouped["series"], strict=True)}
    assert dates == {"new": ["2026-01-01"], "(none)": ["2026-01-02"]}
    tier = json.dumps([{"prop": "gp:tier", "op": "is", "values": ["gold"]}])  # not yet at anybody's first event
    assert ask(shop, "revenue/ltv", s=tier)["series"] == [{"dates": [], "values": {}}]


def test_the_list_of_events_and_real_time(shop: Project) -> None:
    rows = ask(shop, "events/list")
    assert {row["value"] for row in rows} == {"Sign Up", "Buy"}
    data = ask(shop, "realtime", i="5")
    assert len(data["xValues"]) == len(data["series"][0]) == len(data["series"][1]) == 288


def test_keys_of_another_project_open_nothing_of_this_one(shop: Project, server: Any) -> None:
    other = server.add_project("Other")
    assert ask(other, "events/segmentation", e={"event_type": "Buy"})["series"] == [[0, 0, 0]]
    mixed = base64.b64encode(f"{shop.token}:{other.secret}".encode()).decode()
    with server.client() as client:
        answer = client.get("/api/2/users", params=RANGE, headers={"Authorization": f"Basic {mixed}"})
    assert answer.status_code == 401


def exported(project: Project, start: datetime, end: datetime) -> dict[str, list[dict[str, Any]]]:
    """Name of file → its rows."""
    answer = get(project, "export", start=f"{start:%Y%m%dT%H}", end=f"{end:%Y%m%dT%H}")
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "application/zip"
    with zipfile.ZipFile(io.BytesIO(answer.content)) as packed:
        assert packed.testzip() is None
        return {
            name: [json.loads(line) for line in gzip.decompress(packed.read(name)).splitlines()]
            for name in packed.namelist()
        }


def test_the_export_has_every_event_with_its_user_properties_of_then(shop: Project) -> None:
    now = datetime.now(UTC)
    files = exported(shop, now - timedelta(hours=1), now)
    for name in files:
        assert re.fullmatch(rf"{shop.id}/{shop.id}_\d{{4}}-\d\d-\d\d_\d{{1,2}}#0\.json\.gz", name), name
    rows = sorted((row for some in files.values() for row in some), key=lambda row: row["event_time"])
    assert [(r["user_id"], r["event_type"], r["event_properties"]) for r in rows] == [
        (who, name, properties) for who, _, _, name, properties in sorted(LOG, key=lambda one: one[2])
    ]
    assert [row["user_properties"].get("tier") for row in rows] == ["new", "new", None, None, "gold", "gold"]
    assert rows[-1]["user_properties"] == {"tier": "gold", "badges": ["x", "y"]}
    first = rows[0]
    assert first["event_time"] == first["client_event_time"] == "2026-01-01 10:00:00.000000"
    assert (first["$insert_id"], first["country"], first["app"]) == ("i-0", "US", shop.id)
    assert first["session_id"] == at("01-01 00:00")
    assert isinstance(first["amplitude_id"], int) and first["amplitude_id"] < 2**53
    assert len({row["amplitude_id"] for row in rows}) == 3
    assert len({row["uuid"] for row in rows}) == 6
    assert not KEYS_OF_ROWS - set(first)


def test_an_export_of_no_events_and_of_wrong_hours(shop: Project) -> None:
    assert get(shop, "export", start="20200101T00", end="20200101T05").status_code == 404
    for wrong in ({"start": "20200101", "end": "20200101T05"}, {"start": "20200101T05", "end": "20200101T00"},
                  {"start": "20200101T00", "end": "20210601T00"}):  # fmt: skip
        assert get(shop, "export", **wrong).status_code == 400


KEYS_OF_ROWS = set(
    "$insert_id $insert_key $schema adid amplitude_attribution_ids amplitude_event_type amplitude_id app city country "
    "region dma language client_event_time client_upload_time data data_type device_brand device_manufacturer "
    "device_model device_carrier device_family device_type device_id event_id event_properties event_time event_type "
    "global_user_properties group_properties groups idfa ip_address is_attribution_event library location_lat "
    "location_lng os_name os_version partner_id paying plan platform processed_time sample_rate server_received_time "
    "server_upload_time session_id source_id start_version version_name user_creation_time user_id user_properties "
    "uuid".split()
)


def found(project: Project, user: str) -> Any:
    answer = get(project, "usersearch", user=user)
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_users_are_found_by_any_id(shop: Project) -> None:
    [match] = found(shop, "user-1")["matches"]
    assert match["user_id"] == "user-1"
    assert found(shop, "device-of-user-1") == {"matches": [match], "type": "match_user_or_device_id"}
    assert found(shop, str(match["amplitude_id"])) == {"matches": [match], "type": "match_amplitude_id"}
    assert {one["user_id"] for one in found(shop, "user-")["matches"]} == {"user-1", "user-2", "user-3"}
    assert found(shop, "nobody at all") == {"matches": [], "type": "nomatch"}


def test_the_activity_of_a_user(shop: Project) -> None:
    [match] = found(shop, "user-1")["matches"]
    number = str(match["amplitude_id"])
    body = get(shop, "useractivity", user=number).json()
    data = body["userData"]
    assert data["canonical_amplitude_id"] == match["amplitude_id"]
    assert len(data["merged_amplitude_ids"]) == 1
    assert (data["num_events"], data["num_sessions"], data["usage_time"]) == (3, 2, 5 * 60_000)
    assert (data["first_used"], data["last_used"]) == ("2026-01-01", "2026-01-03")
    assert (data["purchases"], data["revenue"], data["device_ids"]) == (2, 15, ["device-of-user-1"])
    assert (data["country"], data["properties"]["tier"]) == ("US", "gold")
    days = [event["event_time"][5:10] for event in body["events"]]
    assert days == ["01-03", "01-01", "01-01"]
    assert [event["user_properties"]["tier"] for event in body["events"]] == ["gold", "new", "new"]
    assert [event["event_type"] for event in body["events"]] == ["Buy", "Buy", "Sign Up"]

    def page(**parameters: str) -> list[str]:
        events = get(shop, "useractivity", user=number, **parameters).json()["events"]
        return [event["event_time"][5:16] for event in events]

    assert page(limit="1") == ["01-03 09:00"]
    assert page(limit="1", offset="1") == ["01-01 10:05"]
    assert page(offset="2") == ["01-01 10:00"]
    assert page(offset="3") == page(offset="500") == []
    assert page(direction="earliest") == ["01-01 10:00", "01-01 10:05", "01-03 09:00"]
    assert page(direction="earliest", offset="1", limit="1") == ["01-01 10:05"]
    # The number of a merged id names the same user.
    merged = str(data["merged_amplitude_ids"][0])
    assert get(shop, "useractivity", user=merged).json()["userData"]["canonical_amplitude_id"] == match["amplitude_id"]
    assert get(shop, "useractivity", user="12345").status_code == 404


def profile(project: Project, authorization: str, **parameters: str) -> httpx.Response:
    with project.server.client() as client:
        return client.get("/v1/userprofile", params=parameters, headers={"Authorization": authorization})


def test_user_profiles(shop: Project) -> None:
    with shop.server.client() as client:
        condition = {"type": "did", "event": {"names": ["Buy"]}, "value": 2}
        body = {"project_id": shop.id, "name": "Twice", "content": {"cohort": {"condition": condition}}}
        cohort = client.post("/api/v1/cohorts", json=body, auth=shop.account).json()["id"]
    key = f"Api-Key {shop.secret}"
    data = profile(shop, key, user_id="user-1", get_amp_props="true", get_cohort_ids="true").json()["userData"]
    assert (data["user_id"], data["recommendations"], data["cohort_ids"]) == ("user-1", None, [str(cohort)])
    assert data["amp_props"] == {
        "tier": "gold",
        "badges": ["x", "y"],
        "first_used": "2026-01-01",
        "last_used": "2026-01-03",
    }
    data = profile(shop, key, device_id="device-of-user-2", get_cohort_ids="true").json()["userData"]
    assert (data["user_id"], data["amp_props"], data["cohort_ids"]) == ("user-2", None, [])
    unknown = profile(shop, key, user_id="nobody-here")
    assert (unknown.status_code, unknown.json()) == (400, {"error": "User id and device id not seen before"})
    assert profile(shop, "Api-Key wrong", user_id="user-1").json() == {"error": "Invalid Api-Key"}
    assert profile(shop, "", user_id="user-1").status_code == 401


def test_merged_users_have_one_canonical_number_also_after_links_are_taken_back(server: Any) -> None:
    """Section 3.2, the fifth scenario: a second device, anonymous first, becomes the user's."""
    project = server.add_project("Merged", identity="amplitude")
    sent = [("Y", "David"), ("Z", ""), ("Z", "David"), ("Z", "")]
    start = at("01-05 10:00")
    for number, (device, user) in enumerate(sent):
        event = {"device_id": f"device-{device}", "event_type": "A", "time": start + number * 1000}
        upload(project, [event | ({"user_id": f"{user}-0001"} if user else {})])
    data = ask(project, "users", start="20260105", end="20260105")
    assert data["series"] == [[1]]
    [match] = found(project, "David-0001")["matches"]
    assert match["user_id"] == "David-0001"
    assert found(project, "device-Z")["matches"] == found(project, "device-Y")["matches"] == [match]
    number = str(match["amplitude_id"])
    body = get(project, "useractivity", user=number).json()
    assert (body["userData"]["num_events"], body["userData"]["device_ids"]) == (4, ["device-Y", "device-Z"])
    merged = body["userData"]["merged_amplitude_ids"]
    assert merged and match["amplitude_id"] not in merged
    assert {event["amplitude_id"] for event in body["events"]} == {match["amplitude_id"]}
    now = datetime.now(UTC)
    rows = [row for some in exported(project, now - timedelta(hours=1), now).values() for row in some]
    assert {row["amplitude_id"] for row in rows} == {match["amplitude_id"]}
    with project.server.client() as client:
        link = {"actor": "$device:device-Z", "person": "David-0001"}
        answer = client.post(f"/api/v1/projects/{project.id}/identity/unlinks", json=link, auth=project.account)
        assert answer.status_code in (200, 201), answer.text
    assert ask(project, "users", start="20260105", end="20260105")["series"] == [[2]]
    [device] = found(project, "device-Z")["matches"]
    assert device["user_id"] is None and device["amplitude_id"] != match["amplitude_id"]
    assert found(project, "David-0001")["matches"] == [match]
