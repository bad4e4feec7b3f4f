"""Every example of docs/python.md runs, in order, against a real server with a few events."""

import re
import time
from typing import Any

import pytest
from tests.harness import ROOT, Project

BLOCKS = re.findall(r"```python\n(.*?)```", (ROOT / "docs" / "python.md").read_text(), re.DOTALL)
DAY = 86_400


@pytest.fixture
def shop(project: Project) -> Project:
    """Three people sign up three days ago; two of them buy, one of these a day later and again today."""
    now = int(time.time())
    did = [("Signed Up", who, 3 * DAY, plan) for who, plan in [("ann", "pro"), ("bob", "free"), ("cid", "pro")]]
    did += [("Purchased", "ann", 3 * DAY - 90_000, "pro"), ("Purchased", "bob", 3 * DAY - 60, "free")]
    did += [("Purchased", "ann", 60, "pro")]
    events = [
        {"event": name, "properties": {"token": project.token, "distinct_id": who, "time": now - ago, "plan": plan}}
        for name, who, ago, plan in did
    ]
    profile = {"$token": project.token, "$distinct_id": "ann", "$set": {"plan": "pro"}}
    with project.server.client() as client:
        assert client.post("/track", json=events).text == "1"
        assert client.post("/engage", json=[profile]).text == "1"
    return project


def test_the_examples_of_the_guide(shop: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DIPTYCH_USERNAME", shop.account[0])
    monkeypatch.setenv("DIPTYCH_SECRET", shop.account[1])
    names: dict[str, Any] = {}
    for block in BLOCKS:
        here = block.replace("http://127.0.0.1:8000", shop.server.url).replace("    1,  #", f"    {shop.id},  #")
        exec(compile(here, "docs/python.md", "exec"), names)
        names.setdefault("first_answer", names.get("answer"))

    assert names["weekly"].data.series[0].overall == 2
    assert names["series"].breakdown == ["pro"]
    assert sum(cohort.people for cohort in names["series"].cohorts) == 2
    assert set(names["frame"].columns) == {"plan", "cohort", "people", "from", "to", "returned", "value", "complete"}
    assert names["behind"].count == 1
    assert names["came_back"].loc[("pro", 1), "returned"] == 1
    assert names["table"].num_rows == names["other"].height == len(names["rows"]) == 2 * 7 * 4
    assert {row["name"]: row["events"] for row in names["result"].to_dicts()} == {"Purchased": 3, "Signed Up": 3}
    assert names["text"].splitlines()[0] == "id,properties"
    assert names["explained"].rows_read > 0
    assert names["person"].properties["plan"] == "pro"
    assert [event.name for event in names["earlier"].events] == ["Signed Up"]
    assert sorted(names["everybody"]) == ["ann", "bob", "cid"]
    assert sum(names["sessions"].data.series[0].values) == 5
    assert names["lifecycle"].data.new[-1] + names["lifecycle"].data.new[-2] == 3
