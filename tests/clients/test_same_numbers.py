"""The same question gives the same numbers through every query API, whichever SDK sent the events.

Each vendor's Python SDK sends the same made-up history to a project of its own; both vendors' query APIs
and ours are asked about both projects, and plain Python says what is right.
"""

import json
import random
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from amplitude import Amplitude, BaseEvent
from mixpanel import BufferedConsumer, Mixpanel
from tests.harness import Project, Server

EVENT = "Subscription Started"
DAYS = 6
FIRST = date(2026, 9, 1)
LAST = FIRST + timedelta(days=DAYS - 1)
START_MS = int(datetime(FIRST.year, FIRST.month, FIRST.day, tzinfo=UTC).timestamp() * 1000)


@dataclass(frozen=True)
class Sent:
    name: str
    user: str
    time: int
    properties: dict[str, Any]

    @property
    def day(self) -> str:
        return datetime.fromtimestamp(self.time / 1000, UTC).strftime("%Y-%m-%d")


def make_history() -> list[Sent]:
    """A history from a seed: repeats per person, days without events, absent properties, another event."""
    chance = random.Random(20260901)
    history = []
    for _ in range(400):
        day = chance.choice([0, 0, 1, 2, 4, 5, 5, 5])
        properties: dict[str, Any] = {"seats": chance.randint(1, 9)}
        if chance.random() < 0.8:
            properties["plan"] = chance.choice(["free", "pro", "Enterprise", "ünïcode & co"])
        if chance.random() < 0.5:
            properties["billing interval"] = chance.choice(["monthly", "yearly"])
        name = EVENT if chance.random() < 0.8 else "Page Viewed"
        moment = START_MS + day * 86_400_000 + chance.randrange(86_400_000)
        history.append(Sent(name, f"user-{chance.randrange(60):04}", moment, properties))
    return history


HISTORY = make_history()


def send_by_mixpanel(project: Project) -> None:
    consumer = BufferedConsumer(events_url=f"{project.server.url}/track")
    client = Mixpanel(project.token, consumer=consumer)
    for number, event in enumerate(HISTORY):
        own = {"time": event.time / 1000, "$insert_id": f"id-{number}"}
        client.track(event.user, event.name, event.properties | own)
    consumer.flush()


def send_by_amplitude(project: Project) -> None:
    client = Amplitude(project.token)
    client.configuration.server_url = f"{project.server.url}/2/httpapi"
    for event in HISTORY:
        client.track(
            BaseEvent(event.name, user_id=event.user, time=event.time, event_properties=dict(event.properties))
        )
    client.shutdown()


SENDERS: dict[str, Callable[[Project], None]] = {"mixpanel": send_by_mixpanel, "amplitude": send_by_amplitude}


@pytest.fixture(scope="module", params=SENDERS)
def filled(request: pytest.FixtureRequest, server: Server) -> Iterator[Project]:
    """A project with the history, sent by one vendor's SDK."""
    project = server.add_project(f"Sent by {request.param}")
    SENDERS[request.param](project)
    project.wait_for(len(HISTORY))
    return project


# The right numbers, in plain Python.

Numbers = dict[str, dict[str, float]]  # value of the breakdown → day → number; days with zero left out
Keep = Callable[[Sent], bool]


def expected(measure: str, keep: Keep = lambda event: True, by: str | None = None) -> Numbers:
    """What each day must say. Without a breakdown the one series is called by the event's name."""
    people: dict[str, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    for event in HISTORY:
        if event.name == EVENT and keep(event):
            series = EVENT if by is None else str(event.properties.get(by, "not set"))
            people[series][event.day].append(event.user)
    count: dict[str, Callable[[list[str]], float]] = {
        "total": len,
        "unique": lambda users: len(set(users)),
        "average": lambda users: len(users) / len(set(users)),
    }
    return {series: {day: count[measure](users) for day, users in days.items()} for series, days in people.items()}


# The same question in three languages, and their answers in one form.


def as_numbers(series: Iterator[tuple[str, Iterator[tuple[str, float]]]]) -> Numbers:
    numbers = {name: {day: value for day, value in days if value} for name, days in series}
    return {name: days for name, days in numbers.items() if days}


def ask_mixpanel(project: Project, measure: str, where: str | None, by: str | None) -> Numbers:
    parameters = {
        "project_id": project.id,
        "event": EVENT,
        "from_date": FIRST.isoformat(),
        "to_date": LAST.isoformat(),
        "unit": "day",
        "type": {"total": "general", "unique": "unique", "average": "average"}[measure],
    }
    if where:
        parameters["where"] = where
    if by:
        parameters["on"] = f'properties["{by}"]'
    data = project.vendor("/api/query/segmentation", project.account, **parameters)["data"]
    assert sorted(data["series"]) == [(FIRST + timedelta(days=n)).isoformat() for n in range(DAYS)]
    named = (
        ("not set" if by and name == "undefined" else name, iter(days.items())) for name, days in data["values"].items()
    )
    return as_numbers(named)


def ask_amplitude(project: Project, measure: str, filters: list[dict[str, Any]], by: str | None) -> Numbers:
    event: dict[str, Any] = {"event_type": EVENT, "filters": filters}
    if by:
        event["group_by"] = [{"type": "event", "value": by}]
    answer = project.vendor(
        "/api/2/events/segmentation",
        (project.token, project.secret),
        e=json.dumps(event),
        start=FIRST.strftime("%Y%m%d"),
        end=LAST.strftime("%Y%m%d"),
        m={"total": "totals", "unique": "uniques", "average": "average"}[measure],
        i="1",
    )
    data = answer["data"]
    assert data["xValues"] == [(FIRST + timedelta(days=n)).isoformat() for n in range(DAYS)]
    labels = [_amplitude_label(label) if by else EVENT for label in data["seriesLabels"]]
    return as_numbers(
        (label, zip(data["xValues"], values, strict=True)) for label, values in zip(labels, data["series"], strict=True)
    )


def _amplitude_label(label: Any) -> str:
    value = label[1] if isinstance(label, list) else label
    return "not set" if value == "(none)" else str(value)


def ask_natively(project: Project, measure: str, condition: dict[str, Any] | None, by: str | None) -> Numbers:
    question: dict[str, Any] = {
        "type": "segmentation",
        "metrics": [{"event": {"names": [EVENT]}, "measure": measure}],
        "range": {"type": "between", "from": FIRST.isoformat(), "to": LAST.isoformat()},
        "interval": "day",
        "filter": condition,
        "breakdowns": [{"property": {"key": by}}] if by else [],
    }
    answer = project.ask(question)
    dates = [bucket["date"] for bucket in answer["buckets"]]
    return as_numbers(
        (_native_label(series, by), zip(dates, series["values"], strict=True)) for series in answer["series"]
    )


def _native_label(series: dict[str, Any], by: str | None) -> str:
    if by is None:
        return EVENT
    [value] = series["breakdown"]
    return "not set" if value is None else str(value)


def compare(key: str, operator: str, *values: Any) -> dict[str, Any]:
    return {"type": "compare", "property": {"key": key}, "operator": operator, "values": list(values)}


def amplitude_filter(key: str, operator: str, *values: str) -> dict[str, Any]:
    return {"subprop_type": "event", "subprop_key": key, "subprop_op": operator, "subprop_value": list(values)}


@dataclass(frozen=True)
class Condition:
    """One condition in plain Python and in three languages."""

    keep: Keep
    where: str | None
    filters: list[dict[str, Any]]
    native: dict[str, Any] | None


CONDITIONS = {
    "everything": Condition(lambda event: True, None, [], None),
    "equals": Condition(
        lambda event: event.properties.get("plan") == "pro",
        'properties["plan"] == "pro"',
        [amplitude_filter("plan", "is", "pro")],
        compare("plan", "equals", "pro"),
    ),
    "or within a property": Condition(
        lambda event: event.properties.get("plan") in ("pro", "ünïcode & co"),
        'properties["plan"] == "pro" or properties["plan"] == "ünïcode & co"',
        [amplitude_filter("plan", "is", "pro", "ünïcode & co")],
        compare("plan", "equals", "pro", "ünïcode & co"),
    ),
    "and over two properties": Condition(
        lambda event: event.properties.get("plan") == "pro" and event.properties["seats"] >= 4,
        '(properties["plan"] == "pro" and properties["seats"] >= 4)',
        [amplitude_filter("plan", "is", "pro"), amplitude_filter("seats", "greater or equal", "4")],
        {"type": "all", "filters": [compare("plan", "equals", "pro"), compare("seats", "greater_or_equal", 4)]},
    ),
    "nobody": Condition(
        lambda event: event.properties.get("plan") == "none such",
        'properties["plan"] == "none such"',
        [amplitude_filter("plan", "is", "none such")],
        compare("plan", "equals", "none such"),
    ),
}


@pytest.mark.parametrize("by", [None, "plan", "seats"])
@pytest.mark.parametrize("condition", CONDITIONS.values(), ids=list(CONDITIONS))
@pytest.mark.parametrize("measure", ["total", "unique", "average"])
def test_every_query_api_agrees(filled: Project, measure: str, condition: Condition, by: str | None) -> None:
    right = {
        name: {day: pytest.approx(value) for day, value in days.items()}
        for name, days in expected(measure, condition.keep, by).items()
    }
    assert ask_natively(filled, measure, condition.native, by) == right
    assert ask_mixpanel(filled, measure, condition.where, by) == right
    assert ask_amplitude(filled, measure, condition.filters, by) == right


def test_uniques_of_the_whole_range_are_no_sum(filled: Project) -> None:
    right = len({event.user for event in HISTORY if event.name == EVENT})
    answer = filled.vendor(
        "/api/2/events/segmentation",
        (filled.token, filled.secret),
        e=json.dumps({"event_type": EVENT}),
        start=FIRST.strftime("%Y%m%d"),
        end=LAST.strftime("%Y%m%d"),
    )
    assert answer["data"]["seriesCollapsed"][0][0]["value"] == right
    native = filled.ask(
        {
            "type": "segmentation",
            "metrics": [{"event": {"names": [EVENT]}, "measure": "unique"}],
            "range": {"type": "between", "from": FIRST.isoformat(), "to": LAST.isoformat()},
        }
    )
    assert native["series"][0]["overall"] == right
    assert right < sum(expected("unique")[EVENT].values())


def test_asking_takes_no_time_for_events_to_appear(server: Server) -> None:
    project = server.add_project("Read your writes")
    client = Mixpanel(project.token, consumer=BufferedConsumer(max_size=1, events_url=f"{server.url}/track"))
    for number in range(1, 6):
        client.track("user-1", "Opened", {"time": time.time()})
        answer = project.ask({"type": "segmentation", "metrics": [{}], "range": {"type": "last", "count": 2}})
        assert answer["series"][0]["overall"] == number
