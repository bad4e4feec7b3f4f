"""`make bench`: start-up, memory, ingestion and queries, with the load of the machine beside them.

Goals are ratios within one run; absolute figures say what this machine did.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

from benchmarks.export import export
from benchmarks.funnels import funnels, skewed
from benchmarks.history import history
from benchmarks.identities import identities
from benchmarks.ingest import ingest
from benchmarks.load import load
from benchmarks.people import people
from benchmarks.questions import questions
from benchmarks.readers import readers
from benchmarks.screens import screens
from benchmarks.segmentation import segmentation


def main() -> None:
    """Run the chosen parts and print one JSON object."""
    parser = argparse.ArgumentParser(prog="make bench ARGS='...'", description=__doc__)
    parser.add_argument("parts", nargs="*", default=["startup", "ingest", "load", "segmentation"])
    parser.add_argument("--events", type=int, default=1_050_000)
    parser.add_argument("--directory", type=Path, help="keep generated data here, for the next run")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as directory:
        report: dict[str, object] = {"date": datetime.now(UTC).isoformat(timespec="seconds"), "load": os.getloadavg()}
        for part in options.parts:
            place = options.directory or Path(directory)
            report[part] = PARTS[part](place / ("generated" if part in SAME_EVENTS else part), options.events)
        report["load_after"] = os.getloadavg()
    print(json.dumps(report, indent=2))


def startup(directory: Path, events: int) -> dict[str, float]:
    """Seconds until the server is ready (median of five), and its memory when idle in MB."""
    diptych = str(Path(sys.executable).parent / "diptych")
    seconds, resident = [], 0.0
    for _ in range(5):
        started = time.perf_counter()
        server = subprocess.Popen(
            [diptych, "serve", "--port", "0", "--data-dir", str(directory)], stdout=subprocess.PIPE, text=True
        )
        assert server.stdout is not None
        next(line for line in server.stdout if "http://" in line)
        seconds.append(time.perf_counter() - started)
        time.sleep(1)
        resident = _resident(server.pid)
        server.terminate()
        server.wait()
    return {"ready_seconds": round(statistics.median(seconds), 2), "idle_megabytes": resident}


def _resident(pid: int) -> float:
    fields = dict(line.split(":", 1) for line in Path(f"/proc/{pid}/status").read_text().splitlines())
    return round(int(fields["VmRSS"].split()[0]) / 1024, 1)


PARTS = {
    "startup": startup,
    "ingest": ingest,
    "load": load,
    "identities": identities,
    "segmentation": segmentation,
    "questions": questions,
    "funnels": funnels,
    "skewed": skewed,
    "history": history,
    "people": people,
    "export": export,
    "readers": readers,
    "screens": screens,
}

SAME_EVENTS = ("questions", "funnels", "history")


if __name__ == "__main__":
    main()
