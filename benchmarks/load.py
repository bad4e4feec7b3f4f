"""Ingestion over HTTP, end to end: wrk sends, a really running server stores, a query counts.

Beside it the floor: the same rows as ready-made Arrow blocks, into the same tables with the same durability
settings, by the engine alone. The CPU of the load generator is told, because it shares the machine.
"""

import base64
import json
import resource
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx

from benchmarks.ingest import floor
from diptych.control import Control
from diptych.settings import Settings

_PORT = 18_431
_SECONDS = 10
_PROPERTIES = {f"property {n}": f"value {n * 7 % 50}" for n in range(10)}

# Every request is built once per thread; only the numbers in it change, by a substitution of the same length.
_SCRIPT = """
local body, headers, path, id, sent = [==[{body}]==], {headers}, "{path}", 0, 0
function setup(thread) thread:set("first", counter) counter = counter + 1 end
counter = 0
function request()
  sent = sent + 1
  local stamp = string.format("%03d%09d", first, sent)
  return wrk.format("POST", path, headers, (body:gsub("@@@@@@@@@@@@", stamp)))
end
function done(summary, latency, requests)
  local errors = summary.errors
  io.write(string.format('{{"requests": %d, "failed": %d, "microseconds": %d, "p50_ms": %.1f, "p99_ms": %.1f}}\\n',
    summary.requests, errors.status + errors.connect + errors.read + errors.write + errors.timeout,
    summary.duration, latency:percentile(50) / 1000, latency:percentile(99) / 1000))
end
"""


def load(directory: Path, events: int) -> dict[str, Any]:
    """Events per second until queryable, CPU per event, latency and memory, for each way to send."""
    wrk = shutil.which("wrk")
    if wrk is None:
        return {"skipped": "needs wrk; run: apt-get install wrk"}
    directory.mkdir(parents=True)
    report: dict[str, Any] = {"floor": floor(directory / "floor", 100_000)}
    for name, (connections, batch, make) in _WAYS.items():
        report[name] = _measure(wrk, directory / name.replace(" ", "-"), connections, batch, make)
        report[name]["cpu_ratio"] = round(report[name]["cpu_us"] / report["floor"]["cpu_us"], 1)
    return report


def _measure(wrk: str, data_dir: Path, connections: int, batch: int, make: Callable[..., Any]) -> dict[str, Any]:
    control = Control.open(Settings(data_dir=data_dir))
    made = control.projects.create("Bench")
    control.close()
    diptych = [str(Path(sys.executable).parent / "diptych"), "serve", "--port", str(_PORT), "--data-dir", str(data_dir)]
    server = subprocess.Popen(diptych, stdout=subprocess.PIPE, text=True)
    try:
        assert server.stdout is not None
        next(line for line in server.stdout if "http://" in line)
        script = data_dir / "load.lua"
        path, headers, body = make(made.token, made.secret, batch)
        pairs = "{" + ",".join(f"[{json.dumps(k)}]={json.dumps(v)}" for k, v in headers.items()) + "}"
        script.write_text(_SCRIPT.format(body=body, headers=pairs, path=path))
        account = (made.service_account.username, made.service_account.secret)
        return _run(wrk, server.pid, script, connections, batch, made.project_id, account)
    finally:
        server.terminate()
        server.wait()


def _run(
    wrk: str, pid: int, script: Path, connections: int, batch: int, project: int, account: tuple[str, str]
) -> dict[str, Any]:
    cpu, generator = _cpu(pid), resource.getrusage(resource.RUSAGE_CHILDREN)
    started = time.perf_counter()
    command = [wrk, "-t1", f"-c{connections}", f"-d{_SECONDS}s", "--timeout", "30s", "-s", str(script)]
    done = subprocess.run([*command, f"http://127.0.0.1:{_PORT}"], capture_output=True, text=True, check=True)
    sent = json.loads(done.stdout.strip().splitlines()[-1])
    stored = _stored(project, account)
    wall = time.perf_counter() - started
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    generated = used.ru_utime + used.ru_stime - generator.ru_utime - generator.ru_stime
    time.sleep(2)  # merges that the inserts caused
    spent = _cpu(pid) - cpu
    return {
        "events": stored,
        "events_per_second": round(stored / wall),
        "requests_per_second": round(sent["requests"] / sent["microseconds"] * 1e6),
        "failed": sent["failed"],
        "p50_ms": sent["p50_ms"],
        "p99_ms": sent["p99_ms"],
        "cpu_us": round(spent / max(stored, 1) * 1e6, 1),
        "generator_cpu_share": round(generated / (generated + spent), 2),
        "megabytes": _resident(pid),
    }


def _stored(project: int, account: tuple[str, str]) -> int:
    """What a query counts, once everything that was accepted is inserted."""
    question = {"type": "segmentation", "metrics": [{"event": {}}], "range": {"type": "last", "count": 2}}
    with httpx.Client(base_url=f"http://127.0.0.1:{_PORT}", auth=account, timeout=60, trust_env=False) as client:
        while True:
            answer = client.post("/api/v1/query", json={"project_id": project, "question": question}).json()
            if not answer["explanation"]["behind"]:
                return int(answer["series"][0]["overall"])


def _cpu(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / 100


def _resident(pid: int) -> float:
    status = dict(line.split(":", 1) for line in Path(f"/proc/{pid}/status").read_text().splitlines())
    return round(int(status["VmRSS"].split()[0]) / 1024, 1)


def _stamp(number: int) -> str:
    return f"@@@@@@@@@@@@-{number:04d}"


def _mixpanel(token: str, number: int) -> dict[str, Any]:
    given = {"token": token, "distinct_id": f"user-{number * 7919 % 5000}", "time": int(time.time()) - number % 3600}
    return {"event": f"Event {number % 20}", "properties": given | {"$insert_id": _stamp(number)} | _PROPERTIES}


def _import(token: str, secret: str, batch: int) -> tuple[str, dict[str, str], str]:
    basic = "Basic " + base64.b64encode(f"{secret}:".encode()).decode()
    body = json.dumps([_mixpanel(token, n) for n in range(batch)])
    return "/import?strict=1", {"Content-Type": "application/json", "Authorization": basic}, body


def _track(token: str, secret: str, batch: int) -> tuple[str, dict[str, str], str]:
    body = json.dumps([_mixpanel(token, n) for n in range(batch)])
    return "/track/?verbose=1&ip=1", {"Content-Type": "application/json"}, body


def _amplitude(token: str, secret: str, batch: int) -> tuple[str, dict[str, str], str]:
    now = int(time.time() * 1000)
    events = [
        {
            "event_type": f"Event {n % 20}",
            "device_id": f"device-{n * 7919 % 5000}",
            "insert_id": _stamp(n),
            "time": now - n,
            "event_properties": _PROPERTIES,
        }
        for n in range(batch)
    ]
    return "/2/httpapi", {"Content-Type": "application/json"}, json.dumps({"api_key": token, "events": events})


_WAYS: dict[str, tuple[int, int, Callable[..., Any]]] = {
    "Mixpanel import, batches of 2000": (8, 2_000, _import),
    "Mixpanel browser, batches of 50": (32, 50, _track),
    "Amplitude, batches of 1000": (8, 1_000, _amplitude),
    "single events, 64 connections": (64, 1, _track),
}
