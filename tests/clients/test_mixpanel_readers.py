"""Libraries that read from Mixpanel, with no more changed than their host."""

import json
import time
from pathlib import Path
from typing import Any

import pytest
from mixpanel_query.auth import SecretAuth
from mixpanel_query.client import MixpanelQueryClient
from mixpanel_utils import MixpanelUtils
from tests.harness import Project

DAY = "2026-03-02"
TODAY = time.strftime("%Y-%m-%d", time.gmtime())
TIME = 1_772_445_600
EVENTS = [
    {"event": "Bought", "properties": {"time": TIME + n, "distinct_id": f"u{n % 3}", "$insert_id": f"i{n}", "n": n}}
    for n in range(10)
]
PEOPLE = [{"$distinct_id": f"u{n}", "$properties": {"n": n, "$email": f"u{n}@x.at"}} for n in range(25)]


@pytest.fixture
def utils(project: Project) -> MixpanelUtils:
    made = MixpanelUtils(
        project.account[1], token=project.token, service_account_username=project.account[0], project_id=project.id
    )
    made.raw_api = made.formatted_api = f"{project.server.url}/api"
    made.import_api = project.server.url
    return made


def test_mixpanel_utils_exports_what_it_imported(utils: MixpanelUtils, tmp_path: Path) -> None:
    utils.import_events(EVENTS, timezone_offset=0)
    utils.import_people(PEOPLE)
    target = tmp_path / "events.json"
    utils.export_events(str(target), {"from_date": DAY, "to_date": DAY, "where": 'properties["n"] >= 4'})
    found = json.loads(target.read_text())
    assert sorted(one["properties"]["n"] for one in found) == [4, 5, 6, 7, 8, 9]
    assert {one["event"] for one in found} == {"Bought"}


def test_mixpanel_utils_pages_through_people(utils: MixpanelUtils) -> None:
    utils.import_people(PEOPLE)
    found = utils.query_engage({"page_size": 4})
    assert sorted(one["$distinct_id"] for one in found) == sorted(one["$distinct_id"] for one in PEOPLE)
    some = utils.query_engage({"selector": '(defined (properties["n"])) and properties["n"] < 3'})
    assert sorted(one["$properties"]["n"] for one in some) == [0, 1, 2]


@pytest.fixture
def query(project: Project, monkeypatch: pytest.MonkeyPatch) -> MixpanelQueryClient:
    with project.server.client() as client:
        client.post("/import?strict=1", json=EVENTS, auth=(project.secret, ""))
    made = MixpanelQueryClient(project.token, project.secret, auth_class=SecretAuth)
    for name in ("ENDPOINT", "DATA_ENDPOINT"):
        monkeypatch.setattr(type(made.connection), name, f"{project.server.url}/api")
    return made


def test_mixpanel_query_reads_every_report(query: MixpanelQueryClient) -> None:
    def values(found: Any) -> Any:
        return found["data"]["values"]

    days = {"start_date": DAY, "end_date": DAY}
    assert values(query.get_segmentation("Bought", **days, unit="day")) == {"Bought": {DAY: 3}}
    days["data_type"] = "general"
    assert values(query.get_segmentation("Bought", **days, unit="day")) == {"Bought": {DAY: 10}}
    found = query.get_segmentation("Bought", **days, unit="day", on='properties["n"]', where='properties["n"] > 7')
    assert values(found) == {"8": {DAY: 1}, "9": {DAY: 1}}
    found = query.get_segmentation_sum("Bought", DAY, DAY, 'properties["n"]', unit="day")
    assert found["results"] == {DAY: 45}
    found = query.get_segmentation_average("Bought", DAY, DAY, on='properties["n"]', unit="day")
    assert found["results"] == {DAY: 4.5}
    assert query.get_event_properties_top("Bought", limit=1) == {"n": {"count": 10}}
    assert query.get_funnel_list() == []
    assert query.annotations_list(DAY, DAY) == {"annotations": []}
    assert query.get_engage()["total"] == 0
    assert sorted(one["properties"]["n"] for one in query.get_export(DAY, DAY)) == list(range(10))
