"""Dashboard REST: what parameters ask, shapes, errors."""

import base64
import json
from datetime import date
from typing import Any

import pytest

from diptych.query.answer import Series
from diptych.query.parts import All, Between, Compare, Interval, Items, MeasureType, Operator, Property, Scope

AUTH = {"Authorization": "Basic " + base64.b64encode(b"TOKEN:SECRET").decode()}
PATH = "/api/2/events/segmentation"


def asked(event: dict[str, Any] | None = None, **parameters: str) -> dict[str, str]:
    return {"e": json.dumps(event or {"event_type": "Buy"}), "start": "20260101", "end": "20260103"} | parameters


def test_defaults_and_the_shape_of_an_answer(client, services) -> None:
    services.queries.series = [Series(0, [], [1, 2], 2)]
    answer = client.get(PATH, params=asked(), headers=AUTH)
    assert answer.json() == {
        "data": {
            "series": [[1, 2]],
            "seriesLabels": [0],
            "seriesCollapsed": [[{"setId": "", "value": 2}]],
            "seriesMeta": [{"segmentIndex": 0, "eventIndex": 0}],
            "xValues": ["2026-01-01", "2026-01-02"],
        }
    }
    question = services.queries.question
    assert question.range == Between(date(2026, 1, 1), date(2026, 1, 3))
    assert (question.interval, question.limit) == (Interval.DAY, 100)
    assert [(m.event.names, m.measure) for m in question.metrics] == [(["Buy"], MeasureType.UNIQUE)]


@pytest.mark.parametrize(
    ("parameter", "value", "attribute", "expected"),
    [
        ("i", "-300000", "interval", Interval.FIVE_MINUTES),
        ("i", "-3600000", "interval", Interval.HOUR),
        ("i", "7", "interval", Interval.WEEK),
        ("i", "30", "interval", Interval.MONTH),
        ("limit", "7", "limit", 7),
    ],
)
def test_parameters(client, services, parameter: str, value: str, attribute: str, expected: Any) -> None:
    assert client.get(PATH, params=asked(**{parameter: value}), headers=AUTH).status_code == 200
    assert getattr(services.queries.question, attribute) == expected


@pytest.mark.parametrize("m", ["uniques", "totals", "average"])
def test_measures(client, services, m: str) -> None:
    client.get(PATH, params=asked(m=m), headers=AUTH)
    expected = {"uniques": MeasureType.UNIQUE, "totals": MeasureType.TOTAL, "average": MeasureType.AVERAGE}[m]
    assert services.queries.question.metrics[0].measure is expected


@pytest.mark.parametrize(("special", "first"), [("_active", False), ("_all", False), ("_new", True)])
def test_special_events(client, services, special: str, first: bool) -> None:
    client.get(PATH, params=asked({"event_type": special}), headers=AUTH)
    [metric] = services.queries.question.metrics
    assert (metric.event.names, metric.event.first_time) == ([], first)


ITEM = Property("", Scope.ITEM)
FILTERS = [
    ("is", ["pro", "free"], Operator.EQUALS, ["pro", "free"], False),
    ("is not", ["pro"], Operator.NOT_EQUALS, ["pro"], True),
    ("contains", ["pr"], Operator.CONTAINS, ["pr"], False),
    ("does not contain", ["pr"], Operator.NOT_CONTAINS, ["pr"], True),
    ("less", ["5"], Operator.LESS, ["5"], False),
    ("greater or equal", [5], Operator.GREATER_OR_EQUAL, [5], False),
]


@pytest.mark.parametrize(("op", "sent", "operator", "values", "empty"), FILTERS)
def test_filters_are_of_the_elements_of_lists(
    client, services, op: str, sent: list, operator: Operator, values: list, empty: bool
) -> None:
    one = {"subprop_type": "event", "subprop_key": "plan", "subprop_op": op, "subprop_value": sent}
    client.get(PATH, params=asked({"event_type": "Buy", "filters": [one]}), headers=AUTH)
    compared = Compare(ITEM, operator, values, as_text=True)
    inner = All([compared]) if empty else compared
    [found] = services.queries.question.metrics[0].event.filter.filters
    assert found == Items(Property("plan"), inner, when_empty=empty)


def test_groups_and_built_in_properties(client, services) -> None:
    services.queries.series = [Series(0, ["US", None], [1, 0], 1), Series(0, ["DE", "x"], [0, 1], 1)]
    groups = [{"type": "user", "value": "country"}, {"type": "event", "value": "plan"}]
    answer = client.get(PATH, params=asked({"event_type": "Buy", "group_by": groups}), headers=AUTH)
    assert answer.json()["data"]["seriesLabels"] == [[0, "US; (none)"], [0, "DE; x"]]
    properties = [breakdown.property for breakdown in services.queries.question.breakdowns]
    assert properties == [Property("country", Scope.BUILTIN), Property("plan")]


def test_two_events(client, services) -> None:
    services.queries.series = [Series(0, [], [1, 1], 1), Series(1, [], [2, 2], 2)]
    answer = client.get(PATH, params=asked(e2='{"event_type":"Sign Up"}'), headers=AUTH)
    assert answer.json()["data"]["seriesLabels"] == [0, 1]
    assert [metric.event.names for metric in services.queries.question.metrics] == [["Buy"], ["Sign Up"]]


def test_empty_segments_mean_none_and_raw_braces_are_read(client) -> None:
    query = 'e={"event_type":"Buy"}&start=20260101&end=20260103&s=[]&g='
    assert client.get(f"{PATH}?{query}", headers=AUTH).status_code == 200


WRONG = [
    ({"e": "nonsense"}, "e: expected an event object"),
    ({"e": '{"event_type":""}'}, "e: expected an event_type"),
    ({"start": "2026-01-01"}, "start: expected a day such as 20260131"),
    ({"end": "20251231"}, "end: expected a day not before start"),
    ({"m": "median"}, "m: expected one of uniques, totals, average"),
    ({"i": "2"}, "i: expected one of"),
    ({"limit": "5000"}, "limit: expected a whole number from 1 to 1000"),
    ({"s": '{"prop":"country"}'}, "s: expected a list of conditions"),
    ({"s": '[{"prop":"country"}]'}, "s.op: expected one of is, is not"),
    ({"s": '[{"prop":"country","op":"is"}]'}, "s.values: expected a list with at least one value"),
    ({"s": '[{"prop":"plan","op":"is","values":["x"]}]'}, "expected gp:plan"),
    ({"s": '[{"type":"event","event_type":"A","op":"is"}]'}, "op: expected one of >="),
    ({"s": '[{"type":"event","op":">=","time_type":"once"}]'}, "time_type: expected one of"),
    ({"g": "plan"}, "g: 'plan' is no built-in property"),
    ({"m": "formula"}, "formula: expected a value"),
    ({"m": "formula", "formula": "UNIQUES(B)"}, "formula: there is no event B"),
    ({"m": "formula", "formula": "A/2"}, "formula: 'A' is no function"),
    ({"m": "formula", "formula": "PERCENTILE(A, 50)"}, "formula: expected PERCENTILE(A, 0.9)"),
    ({"m": "formula", "formula": "1 + 1"}, "formula: expected a function of an event"),
    ({"m": "sums"}, "e.group_by: expected the property that is measured"),
    ({"rollingWindow": "0"}, "rollingWindow: expected a whole number"),
    ({"user_properties": "then"}, "user_properties: expected one of event, now"),
    ({"e": '{"event_type":"A","group_by":[{"type":"user","value":"plan"}]}'}, "'plan' is no built-in property"),
    ({"e": '{"event_type":"A","group_by":[{"type":"group","value":"plan"}]}'}, "expected a group_type"),
    (
        {"e": '{"event_type":"A","filters":[{"subprop_key":"p","subprop_op":"like","subprop_value":["x"]}]}'},
        "subprop_op",
    ),
    ({"e": '{"event_type":"A","filters":[{"subprop_key":"p","subprop_op":"is"}]}'}, "subprop_value"),
]


@pytest.mark.parametrize(("change", "message"), WRONG, ids=range(len(WRONG)))
def test_errors_name_the_parameter(client, change: dict[str, str], message: str) -> None:
    answer = client.get(PATH, params=asked() | change, headers=AUTH)
    assert answer.status_code == 400
    assert message in answer.json()["error"]


@pytest.mark.parametrize("pair", ["TOKEN:", ":SECRET", "TOKEN:wrong", "account:password", ""])
def test_wrong_keys(client, services, pair: str) -> None:
    headers = {"Authorization": "Basic " + base64.b64encode(pair.encode()).decode()} if pair else {}
    assert client.get(PATH, params=asked(), headers=headers).status_code == 401
    assert services.queries.question is None
