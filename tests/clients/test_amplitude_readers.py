"""Libraries that read from Amplitude, with no more changed than their host."""

import csv
import dataclasses
import gzip
import io
import json
import time
import zipfile
from pathlib import Path
from typing import Any

import amplitude_data_wrapper.analytics_api as wrapper
import pytest
from pyamplitude.cohorts import CohortsClient
from pyamplitude.credentials import AmplitudeCredentials
from pyamplitude.dashboard import DashboardClient
from pyamplitude.export import ExportClient
from tests.harness import Project

START = 1_772_445_600_000  # 2026-03-02 10:00 UTC
DAYS = {"start": "20260302", "end": "20260303"}
HOURS = {"start": time.strftime("%Y%m%dT00", time.gmtime()), "end": time.strftime("%Y%m%dT23", time.gmtime())}
EVENTS = [
    {"user_id": f"user-{n % 3}", "device_id": f"device-{n % 3}", "event_type": ("Sign Up", "Buy")[n > 2],
     "time": START + n * 60_000, "insert_id": f"i{n}", "country": "AT", "session_id": START}
    for n in range(5)
]  # fmt: skip
BUYERS = {"cohort": {"condition": {"type": "did", "event": {"names": ["Buy"]}, "value": 1}}}


@pytest.fixture
def shop(project: Project) -> Project:
    with project.server.client() as client:
        sent = {"api_key": project.token, "events": EVENTS}
        assert client.post("/2/httpapi", json=sent).status_code == 200
    return project


@pytest.fixture
def cohort(shop: Project) -> str:
    with shop.server.client() as client:
        body = {"project_id": shop.id, "name": "Buyers", "content": BUYERS}
        return str(client.post("/api/v1/cohorts", json=body, auth=shop.account).json()["id"])


def test_amplitude_data_wrapper(shop: Project, cohort: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wrapper, "API_DOMAINS", {"eu": shop.server.url})
    keys = {"api_key": shop.token, "secret": shop.secret}
    counted = wrapper.get_event_segmentation(**keys, **DAYS, event={"event_type": "Buy"}, metrics="totals")
    assert counted.json()["data"]["series"] == [[2, 0]]
    assert [one["user_id"] for one in wrapper.find_user(user="user-1", **keys).json()["matches"]] == ["user-1"]
    assert {row["event_type"] for row in wrapper.get_all_event_types(**keys).json()["data"]} == {"Sign Up", "Buy"}
    archive = tmp_path / "events.zip"
    wrapper.export_project_data(**HOURS, **keys, filename=str(archive))
    with zipfile.ZipFile(archive) as packed:
        rows = [
            json.loads(line) for name in packed.namelist() for line in gzip.decompress(packed.read(name)).splitlines()
        ]
    assert len(rows) == len(EVENTS)
    target = tmp_path / "cohort.csv"
    wrapper.get_cohort(shop.token, shop.secret, cohort, str(target))
    assert sorted(row["user_id"] for row in csv.DictReader(target.open())) == ["user-0", "user-1"]


def test_pyamplitude(shop: Project, cohort: str) -> None:
    def made(kind: Any) -> Any:
        client = kind(AmplitudeCredentials(api_key=shop.token, secret_key=shop.secret))
        hosts = dataclasses.asdict(client.endpoints)
        moved = {name: f"{shop.server.url}/{url.split('/', 3)[3]}" for name, url in hosts.items()}
        client.endpoints = dataclasses.replace(client.endpoints, **moved)
        return client

    dashboard = made(DashboardClient)
    assert dashboard.active_users(**DAYS)["data"]["series"] == [[3, 0]]
    assert dashboard.average_sessions_per_user(**DAYS)["data"]["series"] == [[1, 0]]
    assert dashboard.user_composition(**DAYS, properties=["country"])["data"]["xValues"] == ["AT"]
    counted = dashboard.event_segmentation(**DAYS, events=["Sign Up", "Buy"], mode="uniques")
    assert counted["data"]["series"] == [[3, 0], [2, 0]]
    assert len(dashboard.event_list()["data"]) == 2
    [match] = dashboard.user_search(user="user-2")["matches"]
    activity = dashboard.user_activity(user=str(match["amplitude_id"]))
    assert [event["event_type"] for event in activity["events"]] == ["Sign Up"]
    assert len(dashboard.realtime_active_users()["data"]["xValues"]) == 288
    cohorts = made(CohortsClient)
    assert [one["size"] for one in cohorts.list_cohorts()["cohorts"]] == [2]
    request = cohorts.request_cohort(cohort)["request_id"]
    assert cohorts.request_status(request)["async_status"] == "JOB COMPLETED"
    assert len(cohorts.download_cohort(request).splitlines()) == 3
    archive = made(ExportClient).download_archive(**HOURS)
    assert zipfile.ZipFile(io.BytesIO(archive)).testzip() is None
