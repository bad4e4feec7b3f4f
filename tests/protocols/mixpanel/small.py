"""A project with a few events, profiles and saved reports, and how tests ask for it as Mixpanel's clients do."""

import json
import time
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
from tests.harness import Project

START = datetime(2026, 3, 2, tzinfo=UTC)  # a Monday
RANGE = {"from_date": "2026-03-02", "to_date": "2026-03-05"}
DAYS = ["2026-03-02", "2026-03-03", "2026-03-04", "2026-03-05"]
FORM = "application/x-www-form-urlencoded"
NAME = "Bought"  # of which the lexicon says something
TODAY = time.strftime("%Y-%m-%d", time.gmtime())
# who, day, hour, event, properties
LOG: list[tuple[str, int, int, str, dict[str, Any]]] = [
    ("u1", 0, 10, "Signed up", {"plan": "pro", "amount": 5, "tags": ["a", "b"],
                                "cart": [{"brand": "x", "n": 1}, {"brand": "y", "n": 2}]}),
    ("u2", 0, 11, "Signed up", {"plan": "free", "amount": 2.5}),
    ("u3", 1, 12, "Signed up", {"amount": "many"}),
    ("u1", 0, 12, "Bought", {"price": 10, "plan": "pro"}),
    ("u1", 1, 12, "Bought", {"price": 20, "plan": "pro"}),
    ("u1", 1, 13, "Bought", {"price": 30, "plan": "free"}),
    ("u2", 3, 9, "Bought", {"price": 1234, "plan": "free"}),
]  # fmt: skip
PEOPLE = {
    "u1": {"$email": "u1@x.at", "plan": "pro", "age": 30, "$last_seen": "2026-03-03T12:00:00"},
    "u2": {"$email": "u2@x.at", "plan": "free", "age": 40, "tags": ["x"]},
    "u3": {"plan": "free"},
}


def at(day: int, hour: int) -> int:
    return round((START + timedelta(days=day, hours=hour)).timestamp())


def made(server: Any) -> Project:
    """The project, on a running server."""
    project: Project = server.add_project("Small")
    events = [
        {"event": name, "properties": {"time": at(day, hour), "distinct_id": who, "$insert_id": f"i-{n}"} | properties}
        for n, (who, day, hour, name, properties) in enumerate(LOG)
    ]
    with server.client() as client:
        assert client.post("/import?strict=1", json=events, auth=(project.secret, "")).status_code == 200
        updates = [
            {"$token": project.token, "$distinct_id": who, "$set": values, "$ip": "0", "$ignore_time": True}
            for who, values in PEOPLE.items()
        ]
        assert client.post("/engage?verbose=1", json=updates).json()["status"] == 1
        saved = client.post("/api/v1/cohorts", json={
            "project_id": project.id, "name": "Buyers", "content": {"cohort": {"condition": {
                "type": "did", "event": {"names": ["Bought"]}, "value": 1}}},
        }, auth=project.account)  # fmt: skip
        assert saved.status_code == 200, saved.text
        steps = [{"event": {"names": [name]}} for name in ("Signed up", "Bought")]
        saved = client.post("/api/v1/reports", json={
            "project_id": project.id, "name": "Way", "content": {"question": {"type": "funnel", "steps": steps}},
        }, auth=project.account)  # fmt: skip
        assert saved.status_code == 200, saved.text
        asked = {
            "type": "segmentation",
            "range": {"type": "between", "from": RANGE["from_date"], "to": RANGE["to_date"]},
        }
        metrics = {"metrics": [{"event": {"names": ["Bought"]}, "measure": "unique"}]}
        by = {"breakdowns": [{"property": {"key": "plan"}}]}
        back = {"type": "funnel", "steps": steps[::-1]}
        flows = {"type": "flows", "range": asked["range"]}
        for name, question in (
            ("Line", asked | metrics),
            ("By plan", asked | metrics | by),
            ("Way back", back),
            ("After signing up", flows | {"anchor": {"names": ["Signed up"]}}),
            ("After buying", flows | {"anchor": {"names": ["Bought"]}}),
        ):
            body = {"project_id": project.id, "name": name, "content": {"question": question}}
            assert client.post("/api/v1/reports", json=body, auth=project.account).status_code == 200
        body = {"project_id": project.id, "name": "Board", "content": {"tiles": []}}
        assert client.post("/api/v1/dashboards", json=body, auth=project.account).status_code == 200
        said = {"entries": [{"entityType": "event", "name": NAME, "schemaJson": {"description": "A purchase"}}]}
        path = f"/api/app/projects/{project.id}/schemas"
        assert client.post(path, json=said, auth=project.account).status_code == 200
    return project


def recently(server: Any) -> Project:
    """A project with events of this minute, of people of whom one has a profile; and two annotations."""
    project: Project = server.add_project("Recent")
    now = int(time.time())
    events = [
        {"event": name, "properties": {"time": now, "distinct_id": who, "$insert_id": f"i-{n}", "n": n, "m": 1}}
        for n, (name, who) in enumerate([("A", "u"), ("A", "u"), ("A", "u"), ("B", "v"), ("B", "w")])
    ]
    cohort = {"condition": {"type": "did", "value": 1}}
    with server.client() as client:
        assert client.post("/import?strict=1", json=events, auth=(project.secret, "")).status_code == 200
        client.post("/engage", json=[{"$token": project.token, "$distinct_id": "u", "$set": {"a": 1}}])
        saved = {"project_id": project.id, "name": "All", "content": {"cohort": cohort}}
        assert client.post("/api/v1/cohorts", json=saved, auth=project.account).status_code == 200
        for day in (2, 5):
            body = {"date": f"2026-03-0{day} 12:00:00", "description": f"Day {day}"}
            path = f"/api/app/projects/{project.id}/annotations"
            assert client.post(path, json=body, auth=project.account).status_code == 201
    return project


def ask(project: Project, path: str, **parameters: Any) -> Any:
    answer = get(project, path, **parameters)
    assert answer.status_code == 200, answer.text
    return answer.json()


def get(project: Project, path: str, **parameters: Any) -> httpx.Response:
    with project.server.client() as client:
        asked = {"project_id": project.id} | {
            k: v if isinstance(v, str) else json.dumps(v) for k, v in parameters.items()
        }
        return client.get(placed(project, path), params=asked, auth=project.account)


def placed(project: Project, path: str) -> str:
    """A path of the documentation, with what stands in it for its capitals."""
    if not path.startswith("/"):
        return f"/api/query/{path}"
    for word, value in (("PROJECT", project.id), ("KIND", "event"), ("NAME", NAME), ("ORGANIZATION", 1)):
        path = path.replace(word, str(value))
    return path


def series(**values: list[float]) -> dict[str, dict[str, float]]:
    return {name.replace("_", " "): dict(zip(DAYS, numbers, strict=True)) for name, numbers in values.items()}


def reports(project: Project) -> dict[str, int]:
    with project.server.client() as client:
        found = client.get("/api/v1/reports", params={"project_id": project.id}, auth=project.account).json()["saved"]
    return {one["name"]: one["id"] for one in found}
