"""Mixpanel's raw export over HTTP, of all events, plain and gzipped: rate, CPU, and whether the server grows.

`early_megabytes` is the server's memory at its highest up to an eighth of the lines, `peak_megabytes` at the end:
what streams in bounded memory has both about the same.
"""

import subprocess
import sys
import time
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx

from benchmarks.data import DAYS, PROJECT, START, generated
from diptych.control import Control
from diptych.settings import Settings

_PORT = 18_432
START_DAY = datetime.fromtimestamp(START, UTC).date()


def export(directory: Path, events: int) -> dict[str, Any]:
    """Events per second, CPU microseconds per event and memory, for both encodings."""
    generated(directory, events).close()
    secret = _secret(_data_dir(directory, events))
    report: dict[str, Any] = {}
    for encoding in ("identity", "gzip"):
        with server_over(directory, events) as (url, pid):
            report[encoding] = _measured(url, pid, secret, encoding, events)
    return report


@contextmanager
def server_over(directory: Path, events: int) -> Iterator[tuple[str, int]]:
    """A server over the generated events: its address, and the number of its process."""
    diptych = [str(Path(sys.executable).parent / "diptych"), "serve", "--port", str(_PORT)]
    data_dir = _data_dir(directory, events)
    server = subprocess.Popen([*diptych, "--data-dir", str(data_dir)], stdout=subprocess.PIPE, text=True)
    try:
        assert server.stdout is not None
        next(line for line in server.stdout if "http://" in line)
        yield f"http://127.0.0.1:{_PORT}", server.pid
    finally:
        server.terminate()
        server.wait()


def _data_dir(directory: Path, events: int) -> Path:
    data_dir = directory / f"server-{events}"
    data_dir.mkdir(exist_ok=True)
    engine = data_dir / "engine"
    if not engine.exists():
        engine.symlink_to(directory / f"generated-{events}")
    return data_dir


def _secret(data_dir: Path) -> str:
    control = Control.open(Settings(data_dir=data_dir))
    try:
        if not control.projects.list():
            control.projects.create("Bench")
        return control.projects.replace_secret(PROJECT)
    finally:
        control.close()


def _measured(url: str, pid: int, secret: str, encoding: str, events: int) -> dict[str, Any]:
    idle, cpu, started = memory_of(pid, "VmRSS"), cpu_of(pid), time.perf_counter()
    lines, size, early = _read(url, pid, secret, encoding, events // 8)
    seconds, spent = time.perf_counter() - started, cpu_of(pid) - cpu
    return {
        "events": lines,
        "megabytes_sent": round(size / 1e6, 1),
        "events_per_second": round(lines / seconds),
        "cpu_us": round(spent / max(lines, 1) * 1e6, 1),
        "idle_megabytes": idle,
        "early_megabytes": early,
        "peak_megabytes": memory_of(pid, "VmHWM"),
    }


def _read(url: str, pid: int, secret: str, encoding: str, eighth: int) -> tuple[int, int, float]:
    """Lines, bytes on the wire, and the server's peak when the first eighth of the lines was there."""
    last = START_DAY + timedelta(days=DAYS)
    asked = {"from_date": str(START_DAY), "to_date": str(last)}
    unpacker = zlib.decompressobj(zlib.MAX_WBITS | 16) if encoding == "gzip" else None
    lines, size, early = 0, 0, 0.0
    with (
        httpx.Client(base_url=url, timeout=600, trust_env=False) as client,
        client.stream(
            "GET", "/api/2.0/export", params=asked, auth=(secret, ""), headers={"Accept-Encoding": encoding}
        ) as answer,
    ):
        for piece in answer.iter_raw():
            size += len(piece)
            lines += (unpacker.decompress(piece) if unpacker else piece).count(b"\n")
            if not early and lines >= eighth:
                early = memory_of(pid, "VmHWM")
    return lines, size, early


def cpu_of(pid: int) -> float:
    """CPU seconds that a process has taken."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / 100


def memory_of(pid: int, name: str) -> float:
    """A process's memory in MB: `VmRSS` now, `VmHWM` at its highest."""
    status = dict(line.split(":", 1) for line in Path(f"/proc/{pid}/status").read_text().splitlines())
    return round(int(status[name].split()[0]) / 1024, 1)
