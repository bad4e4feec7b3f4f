"""Every number of Mixpanel's query API is the one that our own API has, over the demo data."""

import json
import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from tests.harness import Project, Server, environment

TODAY = datetime.now(UTC).date()
FIRST, LAST = TODAY - timedelta(days=20), TODAY - timedelta(days=6)
DAYS = {"from_date": str(FIRST), "to_date": str(LAST)}
RANGE = {"type": "between", "from": str(FIRST), "to": str(LAST)}
VIEWED = {"names": ["Page Viewed"]}
STARTED = {"names": ["Subscription Started"]}
FREE = {"type": "compare", "property": {"key": "plan"}, "operator": "equals", "values": ["Free"]}
_LOAD = """
import json, sys; from pathlib import Path; from diptych import app; from diptych.control import Control
from diptych.model import Role; from diptych.settings import Settings
settings = Settings(data_dir=Path(sys.argv[1])); control = Control.open(settings)
project = app.load_demo(settings, control, 20_000, lambda done: None)
account = control.accounts.create(project.id, "reader", Role.OWNER)
secret = control.projects.replace_secret(project.id)
print(json.dumps([project.id, project.token, secret, account.username, account.secret]))
"""


@pytest.fixture(scope="module")
def demo(start_server: Callable[..., Server], tmp_path_factory: pytest.TempPathFactory) -> Project:
    directory = tmp_path_factory.mktemp("demo") / "data"
    loading = [sys.executable, "-c", _LOAD, str(directory)]
    done = subprocess.run(loading, env=environment(directory), check=True, capture_output=True, text=True)
    number, token, secret, *account = json.loads(done.stdout.splitlines()[-1])
    return Project(start_server(directory), number, "Demo", token, secret, (account[0], account[1]))


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
