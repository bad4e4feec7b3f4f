"""Where counting could go wrong: clocks that change, values of every type, people of several ids, odd weeks."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from tests.harness import Project, Server
from tests.protocols.mixpanel.small import ask, get

BACK = datetime(2025, 11, 2, 4, tzinfo=UTC)  # midnight in New York; the hour after the next one comes twice
FORTH = datetime(2026, 3, 8, 5, tzinfo=UTC)  # midnight; two o'clock does not come
NOON = datetime(2026, 3, 10, 16, tzinfo=UTC)
VALUES: list[Any] = [
    1, 1.0, "1", [1, "1"], 1.5, True, "true", False, None, [], "undefined", "$overall", "null", "", "x", ["a", "b"],
    ["a", "a"], {"k": 1}, 12345678901234567890, 1e300, -0.0, 0, "0",
]  # fmt: skip


def sent(project: Project, events: list[tuple[str, str, datetime, dict[str, Any]]]) -> None:
    body = [
        {"event": name, "properties": {
            "distinct_id": who, "time": round(at.timestamp() * 1000), "$insert_id": f"{name.lower()}-{number}", **own}}
        for number, (name, who, at, own) in enumerate(events)
    ]  # fmt: skip
    with project.server.client() as client:
        answer = client.post("/import?strict=1", json=body, auth=(project.secret, ""))
    assert answer.json().get("num_records_imported") == len(body), answer.text


@pytest.fixture(scope="module")
def clock(server: Server) -> Project:
    project = server.create_project("Clock", "--timezone", "America/New_York")
    hours = [("Back", f"u{hour % 4 // 3}", BACK + timedelta(hours=hour), {"h": hour}) for hour in range(25)]
    hours += [("Forth", "u", FORTH + timedelta(hours=hour), {"h": hour}) for hour in range(23)]
    sent(project, hours + [("Typed", f"t{n}", NOON, {"p": value}) for n, value in enumerate(VALUES)])
    return project


def values(project: Project, path: str, **asked: Any) -> dict[str, dict[str, float]]:
    found: dict[str, Any] = ask(project, path, **asked)
    rows: dict[str, dict[str, float]] = found["data"]["values"] if "data" in found else {"": found["results"]}
    return rows


NOVEMBER = {"from_date": "2025-11-02", "to_date": "2025-11-02", "event": "Back", "unit": "hour"}


def test_an_hour_that_comes_twice_is_one(clock: Project) -> None:
    """Hours 1 and 2 since midnight, of one and the same person, are both called one o'clock."""
    twice = "2025-11-02 01:00:00"
    for path, asked, expected in (
        ("segmentation", {}, 2),
        ("segmentation", {"type": "unique"}, 1),
        ("segmentation", {"type": "average"}, 2),
        ("segmentation/sum", {"on": "h"}, 3),
        ("segmentation/average", {"on": "h"}, 1.5),
        ("events", {"event": '["Back", "Forth"]', "type": "unique"}, 1),
    ):
        row = values(clock, path, **NOVEMBER | asked)
        found = next(iter(row.values()))
        assert (found[twice], len(found)) == (expected, 24), (path, asked)
    found = values(clock, "segmentation", **NOVEMBER, type="unique", on="h")
    assert (found["1"][twice], found["2"][twice], found["3"][twice]) == (1, 1, 0)
    [row] = values(clock, "segmentation", **NOVEMBER | {"unit": "day", "type": "general"}).values()
    assert row == {"2025-11-02": 25}


def test_minutes_of_such_a_day_are_not_guessed(clock: Project) -> None:
    assert sum(values(clock, "segmentation", **NOVEMBER | {"unit": "minute"})["Back"].values()) == 25
    answer = get(clock, "segmentation", **NOVEMBER | {"unit": "minute", "type": "unique"})
    assert (answer.status_code, answer.json()["error"].split(":")[0]) == (400, "unit")


def test_an_hour_that_does_not_come_is_left_out(clock: Project) -> None:
    [row] = values(
        clock, "segmentation", event="Forth", unit="hour", from_date="2026-03-08", to_date="2026-03-08"
    ).values()
    assert (len(row), sum(row.values()), "2026-03-08 02:00:00" in row) == (23, 23, False)


DAY = {"from_date": "2026-03-10", "to_date": "2026-03-10"}
AS_TEXT = {
    "1": 4, "0": 3, "1.5": 1, "true": 2, "false": 1, "undefined": 2, '"undefined"': 1, '"$overall"': 1, "null": 1,
    "": 1, "x": 1, "a": 2, "b": 1, '{"k":1}': 1, "12345678901234567890": 1, "1e300": 1,
}  # fmt: skip


@pytest.mark.parametrize("kind", ["general", "unique"])
def test_no_value_takes_the_place_of_another(clock: Project, kind: str) -> None:
    """What is not set and the text `undefined` are two; 1, 1.0 and "1" are one; a list counts once per item."""
    for path, asked in (("segmentation", {"on": "p"}), ("events/properties", {"name": "p", "unit": "day"})):
        found = values(clock, path, event="Typed", type=kind, **asked, **DAY)
        assert {key: row["2026-03-10"] for key, row in found.items()} == AS_TEXT, path


CONDITIONS = [
    ('properties["p"] == 1', 2),
    ('properties["p"] == "1"', 1),
    ('properties["p"] == true', 1),
    ('properties["p"] == 12345678901234567890', 1),
    ('properties["p"] != 1', len(VALUES) - 2),
    ('properties["p"] in [1, "x"]', 3),
    ('string(properties["p"]) == "1"', 3),
    ('number(properties["p"]) == 1', 4),
    ('properties["p"] > 1', 3),
    ('defined(properties["p"])', len(VALUES) - 1),
    ('not defined(properties["p"])', 1),
    ('properties["q"] == undefined', len(VALUES)),
    ('properties["p"] == null', 1),
    ('"a" in properties["p"]', 3),
    ('user["$distinct_id"] == "t3"', 1),
]


@pytest.mark.parametrize(("where", "expected"), CONDITIONS, ids=[where for where, _ in CONDITIONS])
def test_types_count_in_conditions(clock: Project, where: str, expected: int) -> None:
    assert values(clock, "segmentation", event="Typed", where=where, **DAY) == {"Typed": {"2026-03-10": expected}}


def test_empty_ranges_are_zeros_and_not_errors(clock: Project) -> None:
    days = {"from_date": "2020-02-28", "to_date": "2020-03-01"}
    zeros = {"2020-02-28": 0, "2020-02-29": 0, "2020-03-01": 0}
    for kind in ("general", "unique", "average"):
        assert values(clock, "segmentation", event="Typed", type=kind, **days) == {"Typed": zeros}
    assert values(clock, "segmentation", event="Typed", on="p", **days) == {}
    assert values(clock, "segmentation/sum", event="No such event", on="p", **days) == {"": zeros}
    assert values(clock, "segmentation/average", event="Typed", on="p", **days) == {"": zeros}
    found = ask(clock, "retention", born_event="Typed", **days)
    assert found == {day: {"counts": [0, 0], "first": 0} for day in zeros}
    assert ask(clock, "stream/query", distinct_ids=["nobody"], **days)["results"]["events"] == []


def test_people_of_several_ids_are_one_everywhere(server: Server) -> None:
    project = server.add_project("Linked")
    own = {"$device_id": "d", "$user_id": "u"}
    at = [datetime(2026, 3, 2, 12, tzinfo=UTC) + timedelta(hours=hour) for hour in range(4)]
    sent(project, [
        ("Visit", "$device:d", at[0], {"$device_id": "d"}), ("Visit", "u", at[1], own), ("Buy", "u", at[2], own),
        ("Visit", "v", at[3], {"$user_id": "v"}),
    ])  # fmt: skip
    days = {"from_date": "2026-03-02", "to_date": "2026-03-02"}
    assert values(project, "segmentation", event="Visit", type="unique", **days) == {"Visit": {"2026-03-02": 2}}
    assert values(project, "segmentation", event="Visit", type="average", **days) == {"Visit": {"2026-03-02": 1.5}}
    found = ask(project, "retention", born_event="Visit", event="Buy", interval_count="1", **days)
    assert found == {"2026-03-02": {"counts": [1, 0], "first": 2}}
    for name in ("u", "$device:d"):
        found = ask(project, "stream/query", distinct_ids=[name], **days)["results"]["events"]
        assert [one["event"] for one in found] == ["Visit", "Visit", "Buy"]
    addiction = ask(project, "retention/addiction", event="Visit", unit="day", addiction_unit="hour", **days)
    assert addiction["data"]["2026-03-02"][:3] == [2, 1, 0]
    lines = get(project, "/api/2.0/export", **days).text.splitlines()
    assert sorted(json.loads(line)["properties"]["distinct_id"] for line in lines) == ["u", "u", "u", "v"]


def test_weeks_of_retention_that_begin_on_a_wednesday(server: Server) -> None:
    """A week is called by its Monday, and has those who began on its days in the range."""
    project = server.add_project("Weeks")
    monday = datetime(2026, 3, 2, 12, tzinfo=UTC)
    sent(project, [
        (name, who, monday + timedelta(days=day), {})
        for name, who, day in (
            ("A", "early", 0), ("A", "late", 3), ("B", "late", 9), ("B", "late", 11), ("A", "next", 8),
        )
    ])  # fmt: skip
    found = ask(project, "retention", born_event="A", event="B", unit="week", interval_count="1",
                from_date="2026-03-04", to_date="2026-03-10")  # fmt: skip
    assert found == {
        "2026-03-02": {"counts": [1, 1], "first": 1},
        "2026-03-09": {"counts": [0, 0], "first": 1},
    }  # fmt: skip


def test_as_many_events_as_a_project_has(clock: Project) -> None:
    names = [f"No event {n}" for n in range(40)] + ["Typed"]
    found = values(clock, "events", event=names, type="general", unit="day", **DAY)
    assert ([*found], found["Typed"]) == (names, {"2026-03-10": len(VALUES)})


def test_equal_metrics_of_a_report_are_told_apart(clock: Project) -> None:
    def shown(value: str) -> dict[str, Any]:
        chosen = {"value": "p", "filterOperator": "equals", "filterValue": [value]}
        behavior = {"type": "event", "name": "Typed", "filters": [chosen]}
        return {"type": "metric", "behavior": behavior, "measurement": {"math": "total"}}

    time = {"dateRangeType": "between", "unit": "day", "value": [*DAY.values()]}
    bookmark = {
        "sections": {"show": [shown("x"), shown("true")], "time": [time]},
        "displayOptions": {"chartType": "bar"},
    }
    assert ask(clock, "insights", bookmark=bookmark)["series"] == {
        "A. Typed [Total Events]": {"all": 1}, "B. Typed [Total Events]": {"all": 2},
    }  # fmt: skip
