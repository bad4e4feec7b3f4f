"""The reading API against a running server: the worked examples of the contract, and that numbers are those of
`/api/v1/query`."""

import base64
import json
from datetime import UTC, datetime
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
    assert found["cumulative"] == [1.0, pytest.approx(2 / 3)]
    assert found["stepByStep"] == [1.0, pytest.approx(2 / 3)]
    assert found["dayFunnels"]["series"] == [[2, 2], [1, 0], [0, 0]]
    assert found["dayFunnels"]["formattedXValues"] == ["Jan 01", "Jan 02", "Jan 03"]
    minute = 60_000
    assert found["avgTransTimes"] == [(5 + 23 * 60 + 30) * minute / 2] * 2
    assert found["events"] == ["Sign Up", "Buy"]


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
