"""Reading through the vendors' APIs: beside our own API over the same questions, and pages of a million profiles.

The ratio is of the server's CPU seconds, medians of five ranges, each API with a server of its own: an answer is kept
for whoever asks the same again. `identity` and `gzip` exports are in `export`; here is Amplitude's, a zip file.
"""

import json
import statistics
import sys
import time
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import httpx

from benchmarks.data import DAYS, PROJECT, generated
from benchmarks.export import START_DAY, cpu_of, memory_of, server_over
from diptych.control import Control
from diptych.model import Role
from diptych.settings import Settings
from diptych.store.engine import Engine
from diptych.store.sql import Bound, Sql, sql

_PROFILES = 1_000_000
_DAYS = 30
_RANGES = [START_DAY + timedelta(days=30 + 7 * number) for number in range(6)]  # the first one warms up
_STEPS = ("Event 1", "Event 0", "Event 2")
_MORE = """
INSERT INTO profiles (project, group_type, owner, profile_id, properties, updated, version)
SELECT 1, '', cityHash64(toUInt32(1), id), concat('user-', toString(number)) AS id,
    map('plan', ['"free"', '"pro"', '"team"'][sipHash64(number) % 3 + 1]), toDateTime64('2026-01-01', 3, 'UTC'), 1
FROM numbers({first}, {count})
"""

Ask = Callable[[httpx.Client, date, date], httpx.Response]


def readers(directory: Path, events: int) -> dict[str, Any]:
    """Ratios to our own API, pages of profiles, and Amplitude's export."""
    engine = generated(directory, events)
    _with_a_million_profiles(engine)
    engine.close()
    keys = _keys(directory, events)
    report: dict[str, Any] = {"events": events}
    seconds = {
        name: _measured(directory, events, keys["amplitude" if name == "amplitude" else "account"], asks)
        for name, asks in _ASKS.items()
    }
    for vendor in ("mixpanel", "amplitude"):
        own = seconds[f"own, as {vendor}"]
        report[vendor] = {
            question: {"cpu_seconds": round(value, 3), "to_own_api": round(value / own[question], 2)}
            for question, value in seconds[vendor].items()
        }
    with server_over(directory, events) as (url, pid):
        report["profiles"] = _pages(url, keys)
    with server_over(directory, events) as (url, pid):
        report["amplitude export"] = _export(url, pid, keys)
    return report


def _with_a_million_profiles(engine: Engine) -> None:
    [[there]] = engine.query(Sql("SELECT count() FROM profiles")).rows
    if there < _PROFILES:
        parts = {"first": Bound(there, "UInt64"), "count": Bound(_PROFILES - there, "UInt64")}
        engine.execute(sql(_MORE.strip(), **parts))


def _keys(directory: Path, events: int) -> dict[str, Any]:
    """An account, and the saved funnel that Mixpanel's API asks for by its number."""
    control = Control.open(Settings(data_dir=directory / f"server-{events}"))
    try:
        if not control.projects.list():
            control.projects.create("Bench")
        [project] = [one for one in control.projects.list() if one.id == PROJECT]
        account = control.accounts.create(PROJECT, "reader", Role.OWNER)
        secret = control.projects.replace_secret(PROJECT)
    finally:
        control.close()
    return {"account": (account.username, account.secret), "amplitude": (project.token, secret)}


def _named(name: str) -> dict[str, Any]:
    return {"event": {"names": [name]}}


_SEGMENTATION: dict[str, Any] = {"type": "segmentation", "metrics": [_named("Event 0") | {"measure": "unique"}]}
_FUNNEL = {"type": "funnel", "steps": [_named(name) for name in _STEPS], "times": True}
_RETENTION = {"type": "retention", "start": {"names": ["Event 5"]}, "returning": {"names": ["Event 0"]}}
_MIXPANEL: dict[str, dict[str, Any]] = {
    "segmentation": _SEGMENTATION,
    "funnel": _FUNNEL,
    "retention": _RETENTION | {"rule": "first_ever", "windows": 30},
}
_AMPLITUDE: dict[str, dict[str, Any]] = {
    "segmentation": _SEGMENTATION,
    "funnel": _FUNNEL | {"entry": "longest", "simultaneity": "same_second", "interval": "day",
                         "over_time": "independent", "window": {"count": 2_592_000, "unit": "second"}},
    "retention": _RETENTION | {"rule": "every", "windows": 30, "measured_by": "rolling_hours", "start_counts": True},
}  # fmt: skip


def _event(name: str) -> str:
    return json.dumps({"event_type": name})


def _own(question: dict[str, Any]) -> Ask:
    def ask(client: httpx.Client, first: date, last: date) -> httpx.Response:
        asked = question | {"range": {"type": "between", "from": str(first), "to": str(last)}}
        return client.post("/api/v1/query", json={"project_id": PROJECT, "question": asked})

    return ask


def _mixpanel(path: str, parameters: dict[str, str]) -> Ask:
    def ask(client: httpx.Client, first: date, last: date) -> httpx.Response:
        days = {"from_date": str(first), "to_date": str(last), "project_id": str(PROJECT)}
        sent = {key: _saved_funnel(client) if value == "SAVED" else value for key, value in parameters.items()}
        return client.get(f"/api/query/{path}", params=sent | days)

    return ask


def _saved_funnel(client: httpx.Client) -> str:
    listed = client.get("/api/query/funnels/list", params={"project_id": str(PROJECT)}).json()
    if not listed:
        body = {"project_id": PROJECT, "name": "Way", "content": {"question": _FUNNEL}}
        return str(client.post("/api/v1/reports", json=body).json()["id"])
    return str(listed[0]["funnel_id"])


def _amplitude(path: str, parameters: dict[str, list[str]]) -> Ask:
    def ask(client: httpx.Client, first: date, last: date) -> httpx.Response:
        days = {"start": [f"{first:%Y%m%d}"], "end": [f"{last:%Y%m%d}"]}
        return client.get(f"/api/2/{path}", params=parameters | days)

    return ask


_ASKS: dict[str, dict[str, Ask]] = {
    "own, as mixpanel": {name: _own(question) for name, question in _MIXPANEL.items()},
    "mixpanel": {
        "segmentation": _mixpanel("segmentation", {"event": "Event 0", "type": "unique"}),
        "funnel": _mixpanel("funnels", {"funnel_id": "SAVED", "interval": "366"}),
        "retention": _mixpanel("retention", {"born_event": "Event 5", "event": "Event 0", "interval_count": "29"}),
    },
    "own, as amplitude": {name: _own(question) for name, question in _AMPLITUDE.items()},
    "amplitude": {
        "segmentation": _amplitude("events/segmentation", {"e": [_event("Event 0")]}),
        "funnel": _amplitude("funnels", {"e": [_event(name) for name in _STEPS]}),
        "retention": _amplitude("retention", {"se": [_event("Event 5")], "re": [_event("Event 0")]}),
    },
}


def _measured(directory: Path, events: int, auth: tuple[str, str], asks: dict[str, Ask]) -> dict[str, float]:
    """Question → CPU seconds of the server."""
    found: dict[str, float] = {}
    with (
        server_over(directory, events) as (url, pid),
        httpx.Client(base_url=url, auth=auth, timeout=600, trust_env=False) as client,
    ):
        for name, ask in asks.items():
            spent = [_spent(client, pid, ask, first) for first in _RANGES]
            found[name] = statistics.median(spent[1:])
            print(name, spent, file=sys.stderr, flush=True)
    return found


def _spent(client: httpx.Client, pid: int, ask: Ask, first: date) -> float:
    before = cpu_of(pid)
    answer = ask(client, first, first + timedelta(days=_DAYS - 1))
    assert answer.status_code == 200, answer.text
    return cpu_of(pid) - before


def _pages(url: str, keys: dict[str, Any]) -> dict[str, Any]:
    """Milliseconds for the first page of all profiles, the second and the 501st."""
    found: dict[str, Any] = {}
    with httpx.Client(base_url=url, auth=keys["account"], timeout=600, trust_env=False) as client:
        asked = {"project_id": str(PROJECT)}
        for number in (0, 1, 500):
            times = []
            for _ in range(5):
                started = time.perf_counter()
                page = client.post("/api/query/engage", data=asked | {"page": str(number)}).json()
                times.append(time.perf_counter() - started)
                assert len(page["results"]) == 1_000, page
                asked["session_id"] = page["session_id"]
            found[f"page {number + 1}, ms"] = round(statistics.median(times) * 1000, 1)
        found["total"] = page["total"]
    return found


def _export(url: str, pid: int, keys: dict[str, Any]) -> dict[str, Any]:
    """All events as Amplitude's export has them, by the hour in which they were received."""
    asked = {"start": f"{START_DAY:%Y%m%d}T00", "end": f"{START_DAY + timedelta(days=DAYS):%Y%m%d}T23"}
    idle, cpu, started, size, early = memory_of(pid, "VmRSS"), cpu_of(pid), time.perf_counter(), 0, 0.0
    with (
        httpx.Client(base_url=url, auth=keys["amplitude"], timeout=600, trust_env=False) as client,
        client.stream("GET", "/api/2/export", params=asked) as answer,
    ):
        for piece in answer.iter_raw():
            size += len(piece)
            early = early or (memory_of(pid, "VmHWM") if size > 64 << 20 else 0.0)
    return {
        "megabytes_sent": round(size / 1e6, 1),
        "seconds": round(time.perf_counter() - started, 1),
        "cpu_seconds": round(cpu_of(pid) - cpu, 1),
        "idle_megabytes": idle,
        "early_megabytes": early,
        "peak_megabytes": memory_of(pid, "VmHWM"),
    }
