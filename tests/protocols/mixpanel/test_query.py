"""The query API's segmentation: parameters, shapes, errors."""

import base64
import json
from datetime import date
from typing import Any

import pytest

from diptych.query.answer import Series
from diptych.query.parts import Between, Interval, MeasureType, Operator

AUTH = {"Authorization": "Basic " + base64.b64encode(b"account:password").decode()}
ASK = {"project_id": "7", "event": "Signed up", "from_date": "2026-01-01", "to_date": "2026-01-02"}


@pytest.mark.parametrize("path", ["/api/query/segmentation", "/api/2.0/segmentation/", "/api/query/segmentation/"])
def test_the_worked_example(client, services, path: str) -> None:
    services.queries.series = [Series(0, [], [147, 146], 293)]
    answer = client.get(path, params=ASK | {"type": "general", "unit": "day"}, headers=AUTH)
    assert answer.status_code == 200
    assert answer.json() == {
        "data": {
            "series": ["2026-01-01", "2026-01-02"],
            "values": {"Signed up": {"2026-01-01": 147, "2026-01-02": 146}},
        },
        "legend_size": 1,
    }


def test_by_a_property(client, services) -> None:
    services.queries.series = [Series(0, ["pro"], [2, 0], 2), Series(0, [None], [0, 1], 1)]
    answer = client.get("/api/query/segmentation", params=ASK | {"on": 'properties["plan"]'}, headers=AUTH)
    assert answer.json()["data"]["values"] == {
        "pro": {"2026-01-01": 2, "2026-01-02": 0},
        "undefined": {"2026-01-01": 0, "2026-01-02": 1},
    }
    assert answer.json()["legend_size"] == 2
    [breakdown] = services.queries.question.breakdowns
    assert (breakdown.property.key, breakdown.as_text) == ("plan", True)


SENT = {
    "query string": lambda c, p: c.get("/api/query/segmentation", params=p, headers=AUTH),
    "form": lambda c, p: c.post("/api/query/segmentation", data=p, headers=AUTH),
    "json": lambda c, p: c.post("/api/query/segmentation", json=p, headers=AUTH),
    "json under a form's type": lambda c, p: c.post(
        "/api/query/segmentation",
        content=json.dumps(p),
        headers=AUTH | {"Content-Type": "application/x-www-form-urlencoded"},
    ),
}


@pytest.mark.parametrize("how", SENT)
def test_every_parameter_reaches_the_question(client, services, how: str) -> None:
    asked = {"type": "unique", "unit": "week", "where": 'properties["plan"] == "pro"', "on": "plan", "limit": "5"}
    assert SENT[how](client, ASK | asked).status_code == 200
    question = services.queries.question
    [metric] = question.metrics
    assert (metric.event.names, metric.measure) == (["Signed up"], MeasureType.UNIQUE)
    assert question.range == Between(date(2026, 1, 1), date(2026, 1, 2))
    assert (question.interval, question.limit) == (Interval.WEEK, 5)
    assert (question.filter.operator, question.filter.values) == (Operator.EQUALS, ["pro"])


@pytest.mark.parametrize(("unit", "least"), [("day", 2), ("week", 14), ("month", 59)])
def test_the_last_units_instead_of_dates(client, services, unit: str, least: int) -> None:
    asked = {"project_id": "7", "event": "A", "interval": "3", "unit": unit}
    assert client.get("/api/query/segmentation", params=asked, headers=AUTH).status_code == 200
    period = services.queries.question.range
    assert least <= (period.last - period.first).days <= least + 33


WRONG: list[tuple[dict[str, Any], str]] = [
    ({"event": ""}, "event: expected"),
    ({"from_date": "2026-13-01"}, "from_date: expected a day"),
    ({"to_date": "2025-01-01"}, "to_date: expected a day not before"),
    ({"type": "median"}, "type: expected one of general, unique, average"),
    ({"unit": "eon"}, "unit: expected one of"),
    ({"limit": "0"}, "limit: expected a whole number"),
    ({"where": "nonsense("}, "at position"),
]


@pytest.mark.parametrize(("change", "message"), WRONG)
def test_errors_name_the_parameter(client, change: dict[str, str], message: str) -> None:
    answer = client.get("/api/query/segmentation", params=ASK | change, headers=AUTH)
    assert (answer.status_code, answer.json()["status"]) == (400, "error")
    assert message in answer.json()["error"]


@pytest.mark.parametrize("headers", [{}, {"Authorization": "Basic bm90OnJpZ2h0"}, {"Authorization": "Bearer x"}])
def test_a_wrong_credential(client, services, headers: dict[str, str]) -> None:
    answer = client.get("/api/query/segmentation", params=ASK, headers=headers)
    assert (answer.status_code, answer.json()) == (401, {"error": "Unable to authenticate request", "status": "error"})
    assert services.queries.question is None


def test_the_public_token_does_not_read(client) -> None:
    headers = {"Authorization": "Basic " + base64.b64encode(b"TOKEN:").decode()}
    assert client.get("/api/query/segmentation", params=ASK, headers=headers).status_code == 401


def test_csv(client, services) -> None:
    services.queries.series = [Series(0, ['a,"b"'], [1, 2], 3)]
    answer = client.get("/api/query/segmentation", params=ASK | {"on": "p", "format": "csv"}, headers=AUTH)
    assert answer.headers["content-type"].startswith("text/csv")
    assert answer.text.splitlines() == ['date,"a,""b"""', "2026-01-01,1", "2026-01-02,2"]
